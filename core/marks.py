"""Marks: how a page asks for “everything that changed since I last looked” and misses nothing.

A changed row keeps the id of the transaction that wrote it (`version`). A mark is the oldest transaction still running when the
page looked: whatever that look could not see was written by a transaction with an id of at least the mark. So
`version >= mark` returns everything new, perhaps a little twice, never too little, and writers share no lock or counter.
Source: PostgreSQL documentation, “Transaction ID and Snapshot Information Functions”.
"""

from typing import Any

from django.db import connection, models
from django.db.models.expressions import Func


class TransactionId(Func):
    """SQL expression: the id of the transaction that runs it, as a bigint."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()

    def __init__(self, **extra: Any) -> None:
        super().__init__(**extra)


TRANSACTION_ID_SQL = "(pg_current_xact_id()::text::bigint)"
MARK_SQL = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"


def current_mark() -> int:
    """The mark of a look taken after this call. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MARK_SQL}")
        mark: int = cursor.fetchone()[0]
    return mark
