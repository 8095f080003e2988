"""What the Bluesky wire does for readers: notifications, posts, threads, feeds, people."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import people, posts, trouble
from ..clock import MAX_ID, format_time, now_ms
from ..wire.gate import Answer, Call
from . import names, render
from .gate import Refusal

if TYPE_CHECKING:
    from ..world import World

#: What somebody is told of: being named, answered, quoted.
TOLD = (
    "SELECT p.* FROM posts p WHERE p.network = 'bluesky' AND p.deleted_ms IS NULL AND p.author_id <> ?1 AND p.id < ?2"
    " AND (p.id IN (SELECT post_id FROM mentions WHERE user_id = ?1) OR p.reply_to_user_id = ?1"
    " OR p.quote_id IN (SELECT id FROM posts WHERE author_id = ?1)) ORDER BY p.id DESC LIMIT ?3"
)


def base_of(call: Call) -> str:
    return str(call.world.settings.base_url)


def limit(call: Call, *, most: int = 100) -> int:
    value = call.query.get("limit", "50")
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
        raise Refusal("InvalidRequest", f"Error: limit must be between 1 and {most}")
    return int(value)


def below(call: Call) -> int:
    """Where a page begins. Cursors are the server's own business; a made-up one is refused."""
    value = call.query.get("cursor", "")
    if not value:
        return MAX_ID
    if not value.startswith("below-") or not value[6:].isdigit():
        raise Refusal("InvalidRequest", "Malformed cursor")
    return int(value[6:])


def visible(call: Call, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """Without posts of people who were taken down, and those that the network holds back for a while."""
    hold = call.troubles.get("hold")
    if hold is not None:
        rows = [r for r in rows if not trouble.is_held(hold, item_id=r["id"], stored_ms=r["stored_ms"], now_ms=now_ms())]
    return [row for row in rows if not people.get(call.world, row["author_id"])["suspended"]]


def reason(call: Call, row: sqlite3.Row) -> str:
    if row["reply_to_user_id"] == call.me["id"]:
        return "reply"
    quoted = posts.find(call.world, row["quote_id"]) if row["quote_id"] else None
    return "quote" if quoted is not None and quoted["author_id"] == call.me["id"] else "mention"


def notifications(call: Call) -> Answer:
    """app.bsky.notification.listNotifications, newest first."""
    size, wanted = limit(call), call.repeated.get("reasons", [])
    rows = call.world.store.all(TOLD, (call.me["id"], below(call), size))
    found = []
    for row in visible(call, rows):
        why = reason(call, row)
        if wanted and why not in wanted:
            continue
        author = people.get(call.world, row["author_id"])
        found.append(
            {
                "uri": names.uri_of(call.world, row), "cid": names.cid_of(row),
                "author": render.profile(call.world, author, base_of(call)), "reason": why,
                "record": render.record(call.world, row), "isRead": False, "indexedAt": format_time(row["created_ms"]),
                "labels": [],
            }
        )  # fmt: skip
    return Answer({"notifications": found, **({"cursor": f"below-{rows[-1]['id']}"} if rows else {})})


def many(call: Call, name: str) -> list[str]:
    values = call.repeated.get(name, [])
    if not 1 <= len(values) <= 25:
        raise Refusal("InvalidRequest", f"Error: Params must have between 1 and 25 {name}")
    return values


def get_posts(call: Call) -> Answer:
    """app.bsky.feed.getPosts: what cannot be shown is left out."""
    rows = [names.post_named(call.world, uri) for uri in many(call, "uris")]
    living = visible(call, [row for row in rows if row is not None])
    return Answer({"posts": [render.post(call.world, row, base_of(call), call.me["id"]) for row in living]})


def get_thread(call: Call) -> Answer:
    """app.bsky.feed.getPostThread: the post with the answers below it."""
    uri = call.query.get("uri", "")
    row = names.post_named(call.world, uri)
    if row is None or not visible(call, [row]):
        raise Refusal("NotFound", f"Post not found: {uri}")
    rows = call.world.store.all(
        "SELECT * FROM posts WHERE reply_to_id = ? AND deleted_ms IS NULL ORDER BY id LIMIT 100", (row["id"],)
    )
    kind = "app.bsky.feed.defs#threadViewPost"
    below_it = [{"$type": kind, "post": render.post(call.world, reply, base_of(call)), "replies": []} for reply in rows]
    return Answer({"thread": {"$type": kind, "post": render.post(call.world, row, base_of(call)), "replies": below_it}})


def get_author_feed(call: Call) -> Answer:
    """app.bsky.feed.getAuthorFeed, answers included."""
    person = somebody(call, call.query.get("actor", ""))
    rows = call.world.store.all(
        "SELECT * FROM posts WHERE author_id = ? AND id < ? AND deleted_ms IS NULL ORDER BY id DESC LIMIT ?",
        (person["id"], below(call), limit(call)),
    )
    found = [{"post": render.post(call.world, row, base_of(call))} for row in rows]
    return Answer({"feed": found, **({"cursor": f"below-{rows[-1]['id']}"} if rows else {})})


def somebody(call: Call, name: str) -> sqlite3.Row:
    person = names.person_named(call.world, name)
    if person is None:
        raise Refusal("InvalidRequest", "Profile not found")
    return person


def get_profile(call: Call) -> Answer:
    """app.bsky.actor.getProfile."""
    return Answer(render.detailed(call.world, somebody(call, call.query.get("actor", "")), base_of(call)))


def get_profiles(call: Call) -> Answer:
    """app.bsky.actor.getProfiles: whom nobody knows is left out."""
    found = [names.person_named(call.world, name) for name in many(call, "actors")]
    return Answer({"profiles": [render.detailed(call.world, row, base_of(call)) for row in found if row is not None]})


def resolve_handle(call: Call) -> Answer:
    """com.atproto.identity.resolveHandle."""
    person = names.person_named(call.world, call.query.get("handle", ""))
    if person is None:
        raise Refusal("InvalidRequest", "Unable to resolve handle")
    return Answer({"did": names.did_of(person["id"])})


def below_root(world: World, root: sqlite3.Row) -> list[sqlite3.Row]:
    """The answers of a thread that stand."""
    return world.store.all(
        "SELECT * FROM posts WHERE conversation_id = ? AND id <> ? AND deleted_ms IS NULL ORDER BY id", (root["id"], root["id"])
    )


def gate_of(world: World, root: sqlite3.Row) -> dict[str, Any] | None:
    """The record that says which answers are hidden; none where none is."""
    hidden = [names.uri_of(world, row) for row in below_root(world, root) if row["hidden"]]
    if not hidden:
        return None
    cid = "bafy" + hashlib.sha256(json.dumps(hidden).encode()).hexdigest()[:32]
    value = {"$type": names.GATE, "post": names.uri_of(world, root), "createdAt": format_time(root["created_ms"])}
    return {"cid": cid, "value": {**value, "hiddenReplies": hidden}}


def get_record(call: Call) -> Answer:
    """com.atproto.repo.getRecord."""
    person = somebody(call, call.query.get("repo", ""))
    key = call.query.get("rkey", "")
    if call.query.get("collection") == names.GATE:
        root = names.post_under(call.world, person, key)
        gate = gate_of(call.world, root) if root is not None else None
        if gate is not None:
            return Answer({"uri": f"at://{names.did_of(person['id'])}/{names.GATE}/{key}", **gate})
    row = names.post_under(call.world, person, key) if call.query.get("collection") == names.POST else None
    if row is None:
        raise Refusal("RecordNotFound", f"Could not locate record: at://{names.did_of(person['id'])}/{names.POST}/{key}")
    value: dict[str, Any] = render.record(call.world, row)
    return Answer({**render.strong(call.world, row), "value": value})


def parent_of(call: Call, given: Any, name: str) -> sqlite3.Row:
    """The post a reference names, which must be what it was when it was read."""
    if not isinstance(given, dict) or not isinstance(given.get("uri"), str) or not isinstance(given.get("cid"), str):
        raise Refusal("InvalidRequest", f'Invalid app.bsky.feed.post record: Record/reply/{name} must have the property "cid"')
    row = names.post_named(call.world, given["uri"])
    found = posts.find(call.world, row["id"]) if row is not None else None
    if found is None or names.cid_of(found) != given["cid"]:
        raise Refusal("InvalidRequest", f"Invalid app.bsky.feed.post record: Record/reply/{name} leads nowhere")
    return found
