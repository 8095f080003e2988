"""What the network no longer shows is no longer shown here; the record keeps that it was."""

from collections.abc import Iterable

from django.db import connection

from activity.models import Event
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.services.timeline import retell
from inbox.services.topmost import restate

MARK = """
UPDATE inbox_message SET deleted_at = clock_timestamp(), version = {xid}
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) AND deleted_at IS NULL RETURNING conversation_id, id
"""


def apply_events(events: Iterable[Event]) -> None:
    """Mark the messages that these events name as deleted on the network, and tell lists and timelines without them. Idempotent."""
    workspace = current_workspace_id()
    for event in events:
        channel_id, external_ids = event.data["channel"], event.data["ids"]
        with connection.cursor() as cursor:
            cursor.execute(MARK.format(xid=TRANSACTION_ID_SQL), [workspace, channel_id, external_ids])
            gone = cursor.fetchall()
        conversations = sorted({row[0] for row in gone})
        if not conversations:
            continue
        restate(conversations)
        retell({row[1]: "" for row in gone})
        push_changed(group_name(workspace, "channel", channel_id), conversations)
