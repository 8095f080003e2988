"""Tags on conversations, saved views, and counts by team and tag. The conversations' counting trigger learns both: one statement more
for each statement, which looks at the rows in its hand and finds nothing while ordinary ingest writes.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.rls import TenantTable, security_definer

_BASE = """
CREATE OR REPLACE FUNCTION inbox_count_conversations() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, coalesce(assignee_id, 0), status, count(*) FROM new_rows GROUP BY 1, 2, 3, 4;
        {insert}
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, coalesce(assignee_id, 0), status, -count(*) FROM old_rows GROUP BY 1, 2, 3, 4;
        {delete}
    ELSE
        INSERT INTO inbox_conversationcount (workspace_id, channel_id, assignee_id, status, number)
        SELECT workspace_id, channel_id, assignee_id, status, sum(n) FROM (
            SELECT n.workspace_id, n.channel_id, coalesce(n.assignee_id, 0) AS assignee_id, n.status, 1 AS n FROM new_rows n
            UNION ALL
            SELECT o.workspace_id, o.channel_id, coalesce(o.assignee_id, 0), o.status, -1 FROM old_rows o
        ) moved GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
        {update}
    END IF;
    RETURN NULL;
END $fn$;
"""
_INTO = "INSERT INTO inbox_facetcount (workspace_id, dimension, value_id, status, number)"
_OF_TEAM = f"{_INTO} SELECT workspace_id, 'team', team_id, status, {{sign}}count(*) FROM {{rows}} WHERE team_id IS NOT NULL GROUP BY 1, 3, 4;"
#: As sets, which are hashed: a join of the two would go through all pairs. Tags follow a conversation's status. The look at its tags sees what is committed: whoever writes one holds the conversation's lock.
_MOVED = f"""
        IF EXISTS (SELECT id, status, team_id FROM new_rows EXCEPT SELECT id, status, team_id FROM old_rows) THEN
            {_INTO}
            SELECT workspace_id, dimension, value_id, status, sum(n) FROM (
                SELECT n.workspace_id, 'team' AS dimension, n.team_id AS value_id, n.status, 1 AS n
                FROM new_rows n WHERE n.team_id IS NOT NULL
                UNION ALL
                SELECT o.workspace_id, 'team', o.team_id, o.status, -1 FROM old_rows o WHERE o.team_id IS NOT NULL
                UNION ALL
                SELECT n.workspace_id, 'tag', t.tag_id, s.status, s.n
                FROM new_rows n JOIN old_rows o ON o.id = n.id AND o.status <> n.status
                JOIN inbox_conversationtag t ON t.workspace_id = n.workspace_id AND t.conversation_id = n.id
                CROSS JOIN LATERAL (VALUES (n.status, 1), (o.status, -1)) AS s (status, n)
            ) moved GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
        END IF;
"""
COUNT = _BASE.format(
    insert=_OF_TEAM.format(sign="", rows="new_rows"), delete=_OF_TEAM.format(sign="-", rows="old_rows"), update=_MOVED
)
NO_COUNT = _BASE.format(insert="", delete="", update="")
_TAGS = f"""
        {_INTO}
        SELECT r.workspace_id, 'tag', r.tag_id, c.status, {{sign}}count(*)
        FROM {{rows}} r JOIN inbox_conversation c ON c.workspace_id = r.workspace_id AND c.id = r.conversation_id GROUP BY 1, 3, 4;
"""
COUNT_TAGS = f"""
CREATE FUNCTION inbox_count_tags() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_OP = 'INSERT' THEN {_TAGS.format(sign="", rows="new_rows")} ELSE {_TAGS.format(sign="-", rows="old_rows")} END IF;
    RETURN NULL;
END $fn$;
CREATE TRIGGER inbox_count_tag_insert AFTER INSERT ON inbox_conversationtag
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_count_tags();
CREATE TRIGGER inbox_count_tag_delete AFTER DELETE ON inbox_conversationtag
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_count_tags();
"""
NO_COUNT_TAGS = """
DROP TRIGGER inbox_count_tag_delete ON inbox_conversationtag;
DROP TRIGGER inbox_count_tag_insert ON inbox_conversationtag;
DROP FUNCTION inbox_count_tags();
"""
#: What stands in teams already, once.
BEGIN_COUNT = f"{_INTO} SELECT workspace_id, 'team', team_id, status, count(*) FROM inbox_conversation WHERE team_id IS NOT NULL GROUP BY 1, 3, 4"
_CROWDED = ("inbox_crowded_counts", "above integer, max integer", "TABLE (workspace_id bigint)")
CROWDED_COUNTS = security_definer(
    *_CROWDED,
    "SELECT c.workspace_id FROM (SELECT n.workspace_id FROM inbox_conversationcount n UNION ALL "
    "SELECT f.workspace_id FROM inbox_facetcount f) c GROUP BY c.workspace_id HAVING count(*) > above LIMIT max",
)
CROWDED_BEFORE = security_definer(
    *_CROWDED, "SELECT c.workspace_id FROM inbox_conversationcount c GROUP BY c.workspace_id HAVING count(*) > above LIMIT max"
)


def _key(to: str, on_delete: object = django.db.models.deletion.CASCADE, **options: object) -> models.ForeignKey:
    return models.ForeignKey(to, on_delete, db_constraint=False, db_index=False, related_name="+", **options)


def _table(name: str, fields: list[tuple[str, models.Field]], **options: object) -> migrations.CreateModel:
    own = [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("workspace_id", models.BigIntegerField(editable=False)),
    ]
    return migrations.CreateModel(name=name, fields=own + fields, options={"abstract": False, "base_manager_name": "objects", **options})


class Migration(migrations.Migration):
    dependencies = [("inbox", "0027_context"), ("crm", "0041_tags"), ("accounts", "0002_walls")]
    operations = [
        _table(
            "ConversationTag",
            [
                ("conversation", _key("inbox.conversation")),
                ("tag", _key("crm.tag")),
                ("added_by_id", models.BigIntegerField(null=True)),
                ("added_at", models.DateTimeField()),
            ],
            constraints=[models.UniqueConstraint(fields=["workspace_id", "conversation", "tag"], name="inbox_conversationtag_once")],
            indexes=[models.Index(fields=["workspace_id", "tag", "conversation"], name="inbox_conversationtag_tag")],
        ),
        _table(
            "FacetCount",
            [
                ("dimension", models.CharField(max_length=8)),
                ("value_id", models.BigIntegerField()),
                ("status", models.CharField(max_length=10)),
                ("number", models.IntegerField()),
            ],
            indexes=[
                models.Index(
                    fields=["workspace_id", "dimension", "status", "value_id"], include=["number"], name="inbox_facetcount_key"
                )
            ],
        ),
        _table(
            "SavedView",
            [
                ("name", models.CharField(max_length=60)),
                ("icon", models.CharField(default="bookmark", max_length=24)),
                (
                    "scope",
                    models.CharField(
                        choices=[("private", "Only me"), ("team", "A team"), ("workspace", "Everybody")],
                        default="private",
                        max_length=10,
                    ),
                ),
                ("owner", _key("accounts.membership")),
                ("team", _key("accounts.team", null=True)),
                ("parameters", models.JSONField(default=dict)),
                ("position", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField()),
            ],
            indexes=[models.Index(fields=["workspace_id", "scope", "owner"], name="inbox_savedview_whose")],
        ),
        _table(
            "DefaultView",
            [("member", _key("accounts.membership")), ("view", _key("inbox.savedview"))],
            constraints=[models.UniqueConstraint(fields=["workspace_id", "member"], name="inbox_defaultview_one")],
        ),
        TenantTable("conversationtag"),
        TenantTable("facetcount"),
        TenantTable("savedview"),
        TenantTable("defaultview"),
        migrations.AddIndex(
            "conversation",
            models.Index(
                condition=models.Q(("team__isnull", False)),
                fields=["workspace_id", "team", "status", "-last_activity_at", "-id"],
                name="inbox_conv_team",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("delivery_state", "queued"), ("not_before__isnull", False)),
                fields=["workspace_id", "not_before"],
                name="inbox_message_planned",
            ),
        ),
        migrations.RunSQL(COUNT, NO_COUNT),
        migrations.RunSQL(COUNT_TAGS, NO_COUNT_TAGS),
        migrations.RunSQL(BEGIN_COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(CROWDED_COUNTS[0], CROWDED_BEFORE[0]),
    ]
