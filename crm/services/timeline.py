"""Adding to contacts' timelines, a whole batch at a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from core.batches import execute_rows
from core.tenancy import current_workspace_id
from crm.models.interaction import Interaction

SNIPPET_CHARACTERS = 280
#: Rows and the contacts' “last heard of” in one statement.
HAPPENING = (
    "contact_id bigint, kind text, source_id bigint, thread_id bigint, channel_id bigint, occurred_at timestamptz, snippet text"
)
ADD = """
WITH added AS (
    INSERT INTO crm_interaction (workspace_id, contact_id, kind, source_id, thread_id, channel_id, occurred_at, snippet)
    SELECT {workspace:d}, v.contact_id, v.kind, v.source_id, v.thread_id, v.channel_id, v.occurred_at, v.snippet FROM {{rows}}
    ON CONFLICT (workspace_id, kind, source_id) DO NOTHING
    RETURNING contact_id, occurred_at
)
UPDATE crm_contact c SET last_interaction_at = a.newest
FROM (SELECT contact_id, max(occurred_at) AS newest FROM added GROUP BY contact_id) a
WHERE c.workspace_id = {workspace:d} AND c.id = a.contact_id AND (c.last_interaction_at IS NULL OR c.last_interaction_at < a.newest)
"""
#: Its unique key finds the rows: kinds of what networks carry, then the source.
RETELL = """
UPDATE crm_interaction i SET snippet = v.snippet FROM {{rows}}
WHERE i.workspace_id = {workspace:d} AND i.source_id = v.source_id
  AND i.kind IN ('message_in', 'message_out', 'call_in', 'call_out')
"""


class Happening(NamedTuple):
    """One row to add. `source_id` is a row of the room that `kind` implies (messages: inbox.Message)."""

    contact_id: int
    kind: str
    source_id: int
    thread_id: int | None
    channel_id: int | None
    occurred_at: datetime
    text: str


def add(happenings: Iterable[Happening]) -> None:
    """Put these on their contacts' timelines, each source once. One query."""
    rows = [
        (h.contact_id, h.kind, h.source_id, h.thread_id, h.channel_id, h.occurred_at, snippet(h.text)) for h in happenings
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_rows(cursor, ADD.format(workspace=current_workspace_id()), HAPPENING, rows)


def retell(texts: Mapping[int, str]) -> None:
    """Messages (by id) say something else now, or nothing any more: so do their rows. One query."""
    rows = [(message_id, snippet(text)) for message_id, text in texts.items()]
    if rows:
        with connection.cursor() as cursor:
            sql = RETELL.format(workspace=current_workspace_id())
            execute_rows(cursor, sql, "source_id bigint, snippet text", rows)


def retell_one(kind: str, source_id: int, text: str) -> None:
    """One row says something else now. One query."""
    Interaction.objects.filter(kind=kind, source_id=source_id).update(snippet=snippet(text))


def snippet(text: str, *, limit: int = SNIPPET_CHARACTERS) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: limit * 2].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
