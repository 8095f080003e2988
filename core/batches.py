"""Many rows in one statement, through Django's cursor, so that query counts and logs see it."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def execute_rows(cursor: Any, sql: str, shape: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run `sql` once with all `rows`, which it reads `FROM {rows}`; fetch from the cursor afterwards.

    `shape` names and types the columns, as in `id bigint, body text`; times, numbers, text, lists and mappings may stand in
    them. The rows travel as one JSON text: measured twice as fast for the client as one literal a row (docs/speed.md).
    """
    names = [column.split()[0] for column in shape.split(",")]
    text = clean_json([dict(zip(names, row, strict=True)) for row in rows])
    cursor.execute(sql.replace("{rows}", f"json_to_recordset(%s) AS v ({shape})"), [text])


def clean_json(value: Any) -> str:
    """JSON that Postgres takes: without NUL characters and lone surrogates, which it refuses."""
    text = _dump(value)
    if "\\u0000" in text or _SURROGATE.search(text):
        text = _dump(_scrub(value))
    return text


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
