"""What the reading troubles do to an answer before it leaves."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from .clock import format_time, id_floor, now_ms
from .trouble import Switch

Document = dict[str, Any]


def _items(body: Document) -> list[Any]:
    data = body.get("data")
    return data if isinstance(data, list) else []


def twice(body: Document, switch: Switch) -> Document:
    """Repeat one item inside its page. Repeating whole pages is done where pages are cut."""
    items = _items(body)
    if items and switch.options["mode"] == "item":
        items.insert(switch.random.randrange(len(items) + 1), items[switch.random.randrange(len(items))])
    return body


def null(body: Document, switch: Switch) -> Document:
    """Nulls in the envelope (`data`, `errors`, `meta`), or in the fields of each item."""
    if switch.options["where"] == "items" and _items(body):
        for item in _items(body):
            for field in list(item):
                if field != "id" and switch.random.random() < 0.5:
                    item[field] = None
        return body
    return {**body, "data": None, "errors": None, "meta": None}


def unknown_fields(body: Document, switch: Switch) -> Document:
    """Fields of a future version everywhere, and kinds nobody knows."""
    body["x_experiment"] = {"bucket": switch.random.randrange(9), "nested": [None, True, {"a": 1}]}
    if isinstance(body.get("meta"), dict):
        body["meta"]["page_rank"] = 0.5
    for item in _items(body):
        item |= {"mood": "teal", "post_dialect": {"note_post": {}}, "edit_controls": {"editable_until": None}}
        item.setdefault("entities", {})
        if isinstance(item["entities"], dict):
            item["entities"]["auras"] = [{"start": 0, "end": 999, "glow": "warm"}]
    for user in body.get("includes", {}).get("users", []):
        user["badges"] = [{"kind": "unheard_of"}]
    body.setdefault("includes", {})["holograms"] = [{"hologram_key": "9_1"}]
    return body


def missing_author(body: Document, switch: Switch) -> Document:
    """Half of the authors are missing from `includes` (as when suspended); one post loses its `author_id`."""
    users = body.get("includes", {}).get("users", [])
    gone = {user["id"] for user in users if switch.random.random() < 0.5} or {user["id"] for user in users[:1]}
    if users:
        body["includes"]["users"] = [user for user in users if user["id"] not in gone]
        body.setdefault("errors", []).extend(
            {
                "value": user_id, "resource_id": user_id, "resource_type": "user", "parameter": "author_id",
                "title": "Forbidden", "detail": f"User has been suspended: [{user_id}].",
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            }
            for user_id in sorted(gone)
        )  # fmt: skip
    items = _items(body)
    if items:
        switch.random.choice(items).pop("author_id", None)
    return body


def reorder(body: Document, switch: Switch) -> Document:
    """Items in no order at all."""
    switch.random.shuffle(_items(body))
    return body


def future_cursor(body: Document, switch: Switch) -> Document:
    """A `newest_id` that would make a trusting poller skip a year."""
    ahead = now_ms() + switch.options["days"] * 86_400_000
    body.setdefault("meta", {})["newest_id"] = str(id_floor(ahead))
    return body


def malformed_item(body: Document, switch: Switch) -> Document:
    """Break one item, another way each time."""
    items = _items(body)
    if not items:
        return body
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    way = (switch.fired - 1) % 8
    if way == 0:
        broken.pop("id", None)
    elif way == 1:
        broken["created_at"] = format_time(now_ms(), fractions=False)
    elif way == 2:
        broken["created_at"] = "yesterday, around noon"
    elif way == 3:
        broken["text"] = None
    elif way == 4:
        broken["entities"] = {"mentions": [{"start": 900, "end": -1, "username": None}], "urls": "none"}
    elif way == 5:
        broken = f"item {broken.get('id')}"
    elif way == 6:
        broken["id"] = int(broken["id"]) if str(broken.get("id", "")).isdigit() else {}
    else:
        broken["text"] = "half a surrogate \ud800, a NUL \x00 and a bidi trap \u202e\u2066 <script>alert(1)</script>"
    items[index] = broken
    return body


SHAPES: dict[str, Callable[[Document, Switch], Document]] = {
    "twice": twice,
    "null": null,
    "unknown_fields": unknown_fields,
    "missing_author": missing_author,
    "reorder": reorder,
    "future_cursor": future_cursor,
    "malformed_item": malformed_item,
}


def garble(body: bytes, switch: Switch) -> tuple[bytes, bool]:
    """A spoiled answer, and whether the connection is cut after it (mode `cut`) or it merely is not JSON (`broken`)."""
    mode = switch.options["mode"]
    if mode == "both":
        mode = switch.random.choice(("cut", "broken"))
    if mode == "cut" and len(body) > 1:
        return body[: random.Random(switch.seed + switch.fired).randrange(1, len(body))], True
    half = body[: max(1, len(body) // 2)]
    return half + b'","\xff\xfe}}]', False


def dump(body: Any) -> bytes:
    """JSON as X writes it: compact, not escaped; a broken surrogate is escaped because UTF-8 cannot carry it."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def load(raw: bytes) -> Any:
    """The document of a body. Raises ValueError for what is no JSON, and for half of a surrogate pair: it is no text."""
    document = json.loads(raw)
    json.dumps(document, ensure_ascii=False).encode()
    return document
