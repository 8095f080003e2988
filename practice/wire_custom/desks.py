"""Desks: brands whose `network` is `custom`, each a system that signs with a secret and calls whoever wants to be called."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import media, messages, people
from ..calling import Ring, bell, check_near
from ..clock import now_ms

if TYPE_CHECKING:
    from ..world import World

NETWORK = "custom"
#: Everybody knows it, so that the connect page can offer one; a desk's tokens are secrets too.
KNOWN_SECRET = "practice-desk-everybody-knows-it"
MAX_AGE_SECONDS = 300
JSON = "application/json; charset=utf-8"


def sign(secret: str, content: bytes, *, at: int) -> str:
    """The value of `Rabta-Signature`."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + content, hashlib.sha256).hexdigest()}"


def secrets_of(world: World, desk: sqlite3.Row) -> list[str]:
    """What signs for a desk, the newest first."""
    rows = world.store.all(
        "SELECT access FROM tokens WHERE user_id = ? AND revoked = 0 ORDER BY created_ms DESC, rowid DESC", (desk["id"],)
    )
    return [*(row["access"] for row in rows), KNOWN_SECRET]


def proven(world: World, desk: sqlite3.Row, content: bytes, signature: str) -> bool:
    """Whether somebody who knows a secret of the desk signed this within the last minutes."""
    stamp = dict(part.strip().partition("=")[::2] for part in signature.split(",")).get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or abs(now_ms() / 1000 - int(stamp)) > MAX_AGE_SECONDS:
        return False
    return any(hmac.compare_digest(sign(secret, content, at=int(stamp)), signature) for secret in secrets_of(world, desk))


def hook_of(world: World, desk: sqlite3.Row) -> str:
    """Where a desk hands messages over."""
    return str((world.store.read_rule(f"desk_hook_{desk['id']}") or {}).get("url", ""))


def set_hook(world: World, desk: sqlite3.Row, url: str) -> None:
    """Hand over there from now on; nowhere with an empty one. Raises `BadField`."""
    check_near(url)
    world.store.save_rule(f"desk_hook_{desk['id']}", {"url": url})


def tell(world: World, desk: sqlite3.Row, document: dict[str, Any]) -> None:
    """Hand a document over soon, and again when nobody said yes."""
    url = hook_of(world, desk)
    if not url:
        return
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {"Rabta-Signature": sign(secrets_of(world, desk)[0], body, at=now_ms() // 1000), "Content-Type": JSON}
    bell(world).waiting.append(Ring(desk["id"], url, body, headers, now_ms(), {"document": document}, waits=(1000, 5000, 30_000)))


def moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def item(world: World, row: sqlite3.Row, desk: sqlite3.Row) -> dict[str, Any]:
    """A message as the wire says it."""
    other = people.get(world, next(n for n in messages.members(world, row["conversation"]) if n != desk["id"]))
    ours = row["sender_id"] == desk["id"]
    who = {"from_us": True, "customer": str(other["id"])} if ours else {
        "author": {"id": str(other["id"]), "handle": other["handle"], "name": other["name"], "location": other["location"]}
    }  # fmt: skip
    files = [media.get(world, number) for number in json.loads(row["media"])]
    base = world.settings.base_url
    return {
        "id": str(row["id"]), "text": row["text"], "thread": str(other["id"]), "sent_at": moment(row["created_ms"]), **who,
        **({"revision": revision(row)} if row["edited_ms"] is not None else {}),
        "media": [
            {"kind": kind_of(file["mime"]), "url": f"{base}/media/{file['id']}", "alt": file["alt"], "name": file["category"]}
            for file in files
            if file is not None
        ],
    }  # fmt: skip


def revision(row: sqlite3.Row) -> int:
    """A number that rises with every change: the seconds until the last one."""
    return int(min((row["edited_ms"] - row["created_ms"]) // 1000 + 1, 30_000))


def kind_of(mime: str) -> str:
    first = mime.partition("/")[0]
    return first if first in ("image", "video", "audio") else "file"


def desk_of(world: World, row: sqlite3.Row) -> sqlite3.Row | None:
    """The desk that takes part in a message of this network."""
    for user_id in messages.members(world, row["conversation"]):
        person = people.on(world, user_id, NETWORK)
        if person is not None and person["is_brand"]:
            return person
    return None


def heard(world: World, row: sqlite3.Row) -> None:
    """A customer wrote, or changed what they wrote: hand it over."""
    desk = desk_of(world, row)
    if desk is not None and row["sender_id"] != desk["id"]:
        gone = {"id": str(row["id"]), "deleted": True} if row["deleted_ms"] is not None else item(world, row, desk)
        tell(world, desk, {"items": [gone]})


def read(world: World, row: sqlite3.Row) -> None:
    """A customer read an answer: say so."""
    desk = desk_of(world, row)
    if desk is not None:
        tell(world, desk, {"states": [{"id": str(row["id"]), "state": "read"}]})
