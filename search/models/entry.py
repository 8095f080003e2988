"""The index of what can be found, and the list of what has changed since it was written."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantModel


class Kind(models.TextChoices):
    """What an entry stands for: a message by its direction, or a person."""

    IN = "in", _("Messages from customers")
    OUT = "out", _("Messages from us")
    NOTE = "note", _("Notes")
    CONTACT = "contact", _("People")


class Entry(TenantModel):
    """One thing that can be found. Written by `search.services.indexing` alone, from rows of the rooms below; no key binds it to
    them, since it is only ever as old as the last indexing.
    """

    kind = models.CharField(max_length=8, choices=Kind)
    #: Id of the message or the contact.
    source_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField()
    channel_id = models.BigIntegerField(null=True)
    #: When it was written; of a person, when they were last heard of.
    at = models.DateTimeField()
    words = SearchVectorField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["workspace_id", "-at", "-id"], name="search_entry_newest"),
            models.Index(fields=["workspace_id", "contact_id", "-at", "-id"], name="search_entry_contact"),
        ]


class Due(TenantModel):
    """Sources that a trigger saw change at once. `kind` is message or contact."""

    kind = models.CharField(max_length=8)
    ids = ArrayField(models.BigIntegerField())

    class Meta(TenantModel.Meta):
        abstract = False
