"""A side thread: somebody outside is asked about a conversation, by a link, for a while, and sees what was chosen for them."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation
from inbox.models.message import Message

MAX_DAYS = 30
MAX_QUESTION = 2000


class Shows(models.TextChoices):
    """What of the conversation the guest sees."""

    ALL = "all", _("Everything said with the customer")
    SELECTED = "selected", _("Chosen messages")
    NONE = "none", _("Nothing of it")


class SideThread(TenantModel):
    """The link itself is shown once and never stored; only its SHA-256 is."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="side_threads")
    token_hash = models.CharField(max_length=64, editable=False)
    guest_name = models.CharField(max_length=80)
    shows = models.CharField(max_length=8, choices=Shows)
    opened_by = TenantKey("accounts.Membership", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    #: When the guest looked last.
    looked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "token_hash"], name="inbox_sidethread_token")]
        indexes = [
            models.Index(fields=["token_hash"], name="inbox_sidethread_door"),
            models.Index(fields=["workspace_id", "conversation", "-id"], name="inbox_sidethread_thread"),
        ]

    def is_open(self, moment: datetime) -> bool:
        """Whether the link still works at `moment`."""
        return self.revoked_at is None and self.expires_at > moment


class Part(models.TextChoices):
    """What a message is to a side thread."""

    SHOWN = "shown", _("shown to the guest")
    ASKED = "asked", _("said to the guest")
    ANSWERED = "answered", _("said by the guest")


class SideMessage(TenantModel):
    """One message of a side thread: a note to or by the guest, or a customer's word chosen to be shown."""

    side_thread = TenantKey(SideThread, models.CASCADE, related_name="messages")
    message = TenantKey(Message, models.CASCADE, related_name="+")
    part = models.CharField(max_length=8, choices=Part)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "side_thread", "message"], name="inbox_sidemessage_once"),
        ]
