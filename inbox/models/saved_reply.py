"""Words kept to be used again: one person's, one team's, or everybody's."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from inbox.models.scope import Scope


class SavedReply(TenantModel):
    """`body` may hold blanks such as {{contact.name}}, which `inbox.services.blanks` fills."""

    title = models.CharField(max_length=120)
    #: What is typed behind the slash to find it at once.
    shortcut = models.CharField(max_length=40, blank=True)
    body = models.TextField()
    lang = models.CharField(max_length=10, blank=True)
    folder = models.CharField(max_length=60, blank=True)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.PRIVATE)
    #: Whose it is while it is private; else who made it.
    owner = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    team = TenantKey("accounts.Team", models.CASCADE, null=True, related_name="+")
    #: Offered only on these networks (slugs) and channels (ids); empty means everywhere.
    networks = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    #: Title, shortcut, folder and body as search sees them (core.folding).
    folded = models.TextField()
    used_count = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["workspace_id", "-used_count", "title", "id"], name="inbox_savedreply_used"),
        ]
