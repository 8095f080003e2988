"""Side threads: those of a conversation, and what one shows its guest."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import NotFound
from inbox.models import Direction, Message, Part, Shows, SideMessage, SideThread

#: So much of a long conversation is shown: its newest messages.
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One line as a guest sees it: no handle, no name of a customer. `by` is customer, us, team or guest."""

    by: str
    name: str
    body: str
    at: datetime


def side_threads_of(conversation_id: int) -> list[SideThread]:
    """Side threads of a conversation, newest first. One query."""
    rows = SideThread.objects.select_related("opened_by__user").filter(conversation_id=conversation_id)
    return list(rows.order_by("-id")[:20])


def get_side_thread(side_thread_id: int, *, lock: bool = False) -> SideThread:
    """One side thread of this workspace. Raises NotFound."""
    rows = SideThread.objects.select_related("opened_by__user", "conversation")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(id=side_thread_id).first()
    if row is None:
        raise NotFound(_("There is no such side thread."))
    return row


def shown_to(side: SideThread) -> list[Said]:
    """What of the conversation its guest sees, oldest first: never a note, and no word that is gone on its network. One query, or
    none.
    """
    if side.shows == Shows.NONE:
        return []
    rows = Message.objects.filter(conversation_id=side.conversation_id, direction__in=[Direction.IN, Direction.OUT])
    if side.shows == Shows.SELECTED:
        chosen = SideMessage.objects.filter(side_thread_id=side.id, part=Part.SHOWN).values("message_id")
        rows = rows.filter(id__in=chosen)
    newest = rows.filter(deleted_at=None).order_by("-occurred_at", "-id")[:MAX_SHOWN]
    return [Said("customer" if row.direction == Direction.IN else "us", "", row.body, row.occurred_at) for row in newest][::-1]


def exchange_of(side: SideThread) -> list[Said]:
    """What was said between the team and the guest, oldest first. One query."""
    rows = SideMessage.objects.select_related("message__author__user").filter(side_thread_id=side.id).exclude(part=Part.SHOWN)
    found = []
    for row in rows.order_by("message_id"):
        writer = row.message.author
        by = "guest" if row.part == Part.ANSWERED else "team"
        name = side.guest_name if by == "guest" or writer is None else writer.user.display_name
        found.append(Said(by, name, row.message.body, row.message.occurred_at))
    return found


def choosable(conversation_id: int, *, limit: int = 30) -> list[Message]:
    """The newest words with the customer that can be shown to a guest, oldest first. One query."""
    rows = Message.objects.select_related("author__user", "identity").filter(
        conversation_id=conversation_id, direction__in=[Direction.IN, Direction.OUT], deleted_at=None
    )
    return list(rows.order_by("-occurred_at", "-id")[:limit])[::-1]
