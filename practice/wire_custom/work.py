"""What a desk does: says who it is, gives what customers wrote, takes answers with their files, and does things to messages."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Any

import httpx

from .. import media, messages, people, trouble
from ..calling import near
from ..clock import now_ms
from ..problems import BadField
from ..wire.gate import Answer, Call
from .desks import NETWORK, item, moment
from .gate import Refusal

FETCH_SECONDS = 10.0
MOST_FILES = 10


def account(call: Call) -> Answer:
    """GET /account."""
    return Answer({"name": call.me["name"]})


def rows_of(call: Call, *, ours: bool) -> list[sqlite3.Row]:
    """What was said at this desk by one side, oldest first, less what is held back."""
    found = call.world.store.all(
        "SELECT d.* FROM dms d JOIN dm_members m ON m.conversation = d.conversation WHERE m.user_id = ?"
        f" AND d.sender_id {'=' if ours else '<>'} ? AND d.deleted_ms IS NULL ORDER BY d.id",
        (call.me["id"], call.me["id"]),
    )
    hold, at = call.troubles.get("hold"), now_ms()
    if hold is None:
        return found
    return [row for row in found if not trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=at)]


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def page(call: Call, rows: list[sqlite3.Row]) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    after, limit = number(call.query.get("after", "")), number(call.query.get("limit", "100")) or 100
    left = [row for row in rows if row["id"] > after]
    shown = left[:limit]
    return shown, {"next": str(shown[-1]["id"]) if shown else str(after or ""), "more": len(left) > len(shown)}


def items(call: Call) -> Answer:
    """GET /items."""
    shown, place = page(call, rows_of(call, ours=False))
    return Answer({"items": [item(call.world, row, call.me) for row in shown], **place})


def replies(call: Call) -> Answer:
    """GET /replies: what was taken, each with the key it came with."""
    try:
        since = datetime.fromisoformat(call.query.get("since", "1990-01-01T00:00:00+00:00")).timestamp() * 1000
    except ValueError:
        raise Refusal(400, "bad_since", "since is no time.") from None
    shown, place = page(call, [row for row in rows_of(call, ours=True) if row["created_ms"] >= since - 1000])
    keys = {
        row["post_id"]: row["key"] for row in call.world.store.all("SELECT * FROM send_keys WHERE user_id = ?", (call.me["id"],))
    }
    return Answer({"replies": [reply(call, row, keys.get(row["id"], "")) for row in shown], **place})


def reply(call: Call, row: sqlite3.Row, key: str) -> dict[str, Any]:
    said = item(call.world, row, call.me)
    return {
        "id": said["id"], "text": said["text"], "thread": said["thread"], "to": said["thread"], "media": said["media"],
        "sent_at": moment(row["created_ms"]), **({"key": key} if key else {}),
    }  # fmt: skip


def take(call: Call) -> Answer:
    """POST /replies: once for its key. Files are fetched from where they are said to lie before anything is taken."""
    said: dict[str, Any] = call.json if isinstance(call.json, dict) else {}
    key = str(said.get("key") or "")
    known = call.world.store.one("SELECT post_id FROM send_keys WHERE user_id = ? AND key = ?", (call.me["id"], key))
    if key and known is not None:
        return Answer({"id": str(known["post_id"])}, 200)
    person = people.on(call.world, str(said.get("to") or said.get("thread") or ""), NETWORK)
    if person is None or person["is_brand"]:
        raise BadField("to", "is nobody at this desk")
    entries = said.get("media") or []
    if not isinstance(entries, list) or len(entries) > MOST_FILES:
        raise BadField("media", f"must be a list of at most {MOST_FILES}")
    files = [fetched(call, entry) for entry in entries]
    row = messages.send(
        call.world, sender=call.me, recipient=person, text=said.get("text"), media_ids=files, origin="api",
        request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    if key:
        with call.world.store.write() as db:
            db.execute("INSERT INTO send_keys VALUES (?, ?, ?, ?)", (call.me["id"], key, row["id"], now_ms()))
    return Answer({"id": str(row["id"])}, 201)


def fetched(call: Call, entry: Any) -> int:
    """One file, from an address on this machine. Raises Refusal in words."""
    url = str(entry.get("url") if isinstance(entry, dict) else "")
    if not near(url):
        raise Refusal(422, "no_file", "A file lies at no address of this machine.")
    try:
        answer = httpx.get(url, timeout=FETCH_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise Refusal(422, "no_file", f"A file could not be fetched ({type(error).__name__}).") from None
    if answer.status_code != 200:
        raise Refusal(422, "no_file", f"A file could not be fetched (status {answer.status_code}).")
    mime = answer.headers.get("content-type", "application/octet-stream")
    row = media.take(call.world, owner_id=call.me["id"], data=answer.content, alt=str(entry.get("alt") or ""), otherwise=mime)
    return int(row["id"])


def deeds(call: Call) -> Answer:
    """POST /deeds: like, unlike, edit, delete."""
    said: dict[str, Any] = call.json if isinstance(call.json, dict) else {}
    kind, own = str(said.get("kind")), number(str(said.get("id") or ""))
    event = messages.find(call.world, own)
    if event is None or call.me["id"] not in messages.members(call.world, event["conversation"]):
        if kind == "delete" and call.world.store.one("SELECT 1 FROM dms WHERE id = ?", (own,)):
            return Answer({"done": True})
        raise Refusal(404, "gone", "The desk has no such message.")
    if kind not in ("like", "unlike", "edit", "delete") or (kind in ("edit", "delete") and event["sender_id"] != call.me["id"]):
        raise Refusal(422, "refused", "The desk does not do that.")
    if kind == "edit" and not str(said.get("text") or "").strip():
        raise BadField("text", "must not be empty")
    done = "like" if kind == "unlike" else kind
    messages.change(
        call.world, event=event, kind=done, text=str(said.get("text") or ""), reaction="❤" if kind == "like" else "",
        request_id=call.request_id,
    )  # fmt: skip
    return Answer({"done": True})


def changed(world: Any, event: sqlite3.Row, *, text: str | None) -> sqlite3.Row:
    """A customer changes or takes back what they wrote; the row as it stands then."""
    messages.change(world, event=event, kind="delete" if text is None else "edit", text=text or "")
    row: sqlite3.Row = world.store.one("SELECT * FROM dms WHERE id = ?", (event["id"],))
    return row


def media_of(world: Any, row: sqlite3.Row) -> list[dict[str, str]]:
    """The files of a message, for a page."""
    return [media.shown(world, int(number)) for number in json.loads(row["media"])]
