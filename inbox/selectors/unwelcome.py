"""Conversations of those who are blocked or marked as spam."""

from django.db.models import Exists, OuterRef, Q, Subquery

from crm.models import Identity
from inbox.models import Conversation
from social.models import Channel


def unwelcome() -> Q:
    """What holds of them: the contact leads there by an index, and it is the identity of the conversation's own network."""
    blocked = Identity.objects.exclude(standing="")
    network = Channel.objects.filter(id=OuterRef(OuterRef("channel_id"))).values("network")[:1]
    theirs = blocked.filter(contact_id=OuterRef("contact_id"), network=Subquery(network))
    return Q(contact_id__in=blocked.values("contact_id")) & Q(Exists(theirs))


def standing_of(conversation: Conversation) -> str:
    """How whoever writes in it is taken: blocked, spam, or empty for welcome. One query."""
    theirs = Identity.objects.filter(contact_id=conversation.contact_id, network=conversation.channel.network)
    return theirs.exclude(standing="").values_list("standing", flat=True).first() or ""
