"""Signs below messages: kept by person, shown with the message, whichever of the two is heard of first."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from activity.models import Event
from core.batches import execute_rows
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id

#: What a message of the channel shows, for statements in which `{external_id}` names it.
SHOWN = """
coalesce((SELECT jsonb_object_agg(r.who, r.emoji) FROM inbox_reaction r WHERE r.workspace_id = {workspace}
          AND r.channel_id = {channel} AND r.external_id = {external_id} AND r.emoji <> ''), '{{}}')
"""
ROW = "external_id text, who text, emoji text, put_at timestamptz"
PUT = """
INSERT INTO inbox_reaction AS r (workspace_id, channel_id, external_id, who, emoji, put_at)
SELECT {workspace:d}, {channel:d}, v.external_id, v.who, v.emoji, v.put_at FROM {{rows}}
ON CONFLICT (workspace_id, channel_id, external_id, who) DO UPDATE SET emoji = excluded.emoji, put_at = excluded.put_at
WHERE r.put_at <= excluded.put_at
"""
SHOW = """
UPDATE inbox_message m SET version = {xid}, reactions = {shown}
WHERE m.workspace_id = %s AND m.channel_id = %s AND m.external_id = ANY(%s) RETURNING m.conversation_id
"""
HIDE = """
UPDATE inbox_message SET version = {xid}, deeds = deeds || jsonb_build_object('hide', coalesce(deeds->'hide', '{{}}') || %s)
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) RETURNING conversation_id
"""


class Put(NamedTuple):
    """One sign; an empty `emoji` takes it back."""

    external_id: str
    who: str
    emoji: str
    put_at: datetime


def put(channel_id: int, given: Iterable[Put]) -> set[int]:
    """Keep the newest sign of each person below each message. Two queries, none for no signs. Idempotent, in any order.

    Returns the conversations whose messages show it. The caller holds the channel's ingest lock.
    """
    newest: dict[tuple[str, str], Put] = {}
    for sign in given:
        before = newest.get((sign.external_id, sign.who))
        if before is None or sign.put_at >= before.put_at:
            newest[sign.external_id, sign.who] = sign
    if not newest:
        return set()
    workspace = current_workspace_id()
    shown = SHOWN.format(workspace="m.workspace_id", channel="m.channel_id", external_id="m.external_id")
    with connection.cursor() as cursor:
        execute_rows(cursor, PUT.format(workspace=workspace, channel=channel_id), ROW, sorted(newest.values()))
        names = sorted({sign.external_id for sign in newest.values()})
        cursor.execute(SHOW.format(xid=TRANSACTION_ID_SQL, shown=shown), [workspace, channel_id, names])
        return {row[0] for row in cursor.fetchall()}


def apply_hidden(events: Iterable[Event]) -> None:
    """Let messages say that somebody hid them from others on the network, or shows them again. Idempotent."""
    workspace = current_workspace_id()
    for event in events:
        said: dict[str, Any] = {"now": "hide" if event.data["hidden"] else "unhide"}
        with connection.cursor() as cursor:
            values = [json.dumps(said), workspace, event.data["channel"], event.data["ids"]]
            cursor.execute(HIDE.format(xid=TRANSACTION_ID_SQL), values)
            conversations = sorted({row[0] for row in cursor.fetchall()})
        if conversations:
            push_changed(group_name(workspace, "channel", event.data["channel"]), conversations)
