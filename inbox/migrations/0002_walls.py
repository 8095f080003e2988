"""The walls of the inbox, its counting trigger and the sweep's door (docs/doors.md)."""

from django.db import migrations

from core.rls import TenantTable, security_definer

#: One statement trigger with transition tables: a row trigger would cost three times as much (docs/speed.md).
#: It appends deltas, so that two writers never wait for one counter.
COUNT = """
CREATE FUNCTION inbox_count_conversations() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, coalesce(assignee_id, 0), status, count(*) FROM new_rows GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, coalesce(assignee_id, 0), status, -count(*) FROM old_rows GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, assignee_id, status, sum(n) FROM (
            SELECT n.workspace_id, n.channel_id, coalesce(n.assignee_id, 0) AS assignee_id, n.status, 1 AS n FROM new_rows n
            UNION ALL
            SELECT o.workspace_id, o.channel_id, coalesce(o.assignee_id, 0), o.status, -1 FROM old_rows o
        ) moved GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $fn$;
CREATE TRIGGER inbox_count_insert AFTER INSERT ON inbox_conversation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_count_conversations();
CREATE TRIGGER inbox_count_update AFTER UPDATE ON inbox_conversation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_count_conversations();
CREATE TRIGGER inbox_count_delete AFTER DELETE ON inbox_conversation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_count_conversations();
"""
NO_COUNT = """
DROP TRIGGER inbox_count_delete ON inbox_conversation;
DROP TRIGGER inbox_count_update ON inbox_conversation;
DROP TRIGGER inbox_count_insert ON inbox_conversation;
DROP FUNCTION inbox_count_conversations();
"""
STORED_ITEMS = security_definer(
    "inbox_stored_items",
    "max integer",
    "TABLE (workspace_id bigint, channel_id bigint)",
    "SELECT DISTINCT r.workspace_id, r.channel_id FROM social_rawitem r WHERE r.state = 'stored' LIMIT max",
)
CROWDED_COUNTS = security_definer(
    "inbox_crowded_counts",
    "above integer, max integer",
    "TABLE (workspace_id bigint)",
    "SELECT c.workspace_id FROM inbox_conversationcount c GROUP BY c.workspace_id HAVING count(*) > above LIMIT max",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_inbox"), ("social", "0002_walls"), ("crm", "0002_walls"), ("accounts", "0002_walls")]
    operations = [
        TenantTable("conversation"),
        TenantTable("message"),
        TenantTable("conversationcount"),
        migrations.RunSQL(COUNT, NO_COUNT),
        migrations.RunSQL(*STORED_ITEMS),
        migrations.RunSQL(*CROWDED_COUNTS),
    ]
