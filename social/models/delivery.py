"""The one outbox: everything that is to leave through a channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel
from social.models.post import Post


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    WAITING = "waiting", _("Waiting for the channel")
    UNKNOWN = "unknown", _("Checking whether it arrived")
    NEEDS_DECISION = "needs_decision", _("Needs your decision")
    FAILED = "failed", _("Not sent")
    CANCELLED = "cancelled", _("Taken back")


class Delivery(TenantModel):
    """One thing to be sent. The table is the queue and the truth; the broker only rings.

    `generation` grows at each claim and every write of a sender compares it; `leased_until` is database time.
    """

    channel = TenantKey(Channel, models.PROTECT, related_name="deliveries")
    #: The post that it carries to this channel; none for an answer.
    post = TenantKey(Post, models.PROTECT, null=True, related_name="deliveries")
    idempotency_key = models.CharField(max_length=255)
    #: Deliveries of one lane keep their order; a lane is a conversation.
    lane = models.CharField(max_length=64)
    #: The delivery that must have arrived before this one: it is sent below that.
    after_id = models.BigIntegerField(null=True)
    #: What to send, as `social.networks.values.Outgoing` in JSON.
    outgoing = models.JSONField()
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.QUEUED)
    not_before = models.DateTimeField()
    generation = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    #: When the last attempt began: reading back looks from a little before here.
    attempted_at = models.DateTimeField(null=True)
    first_attempted_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=160, null=True)
    url = models.CharField(max_length=300, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    #: When it was last looked for on the network; since when the network does not show it, until a person has decided.
    reconciled_at = models.DateTimeField(null=True)
    missing_since = models.DateTimeField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    #: How far it came at the person's, as the network says later: delivered, read.
    reached = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "idempotency_key"], name="social_delivery_once"),
            models.UniqueConstraint(fields=["workspace_id", "channel", "external_id"], name="social_delivery_receipt"),
        ]
        indexes = [
            # Only what is not settled stands here.
            models.Index(
                fields=["workspace_id", "channel", "not_before", "id"],
                condition=models.Q(state__in=["queued", "sending", "waiting", "unknown"]),
                name="social_delivery_open",
            ),
            models.Index(
                fields=["workspace_id", "-id"],
                condition=models.Q(state__in=["failed", "needs_decision"]),
                name="social_delivery_trouble",
            ),
            models.Index(
                fields=["workspace_id", "channel"], condition=models.Q(state="sending"), name="social_delivery_sending"
            ),
            # What arrived and was not read yet, of which a network may say only until when it was read.
            models.Index(
                fields=["workspace_id", "channel"], condition=models.Q(reached="delivered"), name="social_delivery_unread"
            ),
            models.Index(
                fields=["workspace_id", "channel"],
                condition=models.Q(missing_since__isnull=False),
                name="social_delivery_missing",
            ),
            models.Index(
                fields=["workspace_id", "after_id"], condition=models.Q(after_id__isnull=False), name="social_delivery_after"
            ),
            models.Index(
                fields=["workspace_id", "post"], condition=models.Q(post__isnull=False), name="social_delivery_post"
            ),
        ]
