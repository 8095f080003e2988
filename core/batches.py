"""Many rows in one statement, through Django's cursor, so that query counts and logs see it."""

from collections.abc import Sequence
from typing import Any


def execute_rows(cursor: Any, sql: str, rows: Sequence[Sequence[Any]], *, template: str | None = None) -> None:
    """Run `sql` once with its single `%s` after VALUES filled by all `rows`. `cursor` is Django's; fetch from it afterwards.

    `template` shapes one row (`(%s, %s, clock_timestamp())`); without it each row is a plain tuple. psycopg2's own
    execute_values does the same past Django's counting, and splits into pages.
    """
    shape = template or "(" + ", ".join(["%s"] * len(rows[0])) + ")"
    driver = cursor.cursor
    values = b",".join(driver.mogrify(shape, row) for row in rows).decode()
    before, _, after = sql.partition("%s")
    cursor.execute(before + values + after)
