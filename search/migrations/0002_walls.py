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

#: They say only that something changed: reading and indexing is a job's. New rows are written down by one statement trigger as one
#: row, so that a page of mentions costs one small insert more. Changes are met row by row, since only then Postgres looks at the
#: columns that are set before anything is called: states and times change far more often than words.
_ROOMS = (
    ("message", "inbox_message", "body, deleted_at, conversation_id, occurred_at, media"),
    ("contact", "crm_contact", "name, folded, email, phone, location, about"),
)


def _notice(kind: str, table: str, columns: str) -> str:
    old, new = (", ".join(f"{side}.{column.strip()}" for column in columns.split(",")) for side in ("OLD", "NEW"))
    return f"""
    CREATE FUNCTION search_{kind}s_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
    BEGIN
        INSERT INTO search_due (workspace_id, kind, ids)
        SELECT workspace_id, '{kind}', array_agg(id) FROM changed_rows GROUP BY workspace_id;
        RETURN NULL;
    END $fn$;
    CREATE FUNCTION search_{kind}_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
    BEGIN
        INSERT INTO search_due (workspace_id, kind, ids) VALUES (NEW.workspace_id, '{kind}', ARRAY[NEW.id]);
        RETURN NULL;
    END $fn$;
    CREATE TRIGGER search_{kind}_insert AFTER INSERT ON {table}
        REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION search_{kind}s_changed();
    CREATE TRIGGER search_{kind}_delete AFTER DELETE ON {table}
        REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION search_{kind}s_changed();
    CREATE TRIGGER search_{kind}_update AFTER UPDATE OF {columns} ON {table}
        FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION search_{kind}_changed();
    INSERT INTO search_due (workspace_id, kind, ids) SELECT workspace_id, '{kind}', array_agg(id) FROM {table} GROUP BY 1, id / 1000;
    """


NOTICE = "".join(_notice(*room) for room in _ROOMS)
NO_NOTICE = "".join(
    f"DROP TRIGGER search_{kind}_{what} ON {table};" for kind, table, _columns in _ROOMS for what in ("insert", "delete", "update")
) + "".join(f"DROP FUNCTION search_{kind}_changed(); DROP FUNCTION search_{kind}s_changed();" for kind, _t, _c in _ROOMS)
KEYS = """
ALTER TABLE search_entry ADD CONSTRAINT search_entry_source UNIQUE (workspace_id, kind, source_id);
CREATE INDEX search_entry_talk ON search_entry (workspace_id, conversation_id);
CREATE INDEX search_entry_words ON search_entry USING gin (workspace_id, words);
ALTER TABLE search_entry SET (autovacuum_vacuum_insert_scale_factor = 0.02);
"""
NO_KEYS = "DROP INDEX search_entry_words; DROP INDEX search_entry_talk; ALTER TABLE search_entry DROP CONSTRAINT search_entry_source;"

#: `@@` is not leakproof, so that under Row-Level Security the index would not be used (docs/speed.md). This runs as the owner, whom
#: enabled policies do not bind, reads its workspace from the setting (unset: no rows), and returns ids alone. The word classes want
#: different plans: what is rare is gathered and sorted, what is common is met along the newest-first index; a capped look decides.
CAP = 2001
FIND_ARGUMENTS = (
    "q tsquery, person tsquery, kinds text[], channels bigint[], since timestamptz, until timestamptz, statuses text[], "
    "who bigint, waits boolean, is_unread boolean, seen_by text, before_at timestamptz, before_id bigint, most integer"
)
_TALK = """
          c.workspace_id = ws
          AND (statuses IS NULL OR c.status = ANY (statuses)) AND (who IS NULL OR coalesce(c.assignee_id, 0) = who)
          AND (NOT waits OR c.waiting_since IS NOT NULL) AND (NOT is_unread OR c.unread_count > 0)
          AND (seen_by IS NULL OR c.visibility = seen_by)
"""
_WHERE = f"""
    e.workspace_id = ws AND (q IS NULL OR e.words @@ q)
    AND (kinds IS NULL OR e.kind = ANY (kinds)) AND (channels IS NULL OR e.channel_id = ANY (channels))
    AND (since IS NULL OR e.at >= since) AND (until IS NULL OR e.at < until)
    AND (before_at IS NULL OR (e.at, e.id) < (before_at, before_id))
    AND (person IS NULL OR e.contact_id IN (
        SELECT p.source_id FROM search_entry p WHERE p.workspace_id = ws AND p.kind = 'contact' AND p.words @@ person))
    AND (talks IS NULL OR e.conversation_id = ANY (talks))
    AND (NOT by_talk OR EXISTS (SELECT 1 FROM inbox_conversation c WHERE c.id = e.conversation_id AND {_TALK}))
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
    by_talk boolean := of_conversation;
    talks bigint[];
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
    IF of_conversation THEN
        SELECT coalesce(array_agg(t.id), '{{}}') INTO talks FROM (
            SELECT c.id FROM inbox_conversation c WHERE {_TALK} LIMIT {CAP}) t;
        by_talk := cardinality(talks) = {CAP};
        rare := rare OR NOT by_talk;
        talks := CASE WHEN by_talk THEN NULL ELSE talks END;
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
