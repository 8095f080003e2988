"""Two people answer at once: the second answer is held and shown, until whoever wrote it says “send anyway”."""

from django.db.models import F, Q, Subquery
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import Conflict
from inbox.models import Conversation, Direction, Message
from social.models import DeliveryState

#: So much of the other answer is told.
TOLD = 160


def refuse_crossing(conversation: Conversation, *, member: Membership, seen: int) -> None:
    """Raise Conflict (`answered`, with the other message's id as `message`) when somebody else answered after message `seen`,
    the newest that this member had before them.

    The caller holds the conversation's lock, under which answers get their numbers: of two that come at once, one comes second.
    What the channel itself said elsewhere counts when it was said later. One query.
    """
    last = Message.objects.filter(id=seen, conversation=conversation).values("occurred_at")
    other = (
        Message.objects.select_related("author__user", "conversation__channel")
        .filter(conversation=conversation, direction=Direction.OUT, id__gt=seen, deleted_at=None)
        .exclude(author=member)
        .exclude(delivery_state=DeliveryState.CANCELLED)
        .annotate(last_at=Subquery(last[:1]))
        .filter(Q(author__isnull=False) | Q(occurred_at__gt=F("last_at")))
        .order_by("-id")
        .first()
    )
    if other is None:
        return
    name = other.author.user.display_name if other.author else conversation.channel.name
    words = " ".join(other.body.split())
    raise Conflict(
        _("{name} answered meanwhile: “{words}”. Yours was not sent; it is still here.").format(
            name=name, words=words[:TOLD] + ("…" if len(words) > TOLD else "")
        ),
        field="seen",
        code="answered",
        detail={"message": other.pk, "author": name},
    )
