"""Many rows in one statement, through Django's cursor, so that query counts and logs see it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson


def execute_rows(cursor: Any, sql: str, shape: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run `sql` once with all `rows`, which it reads `FROM {rows}`; fetch from the cursor afterwards.

    `shape` names and types the columns, as in `id bigint, body text`; times, numbers, text, lists and mappings may stand in
    them. Each column travels as one JSON text: measured twice as fast for the client as one literal a row, and for the server
    as an object a row, whose keys it would look up each time (docs/speed.md).
    """
    columns = [column.split(None, 1) for column in shape.split(",")]
    values: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    sources, shown = [], []
    for (name, kind), _value in zip(columns, values, strict=True):
        structured = kind.startswith("json")
        sources.append("json_array_elements(%s)" if structured else "json_array_elements_text(%s)")
        shown.append(f"nullif({name}::text, 'null')::{kind} AS {name}" if structured else f"{name}::{kind}")
    names = ", ".join(name for name, _kind in columns)
    source = f"(SELECT {', '.join(shown)} FROM ROWS FROM ({', '.join(sources)}) AS c ({names})) AS v"
    cursor.execute(sql.replace("{rows}", source), [clean_json(column) for column in values])


def clean_json(value: Any) -> str:
    """JSON that Postgres takes: without NUL characters and lone surrogates, which it refuses."""
    try:
        # A third of the time of the standard library's (docs/speed.md), which takes over at what it refuses: halves of
        # surrogate pairs, integers beyond 64 bits, keys that are not text.
        text = orjson.dumps(value).decode()
    except TypeError:
        return _dump(_scrub(value))
    return text if "\\u0000" not in text else _dump(_scrub(value))


def read_json(value: Any) -> Any:
    """What stands in a jsonb column, which Django's cursor hands over as text. An integer beyond 64 bits becomes a float."""
    return orjson.loads(value) if isinstance(value, str) else value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel in a batch.")


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_scrub(key): _scrub(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(entry) for entry in value]
    return value
