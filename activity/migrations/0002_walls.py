"""The walls of the log, its append-only rights, and the sweep's door (docs/doors.md)."""

from django.db import migrations

from core.rls import TenantTable, security_definer

#: A loose index scan over workspaces, then one look per workspace and kind: it never reads the log itself.
PENDING = security_definer(
    "activity_pending",
    "who text, kinds text[], max integer",
    "TABLE (workspace_id bigint)",
    """
    WITH RECURSIVE spaces AS (
        SELECT min(e.workspace_id) AS id FROM activity_event e
        UNION ALL
        SELECT (SELECT min(e.workspace_id) FROM activity_event e WHERE e.workspace_id > s.id) FROM spaces s WHERE s.id IS NOT NULL
    )
    SELECT s.id FROM spaces s
    LEFT JOIN activity_subscription p ON p.workspace_id = s.id AND p.subscriber = who
    WHERE s.id IS NOT NULL AND EXISTS (
        SELECT 1 FROM unnest(kinds) AS k(kind) WHERE EXISTS (
            SELECT 1 FROM activity_event e WHERE e.workspace_id = s.id AND e.kind = k.kind
              AND (e.xid, e.id) > (coalesce(p.last_xid, 0), coalesce(p.last_id, 0))))
    LIMIT max
    """,
)


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_log")]
    operations = [
        TenantTable("event", append_only=True),
        TenantTable("subscription"),
        TenantTable("setaside"),
        migrations.RunSQL(*PENDING),
    ]
