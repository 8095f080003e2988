"""Pages of the Graph: how many rows are asked for, from where, and what stands around them."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .. import trouble
from ..clock import MAX_ID, now_ms
from ..wire.gate import Answer, Call

MOST_ROWS = 100
LIMIT = re.compile(r"\b(comments|messages|replies)[^{]*?\.limit\((\d{1,3})\)")


def base_of(call: Call) -> str:
    return str(call.world.settings.base_url)


def asked(call: Call, name: str) -> str:
    """A value of the query or of the form."""
    value = call.query.get(name)
    return str(call.form.get(name, "") if value is None else value)


def number(text: str, default: int, most: int = MAX_ID) -> int:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 20 else default


def listing(
    call: Call, source: str, values: list[Any], *, limit: int, after: str, key: str = "id"
) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    """Rows, newest first, and their paging. `next` is absolute and holds the token, as Meta's does."""
    rows = call.world.store.all(
        f"SELECT * FROM ({source}) WHERE {key} < ? ORDER BY {key} DESC LIMIT ?", [*values, number(after, MAX_ID), limit + 1]
    )
    more, rows = len(rows) > limit, rows[:limit]
    hold = call.troubles.get("hold")
    last = rows[-1][key] if rows else 0
    if hold is not None:
        rows = [r for r in rows if not trouble.is_held(hold, item_id=r[key], stored_ms=r["stored_ms"], now_ms=now_ms())]
    paging: dict[str, Any] = {"cursors": {"before": str(rows[0][key]), "after": str(last)}} if rows else {}
    if more and rows:
        paging["next"] = f"{base_of(call)}{call.address}?access_token={asked(call, 'access_token')}&after={last}"
    return rows, paging


def page(call: Call, rows: list[Any], paging: dict[str, Any]) -> Answer:
    return Answer({"data": rows, **({"paging": paging} if paging else {})})


def rows_wanted(call: Call) -> int:
    return max(1, number(call.query.get("limit", ""), 25, MOST_ROWS))


def nested(call: Call, name: str) -> int:
    """How many of the nested things the `fields` ask for; 0 for none."""
    found = {kind: int(count) for kind, count in LIMIT.findall(call.query.get("fields", ""))}
    return min(found.get(name, 0), MOST_ROWS)
