"""What the network no longer shows is no longer shown here; the record keeps that it was."""

from collections.abc import Iterable

from django.db import connection

from activity.models import Event
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id

MARK = """
UPDATE inbox_message SET deleted_at = clock_timestamp(), version = {xid}
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) AND deleted_at IS NULL RETURNING conversation_id
"""
TOUCH = "UPDATE inbox_conversation SET version = {xid} WHERE workspace_id = %s AND id = ANY(%s)"


def apply_events(events: Iterable[Event]) -> None:
    """Mark the messages that these events name as deleted on the network. Idempotent."""
    workspace = current_workspace_id()
    for event in events:
        channel_id, external_ids = event.data["channel"], event.data["ids"]
        with connection.cursor() as cursor:
            cursor.execute(MARK.format(xid=TRANSACTION_ID_SQL), [workspace, channel_id, external_ids])
            conversations = sorted({row[0] for row in cursor.fetchall()})
            if not conversations:
                continue
            cursor.execute(TOUCH.format(xid=TRANSACTION_ID_SQL), [workspace, conversations])
        push_changed(group_name(workspace, "channel", channel_id), conversations)
