"""What must be filled in before a conversation is resolved or a ticket is done: forms, and what was filled into them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from inbox.models.conversation import Conversation
from inbox.models.ticket import Ticket


class FormSubject(models.TextChoices):
    CONVERSATION = "conversation", _("Conversations")
    TICKET = "ticket", _("Tickets")


class FieldKind(models.TextChoices):
    TEXT = "text", _("Text")
    CHOICE = "choice", _("Choice")
    NUMBER = "number", _("Number")
    CHECK = "check", _("Checkbox")


class Form(TenantModel):
    """A type of conversation or ticket, and what it asks. `fields`: {"key", "label", "kind", "choices", "required"} each."""

    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=12, choices=FormSubject)
    #: Only for conversations of this channel; empty: of every one.
    channel = TenantKey("social.Channel", models.CASCADE, null=True, related_name="+")
    fields = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["workspace_id", "subject", "name"], name="inbox_form_name")]


class Entry(TenantModel):
    """One form filled in for one conversation or ticket, as it stands."""

    form = TenantKey(Form, models.PROTECT, related_name="entries")
    conversation = TenantKey(Conversation, models.CASCADE, null=True, related_name="+")
    ticket = TenantKey(Ticket, models.CASCADE, null=True, related_name="+")
    author = TenantKey("accounts.Membership", models.SET_NULL, null=True, related_name="+")
    filled_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "inbox_formentry"
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "conversation"],
                condition=models.Q(conversation__isnull=False),
                name="inbox_entry_conversation",
            ),
            models.UniqueConstraint(
                fields=["workspace_id", "ticket"], condition=models.Q(ticket__isnull=False), name="inbox_entry_ticket"
            ),
        ]
        indexes = [models.Index(fields=["workspace_id", "form", "-filled_at"], name="inbox_entry_form")]


class Value(TenantModel):
    """One field as it was filled in, by its kind, so that reports can count and add."""

    entry = TenantKey(Entry, models.CASCADE, related_name="values")
    key = models.CharField(max_length=12)
    #: What the field was called then.
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=FieldKind)
    text = models.TextField(blank=True)
    number = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    flag = models.BooleanField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "inbox_formvalue"
        constraints = [models.UniqueConstraint(fields=["workspace_id", "entry", "key"], name="inbox_value_once")]

    @property
    def value(self) -> Any:
        """What was filled in: text, a number, true or false."""
        if self.kind == FieldKind.NUMBER:
            return None if self.number is None else float(self.number)
        return self.flag if self.kind == FieldKind.CHECK else self.text
