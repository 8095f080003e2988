"""What a channel usually hears, and what is worth telling its owner about although nothing failed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class HeardHour(TenantModel):
    """How many items a channel heard within one hour (UTC): kept as they come, some weeks of them."""

    channel = TenantKey(Channel, models.CASCADE, related_name="heard_hours")
    hour = models.DateTimeField()
    items = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "hour"], name="social_heard_hour_one")]


class AlertKind(models.TextChoices):
    SILENCE = "silence", _("Unusually silent")
    EXPIRY = "expiry", _("Sign-in ends soon")


class ChannelAlert(TenantModel):
    """Something about a channel that a person should look at, from when it was noticed until it is over."""

    channel = TenantKey(Channel, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=10, choices=AlertKind)
    #: For silence the last item heard; for a sign-in the moment it ends.
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "channel", "kind"], condition=models.Q(cleared_at=None), name="social_alert_open"
            ),
        ]
