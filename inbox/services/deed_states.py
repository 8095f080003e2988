"""Carrying what was done on the network up to the messages of the thread. Reads the deeds themselves, so that events may repeat."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection

from activity.models import Event
from core.batches import execute_rows
from core.clock import now
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.services.timeline import retell
from inbox.models import Message
from inbox.services.topmost import restate
from social.models import DeedRow, DeedState

#: So many earlier wordings of a message are kept at hand; all of them stand in the deeds.
MOST_EARLIER = 20
CHANGED = "id bigint, deeds jsonb, body text, edited_at timestamptz, deleted_at timestamptz"
CHANGE = """
UPDATE inbox_message m SET deeds = v.deeds, body = v.body, edited_at = v.edited_at, deleted_at = v.deleted_at, version = {xid}
FROM {{rows}} WHERE m.workspace_id = {workspace:d} AND m.id = v.id
"""


def apply_events(events: Iterable[Event]) -> None:
    """Bring messages up to the state of the deeds these events name, in a few queries, whatever their number."""
    mirror(sorted({deed for event in events for deed in event.data.get("ids", [])}))


def mirror(deed_ids: list[int]) -> None:
    """Let messages say what is being done, was done, or could not be done to them; tell lists, timelines and open pages.

    The messages' rows are locked first and the deeds read after, so that the last one to come here writes what stands.
    """
    keys = set(DeedRow.objects.filter(id__in=deed_ids).values_list("channel_id", "external_id"))
    if not keys:
        return
    channels, names = {channel for channel, _name in keys}, {name for _channel, name in keys}
    found = Message.objects.select_for_update().filter(channel_id__in=channels, external_id__in=names).order_by("id")
    messages = [row for row in found if (row.channel_id, row.external_id) in keys]
    rows = DeedRow.objects.filter(channel_id__in=channels, external_id__in=names).exclude(state=DeedState.DROPPED).order_by("id")
    known: dict[tuple[int, str], list[DeedRow]] = defaultdict(list)
    for row in rows:
        known[row.channel_id, row.external_id].append(row)
    changed = [_taught(message, known[message.channel_id, message.external_id or ""]) for message in messages]
    if not changed:
        return
    workspace = current_workspace_id()
    with connection.cursor() as cursor:
        execute_rows(cursor, CHANGE.format(workspace=workspace, xid=TRANSACTION_ID_SQL), CHANGED, changed)
    told = {message.id: message for message in messages}
    new_words = {row[0]: "" if row[4] else row[2] for row in changed if row[2:] != _as_it_was(told[row[0]])}
    if new_words:
        restate({told[message_id].conversation_id for message_id in new_words})
        retell(new_words)
    by_channel: dict[int, set[int]] = defaultdict(set)
    for message in messages:
        by_channel[message.channel_id].add(message.conversation_id)
    for channel_id, conversations in by_channel.items():
        push_changed(group_name(workspace, "channel", channel_id), sorted(conversations))


def _as_it_was(message: Message) -> tuple[Any, ...]:
    return message.body, message.edited_at, message.deleted_at


def _taught(message: Message, rows: list[DeedRow]) -> tuple[Any, ...]:
    """The message's row with what its deeds (oldest first) have done to it."""
    body, edited_at, deleted_at = _as_it_was(message)
    deeds: dict[str, Any] = {}
    earlier = [{"text": row.before, "at": row.created_at.isoformat()} for row in rows if row.family == "edit" and _is_done(row)]
    for row in rows:
        was = deeds.get(row.family, {}).get("now", "")
        sign = deeds.get("like", {}).get("sign", "")
        deeds[row.family] = {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "error": row.error,
            "now": row.kind if _is_done(row) else was,
        }
        if row.family == "like" and (sign or row.deed.get("text")):
            text = row.deed.get("text", "")
            deeds["like"] |= {"sign": text if _is_done(row) else sign, "text": text}
        if row.family == "edit":
            deeds["edit"] |= {"text": row.deed.get("text", ""), "earlier": earlier[-MOST_EARLIER:]}
        if not _is_done(row) or _was_known(message, row):
            continue
        if row.family == "edit":
            body, edited_at = row.deed.get("text", ""), row.settled_at or now()
        elif row.family == "delete":
            deleted_at = deleted_at or row.settled_at or now()
    return message.id, deeds, body, edited_at, deleted_at


def _is_done(row: DeedRow) -> bool:
    return row.state == DeedState.DONE


def _was_known(message: Message, row: DeedRow) -> bool:
    """Whether the message has heard before that this was done: what the network says since outweighs it."""
    known = message.deeds.get(row.family, {})
    return bool(known.get("id", 0) > row.id or (known.get("id") == row.id and known.get("state") == DeedState.DONE))
