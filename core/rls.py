"""Migration operations that raise the walls: Row-Level Security, composite keys, roles' rights."""

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

#: NULLIF: a pooled connection that once used SET LOCAL answers '' instead of NULL, and ''::bigint raises.
WORKSPACE = "NULLIF(current_setting('app.workspace', true), '')::bigint"
USER = "NULLIF(current_setting('app.user', true), '')::bigint"


class TenantTable(Operation):
    """Put one tenant table behind its walls.

    - `PRIMARY KEY (workspace_id, id)`, so that others refer to it with their workspace, and so that the table can be
      distributed or partitioned by it; ids come from one sequence, so Django's idea of `id` alone as the key stays true;
    - for each of its foreign keys made by `TenantKey`, a composite key `(workspace_id, x_id) → (workspace_id, id)`:
      plain foreign keys ignore Row-Level Security, and would let a tenant refer to, and so probe, another's row;
    - Row-Level Security enabled with one policy. `or_visible` widens reading only (for a person's own memberships).
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, *, or_visible: str = "", append_only: bool = False) -> None:
        self.name = name
        self.or_visible = or_visible
        self.append_only = append_only

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.name], {"or_visible": self.or_visible, "append_only": self.append_only}

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        schema_editor.execute(primary_key(table, "workspace_id, id"))
        for field in _tenant_keys(model):
            schema_editor.execute(composite_key(table, field.column, field.related_model._meta.db_table))
        using = f"workspace_id = {WORKSPACE}"
        schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'CREATE POLICY workspace ON "{table}" USING ({using}) WITH CHECK ({using})')
        if self.or_visible:
            schema_editor.execute(f'CREATE POLICY visible ON "{table}" FOR SELECT USING ({self.or_visible})')
        if self.append_only:
            schema_editor.execute(append_only(table))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        schema_editor.execute(f'DROP POLICY IF EXISTS visible ON "{table}"')
        schema_editor.execute(f'DROP POLICY IF EXISTS workspace ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for field in _tenant_keys(model):
            schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_{field.column}_ws"')
        schema_editor.execute(primary_key(table, "id"))

    def describe(self) -> str:
        return f"Put {self.name} behind Row-Level Security"


def primary_key(table: str, columns: str) -> str:
    """SQL that gives a table another primary key."""
    return f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD CONSTRAINT "{table}_pkey" PRIMARY KEY ({columns})'


def _tenant_keys(model: Any) -> list[Any]:
    """The foreign keys that `core.tenancy.TenantKey` made: those without a constraint of Django's own."""
    return [f for f in model._meta.local_fields if isinstance(f, models.ForeignKey) and not getattr(f, "db_constraint", True)]


def composite_key(table: str, column: str, target: str) -> str:
    """SQL of a foreign key that carries its workspace."""
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_ws" FOREIGN KEY (workspace_id, "{column}") '
        f'REFERENCES "{target}" (workspace_id, id)'
    )


def append_only(table: str) -> str:
    """SQL that takes the right to change or remove rows from everybody but the owner, where the application role exists."""
    return (
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'rabta_app') THEN "
        f'REVOKE UPDATE, DELETE ON "{table}" FROM rabta_app; END IF; END $$'
    )


def security_definer(name: str, arguments: str, returns: str, body: str, *, language: str = "sql") -> tuple[str, str]:
    """SQL (forwards, backwards) of a named cross-tenant door: it runs as the owner, with a fixed search path.

    Each door is listed in docs/doors.md and counted by a test.
    """
    forwards = (
        f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE {language} SECURITY DEFINER "
        f"SET search_path = pg_catalog, public AS $fn${body}$fn$"
    )
    return forwards, f"DROP FUNCTION IF EXISTS {name}({arguments})"
