"""Listening to networks: which process holds which channel's connection."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class Listener(models.Model):
    """One process that listens, as long as it says so. Of no workspace: it holds channels of all."""

    leased_until = models.DateTimeField()

    class Meta:
        db_table = "social_listener"

    def __str__(self) -> str:
        return str(self.pk)


class Ear(TenantModel):
    """The one connection on which a channel's network tells that something happened. What it was, polls read."""

    channel = TenantKey(Channel, models.CASCADE, related_name="ears")
    #: Who holds it, and the number that every write of the holder compares; it grows whenever somebody takes it.
    listener_id = models.BigIntegerField(null=True)
    fence = models.BigIntegerField(default=0)
    #: Since when it is open; empty while it is not.
    opened_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    bells_total = models.BigIntegerField(default=0)
    #: Not tried before.
    due_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel"], name="social_ear_one")]
