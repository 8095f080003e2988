"""Every table there is belongs to a workspace and has its walls, or is listed with the reason why not."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User, Workspace
from tests.architecture import tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def cursor() -> Any:
    with connection.cursor() as found:
        yield found


@pytest.mark.parametrize("model", tables.tenant_models(), ids=lambda model: model._meta.label)
def test_a_tenants_table_has_its_walls(model: Any, cursor: Any) -> None:
    table = model._meta.db_table
    complaints = [
        *tables.of_rows(cursor, table),
        *tables.of_indexes(cursor, table),
        *tables.of_keys(cursor, model),
        *tables.of_model(model),
    ]
    assert complaints == [], table


def test_every_table_is_a_tenants_or_listed(cursor: Any) -> None:
    there = {row[0] for row in tables.facts(cursor, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    tenants = {model._meta.db_table for model in tables.tenant_models()}
    assert there == tenants | set(tables.GLOBAL)
    assert len(tenants) >= 15


def test_what_carries_a_workspace_is_a_tenants() -> None:
    carrying = {
        model._meta.label
        for model in apps.get_models()
        if any(field.name in ("workspace_id", "workspace") for field in model._meta.local_fields)
    }
    assert carrying == {model._meta.label for model in tables.tenant_models()}


def test_the_lists_of_exceptions_hold_nothing_that_is_gone(cursor: Any) -> None:
    indexes = {row[0] for row in tables.facts(cursor, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    assert set(tables.OVER_ALL) <= indexes
    for label, managers in tables.MANAGERS.items():
        assert {manager.name for manager in apps.get_model(label)._meta.managers} >= set(managers)


def test_workspaces_are_behind_policies_too(cursor: Any) -> None:
    ((on,),) = tables.facts(cursor, "SELECT relrowsecurity FROM pg_class WHERE relname = 'accounts_workspace'")
    assert on
    policies = tables.facts(cursor, "SELECT cmd, qual, with_check FROM pg_policies WHERE tablename = 'accounts_workspace'")
    assert {command for command, *_texts in policies} == {"SELECT", "INSERT", "UPDATE"}
    for _command, *texts in policies:
        assert all("app.workspace" in text or "app.user" in text for text in texts if text)


def test_the_complaints_can_be_had(cursor: Any) -> None:
    """The same questions about a table without walls: each is answered with a complaint."""
    bare = User._meta.db_table
    assert "Row-Level Security is off" in tables.of_rows(cursor, bare)
    assert any("no policy" in complaint for complaint in tables.of_rows(cursor, bare))
    assert any("leads with email" in complaint for complaint in tables.of_indexes(cursor, bare))
    assert any("primary key is not" in complaint for complaint in tables.of_indexes(cursor, bare))
    assert any("another policy" in complaint for complaint in tables.of_rows(cursor, Workspace._meta.db_table))
    assert len(tables.of_model(User)) == 3


def test_a_key_that_ignores_the_workspace_is_found(cursor: Any) -> None:
    """Asked about a model that names a tenant's row from a table where no key was made."""
    from accounts.models import Membership

    fake = type("Fake", (), {})
    fields = [field for field in apps.get_model("accounts.ApiToken")._meta.local_fields if field.name == "membership"]
    fake._meta = type("Meta", (), {"db_table": Membership._meta.db_table, "local_fields": fields})  # type: ignore[attr-defined]
    assert tables.of_keys(cursor, fake) == ["membership has no composite key to accounts_membership"]
