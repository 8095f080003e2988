"""What a list shows of a conversation, told anew: when its newest words were edited, taken back or deleted on the network."""

from collections.abc import Iterable

from django.db import connection

from core.marks import TRANSACTION_ID_SQL
from core.tenancy import current_workspace_id

#: The newest words that still stand. Waiting ends when none of the customer's is on top; it never begins here.
RESTATE = r"""
UPDATE inbox_conversation c SET version = {xid}, snippet_lang = coalesce(m.lang, ''), last_direction = coalesce(m.direction, ''),
       snippet = CASE WHEN length(m.line) > 200 THEN left(m.line, 199) || '…' ELSE coalesce(m.line, '') END,
       waiting_since = CASE WHEN m.direction = 'in' THEN c.waiting_since END
FROM unnest(%(ids)s::bigint[]) AS touched (id) LEFT JOIN LATERAL (
    SELECT btrim(regexp_replace(left(x.body, 400), '\s+', ' ', 'g')) AS line, x.lang, x.direction FROM inbox_message x
    WHERE x.workspace_id = %(w)s AND x.conversation_id = touched.id AND x.direction <> 'note' AND x.delivery_state <> 'cancelled'
      AND x.deleted_at IS NULL ORDER BY x.occurred_at DESC, x.id DESC LIMIT 1) m ON true
WHERE c.workspace_id = %(w)s AND c.id = touched.id
"""


def restate(conversation_ids: Iterable[int]) -> None:
    """Let these conversations show the newest words that still stand. One query; none when there are none."""
    ids = sorted(set(conversation_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(RESTATE.format(xid=TRANSACTION_ID_SQL), {"w": current_workspace_id(), "ids": ids})
