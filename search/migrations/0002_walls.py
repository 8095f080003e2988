"""The walls of the index, the triggers that say what changed, the function that finds, and the sweep's door (docs/doors.md)."""

from django.db import migrations

from core.rls import WORKSPACE, TenantTable, security_definer

#: Scripts without spaces between words: Han, kana, Hangul. Two letters at a time stand for words there.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
#: Where the text search parser would see addresses, numbers with signs or compounds, it shall see plain words, in texts and in
#: questions alike.
MARKS = "/.@-_:''#+*?&=%~|,;()[]{}<>!\"$^`\\"
WORDS = f"""
CREATE FUNCTION search_words(text, question boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
    SELECT CASE WHEN plain !~ '[{UNSPACED}]' THEN plain ELSE (
        SELECT string_agg(CASE WHEN part[1] ~ '^[{UNSPACED}]' THEN (
            -- Of a text also its last letter, so that one letter alone is found; of a question not, or it would have to be the last.
            SELECT string_agg(substr(part[1], i, 2), ' ' ORDER BY i)
            FROM generate_series(1, greatest(length(part[1]) - CASE WHEN $2 THEN 1 ELSE 0 END, 1)) AS i
        ) ELSE part[1] END, ' ' ORDER BY n)
        FROM regexp_matches(plain, '[{UNSPACED}]+|[^{UNSPACED}]+', 'g') WITH ORDINALITY AS found(part, n)
    ) END
    FROM (SELECT translate(public.rabta_fold(left($1, 100000)), '{MARKS}', repeat(' ', {len(MARKS) - 1})) AS plain) AS folded
$fn$;
CREATE FUNCTION search_question(text, begins boolean) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
    -- One letter of an unspaced script begins a pair.
    SELECT CASE WHEN numnode(q) = 0 THEN NULL WHEN $2 OR words ~ '^ *[{UNSPACED}] *$' THEN (q::text || ':*')::tsquery ELSE q END
    FROM (SELECT words, phraseto_tsquery('simple', words) AS q FROM (SELECT public.search_words($1, true) AS words) AS w) AS asked
$fn$;
"""
NO_WORDS = "DROP FUNCTION search_question(text, boolean); DROP FUNCTION search_words(text, boolean);"

#: Statement triggers with transition tables, as the inbox's counters have them. They say only that something changed: reading
#: and indexing is a job's, so that storing a page of mentions costs one small insert more.
NOTICE = """
CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'message', id FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'message', id FROM old_rows;
    ELSE
        INSERT INTO search_due (workspace_id, kind, source_id)
        SELECT n.workspace_id, 'message', n.id FROM new_rows n JOIN old_rows o USING (workspace_id, id)
        WHERE (n.body, n.deleted_at IS NULL, n.conversation_id, n.occurred_at, n.media)
           IS DISTINCT FROM (o.body, o.deleted_at IS NULL, o.conversation_id, o.occurred_at, o.media);
    END IF;
    RETURN NULL;
END $fn$;
CREATE TRIGGER search_message_insert AFTER INSERT ON inbox_message
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER search_message_update AFTER UPDATE ON inbox_message
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER search_message_delete AFTER DELETE ON inbox_message
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION search_message_changed();
CREATE FUNCTION search_contact_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'contact', id FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'contact', id FROM old_rows;
    ELSE
        INSERT INTO search_due (workspace_id, kind, source_id)
        SELECT n.workspace_id, 'contact', n.id FROM new_rows n JOIN old_rows o USING (workspace_id, id)
        WHERE (n.folded, n.name, n.email, n.phone, n.location, n.about)
           IS DISTINCT FROM (o.folded, o.name, o.email, o.phone, o.location, o.about);
    END IF;
    RETURN NULL;
END $fn$;
CREATE TRIGGER search_contact_insert AFTER INSERT ON crm_contact
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION search_contact_changed();
CREATE TRIGGER search_contact_update AFTER UPDATE ON crm_contact
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION search_contact_changed();
CREATE TRIGGER search_contact_delete AFTER DELETE ON crm_contact
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION search_contact_changed();
INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'message', id FROM inbox_message;
INSERT INTO search_due (workspace_id, kind, source_id) SELECT workspace_id, 'contact', id FROM crm_contact;
"""
NO_NOTICE = """
DROP TRIGGER search_contact_delete ON crm_contact;
DROP TRIGGER search_contact_update ON crm_contact;
DROP TRIGGER search_contact_insert ON crm_contact;
DROP FUNCTION search_contact_changed();
DROP TRIGGER search_message_delete ON inbox_message;
DROP TRIGGER search_message_update ON inbox_message;
DROP TRIGGER search_message_insert ON inbox_message;
DROP FUNCTION search_message_changed();
"""
KEYS = """
ALTER TABLE search_entry ADD CONSTRAINT search_entry_source UNIQUE (workspace_id, kind, source_id);
CREATE INDEX search_entry_words ON search_entry USING gin (workspace_id, words);
ALTER TABLE search_entry SET (autovacuum_vacuum_insert_scale_factor = 0.02);
"""
NO_KEYS = "DROP INDEX search_entry_words; ALTER TABLE search_entry DROP CONSTRAINT search_entry_source;"

#: `@@` is not leakproof, so that under Row-Level Security the index would not be used (docs/speed.md). This runs as the owner, whom
#: enabled policies do not bind, reads its workspace from the setting (unset: no rows), and returns ids alone. The word classes want
#: different plans: what is rare is gathered and sorted, what is common is met along the newest-first index; a capped look decides.
CAP = 2001
FIND_ARGUMENTS = (
    "q tsquery, person tsquery, kinds text[], channels bigint[], since timestamptz, until timestamptz, statuses text[], "
    "who bigint, waits boolean, is_unread boolean, seen_by text, before_at timestamptz, before_id bigint, most integer"
)
_WHERE = """
    e.workspace_id = ws AND (q IS NULL OR e.words @@ q)
    AND (kinds IS NULL OR e.kind = ANY (kinds)) AND (channels IS NULL OR e.channel_id = ANY (channels))
    AND (since IS NULL OR e.at >= since) AND (until IS NULL OR e.at < until)
    AND (before_at IS NULL OR (e.at, e.id) < (before_at, before_id))
    AND (person IS NULL OR e.contact_id IN (
        SELECT p.source_id FROM search_entry p WHERE p.workspace_id = ws AND p.kind = 'contact' AND p.words @@ person))
    AND (NOT of_conversation OR EXISTS (
        SELECT 1 FROM inbox_conversation c WHERE c.workspace_id = ws AND c.id = e.conversation_id
          AND (statuses IS NULL OR c.status = ANY (statuses)) AND (who IS NULL OR coalesce(c.assignee_id, 0) = who)
          AND (NOT waits OR c.waiting_since IS NOT NULL) AND (NOT is_unread OR c.unread_count > 0)
          AND (seen_by IS NULL OR c.visibility = seen_by)))
"""
FIND = security_definer(
    "search_find",
    FIND_ARGUMENTS,
    "TABLE (id bigint, at timestamptz, hits integer)",
    f"""
DECLARE
    ws bigint := {WORKSPACE};
    of_conversation boolean := statuses IS NOT NULL OR who IS NOT NULL OR waits OR is_unread OR seen_by IS NOT NULL;
    n integer := {CAP};
    rare boolean := false;
BEGIN
    IF q IS NOT NULL THEN
        SELECT count(*) INTO n FROM (
            SELECT 1 FROM search_entry e WHERE e.workspace_id = ws AND e.words @@ q LIMIT {CAP}) looked;
        rare := n < {CAP};
    END IF;
    IF NOT rare AND person IS NOT NULL THEN
        SELECT count(*) < {CAP} INTO rare FROM (
            SELECT 1 FROM search_entry e WHERE e.workspace_id = ws AND e.contact_id IN (
                SELECT p.source_id FROM search_entry p WHERE p.workspace_id = ws AND p.kind = 'contact' AND p.words @@ person)
            LIMIT {CAP}) looked;
    END IF;
    IF rare THEN
        RETURN QUERY WITH found AS MATERIALIZED (SELECT e.id, e.at FROM search_entry e WHERE {_WHERE})
            SELECT f.id, f.at, n FROM found f ORDER BY f.at DESC, f.id DESC LIMIT most;
    ELSE
        RETURN QUERY SELECT e.id, e.at, n FROM search_entry e WHERE {_WHERE} ORDER BY e.at DESC, e.id DESC LIMIT most;
    END IF;
END
""",
    language="plpgsql",
)
#: The generic plan of a prepared function took seconds where the custom one took milliseconds (docs/speed.md).
CUSTOM_PLAN = f"ALTER FUNCTION search_find({FIND_ARGUMENTS}) SET plan_cache_mode = force_custom_plan"
DUE = security_definer(
    "search_due_workspaces",
    "max integer",
    "TABLE (workspace_id bigint)",
    """
    WITH RECURSIVE spaces AS (
        SELECT min(d.workspace_id) AS id FROM search_due d
        UNION ALL
        SELECT (SELECT min(d.workspace_id) FROM search_due d WHERE d.workspace_id > s.id) FROM spaces s WHERE s.id IS NOT NULL
    )
    SELECT s.id FROM spaces s WHERE s.id IS NOT NULL LIMIT max
    """,
)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_search"), ("inbox", "0002_walls"), ("crm", "0002_walls")]
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gin", migrations.RunSQL.noop),
        TenantTable("entry"),
        TenantTable("due"),
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(NOTICE, NO_NOTICE),
        migrations.RunSQL(*FIND),
        migrations.RunSQL(CUSTOM_PLAN, migrations.RunSQL.noop),
        migrations.RunSQL(*DUE),
    ]
