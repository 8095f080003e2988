"""A reply that is written and waits for its time. It is no message before that: nobody has answered the customer yet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class PlannedState(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    #: It did not go at its time, and a person says what becomes of it.
    HELD = "held", _("Held")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Taken back")


class IfWritten(models.TextChoices):
    """What happens at its time where the customer wrote meanwhile."""

    ASK = "ask", _("Ask me")
    SEND = "send", _("Send anyway")


class PlannedReply(TenantModel):
    """What the outbox gets at `send_at`, under the rights its author has then. `message_id` is what became of it."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="planned")
    author = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    body = models.TextField(blank=True)
    #: Chosen files as messages show them; they are held for it.
    files = models.JSONField(default=list)
    #: How it is to go: `template` and `parameters` of an approved text, `privately`, `unsigned`.
    manner = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=PlannedState, default=PlannedState.SCHEDULED)
    send_at = models.DateTimeField()
    if_written = models.CharField(max_length=4, choices=IfWritten, default=IfWritten.ASK)
    #: Words of the customer's stored later than this came meanwhile.
    written_at = models.DateTimeField()
    #: Why it is held.
    reason = models.TextField(blank=True)
    #: Who approved its words, where that was needed: they change no more.
    approved_by_id = models.BigIntegerField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True)
    message_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="inbox_planned_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace_id", "conversation"],
                condition=models.Q(state__in=["scheduled", "held"]),
                name="inbox_planned_open",
            ),
            models.Index(fields=["send_at"], condition=models.Q(state="scheduled"), name="inbox_planned_due"),
        ]
