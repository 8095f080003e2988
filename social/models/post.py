"""What a member publishes on channels of the workspace: written once, carried by one delivery a channel."""

from typing import Any

from django.db import models

from core.tenancy import TenantKey, TenantModel


class Post(TenantModel):
    """The words and files of one post. What became of it on each channel stands with its deliveries (`Delivery.post`)."""

    author = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    body = models.TextField(blank=True)
    #: Each file as a page draws it: its number, kind, name, what it shows.
    media = models.JSONField(default=list)
    #: When it was to appear; empty for at once.
    send_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=255, null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "idempotency_key"], name="social_post_once")]
        indexes = [models.Index(fields=["workspace_id", "-id"], name="social_post_newest")]

    @property
    def carried(self) -> list[Any]:
        """Its deliveries in the order of their channels' names. No query where the selector brought them."""
        return sorted(self.deliveries.all(), key=lambda row: (row.channel.name, row.id))  # type: ignore[attr-defined]

    @property
    def is_open(self) -> bool:
        """Whether anything about it may still change by itself."""
        return any(row.state in ("queued", "sending", "waiting", "unknown") for row in self.carried)
