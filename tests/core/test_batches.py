"""Rows that travel as columns of JSON arrive as what they were."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from core.batches import execute_rows

SHAPE = "n bigint, small smallint, yes boolean, body text, at timestamp with time zone, data jsonb"
MOMENT = datetime(2026, 11, 27, 7, 0, 0, 123456, tzinfo=UTC)


def there_and_back(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What the server read, the JSON as its text."""
    with connection.cursor() as cursor:
        execute_rows(cursor, "SELECT n, small, yes, body, at, data::text FROM {rows}", SHAPE, rows)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_rows_come_whole_and_in_order() -> None:
    rows = [
        (2**62, 3, True, "“سلام”, 'x' \\ \n %s {rows} 🙂", MOMENT, {"a": [1, None, "null"], "b": {}}),
        (None, None, None, None, None, None),
        (1, 0, False, "", MOMENT, []),
        (0, -1, True, "null", MOMENT, "a bare word"),
    ]
    found = there_and_back(rows)
    assert [row[:5] for row in found] == [row[:5] for row in rows]
    assert [row[5] for row in found] == ['{"a": [1, null, "null"], "b": {}}', None, "[]", '"a bare word"']


@pytest.mark.django_db
def test_what_postgres_refuses_is_taken_out() -> None:
    [row] = there_and_back([(1, 1, True, "a\x00b\ud83dc", MOMENT, {"k\x00": "v\ude00"})])
    assert row[3] == "ab?c"
    assert row[5] == '{"k": "v?"}'


@pytest.mark.django_db
def test_what_the_fast_writer_refuses_the_slow_one_takes() -> None:
    deep: Any = "bottom"
    for _level in range(300):
        deep = [deep]
    [big, nested] = there_and_back([(1, 1, True, "", MOMENT, {"n": 2**70, 5: "five"}), (2, 1, True, "", MOMENT, deep)])
    assert big[5] == '{"5": "five", "n": 1180591620717411303424}'
    assert nested[5] == "[" * 300 + '"bottom"' + "]" * 300


@pytest.mark.django_db
def test_no_rows_are_no_rows() -> None:
    assert there_and_back([]) == []


@pytest.mark.django_db
def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        there_and_back([(1, 1, True, "", MOMENT, {}), (1, 1)])
    with pytest.raises(ValueError, match="argument"):
        there_and_back([(1, 1)])
