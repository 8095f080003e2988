"""Uploaded pictures and films: whole or in parts."""

from __future__ import annotations

import base64
import sqlite3
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .clock import now_ms
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

#: Networks on which people of the square bring pictures.
PICTURED = ("x", "mastodon", "bluesky", "facebook", "whatsapp", "custom", "sms")
MAX_BYTES = 16 * 1024 * 1024
EXPIRES_SECONDS = 86_400
# Prefix of a media_key by kind, as seen in X's payloads.
KEY_PREFIX = {"photo": 3, "video": 13, "animated_gif": 16}


def sniff(data: bytes) -> str | None:
    """The media type the bytes themselves claim, or None when it is nothing X takes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return None


def size_of(data: bytes, mime: str) -> tuple[int, int]:
    """Width and height of a PNG or GIF; (0, 0) for kinds that hide it deeper."""
    if mime == "image/png" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if mime == "image/gif" and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    return 0, 0


def kind_of(mime: str) -> str:
    """X's word for the kind of attachment."""
    if mime.startswith("video/"):
        return "video"
    return "animated_gif" if mime == "image/gif" else "photo"


def get(world: World, media_id: int) -> sqlite3.Row | None:
    """The description of an upload."""
    return world.store.one("SELECT * FROM media WHERE id = ?", (media_id,)) if 0 < media_id < 2**63 else None


def key(world: World, media_id: int) -> str:
    """The media_key of an upload."""
    row = get(world, media_id)
    return f"{KEY_PREFIX[kind_of(row['mime'])] if row is not None else 3}_{media_id}"


def begin(world: World, *, owner_id: int, mime: str, total_bytes: int, category: str = "") -> sqlite3.Row:
    """Announce an upload in parts. Raises `BadField` when it would be too big."""
    if not 0 < total_bytes <= MAX_BYTES:
        raise BadField("total_bytes", f"must be between 1 and {MAX_BYTES}")
    media_id = world.ids.next()
    with world.store.write() as db:
        db.execute(
            "INSERT INTO media (id, owner_id, mime, category, total_bytes, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (media_id, owner_id, mime, category, total_bytes, now_ms()),
        )
    row = get(world, media_id)
    assert row is not None
    return row


def append(world: World, *, media_id: int, segment: int, data: bytes) -> None:
    """Add one part; sending a part again replaces it."""
    if not 0 <= segment <= 999:
        raise BadField("segment_index", "must be between 0 and 999")
    with world.store.write() as db:
        db.execute("INSERT OR REPLACE INTO media_parts VALUES (?, ?, ?)", (media_id, segment, data))


def finish(world: World, *, media_id: int, otherwise: str | None = None) -> sqlite3.Row:
    """Close an upload; `otherwise` is the type of what is neither picture nor film, where such files are taken.

    Raises `BadField` when parts are missing or the bytes are not what was announced.
    """
    row = get(world, media_id)
    assert row is not None
    data = read(world, media_id)
    if len(data) != row["total_bytes"]:
        raise BadField("media_id", f"{len(data)} of {row['total_bytes']} bytes arrived")
    mime = sniff(data) or otherwise
    if mime is None:
        raise BadField("media", "not a PNG, JPEG, GIF, WebP or MP4 file")
    width, height = size_of(data, mime)
    with world.store.write() as db:
        db.execute("UPDATE media SET done = 1, mime = ?, width = ?, height = ? WHERE id = ?", (mime, width, height, media_id))
    finished = get(world, media_id)
    assert finished is not None
    return finished


def take(world: World, *, owner_id: int, data: bytes, alt: str = "", otherwise: str | None = None) -> sqlite3.Row:
    """A whole file in one piece, with what it shows. Raises `BadField` for what is no picture or film."""
    row = begin(world, owner_id=owner_id, mime="application/octet-stream", total_bytes=len(data))
    append(world, media_id=row["id"], segment=0, data=data)
    describe(world, media_id=row["id"], alt=alt)
    return finish(world, media_id=row["id"], otherwise=otherwise)


def put(world: World, *, person: sqlite3.Row, data: Any, alt: str) -> sqlite3.Row:
    """A picture or film that somebody on the square brings, as base64. Raises `BadField`."""
    if person["network"] not in PICTURED:
        raise BadField("by", "is on a network whose pictures are not played here")
    try:
        content = base64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        raise BadField("data", "is not base64") from None
    return take(world, owner_id=person["id"], data=content, alt=alt)


def describe(world: World, *, media_id: int, alt: str) -> None:
    """Say what an upload shows."""
    with world.store.write() as db:
        db.execute("UPDATE media SET alt = ? WHERE id = ?", (alt[:1500], media_id))


def shown(world: World, media_id: int) -> dict[str, str]:
    """An upload as the control API and the square show it."""
    row = get(world, media_id)
    return {"id": str(media_id), "alt": row["alt"] if row is not None else "", "mime": row["mime"] if row is not None else ""}


def own(world: World, *, owner_id: int, ids: Sequence[str]) -> list[int]:
    """The numbers of somebody's own finished uploads. Raises `BadField` for any other."""
    found = []
    for value in ids:
        row = get(world, int(value)) if value.isascii() and value.isdigit() and len(value) < 20 else None
        if row is None or not row["done"] or row["owner_id"] != owner_id:
            raise BadField("media", f"{value[:20]} is no upload of this account")
        found.append(int(row["id"]))
    return found


def read(world: World, media_id: int) -> bytes:
    """The bytes of an upload."""
    rows = world.store.all("SELECT data FROM media_parts WHERE media_id = ? ORDER BY segment", (media_id,))
    return b"".join(row["data"] for row in rows)
