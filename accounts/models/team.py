"""Teams: who shares a queue."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.membership import Membership
from core import clock
from core.tenancy import TenantKey, TenantModel


class Team(TenantModel):
    """A named group of members."""

    name = models.CharField(_("name"), max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace_id", "name"], name="accounts_team_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """One member in one team."""

    team = TenantKey(Team, models.CASCADE, related_name="seats")
    membership = TenantKey(Membership, models.CASCADE, related_name="seats")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace_id", "team", "membership"], name="accounts_teammember_once")]
        indexes = [models.Index(fields=["workspace_id", "membership"], name="accounts_teammember_seat")]
