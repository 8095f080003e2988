"""An invitation: a link that makes one person a member, once."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.membership import Membership
from accounts.models.team import Team
from accounts.policies import Role
from core import clock
from core.tenancy import TenantKey, TenantModel

MAX_DAYS = 7


class Invitation(TenantModel):
    """The link itself is shown once and never stored; only its SHA-256 is."""

    email = models.EmailField(_("email"), max_length=254)
    role = models.CharField(_("role"), max_length=16, choices=Role)
    team = TenantKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = TenantKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "token_hash"], name="accounts_invitation_token"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_invitation_role"),
        ]
        indexes = [
            models.Index(fields=["token_hash"], name="accounts_invitation_door"),
            models.Index(fields=["workspace_id", "email"], name="accounts_invitation_email"),
        ]

    def is_open(self, moment: datetime) -> bool:
        """Whether the link still works at `moment`."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > moment
