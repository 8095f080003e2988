"""One row of a contact's timeline, whatever its origin."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantKey, TenantModel
from crm.models.contact import Contact


class InteractionKind(models.TextChoices):
    MESSAGE_IN = "message_in", _("Message from them")
    MESSAGE_OUT = "message_out", _("Message from us")
    NOTE = "note", _("Note")
    CALL_IN = "call_in", _("Call from them")
    CALL_OUT = "call_out", _("Call from us")
    TICKET = "ticket", _("Ticket")
    RATING = "rating", _("Rating")


class Interaction(TenantModel):
    """Kind, time, source and a snippet. `source_id` is a row of the room that `kind` implies; no key binds it downwards."""

    contact = TenantKey(Contact, models.CASCADE, related_name="interactions")
    kind = models.CharField(max_length=20, choices=InteractionKind)
    source_id = models.BigIntegerField()
    #: Groups rows of one thread; for messages the conversation.
    thread_id = models.BigIntegerField(null=True)
    channel_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    snippet = models.CharField(max_length=280)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "kind", "source_id"], name="crm_interaction_source"),
        ]
        indexes = [
            models.Index(fields=["workspace_id", "contact", "-occurred_at", "-id"], name="crm_interaction_timeline"),
        ]
