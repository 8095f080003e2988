"""A person's place in a workspace."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.policies import Permission, Role, permissions_of
from core import clock
from core.tenancy import TenantModel


class Membership(TenantModel):
    """What one person is in one workspace. It is never deleted: history points at it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=16, choices=Role)
    title = models.CharField(_("job title"), max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    #: Over all workspaces. Row-Level Security still shows only the selected workspace's rows, and inside
    #: `acting_user()` the person's own: this is how “my workspaces” is asked before any workspace is known.
    across: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(TenantModel.Meta):
        default_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "user"], name="accounts_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.workspace_id}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this member may do; nothing once deactivated."""
        return permissions_of(self.role) if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether this member may do that."""
        return permission in self.permissions
