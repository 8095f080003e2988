"""What one person has begun to write in one conversation and not sent: on the server, so that it is there on any device."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation


class DraftKind(models.TextChoices):
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Note")


class Draft(TenantModel):
    """One row a person, conversation and kind. What was sent or emptied stays a day as an empty row, so that a request that was
    under way meanwhile brings nothing back.
    """

    conversation = TenantKey(Conversation, models.CASCADE, related_name="drafts")
    member = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=DraftKind, default=DraftKind.REPLY)
    body = models.TextField(blank=True)
    #: Chosen files as messages show them, `file` being their number.
    files = models.JSONField(default=list)
    #: How it is to go: `template` and `parameters` of an approved text, `privately`.
    manner = models.JSONField(default=dict)
    #: Grows with each version; whoever writes says which one they saw.
    counter = models.PositiveIntegerField(default=0)
    #: The page that wrote last, and its own number of the version: of one page's requests the newest counts, however they arrive.
    writer = models.CharField(max_length=40, blank=True)
    sequence = models.PositiveBigIntegerField(default=0)
    #: Why it came back to its author, where it did.
    remark = models.TextField(blank=True)
    is_empty = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "member", "conversation", "kind"], name="inbox_draft_one"),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "conversation"], name="inbox_draft_conversation"),
            models.Index(
                fields=["workspace_id", "member", "conversation"], condition=models.Q(is_empty=False), name="inbox_draft_open"
            ),
        ]

    @property
    def content(self) -> tuple[str, list[tuple[Any, Any]], dict[str, Any]]:
        """What two versions are compared by."""
        return self.body, [(entry.get("file"), entry.get("alt", "")) for entry in self.files], self.manner
