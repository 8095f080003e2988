"""Keeping the index as the rooms below have it: triggers write down what changed, this reads it again, a batch at a time.

Set-based and repeatable: what a crash takes with it stands in the list of changes again. One worker a workspace, since of two the
one that read earlier could write later.
"""

from django.db import connection

from core.tenancy import current_workspace_id, tenant

#: So many lists of changes are taken up together; the list of a page has a hundred at most, most have one.
BATCH = 100
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('search:' || %s, 0))"
TAKE = """
DELETE FROM search_due WHERE workspace_id = %(w)s AND id IN (
    SELECT id FROM search_due WHERE workspace_id = %(w)s ORDER BY id LIMIT %(batch)s)
RETURNING kind, ids
"""
#: What stands in a source now. A message that is gone, empty or deleted has no entry; neither has a person who is gone.
FRESH = """
fresh AS (
    SELECT CASE m.direction WHEN 'note' THEN 'note' WHEN 'out' THEN 'out' ELSE 'in' END AS kind, m.id AS source_id,
           m.conversation_id, c.contact_id, m.channel_id, m.occurred_at AS at,
           to_tsvector('simple', search_words(concat_ws(' ', m.body,
               (SELECT string_agg(concat_ws(' ', f ->> 'name', f ->> 'alt'), ' ') FROM jsonb_array_elements(m.media) f)), false))
               AS words
    FROM inbox_message m JOIN inbox_conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = %(w)s AND m.id = ANY (%(messages)s) AND m.deleted_at IS NULL
    UNION ALL
    SELECT 'contact', p.id, NULL, p.id, NULL, coalesce(p.last_interaction_at, p.created_at),
           to_tsvector('simple', search_words(concat_ws(' ', p.name, p.folded, p.email, p.phone, p.location, p.about), false))
    FROM crm_contact p WHERE p.workspace_id = %(w)s AND p.id = ANY (%(contacts)s)
)
"""
FORGET = """
DELETE FROM search_entry WHERE workspace_id = %(w)s AND (
    (kind <> 'contact' AND source_id = ANY (%(messages)s) AND NOT EXISTS (
        SELECT 1 FROM inbox_message m WHERE m.workspace_id = %(w)s AND m.id = source_id AND m.deleted_at IS NULL))
    OR (kind = 'contact' AND source_id = ANY (%(contacts)s) AND NOT EXISTS (
        SELECT 1 FROM crm_contact p WHERE p.workspace_id = %(w)s AND p.id = source_id)))
"""
WRITE = f"""
WITH {FRESH}
INSERT INTO search_entry (workspace_id, kind, source_id, conversation_id, contact_id, channel_id, at, words)
SELECT %(w)s, kind, source_id, conversation_id, contact_id, channel_id, at, words FROM fresh
ON CONFLICT (workspace_id, kind, source_id) DO UPDATE
SET conversation_id = excluded.conversation_id, contact_id = excluded.contact_id, channel_id = excluded.channel_id,
    at = excluded.at, words = excluded.words
"""


def index(*, workspace_id: int) -> int:
    """Bring one workspace's index up to date. Returns how many lists of changes were read; 0 also while another worker is at it."""
    total = 0
    while True:
        with tenant(workspace_id, step="search.index", repeatable=True):
            taken = _index_batch()
        total += taken
        if taken < BATCH:
            return total


def _index_batch() -> int:
    workspace_id = current_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [workspace_id])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(TAKE, {"w": workspace_id, "batch": BATCH})
        taken = cursor.fetchall()
        if not taken:
            return 0
        given = {
            "w": workspace_id,
            "messages": sorted({number for kind, ids in taken if kind == "message" for number in ids}),
            "contacts": sorted({number for kind, ids in taken if kind == "contact" for number in ids}),
        }
        cursor.execute(FORGET, given)
        cursor.execute(WRITE, given)
    return len(taken)


def due_workspaces(*, limit: int = 200) -> list[int]:
    """Workspaces where something changed since it was indexed. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM search_due_workspaces(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]
