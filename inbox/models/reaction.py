"""A sign that somebody put to a message on its network."""

from django.db import models

from core.tenancy import TenantModel


class Reaction(TenantModel):
    """The newest sign of one person below one message, kept also where the message itself has not arrived yet: networks promise no
    order. An empty `emoji` is one that was taken back. What a message shows of them stands with it (`Message.reactions`).
    """

    channel_id = models.BigIntegerField()
    #: The network's id of the message.
    external_id = models.CharField(max_length=160)
    #: The network's id of the person.
    who = models.CharField(max_length=160)
    emoji = models.CharField(max_length=40, blank=True)
    put_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel_id", "external_id", "who"], name="inbox_reaction_once")
        ]
