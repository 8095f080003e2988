"""One post, comment, mail, note or reply in a conversation."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.keyset import Position
from core.marks import TransactionId
from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation, Visibility
from inbox.models.reactions import Sign, signs_of


class Direction(models.TextChoices):
    IN = "in", _("From the customer")
    OUT = "out", _("From us")
    NOTE = "note", _("Note")


class Message(TenantModel):
    """`external_id` is the network's id of the first version: an edit raises `revision` and changes the text in place."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="messages")
    channel_id = models.BigIntegerField()
    external_id = models.CharField(max_length=160, null=True)
    #: Position in the network's chain of edits; a lower one never overwrites a higher one.
    revision = models.PositiveSmallIntegerField(default=0)
    direction = models.CharField(max_length=4, choices=Direction)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    identity = TenantKey("crm.Identity", models.SET_NULL, null=True, related_name="+")
    #: The person of ours who wrote it.
    author = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    body = models.TextField(blank=True)
    lang = models.CharField(max_length=10, blank=True)
    #: The network's id of what it answers.
    parent_external_id = models.CharField(max_length=160, blank=True)
    url = models.CharField(max_length=300, blank=True)
    media = models.JSONField(default=list)
    #: For a telephone call its state and seconds (social.networks.values.PhoneCall); `body` says the same in words.
    call = models.JSONField(null=True)
    #: What stands around it: the post it quotes (`quoted`), and how it was found where it names nobody of ours (`found_by`).
    context = models.JSONField(null=True)
    #: Which kind of program wrote it (social.networks.values.Program); empty for a person. No program of ours answers it.
    program = models.CharField(max_length=12, blank=True, default="", db_default="")
    #: What stood above and below `body` and is not new: quotations, signatures. Lists and searches look at `body` alone.
    above = models.TextField(blank=True, default="", db_default="")
    below = models.TextField(blank=True, default="", db_default="")
    #: Whether the stored item has a formatting of its own that can be shown.
    has_original = models.BooleanField(default=False, db_default=False)
    #: Which of the channel's addresses it was written to: the answer comes from there.
    written_to = models.CharField(max_length=160, blank=True, default="", db_default="")
    occurred_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    #: What it said before each edit on its network, oldest first: {"body", "at"}; so many as ingest keeps (services.threads).
    versions = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    #: Gone on the network. The text stays in the database for the record and is no longer shown.
    deleted_at = models.DateTimeField(null=True)
    #: The outbox row that carries an outgoing message, and its state as the log last told it.
    delivery_id = models.BigIntegerField(null=True)
    delivery_state = models.CharField(max_length=16, blank=True)
    delivery_error = models.TextField(blank=True)
    #: How far it came at the customer's, where the network says so: delivered, read.
    reached = models.CharField(max_length=10, blank=True, default="", db_default="")
    #: On the network nobody but the account sees it, as the network said last: held for review, removed by a rule.
    withheld = models.BooleanField(default=False, db_default=False)
    #: Until when an outgoing message may be taken back.
    not_before = models.DateTimeField(null=True)
    #: What the writer's page or program named this message by, so that a repeated request writes it once.
    idempotency_key = models.CharField(max_length=200, null=True)
    #: What was done to it on the network, by family of deeds: {"id", "kind", "state", "error", "text", "now"}, `now` being the last
    #: that was done; edits keep the words they replaced as "earlier". Kept up to date by `deed_states`.
    deeds = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    version = models.BigIntegerField(db_default=TransactionId())

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel_id", "external_id"], name="inbox_message_once"),
            models.UniqueConstraint(
                fields=["workspace_id", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="inbox_message_key",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "conversation", "occurred_at", "id"], name="inbox_message_thread"),
            models.Index(
                fields=["workspace_id", "delivery_id"],
                condition=models.Q(delivery_id__isnull=False),
                name="inbox_message_delivery",
            ),
            #: What is planned for later, and what may still be taken back: few rows at any time.
            models.Index(
                fields=["workspace_id", "not_before"],
                condition=models.Q(delivery_state="queued", not_before__isnull=False),
                name="inbox_message_planned",
            ),
            #: Who calls just now: few rows at any time.
            models.Index(
                fields=["workspace_id", "-occurred_at"], condition=models.Q(call__state="ringing"), name="inbox_message_ringing"
            ),
        ]

    @property
    def shown_body(self) -> str:
        """The text a person may see: none once the network no longer shows it."""
        return "" if self.deleted_at else self.body

    @property
    def shown_versions(self) -> list[dict[str, Any]]:
        """What it said before, under the same rule."""
        return [] if self.deleted_at else [{**row, "at": datetime.fromisoformat(row["at"])} for row in self.versions]

    @property
    def place(self) -> str:
        """Where it stands in a scroll, for asking what comes before or after."""
        return Position(self.occurred_at, self.id).encode()

    @property
    def shown_above(self) -> str:
        """What is quoted above it, under the same rule."""
        return "" if self.deleted_at else self.above

    @property
    def shown_below(self) -> str:
        """What is quoted below it, under the same rule."""
        return "" if self.deleted_at else self.below

    @property
    def shown_media(self) -> list[Any]:
        """What is attached, under the same rule."""
        return [] if self.deleted_at else self.media

    @property
    def shown_context(self) -> dict[str, Any]:
        """What stands around it, under the same rule."""
        return {} if self.deleted_at else self.context or {}

    @property
    def mentions(self) -> list[dict[str, Any]]:
        """The members and teams a note names, as `kind`, `id` and the name it was written with."""
        return list(self.shown_context.get("mentions", []))

    @property
    def signs(self) -> list[Sign]:
        """Likes and emoji below it, where the query brought them along (`selectors.with_reactions`)."""
        told = getattr(self, "reacted", None) or {}
        return [] if self.deleted_at else signs_of(told.get("people", {}), told.get("counts", {}))

    @property
    def liked(self) -> bool:
        """Whether we like it on the network."""
        return bool(self.deeds.get("like", {}).get("now") == "like")

    @property
    def hidden(self) -> bool:
        """Whether it is hidden there from others, by us or because the network waits for our word."""
        now = self.deeds.get("hide", {}).get("now", "")
        return now == "hide" or (self.withheld and not now)

    @property
    def sign(self) -> str:
        """The sign that we put to it there, where it is another one than a like."""
        return str(self.deeds.get("like", {}).get("sign", "")) if self.liked else ""

    @property
    def open_deeds(self) -> list[dict[str, Any]]:
        """The newest deed of each family, as the API shows it."""
        return [{name: row.get(name, "") for name in ("kind", "state", "error")} for row in self.deeds.values() if row.get("state")]

    @property
    def own_delivery(self) -> "Message | None":
        """This message where it carries the state of a delivery; nothing for what others wrote and for notes."""
        return self if self.delivery_id else None
