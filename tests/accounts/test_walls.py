"""The walls hold below the code: raw SQL as the application's role sees and writes one workspace at a time."""

import os
from collections.abc import Callable

import environ
import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import ApiToken, Invitation, Membership, Team, TeamMember, Workspace
from core import checks
from core.tenancy import NoWorkspace, WrongWorkspace, acting_user, tenant
from tests.accounts.factories import Cast, make_user

pytestmark = pytest.mark.django_db
TABLES = ("accounts_membership", "accounts_team", "accounts_teammember", "accounts_invitation", "accounts_apitoken")


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("table", [*TABLES, "accounts_workspace"])
def test_a_table_shows_its_own_workspace_and_nothing_without_one(cast: Cast, table: str) -> None:
    with tenant(cast.outside.pk):
        assert count(table) == 1
    assert count(table) == 0


def test_nothing_is_left_selected_on_the_connection(cast: Cast) -> None:
    with tenant(cast.outside.pk):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.workspace', true), '')")
        assert cursor.fetchone()[0] == ""


def test_a_row_of_another_workspace_cannot_be_written(cast: Cast) -> None:
    with tenant(cast.meridian.pk):
        before = count("accounts_team")
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("INSERT INTO accounts_team (workspace_id, name, created_at) VALUES (%s, 'x', now())", [cast.zarrin.pk])
        with pytest.raises(WrongWorkspace):
            Team(workspace_id=cast.zarrin.pk, name="x").save()
        assert count("accounts_team") == before


def test_another_workspaces_rows_cannot_be_referred_to(cast: Cast) -> None:
    """Foreign keys ignore Row-Level Security; the composite ones do not let it matter."""
    foreign = cast.member("owner", of="zarrin")
    refused = pytest.raises(DatabaseError, match="accounts_teammember_membership_id_ws")
    with tenant(cast.meridian.pk), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(
            "INSERT INTO accounts_teammember (workspace_id, team_id, membership_id) VALUES (%s, %s, %s)",
            [cast.meridian.pk, cast.team.pk, foreign.pk],
        )


def test_another_workspaces_rows_cannot_be_changed_or_removed(cast: Cast) -> None:
    with tenant(cast.meridian.pk), connection.cursor() as cursor:
        for statement in (
            "UPDATE accounts_team SET name = 'taken' WHERE workspace_id = %s",
            "DELETE FROM accounts_team WHERE workspace_id = %s",
            "UPDATE accounts_workspace SET name = 'taken' WHERE id = %s",
            "DELETE FROM accounts_workspace WHERE id = %s",
        ):
            cursor.execute(statement, [cast.outside.pk])
            assert cursor.rowcount == 0, statement
        cursor.execute("DELETE FROM accounts_workspace WHERE id = %s", [cast.meridian.pk])
        assert cursor.rowcount == 0


def test_a_person_sees_their_own_memberships_and_their_workspaces(cast: Cast) -> None:
    with acting_user(cast.both.pk):
        assert {row.user_id for row in Membership.across.all()} == {cast.both.pk}
        assert {row.slug for row in Workspace.objects.all()} == {"meridian", "zarrin"}
    assert list(Membership.across.all()) == []


def test_a_membership_that_ended_shows_no_workspace(cast: Cast) -> None:
    with tenant(cast.zarrin.pk):
        Membership.objects.filter(user=cast.both).update(is_active=False)
    with acting_user(cast.both.pk):
        assert {row.slug for row in Workspace.objects.all()} == {"meridian"}


def test_seeing_ones_own_membership_is_not_changing_it(cast: Cast) -> None:
    with acting_user(cast.both.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_membership SET role = 'owner' WHERE user_id = %s", [cast.both.pk])
        assert cursor.rowcount == 0


def test_a_workspace_can_only_be_made_as_the_selected_one(cast: Cast) -> None:
    with tenant(cast.meridian.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Workspace(pk=10**12, name="x", slug="somewhere").save(force_insert=True)


@pytest.mark.parametrize("model", [Membership, Team, TeamMember, Invitation, ApiToken])
@pytest.mark.parametrize(
    "ask",
    [
        lambda m: m.objects.all(),
        lambda m: m.objects.count(),
        lambda m: m.objects.filter(pk=1),
        lambda m: m.objects.create(),
        lambda m: m.objects.bulk_create([m()]),
        lambda m: m().save(),
    ],
)
def test_the_manager_refuses_without_a_workspace(model: type, ask: Callable[[type], object]) -> None:
    with pytest.raises(NoWorkspace):
        ask(model)


def test_the_tests_run_as_a_role_the_walls_bind(db: None) -> None:
    assert checks.role_errors() == []


def test_start_up_refuses_a_superuser(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(
        checks, "ROLE_FACTS", checks.ROLE_FACTS.replace("current_user", "(SELECT rolname FROM pg_roles WHERE oid = 10)")
    )
    assert "is a superuser" in checks.role_errors()[0].msg


def test_start_up_refuses_the_owner(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])["USER"]
    monkeypatch.setattr(checks, "ROLE_FACTS", checks.ROLE_FACTS.replace("current_user", f"'{owner}'"))
    assert "owns tables" in checks.role_errors()[0].msg


@pytest.mark.django_db(transaction=True)
def test_without_its_policy_a_table_shows_everything(cast_committed: Cast) -> None:
    """What the policy is worth: switched off, the same question answers with everybody's rows."""
    settings = connection.settings_dict
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    raw = psycopg2.connect(
        host=settings["HOST"],
        port=settings["PORT"] or 5432,
        dbname=settings["NAME"],
        user=owner["USER"],
        password=owner["PASSWORD"],
    )
    raw.autocommit = True
    with raw.cursor() as cursor:
        assert count("accounts_team") == 0
        cursor.execute("ALTER TABLE accounts_team DISABLE ROW LEVEL SECURITY")
        try:
            assert count("accounts_team") == 2
        finally:
            cursor.execute("ALTER TABLE accounts_team ENABLE ROW LEVEL SECURITY")
    raw.close()


def test_addresses_of_people_are_unique_whatever_their_case(db: None) -> None:
    make_user("Someone@People.example")
    with pytest.raises(DatabaseError), transaction.atomic():
        make_user("someone@people.EXAMPLE")
