"""Carrying the state of deliveries up to the messages that the thread shows. Reads the outbox itself, so that events may repeat."""

from collections.abc import Iterable

from django.db import connection

from activity.models import Event
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from social.models import DeliveryState

#: A post of ours that a poll brought first, before its receipt, becomes this message's: the copy goes.
MIRROR = """
UPDATE inbox_message m SET delivery_state = d.state, delivery_error = d.error, reached = d.reached, not_before = d.not_before,
       external_id = coalesce(d.external_id, m.external_id), url = CASE WHEN d.url <> '' THEN d.url ELSE m.url END,
       occurred_at = CASE WHEN d.state = 'sent' AND m.delivery_state <> 'sent' THEN coalesce(d.settled_at, m.occurred_at)
                          ELSE m.occurred_at END,
       deleted_at = CASE WHEN d.external_id <> m.external_id THEN NULL ELSE m.deleted_at END,
       version = {xid}
FROM social_delivery d
WHERE m.workspace_id = %(w)s AND d.workspace_id = m.workspace_id AND d.id = m.delivery_id AND d.id = ANY(%(ids)s)
RETURNING m.conversation_id, m.channel_id
"""
DROP_ECHO = """
DELETE FROM inbox_message e USING social_delivery d
WHERE e.workspace_id = %(w)s AND d.workspace_id = e.workspace_id AND d.channel_id = e.channel_id AND e.external_id = d.external_id
  AND d.id = ANY(%(ids)s) AND e.delivery_id IS NULL
RETURNING e.id, e.conversation_id
"""
#: The poll that brought the copy had counted it.
UNCOUNT_ECHO = """
UPDATE inbox_conversation c SET message_count = greatest(c.message_count - e.copies, 0), version = {xid}
FROM (SELECT t.id, count(*) AS copies FROM unnest(%s) AS t (id) GROUP BY t.id) e WHERE c.workspace_id = %s AND c.id = e.id
"""
FORGET_ECHO = "DELETE FROM crm_interaction WHERE workspace_id = %s AND kind = 'message_out' AND source_id = ANY(%s)"
TROUBLE = """
UPDATE inbox_conversation c SET version = {xid}, has_trouble = EXISTS (
    SELECT 1 FROM inbox_message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
      AND m.delivery_state = ANY(%s))
WHERE c.workspace_id = %s AND c.id = ANY(%s)
"""
TROUBLED = [DeliveryState.FAILED.value, DeliveryState.NEEDS_DECISION.value]


def apply_events(events: Iterable[Event]) -> None:
    """Bring messages up to the state of the deliveries these events name, in a few queries, whatever their number."""
    ids = sorted({delivery for event in events for delivery in event.data.get("ids", [])})
    mirror(ids)


def mirror(delivery_ids: list[int]) -> None:
    """Copy state, error, id and time of these deliveries onto their messages; mark troubled conversations; tell open pages.

    Four queries; two more when a poll had brought one of them before its receipt.
    """
    workspace = current_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(DROP_ECHO, {"w": workspace, "ids": delivery_ids})
        echoes = cursor.fetchall()
        if echoes:
            cursor.execute(FORGET_ECHO, [workspace, [row[0] for row in echoes]])
            cursor.execute(UNCOUNT_ECHO.format(xid=TRANSACTION_ID_SQL), [[row[1] for row in echoes], workspace])
        cursor.execute(MIRROR.format(xid=TRANSACTION_ID_SQL), {"w": workspace, "ids": delivery_ids})
        changed = cursor.fetchall()
        if not changed:
            return
        conversations = sorted({row[0] for row in changed})
        cursor.execute(TROUBLE.format(xid=TRANSACTION_ID_SQL), [TROUBLED, workspace, conversations])
    by_channel: dict[int, list[int]] = {}
    for conversation_id, channel_id in changed:
        by_channel.setdefault(channel_id, []).append(conversation_id)
    for channel_id, ids in by_channel.items():
        push_changed(group_name(workspace, "channel", channel_id), ids)
