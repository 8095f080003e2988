"""What a contact's page and the frame around every page ask of the inbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from core.clock import now
from inbox.models import Conversation, Direction, Message
from social.models import Channel

#: Nobody rings longer: Twilio gives up after ten minutes, and callers long before.
RINGS_FOR = timedelta(seconds=90)
MAX_RINGING = 3


def conversations_of(contact_id: int, *, limit: int = 20) -> list[Conversation]:
    """A contact's conversations, newest first."""
    rows = Conversation.objects.select_related("channel", "contact", "assignee__user").filter(contact_id=contact_id)
    return list(rows.order_by("-last_activity_at", "-id")[:limit])


def daily_messages(contact_id: int, *, since: datetime) -> Iterable[tuple[datetime, int]]:
    """How many messages a contact wrote each day since `since`, for a small drawing. One query."""
    rows = (
        Message.objects.filter(conversation__contact_id=contact_id, direction=Direction.IN, occurred_at__gte=since)
        .annotate(day=TruncDate("occurred_at"))
        .values("day")
        .annotate(n=Count("id"))
        .order_by("day")
    )
    return [(row["day"], row["n"]) for row in rows]


def visible_channel_ids() -> list[int]:
    """Channels whose conversations a member may see. Every member sees every channel until roles narrow it."""
    return list(Channel.objects.values_list("id", flat=True))


def visible_channel_of(conversation_id: int) -> int | None:
    """The channel of a conversation that a member may see; None for any other number. Two queries."""
    rows = Conversation.objects.filter(id=conversation_id, channel_id__in=visible_channel_ids())
    return rows.values_list("channel_id", flat=True).first()


def ringing_calls() -> list[Message]:
    """Who calls just now, last first. A call of which nothing more was heard for a while is over. One query."""
    rows = Message.objects.select_related("conversation__contact", "conversation__channel", "identity")
    recent = rows.filter(call__state="ringing", direction=Direction.IN, occurred_at__gte=now() - RINGS_FOR)
    return list(recent.order_by("-occurred_at", "-id")[:MAX_RINGING])
