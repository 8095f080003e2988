"""What a member wants to hear of, by which way, and when not."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.tenancy import TenantKey, TenantModel
from notifications.kinds import Mail

DAYS = 7


class Preference(TenantModel):
    """One kind for one member. Without a row: as the kind itself says."""

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    in_app = models.BooleanField()
    mail = models.CharField(max_length=8, choices=Mail)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "member", "kind"], name="notifications_preference_once")]


def every_day() -> list[int]:
    """Quiet nights, unless somebody chooses other days."""
    return list(range(DAYS))


class Rhythm(TenantModel):
    """When a member is left in peace, in the time zone of their profile. Times are minutes after midnight."""

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    #: Off ends all mail at once, whatever the kinds say: what a mail's own link does.
    mail_on = models.BooleanField(default=True)
    daily_at = models.PositiveSmallIntegerField(default=9 * 60)
    quiet_on = models.BooleanField(default=False)
    quiet_from = models.PositiveSmallIntegerField(default=20 * 60)
    #: Not after `quiet_from`: on the next day.
    quiet_to = models.PositiveSmallIntegerField(default=8 * 60)
    #: Days on which quiet hours begin, Monday is 0.
    quiet_days = ArrayField(models.PositiveSmallIntegerField(), default=every_day)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "member"], name="notifications_rhythm_once")]
