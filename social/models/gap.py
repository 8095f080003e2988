"""Reading the last days again, at night, for what polls have missed."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class GapCheck(TenantModel):
    """One channel's nightly re-reading: when it is due, how far it is, what it found. One row a channel."""

    channel = TenantKey(Channel, models.CASCADE, related_name="gap_checks")
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    #: Fencing number: grows at each claim, and every write of a claimant compares it.
    fence = models.BigIntegerField(default=0)
    #: Everything since this moment is read again; null between two checks.
    since = models.DateTimeField(null=True)
    cursor = models.JSONField(default=dict)
    pages = models.PositiveIntegerField(default=0)
    #: Items of the check under way, or of the last one, that polls had missed; and those of all checks.
    found = models.PositiveIntegerField(default=0)
    found_total = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    #: Why the last try stopped; empty when it came to its end.
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_gap_check_one")]
