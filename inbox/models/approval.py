"""Public replies that somebody else has to approve first: the workspace's rule, and what waits under it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation
from inbox.models.planned import IfWritten


class ApprovalRule(TenantModel):
    """Whose public replies wait for approval, and on which channels: all, where none is named. One row a workspace."""

    roles = models.JSONField(default=list)
    channels = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id"], name="inbox_approval_rule_one")]


class ApprovalState(models.TextChoices):
    ASKED = "asked", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Sent back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ApprovalRequest(TenantModel):
    """One reply that waits, or waited. What is sent is the newest of `versions`, under its author's name."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="approvals")
    author = TenantKey("accounts.Membership", models.CASCADE, related_name="+")
    #: Every wording, the newest last: {"body", "by" (a member's id), "name", "at"}.
    versions = models.JSONField(default=list)
    files = models.JSONField(default=list)
    manner = models.JSONField(default=dict)
    #: Where it was to be sent later.
    send_at = models.DateTimeField(null=True)
    if_written = models.CharField(max_length=4, choices=IfWritten, default=IfWritten.ASK)
    state = models.CharField(max_length=10, choices=ApprovalState, default=ApprovalState.ASKED)
    asked_at = models.DateTimeField()
    remark = models.TextField(blank=True)
    decided_by = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    message_id = models.BigIntegerField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="inbox_approval_key",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "id"], condition=models.Q(state="asked"), name="inbox_approval_asked"),
            models.Index(fields=["workspace_id", "conversation"], name="inbox_approval_conversation"),
        ]

    @property
    def body(self) -> str:
        """The newest wording."""
        return str(self.versions[-1]["body"])
