"""What the Mastodon wire does: who am I, mentions, statuses, threads, writing and deleting."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .. import media, people, posts, texts, trouble
from ..clock import MAX_ID, now_ms
from ..wire.gate import Answer, Call
from . import render
from .gate import Refusal

MOST_CHARACTERS = 500
#: How long Mastodon remembers an Idempotency-Key.
KEY_MS = 3600 * 1000
MENTIONS = "posts p JOIN mentions m ON m.post_id = p.id WHERE m.user_id = ?"
#: Posts that name somebody or quote them, each once; their own are none of theirs to hear.
TOLD = (
    "(SELECT DISTINCT q.* FROM posts q LEFT JOIN mentions m ON m.post_id = q.id LEFT JOIN posts o ON o.id = q.quote_id"
    " WHERE q.author_id <> ?2 AND ((?1 LIKE '%,mention,%' AND m.user_id = ?2)"
    " OR (?1 LIKE '%,quote,%' AND o.author_id = ?2 AND o.deleted_ms IS NULL))) p WHERE 1 = 1"
)
KINDS = ("mention", "quote")


def base_of(call: Call) -> str:
    return str(call.world.settings.base_url)


def number(call: Call, name: str, default: int, *, most: int) -> int:
    value = call.query.get(name, "")
    return min(max(int(value), 1), most) if value.isascii() and value.isdigit() and len(value) < 20 else default


def may_see(call: Call, row: sqlite3.Row) -> bool:
    """Public and unlisted posts everybody; others their author and those they name."""
    if row["visibility"] in ("public", "unlisted") or row["author_id"] == call.me["id"]:
        return True
    return call.me["id"] in texts.mentioned_ids(json.loads(row["wire"]))


def seen(call: Call, value: str) -> sqlite3.Row:
    """A living status this account may see. Mastodon says the same of deleted and of hidden ones."""
    row = posts.find(call.world, int(value)) if value.isascii() and value.isdigit() else None
    if row is None or row["network"] != "mastodon" or row["deleted_ms"] or not may_see(call, row):
        raise Refusal(404, "Record not found")
    return row


def me(call: Call) -> Answer:
    """GET /api/v1/accounts/verify_credentials."""
    return Answer(render.account(call.world, call.me, base_of(call)))


def account(call: Call) -> Answer:
    """GET /api/v1/accounts/:id."""
    person = people.on(call.world, call.path["id"], "mastodon")
    if person is None:
        raise Refusal(404, "Record not found")
    return Answer(render.account(call.world, person, base_of(call)))


def instance(call: Call) -> Answer:
    """GET /api/v2/instance: only what a client asks it for."""
    statuses = {"max_characters": MOST_CHARACTERS, "max_media_attachments": 4, "characters_reserved_per_url": 23}
    urls = {"streaming": base_of(call).replace("http", "ws", 1)}
    configuration = {"statuses": statuses, "urls": urls}
    return Answer({"domain": "practice", "title": "Chowk", "version": "4.5.0", "configuration": configuration})


def page(call: Call, source: str, values: list[Any], *, most: int) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """One page, newest first, and its Link header. `min_id` counts from below, `max_id` from above, as on Mastodon."""
    limit = number(call, "limit", 20 if most == 40 else 40, most=most)
    below, above = number(call, "max_id", MAX_ID, most=MAX_ID), number(call, "min_id", 0, most=MAX_ID)
    since = number(call, "since_id", 0, most=MAX_ID)
    rows = call.world.store.all(
        f"SELECT p.* FROM {source} AND p.id < ? AND p.id > ? AND p.network = 'mastodon' AND p.deleted_ms IS NULL"
        f" ORDER BY p.id {'ASC' if above else 'DESC'} LIMIT ?",
        [*values, below, max(above, since), limit],
    )
    hold = call.troubles.get("hold")
    if hold is not None:
        rows = [r for r in rows if not trouble.is_held(hold, item_id=r["id"], stored_ms=r["stored_ms"], now_ms=now_ms())]
    rows = rows[::-1] if above else rows
    rows = [row for row in rows if may_see(call, row)]
    if not rows:
        return rows, {}
    links = [f'<{base_of(call)}{call.address}?min_id={rows[0]["id"]}>; rel="prev"']
    if len(rows) == limit:
        links.insert(0, f'<{base_of(call)}{call.address}?max_id={rows[-1]["id"]}>; rel="next"')
    return rows, {"link": ", ".join(links)}


def notifications(call: Call) -> Answer:
    """GET /api/v1/notifications: mentions and quotes are the only ones here. Who is named or quoted is told, the author never."""
    wanted = set(call.repeated.get("types[]", KINDS)).intersection(KINDS)
    rows, headers = page(call, TOLD, [f",{','.join(sorted(wanted))},", call.me["id"]], most=80)
    base, found = base_of(call), []
    for row in rows:
        shown = render.status(call.world, row, base)
        shared = {name: shown[name] for name in ("created_at", "account")}
        named = call.me["id"] in texts.mentioned_ids(json.loads(row["wire"])) and "mention" in wanted
        found.append({"id": str(row["id"]), "type": "mention" if named else "quote", **shared, "status": shown})
    return Answer(found, headers=headers)  # type: ignore[arg-type]


def own(call: Call) -> Answer:
    """GET /api/v1/accounts/:id/statuses: to the account itself the direct ones too."""
    person = people.on(call.world, call.path["id"], "mastodon")
    if person is None:
        raise Refusal(404, "Record not found")
    rows, headers = page(call, "posts p WHERE p.author_id = ?", [person["id"]], most=40)
    return Answer([render.status(call.world, row, base_of(call)) for row in rows], headers=headers)  # type: ignore[arg-type]


def status(call: Call) -> Answer:
    """GET /api/v1/statuses/:id."""
    return Answer(render.status(call.world, seen(call, call.path["id"]), base_of(call)))


def statuses(call: Call) -> Answer:
    """GET /api/v1/statuses?id[]=: what cannot be shown is left out."""
    found = []
    for value in call.repeated.get("id[]", [])[:20]:
        try:
            found.append(render.status(call.world, seen(call, value), base_of(call)))
        except Refusal:
            continue
    return Answer(found)  # type: ignore[arg-type]


def context(call: Call) -> Answer:
    """GET /api/v1/statuses/:id/context: up to the first, and everything below."""
    row = seen(call, call.path["id"])
    rows = call.world.store.all(
        "SELECT * FROM posts WHERE conversation_id = ? AND deleted_ms IS NULL ORDER BY id LIMIT 2000", (row["conversation_id"],)
    )
    thread = {entry["id"]: entry for entry in rows if may_see(call, entry)}
    above: list[sqlite3.Row] = []
    parent = row["reply_to_id"]
    while parent in thread:
        above.insert(0, thread[parent])
        parent = thread[parent]["reply_to_id"]
    below, known = [], {row["id"]}
    for entry in thread.values():
        if entry["reply_to_id"] in known:
            known.add(entry["id"])
            below.append(entry)
    names = {"ancestors": above, "descendants": below}
    return Answer({name: [render.status(call.world, entry, base_of(call)) for entry in found] for name, found in names.items()})


def create(call: Call) -> Answer:
    """POST /api/v1/statuses. The same Idempotency-Key within an hour gives the first status again."""
    given = call.json if isinstance(call.json, dict) else call.form
    key = call.headers.get("idempotency-key", "")
    earlier = call.world.store.one(
        "SELECT post_id FROM send_keys WHERE user_id = ? AND key = ? AND created_ms > ?", (call.me["id"], key, now_ms() - KEY_MS)
    )
    if key and earlier is not None and call.world.rules["idempotency"]:
        known = posts.find(call.world, earlier["post_id"])
        if known is not None and not known["deleted_ms"]:
            return Answer(render.status(call.world, known, base_of(call)))
    text = str(given.get("status") or "")
    if len(text) > MOST_CHARACTERS:
        raise Refusal(422, f"Validation failed: Text character limit of {MOST_CHARACTERS} exceeded")
    parent = None
    if given.get("in_reply_to_id"):
        try:
            parent = seen(call, str(given["in_reply_to_id"]))
        except Refusal:
            raise Refusal(404, "The post you are trying to reply to does not appear to exist.") from None
    files = media.own(call.world, owner_id=call.me["id"], ids=call.repeated.get("media_ids[]", []))
    if not text.strip() and not files:
        raise Refusal(422, "Validation failed: Text can't be blank")
    row = posts.create(
        call.world, author=call.me, text=text, reply_to=parent, origin="api", request_id=call.request_id,
        trouble=call.trouble_names, visibility=given.get("visibility") or "public", media_ids=files,
    )  # fmt: skip
    if key:
        with call.world.store.write() as db:
            db.execute("INSERT OR REPLACE INTO send_keys VALUES (?, ?, ?, ?)", (call.me["id"], key, row["id"], now_ms()))
    return Answer(render.status(call.world, row, base_of(call)))


def upload(call: Call) -> Answer:
    """POST /api/v2/media: a picture is there at once, a film is worked on and has no address yet (202)."""
    data = call.form.get("file")
    if not isinstance(data, bytes) or not data:
        raise Refusal(422, "Validation failed: File can't be blank")
    row = media.take(call.world, owner_id=call.me["id"], data=data, alt=str(call.form.get("description") or ""))
    return Answer(render.attachment(row, base_of(call)))


def delete(call: Call) -> Answer:
    """DELETE /api/v1/statuses/:id: one's own."""
    row = seen(call, call.path["id"])
    if row["author_id"] != call.me["id"]:
        raise Refusal(404, "Record not found")
    shown = render.status(call.world, row, base_of(call))
    posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer(shown)


def like(call: Call) -> Answer:
    """POST /api/v1/statuses/:id/favourite; twice is once."""
    return _liked(call, liked=True)


def unlike(call: Call) -> Answer:
    """POST /api/v1/statuses/:id/unfavourite."""
    return _liked(call, liked=False)


def _liked(call: Call, *, liked: bool) -> Answer:
    row = seen(call, call.path["id"])
    posts.like(call.world, post=row, by=call.me, liked=liked, origin="api", request_id=call.request_id)
    shown = render.status(call.world, seen(call, call.path["id"]), base_of(call))
    return Answer({**shown, "favourited": liked})


def edit(call: Call) -> Answer:
    """PUT /api/v1/statuses/:id: one's own; the id stays."""
    row = seen(call, call.path["id"])
    if row["author_id"] != call.me["id"]:
        raise Refusal(404, "Record not found")
    given = call.json if isinstance(call.json, dict) else call.form
    text = str(given.get("status") or "")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise Refusal(422, f"Validation failed: Text character limit of {MOST_CHARACTERS} exceeded")
    made = posts.edit(call.world, post=row, text=text, origin="api", prefixed=False)
    return Answer(render.status(call.world, made, base_of(call)))
