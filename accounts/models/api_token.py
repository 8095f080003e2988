"""Tokens with which programs act as a member."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.membership import Membership
from core import clock
from core.tenancy import TenantKey, TenantModel

MAX_DAYS = 365


class ApiToken(TenantModel):
    """Acts with its member's rights of the moment. Shown once; we keep its SHA-256 and its first letters."""

    name = models.CharField(_("name"), max_length=80)
    membership = TenantKey(Membership, models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, editable=False)
    prefix = models.CharField(max_length=12, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace_id", "token_hash"], name="accounts_apitoken_token")]
        indexes = [models.Index(fields=["token_hash"], name="accounts_apitoken_door")]

    def is_open(self, moment: datetime) -> bool:
        """Whether the token still works at `moment`."""
        return self.revoked_at is None and self.expires_at > moment
