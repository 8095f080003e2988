"""The inbox item: one thread on one channel with one contact."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.marks import TransactionId
from core.tenancy import TenantKey, TenantModel


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    PENDING = "pending", _("Pending")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")


class Conversation(TenantModel):
    """What the list shows stands here, denormalised, so that a list of any size is one index range."""

    channel = TenantKey("social.Channel", models.PROTECT, related_name="+")
    contact = TenantKey("crm.Contact", models.PROTECT, related_name="conversations")
    #: The network's id of the thread (X: conversation_id, or the direct-message conversation).
    thread_key = models.CharField(max_length=160)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    assignee = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    team = TenantKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    snippet = models.CharField(max_length=200, blank=True)
    snippet_lang = models.CharField(max_length=10, blank=True)
    #: Direction of the last message: in, out or note.
    last_direction = models.CharField(max_length=4, blank=True)
    last_activity_at = models.DateTimeField()
    #: Since when a customer waits for an answer; empty when we spoke last.
    waiting_since = models.DateTimeField(null=True)
    message_count = models.PositiveIntegerField(default=0)
    unread_count = models.PositiveIntegerField(default=0)
    snoozed_until = models.DateTimeField(null=True)
    #: It sleeps until then whatever the customer writes; else their word wakes it.
    sleeps_on = models.BooleanField(default=False, db_default=False)
    #: When anything was said last, while it stands where it does because it woke up; empty once somebody spoke after that.
    said_at = models.DateTimeField(null=True)
    #: A reply that failed or waits for a decision stands in it.
    has_trouble = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    #: Transaction of the last change (core.marks): open pages ask for what is newer than their mark.
    version = models.BigIntegerField(db_default=TransactionId())

    @property
    def woke_up(self) -> bool:
        """Whether it stands on top because its time to sleep was over, and nothing was said since."""
        return self.said_at is not None and self.status == Status.OPEN

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "channel", "thread_key", "contact"], name="inbox_conversation_thread"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "-last_activity_at", "-id"], name="inbox_conv_all"),
            models.Index(fields=["workspace_id", "status", "-last_activity_at", "-id"], name="inbox_conv_status"),
            models.Index(
                fields=["workspace_id", "assignee", "status", "-last_activity_at", "-id"], name="inbox_conv_assignee"
            ),
            models.Index(
                fields=["workspace_id", "channel", "status", "-last_activity_at", "-id"], name="inbox_conv_channel"
            ),
            models.Index(fields=["workspace_id", "contact", "-last_activity_at"], name="inbox_conv_contact"),
            #: What nobody gave to a team, which is all that ordinary ingest writes, never enters it.
            models.Index(
                fields=["workspace_id", "team", "status", "-last_activity_at", "-id"],
                condition=models.Q(team__isnull=False),
                name="inbox_conv_team",
            ),
            models.Index(fields=["workspace_id", "version"], name="inbox_conv_version"),
            models.Index(
                fields=["workspace_id", "-last_activity_at", "-id"],
                condition=models.Q(has_trouble=True),
                name="inbox_conv_trouble",
            ),
            models.Index(
                fields=["snoozed_until"], condition=models.Q(status=Status.SNOOZED), name="inbox_conv_snoozed"
            ),
        ]


    @property
    def tags(self) -> list[dict[str, Any]]:
        """Its tags by name (id, name, tone), where the query brought them along (`selectors.with_tags`)."""
        return getattr(self, "tagged", None) or []


class ConversationCount(TenantModel):
    """Deltas of how many conversations stand where, appended by a statement trigger and folded by a job.

    A count is the sum of its rows, so writers never wait for each other.
    """

    channel_id = models.BigIntegerField()
    #: 0 stands for nobody, so that sums group without NULLs.
    assignee_id = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10)
    number = models.IntegerField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["workspace_id", "status", "assignee_id", "channel_id"],
                include=["number"],
                name="inbox_count_key",
            ),
        ]
