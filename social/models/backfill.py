"""Reading a channel backwards: older items than those that came since it was connected."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class BackfillState(models.TextChoices):
    RUNNING = "running", _("Reading back")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class BackfillRun(TenantModel):
    """One errand into a channel's past, beside the normal poll: a cursor, a lease and counts of its own.

    Its place stands here and nowhere else, so that stopping, killing or repeating it never touches where the poll stands.
    """

    channel = TenantKey(Channel, models.CASCADE, related_name="backfills")
    #: How far back, in the network's time.
    since = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BackfillState, default=BackfillState.RUNNING)
    cursor = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    #: Fencing number: grows at each claim, and every write of a claimant compares it.
    fence = models.BigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    #: Items seen, and how many of them were not known before.
    items = models.PositiveIntegerField(default=0)
    new_items = models.PositiveIntegerField(default=0)
    #: The network's time of the oldest item seen so far.
    oldest_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    started_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "channel"], condition=models.Q(state="running"), name="social_backfill_running"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "channel", "-id"], name="social_backfill_newest"),
            models.Index(fields=["due_at"], condition=models.Q(state="running"), name="social_backfill_due"),
        ]
