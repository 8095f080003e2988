"""Blobs: pictures that wait for a record to name them (lexicons uploadBlob and app.bsky.embed.images, read 2026-11)."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import media
from ..problems import BadField
from ..wire.gate import Answer, Call
from .gate import Refusal

if TYPE_CHECKING:
    from ..world import World

MOST, MOST_BYTES = 4, 1_000_000
IMAGES = "app.bsky.embed.images"


def link_of(world: World, row: sqlite3.Row) -> str:
    """A content id of the right form, in which the upload's number stands."""
    digest = int(row["id"]).to_bytes(8) + hashlib.sha256(media.read(world, row["id"])).digest()[:24]
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + digest).decode().lower().rstrip("=")


def shown(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """An upload as a record holds it."""
    return {"$type": "blob", "ref": {"$link": link_of(world, row)}, "mimeType": row["mime"], "size": row["total_bytes"]}


def upload(call: Call) -> Answer:
    """com.atproto.repo.uploadBlob: the bytes, and nothing else."""
    if not call.raw:
        raise Refusal("InvalidRequest", "Request encoding (Content-Type) required but not provided")
    return Answer({"blob": shown(call.world, media.take(call.world, owner_id=call.me["id"], data=call.raw))})


def invalid(words: str) -> Refusal:
    return Refusal("InvalidRequest", f"Invalid app.bsky.feed.post record: Record/embed/{words}")


def named(call: Call, record: dict[str, Any]) -> list[int]:
    """The uploads a post shows, with what they show. Raises `Refusal` for unknown blobs, and as its lexicon does."""
    embed = record.get("embed")
    if embed is None:
        return []
    images = embed.get("images") if isinstance(embed, dict) and embed.get("$type") == IMAGES else None
    if not isinstance(images, list) or not 1 <= len(images) <= MOST:
        raise invalid(f"images must not have more than {MOST} elements")
    found = []
    for image in images:
        try:
            link, alt = image["image"]["ref"]["$link"], str(image["alt"])
            number = int.from_bytes(base64.b32decode(link[1:].upper() + "=" * (-(len(link) - 1) % 8))[4:12])
            (own,) = media.own(call.world, owner_id=call.me["id"], ids=[str(number)])
        except (KeyError, TypeError, ValueError, BadField):
            raise Refusal("BlobNotFound", "Could not find blob") from None
        row = media.get(call.world, own)
        if row is None or row["total_bytes"] > MOST_BYTES or not row["mime"].startswith("image/"):
            raise invalid("images/0/image is too large, or no image")
        media.describe(call.world, media_id=own, alt=alt)
        found.append(own)
    return found
