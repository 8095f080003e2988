"""Finding by tag: the search function takes the tags that a conversation must carry, all of them."""

from importlib import import_module

from django.db import migrations

from core.rls import security_definer

_BEFORE = import_module("search.migrations.0002_walls")
ARGUMENTS = _BEFORE.FIND_ARGUMENTS.replace("seen_by text", "seen_by text, tags bigint[]")
#: An index leads to what carries the first; of those few the rest is asked.
_TAGGED = """
          AND (tags IS NULL OR (
              c.id IN (SELECT t.conversation_id FROM inbox_conversationtag t WHERE t.workspace_id = ws AND t.tag_id = tags[1])
              AND cardinality(tags) = (SELECT count(*) FROM inbox_conversationtag t
                  WHERE t.workspace_id = ws AND t.conversation_id = c.id AND t.tag_id = ANY (tags))))
"""


def _find() -> tuple[str, str]:
    whole = _BEFORE.FIND[0]
    body = whole.partition("$fn$")[2].rpartition("$fn$")[0]
    talk = _BEFORE._TALK
    body = body.replace(talk, talk + _TAGGED).replace("OR seen_by IS NOT NULL;", "OR seen_by IS NOT NULL OR tags IS NOT NULL;")
    returns = "TABLE (id bigint, at timestamptz, hits integer)"
    return security_definer("search_find", ARGUMENTS, returns, body, language="plpgsql")


FIND = _find()
CUSTOM_PLAN = f"ALTER FUNCTION search_find({ARGUMENTS}) SET plan_cache_mode = force_custom_plan"


class Migration(migrations.Migration):
    dependencies = [("search", "0002_walls"), ("inbox", "0041_views")]
    operations = [
        migrations.RunSQL(_BEFORE.FIND[1], _BEFORE.FIND[0] + "; " + _BEFORE.CUSTOM_PLAN),
        migrations.RunSQL(FIND[0], FIND[1]),
        migrations.RunSQL(CUSTOM_PLAN, migrations.RunSQL.noop),
    ]
