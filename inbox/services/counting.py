"""Keeping the counters short: many small deltas become one row each."""

from django.db import connection

from core.tenancy import current_workspace_id

#: More rows than this are worth folding.
CROWDED = 200
FOLD = """
WITH taken AS (
    DELETE FROM inbox_conversationcount WHERE workspace_id = %(w)s AND id IN (
        SELECT id FROM inbox_conversationcount WHERE workspace_id = %(w)s FOR UPDATE SKIP LOCKED)
    RETURNING channel_id, assignee_id, status, number
)
INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
SELECT %(w)s, channel_id, assignee_id, status, sum(number) FROM taken GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
"""
#: The same for counts by team and tag.
FOLD_FACETS = """
WITH taken AS (
    DELETE FROM inbox_facetcount WHERE workspace_id = %(w)s AND id IN (
        SELECT id FROM inbox_facetcount WHERE workspace_id = %(w)s FOR UPDATE SKIP LOCKED)
    RETURNING dimension, value_id, status, number
)
INSERT INTO inbox_facetcount (workspace_id, dimension, value_id, status, number)
SELECT %(w)s, dimension, value_id, status, sum(number) FROM taken GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
"""
EXACT = """
SELECT channel_id, coalesce(assignee_id, 0), status, count(*) FROM inbox_conversation WHERE workspace_id = %s GROUP BY 1, 2, 3
"""
EXACT_FACETS = """
SELECT 'team', team_id, status, count(*) FROM inbox_conversation WHERE workspace_id = %(w)s AND team_id IS NOT NULL GROUP BY 1, 2, 3
UNION ALL
SELECT 'tag', t.tag_id, c.status, count(*)
FROM inbox_conversationtag t JOIN inbox_conversation c ON c.workspace_id = t.workspace_id AND c.id = t.conversation_id
WHERE t.workspace_id = %(w)s GROUP BY 1, 2, 3
"""


def fold() -> None:
    """Sum the selected workspace's deltas up. Readers see the same totals before, during and after."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD, {"w": current_workspace_id()})
        cursor.execute(FOLD_FACETS, {"w": current_workspace_id()})


def crowded_workspaces(*, limit: int = 100) -> list[int]:
    """Workspaces with many deltas. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM inbox_crowded_counts(%s, %s)", [CROWDED, limit])
        return [row[0] for row in cursor.fetchall()]


def stored_channels(*, limit: int = 200) -> list[tuple[int, int]]:
    """(workspace, channel) with stored items that nobody digested yet. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM inbox_stored_items(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]
