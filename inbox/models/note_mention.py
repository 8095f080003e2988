"""Whom a note names: one row for each member, also where their team was named."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from inbox.models.message import Message


class NoteMention(TenantModel):
    """Unread until that member opens the conversation. What the note shows of it stands in the note's own `context`."""

    message = TenantKey(Message, models.CASCADE, related_name="+")
    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    #: The team that was named, where it was not the member.
    team = TenantKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "message", "member"], name="inbox_notemention_once"),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "member", "message"], name="inbox_notemention_member"),
            models.Index(
                fields=["workspace_id", "member"], condition=models.Q(read_at=None), name="inbox_notemention_unread"
            ),
        ]
