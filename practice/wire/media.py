"""Media upload: version 2 in one go or in parts, and the old 1.1 command style that tweepy's API class speaks."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .. import media
from ..clock import now_ms
from . import errors, fields
from .gate import Answer, Call

if TYPE_CHECKING:
    from ..world import World

#: So long the network works on a film or a GIF, and until when on which.
WORK_MS = 700
_WORK: WeakKeyDictionary[Any, dict[int, int]] = WeakKeyDictionary()


def described(row: sqlite3.Row, call: Call, *, size: bool = False) -> dict[str, Any]:
    data = {
        "id": str(row["id"]), "media_key": media.key(call.world, row["id"]), "expires_after_secs": media.EXPIRES_SECONDS,
    }  # fmt: skip
    return data | {"size": row["total_bytes"]} if size else data


def own(call: Call, media_id: int) -> sqlite3.Row:
    row = media.get(call.world, media_id)
    if row is None or row["owner_id"] != call.me["id"]:
        raise errors.invalid({"id": [media_id]}, "Your media IDs are invalid.")
    return row


def whole(call: Call, data: Any) -> sqlite3.Row:
    """Store bytes that came in one piece (raw, or base64 text in JSON)."""
    if isinstance(data, str):
        try:
            data = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            raise errors.invalid({"media": [""]}, "$.media: is not valid base64") from None
    if not isinstance(data, bytes) or not data:
        raise errors.invalid({"media": [""]}, "$.media: is missing but it is required")
    row = media.begin(call.world, owner_id=call.me["id"], mime="application/octet-stream", total_bytes=len(data))
    media.append(call.world, media_id=row["id"], segment=0, data=data)
    return media.finish(call.world, media_id=row["id"])


def upload(call: Call) -> Answer:
    """POST /2/media/upload: one shot, or with `command` INIT, APPEND, FINALIZE."""
    if "command" in call.form or "command" in call.query:
        return command(call, wrap=True)
    source = call.form or (call.json if isinstance(call.json, dict) else {})
    return Answer({"data": described(whole(call, source.get("media")), call, size=True)})


def metadata(call: Call) -> Answer:
    """POST /2/media/metadata: what a picture shows, for those who do not see it."""
    row = own(call, fields.path_id(str(call.field("id")), "id"))
    given = call.field("metadata")
    alt = (given.get("alt_text") or {}).get("text") if isinstance(given, dict) else None
    if not isinstance(alt, str) or not 0 < len(alt) <= 1000:
        name = "$.metadata.alt_text.text"
        raise errors.invalid({name: [alt]}, f"{name}: must have between 1 and 1000 characters")
    media.describe(call.world, media_id=row["id"], alt=alt)
    return Answer({"data": {"id": str(row["id"]), "associated_metadata": given}})


def initialize(call: Call) -> Answer:
    """POST /2/media/upload/initialize."""
    size = call.field("total_bytes")
    if not isinstance(size, int) or isinstance(size, bool):
        raise errors.invalid({"$.total_bytes": [size]}, "$.total_bytes: must be an integer")
    row = media.begin(
        call.world, owner_id=call.me["id"], mime=str(call.field("media_type")), total_bytes=size,
        category=str(call.field("media_category", required=False) or ""),
    )  # fmt: skip
    return Answer({"data": described(row, call)})


def append(call: Call) -> Answer:
    """POST /2/media/upload/:id/append."""
    row = own(call, fields.path_id(call.path["id"]))
    source = call.form or (call.json if isinstance(call.json, dict) else {})
    return append_part(call, row["id"], source, wrap=True)


def append_part(call: Call, media_id: int, source: dict[str, Any], *, wrap: bool) -> Answer:
    segment = str(source.get("segment_index", ""))
    data = source.get("media", source.get("media_data"))
    if isinstance(data, str):
        try:
            data = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            data = None
    if not segment.isdigit() or not isinstance(data, bytes):
        raise errors.invalid({"segment_index": [segment]}, "$.segment_index and $.media are required")
    media.append(call.world, media_id=media_id, segment=int(segment), data=data)
    return Answer({"data": {"expires_at": media.EXPIRES_SECONDS}}) if wrap else Answer(None, 204)


def finalize(call: Call) -> Answer:
    """POST /2/media/upload/:id/finalize."""
    row = own(call, fields.path_id(call.path["id"]))
    done = media.finish(call.world, media_id=row["id"])
    data = described(done, call, size=True)
    if done["mime"] == "image/gif" or done["mime"].startswith("video/"):
        _WORK.setdefault(call.world, {})[done["id"]] = now_ms() + WORK_MS
        data["processing_info"] = work_on(call, done)
    return Answer({"data": data})


def at_work(world: World, media_id: int) -> bool:
    """Whether the network still works on a film: a post cannot name it yet."""
    return _WORK.get(world, {}).get(media_id, 0) > now_ms()


def work_on(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    if not row["done"]:
        return {"state": "pending", "check_after_secs": 1, "progress_percent": 0}
    if at_work(call.world, row["id"]):
        return {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
    return {"state": "succeeded", "progress_percent": 100}


def status(call: Call) -> Answer:
    """GET /2/media/upload?command=STATUS&media_id=."""
    row = own(call, fields.path_id(call.query.get("media_id", ""), "media_id"))
    return Answer({"data": described(row, call) | {"processing_info": work_on(call, row)}})


def command(call: Call, *, wrap: bool) -> Answer:
    """INIT, APPEND and FINALIZE as form fields; version 1.1 answers without the `data` envelope."""
    source = {**call.query, **call.form}
    name = source.get("command")
    if name == "INIT":
        size = str(source.get("total_bytes", ""))
        if not size.isdigit():
            raise errors.invalid({"total_bytes": [size]}, "$.total_bytes: is missing but it is required")
        row = media.begin(
            call.world, owner_id=call.me["id"], mime=str(source.get("media_type", "")), total_bytes=int(size),
            category=str(source.get("media_category", "")),
        )  # fmt: skip
    elif name in ("APPEND", "FINALIZE"):
        row = own(call, fields.path_id(str(source.get("media_id", "")), "media_id"))
        if name == "APPEND":
            return append_part(call, row["id"], source, wrap=False)
        row = media.finish(call.world, media_id=row["id"])
    else:
        raise errors.invalid({"command": [name]}, "command must be one of INIT, APPEND, FINALIZE")
    return Answer({"data": described(row, call, size=name == "FINALIZE")}) if wrap else old_answer(row, name)


def old_answer(row: sqlite3.Row, name: str) -> Answer:
    body = {"media_id": row["id"], "media_id_string": str(row["id"]), "expires_after_secs": media.EXPIRES_SECONDS}
    if row["done"]:
        body |= {
            "size": row["total_bytes"],
            "image": {"image_type": row["mime"], "w": row["width"], "h": row["height"]},
        }
    return Answer(body, 202 if name == "INIT" else 200)


def upload_old(call: Call) -> Answer:
    """POST /1.1/media/upload.json."""
    if "command" in call.form or "command" in call.query:
        return command(call, wrap=False)
    return old_answer(whole(call, call.form.get("media", call.form.get("media_data"))), "")
