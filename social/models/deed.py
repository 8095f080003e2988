"""What is to be done to messages that exist on a network: liking, hiding, deleting, editing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class DeedState(models.TextChoices):
    QUEUED = "queued", _("Waiting to be done")
    DOING = "doing", _("Being done")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not done")
    DROPPED = "dropped", _("No longer wanted")


class DeedRow(TenantModel):
    """One thing to do to one message. The table is the queue and the truth; the broker only rings.

    Doing it twice is doing it once, so a lease that ran out is simply done again. `generation` grows at each claim and every write
    of a worker compares it; `leased_until` is database time.
    """

    channel = TenantKey(Channel, models.PROTECT, related_name="deeds")
    #: The network's id of the message.
    external_id = models.CharField(max_length=160)
    #: Deeds of one family on one message keep their order, and the newest counts (`Deed.family`).
    family = models.CharField(max_length=8)
    kind = models.CharField(max_length=8)
    #: What to do, as `social.networks.values.Deed` in JSON.
    deed = models.JSONField()
    #: The words that an edit replaces.
    before = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=DeedState, default=DeedState.QUEUED)
    not_before = models.DateTimeField()
    generation = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    created_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "social_deed"
        indexes = [
            models.Index(fields=["workspace_id", "channel", "external_id", "-id"], name="social_deed_message"),
            # Only what is not settled stands here.
            models.Index(
                fields=["workspace_id", "channel", "not_before", "id"],
                condition=models.Q(state__in=["queued", "doing"]),
                name="social_deed_open",
            ),
            models.Index(fields=["not_before"], condition=models.Q(state__in=["queued", "doing"]), name="social_deed_due"),
        ]
