"""The guards of search: how each is taken away, and who notices. `test_guards.py` does it."""

import importlib

import psycopg2
import pytest
from django.db import connection

import search.services.indexing
from core.tenancy import tenant
from search.models import Due
from tests.tenancy.world import SECRET_WORD, World

by_tag = importlib.import_module("search.migrations.0041_by_tag")
#: The function without its own look at the workspace, and as it is.
FIND_WITHOUT = by_tag.FIND[0].replace("e.workspace_id = ws AND", "").replace("p.workspace_id = ws AND", "")
FIND = by_tag.FIND[0]


def anybody_indexes(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(search.services.indexing, "LOCK", "SELECT %s IS NOT NULL")


def one_at_a_time(world: World) -> None:
    """Somebody else is at it: nothing is read, and what is due stays due. In a workspace whose lock no fixture holds."""
    workspace = world.cast.zarrin.pk
    with tenant(workspace):
        Due.objects.create(kind="contact", ids=[1])
    facts = connection.settings_dict
    where = {"host": facts["HOST"], "port": facts["PORT"] or 5432, "dbname": facts["NAME"]}
    other = psycopg2.connect(**where, user=facts["USER"], password=facts["PASSWORD"])
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('search:' || %s, 0))", [workspace])
        assert search.services.indexing.index(workspace_id=workspace) == 0
    finally:
        other.close()


def found_by(workspace: int) -> int:
    nothing = ", ".join(["NULL"] * 7)
    question = f"SELECT count(*) FROM search_find(search_question(%s, false), {nothing}, false, false, NULL, NULL, NULL, NULL, 50)"
    with tenant(workspace), connection.cursor() as cursor:
        cursor.execute(question, [f"'{SECRET_WORD}'"])
        number: int = cursor.fetchone()[0]
    return number


def words_are_found_by_their_own(world: World) -> None:
    search.services.indexing.index(workspace_id=world.cast.meridian.pk)
    if not found_by(world.cast.meridian.pk):
        raise LookupError("there is nothing to be found")
    assert found_by(world.cast.outside.pk) == 0


GUARDS = (("one indexer of a workspace", anybody_indexes, one_at_a_time),)
