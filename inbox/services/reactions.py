"""Keeping the signs below messages (likes, emoji) as networks tell of them. They ask for no answer: nothing opens by them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from activity.models import Event
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from inbox.models import Reactions

#: Of so many people below one message it is kept who they are; who comes later is not counted where the network does not count.
MOST_PEOPLE = 500
#: Different signs of one person or of all, and letters of one sign: an emoji of many joined ones has some thirty.
MOST_SIGNS = 40
LONGEST_SIGN = 40
CHANGED = """
UPDATE inbox_message SET version = {xid}
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) RETURNING conversation_id
"""


def apply_events(events: Iterable[Event]) -> None:
    """Bring the signs below messages up to what these events say, and tell open pages. Idempotent; order does not matter."""
    told: dict[int, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        for reaction in event.data["reactions"]:
            told[event.data["channel"]][reaction["message"]].append(reaction)
    for channel_id, by_message in sorted(told.items()):
        changed = _keep(channel_id, by_message)
        if not changed:
            continue
        workspace = current_workspace_id()
        with connection.cursor() as cursor:
            cursor.execute(CHANGED.format(xid=TRANSACTION_ID_SQL), [workspace, channel_id, changed])
            conversations = sorted({row[0] for row in cursor.fetchall()})
        if conversations:
            push_changed(group_name(workspace, "channel", channel_id), conversations)


def _keep(channel_id: int, by_message: Mapping[str, list[Mapping[str, Any]]]) -> list[str]:
    """Write what is news. Returns the names of the messages whose signs changed."""
    names = sorted(by_message)
    Reactions.objects.bulk_create([Reactions(channel_id=channel_id, external_id=name) for name in names], ignore_conflicts=True)
    rows = Reactions.objects.select_for_update().filter(channel_id=channel_id, external_id__in=names).order_by("external_id")
    changed = [row for row in rows if sum(_learn(row, reaction) for reaction in by_message[row.external_id])]
    Reactions.objects.bulk_update(changed, ["people", "counts", "counted_at"])
    return [row.external_id for row in changed]


def _learn(row: Reactions, told: Mapping[str, Any]) -> bool:
    """Take in one word about the signs below a message. Returns whether it changed anything."""
    some = list(told["signs"].items())[:MOST_SIGNS]
    signs = {emoji[:LONGEST_SIGN]: number for emoji, number in some if number > 0}
    who, at = told["by"], told["at"]
    if not who:
        if at < row.counted_at or row.counts == signs:
            return False
        row.counts, row.counted_at = signs, at
        return True
    known = row.people.get(who)
    if known is None and len(row.people) >= MOST_PEOPLE:
        return False
    if known is not None and (at < known["at"] or known["signs"] == signs):
        return False
    row.people[who] = {"at": at, "signs": signs}
    return True
