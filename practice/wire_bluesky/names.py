"""Names of AT Protocol for the people and posts of the square: handles, DIDs, record keys, URIs and content ids.

Each can be read back: a DID holds the person's id, a record key the post's, unless the writer chose the key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
from typing import TYPE_CHECKING

from .. import people, posts

if TYPE_CHECKING:
    from ..world import World

#: Handles are domain names here: no underscores, and under a name that is nobody's.
SUFFIX = ".chowk.test"
POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
GATE = "app.bsky.feed.threadgate"
DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
DID = re.compile(r"did:plc:([a-z2-7]{24})")
URI = re.compile(rf"at://({DID.pattern}|[a-z0-9.-]+)/{re.escape(POST)}/({KEY.pattern})")
#: Before the key a writer chose, in the table of keys that writers send.
CHOSEN = "rkey:"
#: The same before the key of a like.
LIKED = "like:"


def handle_of(person: sqlite3.Row) -> str:
    return person["handle_key"].replace("_", "-") + SUFFIX


def did_of(person_id: int) -> str:
    return "did:plc:" + base64.b32encode(person_id.to_bytes(8)).decode().lower().rstrip("=").ljust(24, "a")


def person_named(world: World, name: str) -> sqlite3.Row | None:
    """The person behind a DID or a handle; those of other networks are nobody here."""
    name = name.lower()
    if found := DID.fullmatch(name):
        return people.on(world, int.from_bytes(base64.b32decode(found.group(1)[:13].upper() + "===")), "bluesky")
    person_id = world.handles.get(name.removesuffix(SUFFIX).replace("-", "_")) if name.endswith(SUFFIX) else None
    return people.on(world, person_id, "bluesky") if person_id is not None else None


def key_of(world: World, post: sqlite3.Row) -> str:
    """The record key of a post: what its writer chose, else its id in 13 digits as a TID."""
    chosen = world.store.one(
        "SELECT key FROM send_keys WHERE user_id = ? AND post_id = ? AND key NOT LIKE 'like:%'", (post["author_id"], post["id"])
    ) if post["origin"] == "api" else None  # fmt: skip
    if chosen is not None:
        return chosen["key"].removeprefix(CHOSEN)
    return "".join(DIGITS[(post["id"] >> shift) & 31] for shift in range(60, -1, -5))


def uri_of(world: World, post: sqlite3.Row) -> str:
    return f"at://{did_of(post['author_id'])}/{POST}/{key_of(world, post)}"


def post_under(world: World, person: sqlite3.Row, key: str) -> sqlite3.Row | None:
    """A living post by its writer and its record key."""
    chosen = world.store.one("SELECT post_id FROM send_keys WHERE user_id = ? AND key = ?", (person["id"], CHOSEN + key))
    if chosen is not None:
        row = posts.find(world, chosen["post_id"])
    elif len(key) == 13 and set(key) <= set(DIGITS):
        number = 0
        for digit in key:
            number = number << 5 | DIGITS.index(digit)
        row = posts.find(world, number)
    else:
        return None
    return row if row is not None and row["author_id"] == person["id"] and not row["deleted_ms"] else None


def post_named(world: World, uri: str) -> sqlite3.Row | None:
    """A living post by its URI."""
    found = URI.fullmatch(uri)
    person = person_named(world, found.group(1)) if found else None
    return post_under(world, person, found.group(3)) if found and person is not None else None


def cid_of(post: sqlite3.Row) -> str:
    """A content id of the right form: the same for the same content."""
    content = json.dumps([post["id"], post["text"], post["created_ms"]])
    raw = b"\x01\x71\x12\x20" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")
