"""Which conversation carries which tag, and how many conversations stand where by team and by tag."""

from django.db import models

from core.tenancy import TenantKey, TenantModel
from crm.models import Tag
from inbox.models.conversation import Conversation


class ConversationTag(TenantModel):
    """One tag on one conversation. Whoever writes one holds the conversation's lock, so that the counts below stay right."""

    conversation = TenantKey(Conversation, models.CASCADE, related_name="+")
    tag = TenantKey(Tag, models.CASCADE, related_name="+")
    #: Who put it there; empty for a program.
    added_by_id = models.BigIntegerField(null=True)
    added_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "conversation", "tag"], name="inbox_conversationtag_once"),
        ]
        indexes = [models.Index(fields=["workspace_id", "tag", "conversation"], name="inbox_conversationtag_tag")]


class FacetCount(TenantModel):
    """As ConversationCount for what most conversations have none of: deltas by team and by tag, appended by statement triggers and
    folded by the same job. A count is the sum of its rows.
    """

    #: team or tag.
    dimension = models.CharField(max_length=8)
    value_id = models.BigIntegerField()
    status = models.CharField(max_length=10)
    number = models.IntegerField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["workspace_id", "dimension", "status", "value_id"], include=["number"], name="inbox_facetcount_key"
            ),
        ]
