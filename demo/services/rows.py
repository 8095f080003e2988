"""Many rows of a model at once, cheaper than making the model's objects."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from core.batches import execute_rows
from core.tenancy import current_workspace_id

CHUNK = 4000


def insert_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows named by column into the current workspace; what they leave out gets the model's default.

    All rows name the same columns. Raises what the database says of a bad one; nothing is checked before.
    """
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        _insert(model, chunk)


def _insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    given = list(rows[0])
    constants = {"workspace_id": current_workspace_id()}
    columns: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        if field.column not in given:
            if field.primary_key or field.generated or field.db_default is not NOT_PROVIDED:
                continue
            constants.setdefault(field.column, field.get_prep_value(field.get_default()))
        columns[field.column] = str(field.db_type(connection))
    unknown = set(given) - set(columns)
    if unknown:
        raise ValueError(f"{model.__name__} has no column {sorted(unknown)}")
    names = list(columns)
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    listed = ", ".join(names)
    with connection.cursor() as cursor:
        execute_rows(
            cursor,
            f"INSERT INTO {model._meta.db_table} ({listed}) SELECT {listed} FROM {{rows}}",
            shape,
            [[row[name] if name in row else constants[name] for name in names] for row in rows],
        )


def fresh_ids(model: type[models.Model], count: int) -> list[int]:
    """So many unused ids of a model's table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, count]
        )
        return [row[0] for row in cursor.fetchall()]
