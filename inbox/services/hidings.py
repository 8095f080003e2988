"""What somebody hid from others on the network itself, or showed again, is marked so here."""

import json
from collections.abc import Iterable

from django.db import connection

from activity.models import Event
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id

HIDE = """
UPDATE inbox_message SET version = {xid}, deeds = deeds || jsonb_build_object('hide', coalesce(deeds->'hide', '{{}}') || %s)
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) RETURNING conversation_id
"""


def apply_events(events: Iterable[Event]) -> None:
    """Let messages say that they are hidden from others on the network, or no longer. Idempotent."""
    workspace = current_workspace_id()
    for event in events:
        said = json.dumps({"now": "hide" if event.data["hidden"] else "unhide"})
        with connection.cursor() as cursor:
            cursor.execute(HIDE.format(xid=TRANSACTION_ID_SQL), [said, workspace, event.data["channel"], event.data["ids"]])
            conversations = sorted({row[0] for row in cursor.fetchall()})
        if conversations:
            push_changed(group_name(workspace, "channel", event.data["channel"]), conversations)
