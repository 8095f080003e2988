"""What messages and calls of a channel cost, where its network says so: each once, and the sum of each month."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from social.models.channel import Channel


class Charge(TenantModel):
    """One message or call that was paid for, under the network's id of it: told again it counts once."""

    channel = TenantKey(Channel, models.CASCADE, related_name="charges")
    external_id = models.CharField(max_length=160)
    amount = models.DecimalField(max_digits=14, decimal_places=6)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "external_id"], name="social_charge_once")]


class Spend(TenantModel):
    """What a channel spent in one month (its first day, UTC), summed as charges come."""

    channel = TenantKey(Channel, models.CASCADE, related_name="spends")
    month = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=16, decimal_places=6)
    charges = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "channel", "month", "currency"], name="social_spend_one")]
