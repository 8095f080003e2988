"""A conversation as it is put on paper."""

from inbox.models import Conversation, Direction, Message

#: More than this nobody prints; the newest are taken.
MOST_PRINTED = 1000


def printed(conversation: Conversation, *, notes: bool) -> list[Message]:
    """Its messages, oldest first, with notes only where asked for. One query at any length."""
    rows = Message.objects.select_related("identity", "author__user").filter(conversation=conversation)
    if not notes:
        rows = rows.exclude(direction=Direction.NOTE)
    rows = rows.exclude(delivery_state="cancelled").order_by("-occurred_at", "-id")
    return list(rows[:MOST_PRINTED])[::-1]
