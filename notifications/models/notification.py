"""What a member is told, and how many of it they have not read."""

from django.db import models

from core.tenancy import TenantKey, TenantModel


class Notification(TenantModel):
    """One thing a member is told: at most one unread row for each kind and subject, renewed as it happens again.

    It holds names and numbers, never anybody's words: what is deleted elsewhere does not live on here.
    """

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    #: `room.Model:id`, as in the log.
    subject = models.CharField(max_length=80)
    #: Fills the sentence of its kind, in the reader's language.
    data = models.JSONField(default=dict)
    #: Below the workspace's own address.
    path = models.CharField(max_length=200)
    times = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    #: When it happened last; lists go by it.
    happened_at = models.DateTimeField()
    #: The newest event it tells of: the same one again changes nothing.
    event_id = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    #: Whether it stands in the member's list: some only want a mail.
    is_shown = models.BooleanField(default=True)
    #: When a mail about it is due; nothing when none is, or no more.
    mail_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "member", "kind", "subject"],
                condition=models.Q(read_at=None),
                name="notifications_unread_once",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "member", "-happened_at", "-id"], name="notifications_newest"),
            models.Index(fields=["workspace_id", "member", "subject"], name="notifications_subject"),
            models.Index(fields=["mail_at"], condition=models.Q(mail_at__isnull=False), name="notifications_mail_due"),
        ]


class UnreadCount(TenantModel):
    """How many unread notifications stand in a member's list. Kept by the statements that change them."""

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    unread = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "member"], name="notifications_count_once")]
