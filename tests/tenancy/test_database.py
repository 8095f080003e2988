"""The walls in the database, for every tenant table: closed when nothing is selected, closed to others' rows and references."""

import os
from typing import Any

import environ
import psycopg2
import pytest
from django.db import DatabaseError, connection, models, transaction

from accounts.models import Membership
from core import checks
from core.clock import now
from core.tenancy import NoWorkspace, TenantModel, WrongWorkspace, tenant
from inbox.models import FollowHabit, Message, NoteMention, Reactions
from social.models import ChannelAlert, Ear, GapCheck, HeardHour, Subscription
from tests.tenancy.world import World, tenant_models, undone

pytestmark = pytest.mark.django_db


def rows(table: str, workspace_id: int | None = None) -> int:
    """How many rows raw SQL sees, whatever it asks for."""
    with connection.cursor() as cursor:
        if workspace_id is None:
            cursor.execute(f"SELECT count(*) FROM {table}")
        else:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE workspace_id = %s", [workspace_id])
        return int(cursor.fetchone()[0])


def fill_by_hand(workspace_id: int, channel_id: int) -> None:
    """A row in each table that nobody wrote to."""
    with tenant(workspace_id), connection.cursor() as cursor:
        GapCheck.objects.create(channel_id=channel_id, due_at=now())
        note = Message.objects.filter(direction="note").first()
        if note is not None:
            NoteMention.objects.create(message=note, member_id=note.author_id, created_at=now())
        Reactions.objects.create(channel_id=channel_id, external_id="1")
        FollowHabit.objects.create(member=Membership.objects.latest("id"))
        HeardHour.objects.create(channel_id=channel_id, hour=now(), items=1)
        ChannelAlert.objects.create(channel_id=channel_id, kind="silence", since=now(), raised_at=now())
        Ear.objects.create(channel_id=channel_id, due_at=now())
        where = {"hub": "https://hub.example/", "topic": "https://blog.example/feed", "address": "https://rabta.example/hooks/x/"}
        Subscription.objects.create(channel_id=channel_id, due_at=now(), **where)
        cursor.execute(
            "INSERT INTO activity_subscription (workspace_id, subscriber, last_xid, last_id) VALUES (%s, 'test', 0, 0)",
            [workspace_id],
        )
        cursor.execute(
            "INSERT INTO activity_setaside (workspace_id, subscriber, event_id, error, attempts, set_aside_at) "
            "SELECT workspace_id, 'test', id, 'x', 1, now() FROM activity_event LIMIT 1"
        )
        cursor.execute(
            "INSERT INTO social_storedpage (workspace_id, channel_id, item_ids, stored_at) VALUES (%s, %s, '{1}', now())",
            [workspace_id, channel_id],
        )


@pytest.fixture
def full(world: World) -> World:
    """With a row of Meridian and of Elsewhere in every tenant table."""
    for desk in (world.desk, world.own):
        fill_by_hand(desk.workspace.pk, desk.channel.pk)
    return world


def test_every_table_shows_one_workspace_and_nothing_without_one(full: World) -> None:
    mine, theirs = full.cast.meridian.pk, full.cast.outside.pk
    for model in tenant_models():
        table = model._meta.db_table
        assert rows(table) == 0, f"{table} is open while no workspace is selected"
        with tenant(mine):
            assert rows(table) > 0, f"{table} holds nothing to be hidden"
            assert rows(table, theirs) == 0, table
        with tenant(theirs):
            assert rows(table) > 0, f"{table} holds nothing to be hidden"
            assert rows(table, mine) == 0, table


def test_no_row_of_another_workspace_is_changed_or_removed(full: World) -> None:
    before = full.state()
    with tenant(full.cast.meridian.pk), connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            for statement in (
                f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id <> %s",
                f"DELETE FROM {table} WHERE workspace_id <> %s",
            ):
                if not _may(cursor, table, statement.partition(" ")[0]):
                    continue
                cursor.execute(statement, [full.cast.meridian.pk])
                assert cursor.rowcount == 0, statement
    assert full.state() == before


def test_no_row_is_carried_into_another_workspace(full: World) -> None:
    """Neither by changing its workspace nor by copying it with another one's number."""
    before = full.state()
    with tenant(full.cast.meridian.pk), connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            columns = [f.column for f in model._meta.local_fields if f.column not in ("id", "workspace_id")]
            listed = ", ".join(f'"{c}"' for c in columns)
            for statement in (
                f"UPDATE {table} SET workspace_id = %s",
                f"INSERT INTO {table} (workspace_id, {listed}) SELECT %s, {listed} FROM {table} LIMIT 1",
            ):
                with pytest.raises(DatabaseError, match=r"row-level security|permission denied"), transaction.atomic():
                    cursor.execute(statement, [full.cast.outside.pk])
    assert full.state() == before


def tenant_keys() -> list[tuple[type[TenantModel], models.ForeignKey[Any, Any]]]:
    """Every foreign key from a tenant table to a tenant table."""
    return [
        (model, field)
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel)
    ]


def test_no_key_refers_into_another_workspace(full: World) -> None:
    """Foreign keys look past Row-Level Security; the composite ones do not let that matter."""
    assert len(tenant_keys()) > 15
    for model, field in tenant_keys():
        table, target = model._meta.db_table, field.related_model._meta.db_table
        with tenant(full.cast.outside.pk), connection.cursor() as cursor:
            cursor.execute(f"SELECT max(id) FROM {target}")
            foreign = cursor.fetchone()[0]
        assert foreign is not None, f"{target} holds nothing to refer to"
        name = f"{table}_{field.column}_ws"
        with tenant(full.cast.meridian.pk), connection.cursor() as cursor:
            if not _may(cursor, table, "UPDATE"):
                continue
            with pytest.raises(DatabaseError, match=name), transaction.atomic():
                cursor.execute(f'UPDATE {table} SET "{field.column}" = %s WHERE id = (SELECT max(id) FROM {table})', [foreign])


def _may(cursor: Any, table: str, right: str) -> bool:
    cursor.execute("SELECT has_table_privilege(%s, %s)", [table, right])
    return bool(cursor.fetchone()[0])


def test_the_log_is_only_added_to(full: World) -> None:
    with tenant(full.cast.meridian.pk), connection.cursor() as cursor:
        for statement in ("UPDATE activity_event SET kind = 'x'", "DELETE FROM activity_event"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)


def test_the_application_owns_nothing_and_may_make_nothing(db: None) -> None:
    assert checks.role_errors() == []
    for statement in (
        "CREATE TABLE mine (id int)",
        "ALTER TABLE inbox_message DISABLE ROW LEVEL SECURITY",
        "DROP POLICY workspace ON inbox_message",
        "CREATE FUNCTION leak() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE rabta_owner",
        "SET row_security = off; SELECT * FROM inbox_message",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_outside_of_tests_the_application_empties_no_table(db: None) -> None:
    """Rights as boot and the compose file give them. The tests' own database adds TRUNCATE, so the template's are asked."""
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    asked = psycopg2.connect(
        host=owner["HOST"], port=owner["PORT"] or 5432, dbname=owner["NAME"], user=owner["USER"], password=owner["PASSWORD"]
    )
    with asked, asked.cursor() as cursor:
        cursor.execute(
            "SELECT defaclobjtype::text, acl.privilege_type FROM pg_default_acl, aclexplode(defaclacl) AS acl "
            "WHERE acl.grantee = 'rabta_app'::regrole"
        )
        granted = set(cursor.fetchall())
    asked.close()
    assert {right for kind, right in granted if kind == "r"} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {right for kind, right in granted if kind == "S"} == {"SELECT", "USAGE"}


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_no_method_of_a_manager_runs_without_a_workspace(model: Any, db: None) -> None:
    """Every public method of manager and query set, asked while nothing is selected."""
    arguments: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "aggregate": ((models.Count("id"),), {}),
        "alias": ((), {"n": models.Count("id")}),
        "annotate": ((), {"n": models.Count("id")}),
        "abulk_create": (([model()],), {}),
        "bulk_create": (([model()],), {}),
        "bulk_update": (([model(pk=1)], [model._meta.local_fields[2].name]), {}),
        "abulk_update": (([model(pk=1)], [model._meta.local_fields[2].name]), {}),
        "complex_filter": (({"pk": 1},), {}),
        "contains": ((model(pk=1),), {}),
        "acontains": ((model(pk=1),), {}),
        "dates": (("created_at", "day"), {}),
        "datetimes": (("created_at", "day"), {}),
        "raw": ((f"SELECT * FROM {model._meta.db_table}",), {}),
        "earliest": (("id",), {}),
        "latest": (("id",), {}),
        "aearliest": (("id",), {}),
        "alatest": (("id",), {}),
        "in_bulk": (([1],), {}),
        "ain_bulk": (([1],), {}),
        "difference": ((model.__base__,), {}),
        "intersection": ((model.__base__,), {}),
        "union": ((model.__base__,), {}),
        "update": ((), {model._meta.local_fields[2].name: None}),
        "aupdate": ((), {model._meta.local_fields[2].name: None}),
        "using": (("default",), {}),
        "db_manager": (("default",), {}),
    }
    #: Ask nothing by themselves: they prepare a manager, or name it.
    silent = {
        "check",
        "contribute_to_class",
        "deconstruct",
        "db_manager",
        "from_queryset",
        "auto_created",
        "use_in_migrations",
        "model",
    }
    names = {name for name in dir(model.objects) if not name.startswith("_") and callable(getattr(model.objects, name))}
    assert {"all", "filter", "get", "create", "bulk_create", "update", "exists", "count", "raw", "iterator"} <= names
    for name in sorted(names - silent):
        given, keywords = arguments.get(name, ((), {}))
        with pytest.raises(NoWorkspace):
            found = getattr(model.objects, name)(*given, **keywords)
            if hasattr(found, "__await__"):
                _finish(found)
            elif hasattr(found, "__aiter__"):
                _finish(found.__anext__())
            else:
                list(found)
    for write in (lambda: model().save(), lambda: model(pk=1).delete(), lambda: model(pk=1).refresh_from_db()):
        with pytest.raises(NoWorkspace):
            write()


def _finish(waiting: Any) -> Any:
    """Run a coroutine in this thread, on this connection: what refuses must refuse before it asks anything."""
    try:
        waiting.send(None)
    except StopIteration as done:
        return done.value
    except RuntimeError as error:
        if isinstance(error, NoWorkspace):
            raise
        raise AssertionError("it went as far as to look for a loop to ask in") from error
    finally:
        waiting.close()
    return None


def test_wrong_workspace_writes_are_refused_by_name(world: World) -> None:
    with tenant(world.cast.outside.pk):
        foreign = type(world.own.contact).objects.get(pk=world.own.contact.pk)
    with tenant(world.cast.meridian.pk):
        for write in (
            foreign.save,
            foreign.delete,
            lambda: type(foreign).objects.bulk_create([foreign]),
            lambda: type(foreign).objects.create(workspace_id=world.cast.outside.pk, name="x", created_at=foreign.created_at),
            lambda: type(foreign).objects.bulk_update([foreign], ["name"]),
        ):
            with undone():
                try:
                    changed = write()
                except WrongWorkspace:
                    continue
                assert changed == 0, "a row of another workspace was written"
    with pytest.raises(WrongWorkspace), tenant(world.cast.meridian.pk), tenant(world.cast.outside.pk):
        pass


def test_nothing_stays_selected_after_an_error(world: World) -> None:
    with pytest.raises(ZeroDivisionError), tenant(world.cast.meridian.pk):
        assert rows("inbox_message") > 0
        raise ZeroDivisionError
    assert rows("inbox_message") == 0
