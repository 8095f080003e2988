"""What this room's tables hold, as one value to compare before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.models import Workspace
from core.tenancy import tenant

TABLES = (
    "accounts_membership",
    "accounts_team",
    "accounts_teammember",
    "accounts_invitation",
    "accounts_apitoken",
    "accounts_workspace",
    "activity_event",
)


def everything(*workspaces: Workspace) -> list[object]:
    """Every row of these workspaces in this room and the log, but for when a token was last used."""
    rows: list[object] = []
    for workspace in workspaces:
        with tenant(workspace.pk), connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"SELECT to_jsonb(t) - 'last_used_at' FROM {table} t ORDER BY id")
                rows.append((workspace.pk, table, cursor.fetchall()))
    return rows


@contextmanager
def undone() -> Iterator[None]:
    """Run in a savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
