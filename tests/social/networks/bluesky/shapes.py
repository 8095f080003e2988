"""How a Bluesky server words things (lexicons of app.bsky and com.atproto, read 2026-11)."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from tests.social.networks.servers import Says

BRAND, ALI = "did:plc:brandaaaaaaaaaaaaaaaaaaa", "did:plc:alibbbbbbbbbbbbbbbbbbbbb"
SECRETS = {
    "handle": "brand.bsky.social",
    "app_password": "abcd-efgh-ijkl-mnop",
    "access_jwt": "secret-access-token",
    "refresh_jwt": "secret-refresh-token",
    "pds": "pds.example",
}
DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def key(number: int) -> str:
    """A record key that rises with its number."""
    return "3l" + "".join(DIGITS[(number >> shift) & 31] for shift in range(50, -1, -5))


def uri(number: int, did: str = ALI) -> str:
    return f"at://{did}/app.bsky.feed.post/{key(number)}"


def cid(number: int) -> str:
    raw = b"\x01\x71\x12\x20" + hashlib.sha256(str(number).encode()).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def author(did: str = ALI, handle: str = "ali.bsky.social", **fields: Any) -> dict[str, Any]:
    return {"did": did, "handle": handle, "displayName": "Ali", "avatar": "https://cdn.example/ali.jpg", "labels": [], **fields}


def ref(number: int, did: str = ALI) -> dict[str, str]:
    return {"uri": uri(number, did), "cid": cid(number)}


def record(text: str, moment: str = "2026-01-01T00:00:01.000Z", **fields: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": moment, "langs": ["en"], **fields}


def post(number: int, text: str = "", *, did: str = ALI, **fields: Any) -> dict[str, Any]:
    """app.bsky.feed.defs#postView."""
    return {
        "uri": uri(number, did),
        "cid": cid(number),
        "author": author(did, "brand.bsky.social" if did == BRAND else "ali.bsky.social"),
        "record": record(text or f"@brand.bsky.social complaint {number}"),
        "indexedAt": "2026-01-01T00:00:02.000Z",
        "replyCount": 0,
        "labels": [],
        "viewer": {},
        **fields,
    }


def notification(number: int, *, reason: str = "mention", **fields: Any) -> dict[str, Any]:
    """app.bsky.notification.listNotifications#notification."""
    whole = post(number, **fields)
    told = {name: whole[name] for name in ("uri", "cid", "author", "record", "indexedAt", "labels")}
    return {**told, "reason": reason, "isRead": False}


def says(document: Any, status: int = 200) -> Says:
    return Says.json(document, status, ratelimit_limit="3000", ratelimit_remaining="2999", ratelimit_reset="4070908800")


def listing(rows: list[Any], *, following: str = "") -> Says:
    return says({"notifications": rows, **({"cursor": following} if following else {})})


def feed(rows: list[dict[str, Any]], *, following: str = "") -> Says:
    return says({"feed": [{"post": row} for row in rows], **({"cursor": following} if following else {})})


def own(number: int, text: str, moment: datetime, **reply: Any) -> dict[str, Any]:
    """One of our own posts as the feed shows it."""
    written = record(text, iso(moment), **({"reply": reply} if reply else {}))
    return post(number, did=BRAND, record=written, indexedAt=iso(moment))


def refusal(name: str, words: str = "", status: int = 400) -> Says:
    return says({"error": name, "message": words or name}, status)


def token(ends: int) -> str:
    """A JSON Web Token that says when it ends."""
    middle = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"e30.{middle}.signature"
