"""Lists that somebody keeps under a name."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from inbox.models.scope import Scope


class SavedView(TenantModel):
    """A list with its name. `parameters` are those of the list's address (selectors.ListQuery), checked again when read."""

    name = models.CharField(max_length=60)
    icon = models.CharField(max_length=24, default="bookmark")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.PRIVATE)
    owner = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    #: With the scope `team`.
    team = TenantKey("accounts.Team", models.CASCADE, null=True, related_name="+")
    parameters = models.JSONField(default=dict)
    #: Order within its scope.
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [models.Index(fields=["workspace_id", "scope", "owner"], name="inbox_savedview_whose")]

    def __str__(self) -> str:
        return self.name


class DefaultView(TenantModel):
    """The view with which a member's inbox opens."""

    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    view = TenantKey(SavedView, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "member"], name="inbox_defaultview_one")]
