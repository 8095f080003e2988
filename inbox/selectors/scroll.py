"""A scroll of messages: of one conversation, or of all that a contact ever said with us; from any place in both directions.

Pages are ranges of an index whatever the length: each conversation gives its nearest rows, and the nearest of those are taken.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from core.keyset import MAX_ID, Position
from core.marks import current_mark
from core.tenancy import current_workspace_id
from inbox.models import Conversation, Direction, Message, Visibility
from inbox.selectors.threads import THREAD_PAGE, ThreadPage, with_answered, with_reactions

#: So many messages that were read already stand above the first unread one.
LEAD = 10
SIBLINGS_SHOWN = 50
#: After every message there is, and before.
END = Position(datetime(9999, 1, 1, tzinfo=UTC), MAX_ID)
RANGE = """
SELECT near.id FROM inbox_conversation c CROSS JOIN LATERAL (
    SELECT m.id, m.occurred_at FROM inbox_message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
    AND (m.occurred_at, m.id) {compare} (%s, %s) ORDER BY m.occurred_at {order}, m.id {order} LIMIT %s) near
WHERE c.workspace_id = %s AND {whose} = %s ORDER BY near.occurred_at {order}, near.id {order} LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose messages a scroll holds: one conversation's, or with `whole` all of its contact's."""

    conversation: Conversation
    whole: bool = False

    def near(self, place: Position, *, later: bool, size: int) -> tuple[str, list[Any]]:
        """SQL of the ids of the `size` messages nearest to a place: before it, or from it on."""
        sql = RANGE.format(
            compare=">=" if later else "<", order="" if later else "DESC", whose="c.contact_id" if self.whole else "c.id"
        )
        whose = self.conversation.contact_id if self.whole else self.conversation.id
        return sql, [place.at, place.id, size, current_workspace_id(), whose, size]

    def rows(self, *parts: tuple[str, list[Any]]) -> list[Message]:
        """The messages of these ranges, oldest first. One query."""
        sql = " UNION ALL ".join(f"({part})" for part, _values in parts)
        given = [value for _part, values in parts for value in values]
        # As an array the ids are known before the plan reads messages; as IN (…) it may read all of the workspace's (measured).
        found = Message.objects.extra(where=[f"inbox_message.id = ANY(ARRAY({sql}))"], params=given)  # noqa: S610 - ours
        found = found.select_related("identity", "author__user")
        if self.whole:
            found = found.select_related("identity", "author__user", "conversation__channel", "conversation__contact")
        return list(with_answered(with_reactions(found)).order_by("occurred_at", "id"))


def before(scope: Scope, place: Position = END, *, size: int = THREAD_PAGE) -> ThreadPage:
    """The messages before a place; without one, the newest. Two queries at any length."""
    mark = current_mark()
    found = scope.rows(scope.near(place, later=False, size=size + 1))
    shown = found[-size:]
    return ThreadPage(shown, _place(shown, 0) if len(found) > size else "", mark)


def after(scope: Scope, place: Position, *, size: int = THREAD_PAGE) -> ThreadPage:
    """The messages that come after a place. Two queries at any length."""
    mark = current_mark()
    found = scope.rows(scope.near(Position(place.at, place.id + 1), later=True, size=size + 1))
    shown = found[:size]
    return ThreadPage(shown, "", mark, _place(shown, -1) if len(found) > size else "")


def around(scope: Scope, place: Position, *, size: int = THREAD_PAGE) -> ThreadPage:
    """A page that begins a little before a place, and earlier where little follows. Two queries at any length."""
    mark = current_mark()
    found = scope.rows(scope.near(place, later=False, size=size + 1), scope.near(place, later=True, size=size + 1))
    turn = sum((row.occurred_at, row.id) < (place.at, place.id) for row in found)
    follow = found[turn:][: size - min(LEAD, turn)]
    lead = found[:turn][len(follow) - size :]
    shown = [*lead, *follow]
    return ThreadPage(
        shown,
        _place(shown, 0) if turn > len(lead) else "",
        mark,
        _place(shown, -1) if len(found) - turn > len(follow) else "",
    )


def _place(shown: list[Message], end: int) -> str:
    return shown[end].place


def first_unread(conversation: Conversation) -> Position | None:
    """Where the words begin that nobody of ours has read: as many of the customer's as the conversation counts. One query, none
    where all is read.
    """
    if not conversation.unread_count:
        return None
    theirs = Message.objects.filter(conversation_id=conversation.id, direction=Direction.IN).order_by("-occurred_at", "-id")
    last = conversation.unread_count - 1
    found = theirs.values_list("occurred_at", "id")[last : last + 1]
    return next((Position(*row) for row in found), None)


def day_start(day: date, zone: tzinfo) -> Position:
    """The place where a day begins in a person's time zone."""
    return Position(datetime.combine(day, time.min, zone), 0)


def siblings(conversation: Conversation) -> list[Conversation]:
    """Whom else we talk with below the same public post, newest first. One query."""
    rows = Conversation.objects.select_related("contact", "assignee__user").exclude(id=conversation.id)
    rows = rows.filter(channel_id=conversation.channel_id, thread_key=conversation.thread_key, visibility=Visibility.PUBLIC)
    return list(rows.order_by("-last_activity_at", "-id")[:SIBLINGS_SHOWN])
