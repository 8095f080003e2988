"""What Reddit's wire does: who am I, inbox and sent messages, the square, search, looking again, answering."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .. import messages, people, posts, trouble
from ..clock import MAX_ID, now_ms
from ..wire.gate import Answer, Call
from . import render
from .gate import Refusal, refused

MOST_CHARACTERS = 10_000
MOST_ROWS = 100
ALIVE = "p.network = 'reddit' AND p.deleted_ms IS NULL"
PHRASE = re.compile(r'"([^"]+)"')


def me(call: Call) -> Answer:
    """GET /api/v1/me."""
    row = call.me
    flags = {"is_suspended": bool(row["suspended"]), "is_employee": False, "verified": bool(row["verified"])}
    return Answer({"id": render.base36(row["id"]), "name": row["handle"], "created_utc": float(row["created_ms"] // 1000), **flags})


def bounds(call: Call) -> tuple[int, int]:
    """Below which id a page begins, and how many rows it has."""
    _, _, after = call.query.get("after", "").partition("_")
    asked = call.query.get("limit", "")
    limit = min(max(int(asked), 1), MOST_ROWS) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 25
    return render.number_of(after) or MAX_ID, limit


def seen(call: Call, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """Without what `hold` still hides."""
    hold = call.troubles.get("hold")
    if hold is None:
        return rows
    return [r for r in rows if not trouble.is_held(hold, item_id=r["id"], stored_ms=r["stored_ms"], now_ms=now_ms())]


def page(call: Call, condition: str, values: list[Any]) -> Answer:
    """One page of posts or comments, newest first."""
    below, limit = bounds(call)
    rows = call.world.store.all(
        f"SELECT p.* FROM posts p WHERE {ALIVE} AND {condition} AND p.id < ? ORDER BY p.id DESC LIMIT ?", [*values, below, limit]
    )
    return Answer(render.listing([render.thing(call.world, row, call.me) for row in seen(call, rows)], more=len(rows) == limit))


def messages_of(call: Call, condition: str, values: list[Any], below: int, limit: int) -> list[sqlite3.Row]:
    return call.world.store.all(
        "SELECT d.* FROM dms d JOIN dm_members m ON m.conversation = d.conversation WHERE m.user_id = ?"
        f" AND d.event_type = 'MessageCreate' AND {condition} AND d.id < ? ORDER BY d.id DESC LIMIT ?",
        [call.me["id"], *values, below, limit],
    )


def inbox(call: Call) -> Answer:
    """GET /message/inbox: comments that answer or name the account, and messages to it."""
    below, limit = bounds(call)
    mine = call.me["id"]
    comments = call.world.store.all(
        f"SELECT p.* FROM posts p WHERE {ALIVE} AND p.reply_to_id IS NOT NULL AND p.author_id <> ? AND (p.reply_to_user_id = ?"
        " OR EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?)) AND p.id < ? ORDER BY p.id DESC LIMIT ?",
        [mine, mine, mine, below, limit],
    )
    written = messages_of(call, "d.sender_id <> ?", [mine], below, limit)
    both = [(row["id"], row, True) for row in seen(call, comments)] + [(row["id"], row, False) for row in seen(call, written)]
    both.sort(key=lambda entry: entry[0], reverse=True)
    world = call.world
    shown = [render.told(world, row, call.me) if told else render.message(world, row) for _, row, told in both[:limit]]
    return Answer(render.listing(shown, more=len(comments) + len(written) > limit or limit in (len(comments), len(written))))


def sent(call: Call) -> Answer:
    """GET /message/sent."""
    below, limit = bounds(call)
    rows = messages_of(call, "d.sender_id = ?", [call.me["id"]], below, limit)
    return Answer(render.listing([render.message(call.world, row) for row in rows], more=len(rows) == limit))


def check_place(call: Call) -> None:
    """Of several subreddits those that are not here are left out; with none of them it is a 404, as is another feed."""
    names = call.path.get("names")
    here = call.path.get("feed") == "rabta" if names is None else render.SUBREDDIT in names.lower().split("+")
    if not here:
        raise Refusal(404, "Not Found")


def new(call: Call) -> Answer:
    """GET /r/:names/new and /user/:who/m/:feed/new."""
    check_place(call)
    return page(call, "p.reply_to_id IS NULL", [])


def comments(call: Call) -> Answer:
    """GET /r/:names/comments and /user/:who/m/:feed/comments."""
    check_place(call)
    return page(call, "p.reply_to_id IS NOT NULL", [])


def search(call: Call) -> Answer:
    """GET /r/all/search: posts that hold one of the phrases."""
    phrases = PHRASE.findall(call.query.get("q", ""))
    if not phrases:
        raise Refusal(400, "Bad Request")
    condition = " OR ".join(["instr(lower(p.text), ?) > 0"] * len(phrases))
    return page(call, f"p.reply_to_id IS NULL AND ({condition})", [phrase.lower() for phrase in phrases])


def own(call: Call) -> Answer:
    """GET /user/:who/comments."""
    person = people.on(call.world, call.path["who"], "reddit")
    if person is None:
        raise Refusal(404, "Not Found")
    return page(call, "p.reply_to_id IS NOT NULL AND p.author_id = ?", [person["id"]])


def found(call: Call, name: str) -> sqlite3.Row | None:
    """A post or comment by its fullname, also a deleted one."""
    kind, _, identifier = name.partition("_")
    row = posts.find(call.world, render.number_of(identifier)) if kind in ("t1", "t3") else None
    return row if row is not None and row["network"] == "reddit" and render.name_of(row) == name else None


def info(call: Call) -> Answer:
    """GET /api/info?id=: what is not there is left out."""
    rows = [found(call, name) for name in call.query.get("id", "").split(",")[:MOST_ROWS]]
    return Answer(render.listing([render.thing(call.world, row, call.me) for row in rows if row is not None], more=False))


def comment(call: Call) -> Answer:
    """POST /api/comment: below a post or a comment, or after a message. What Reddit does not take is a 200 with errors."""
    name, text = str(call.form.get("thing_id", "")), str(call.form.get("text", ""))
    rules = call.world.rules
    if rules["reddit_ratelimit"]:
        words = "Looks like you've been doing that a lot. Take a break for 9 minutes before trying again."
        raise refused("RATELIMIT", words, "ratelimit", ratelimit=540.0)
    if not text.strip():
        raise refused("NO_TEXT", "we need something here", "text")
    if len(text) > MOST_CHARACTERS:
        raise refused("TOO_LONG", f"this is too long (max: {MOST_CHARACTERS})", "text")
    made = answer_message(call, name, text) if name.startswith("t4_") else answer_post(call, name, text)
    return Answer({"json": {"errors": [], "data": {"things": [made]}}})


def edit(call: Call) -> Answer:
    """POST /api/editusertext: other words for one's own comment or post."""
    row, text = found(call, str(call.form.get("thing_id", ""))), str(call.form.get("text", ""))
    if row is None:
        raise refused("NO_THING_ID", "id not specified", "thing_id")
    if row["author_id"] != call.me["id"]:
        raise Refusal(403, "Forbidden")
    if row["deleted_ms"]:
        raise refused("DELETED_COMMENT" if row["reply_to_id"] else "DELETED_LINK", "that has been deleted")
    if not text.strip():
        raise refused("NO_TEXT", "we need something here", "text")
    edited = posts.edit(call.world, post=row, text=text, origin="api")
    return Answer({"json": {"errors": [], "data": {"things": [render.thing(call.world, edited, call.me)]}}})


def remove(call: Call) -> Answer:
    """POST /api/del: one's own. Of what is gone already, and of others', it says the same nothing."""
    row = found(call, str(call.form.get("id", "")))
    if row is not None and row["author_id"] == call.me["id"] and not row["deleted_ms"]:
        posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer({})


def moderate(call: Call) -> Answer:
    """POST /api/remove and /api/approve: for the subreddit's moderators, who are the brands here."""
    row = found(call, str(call.form.get("id", "")))
    if not call.me["is_brand"]:
        raise Refusal(403, "Forbidden")
    if row is None or row["deleted_ms"]:
        raise Refusal(404, "Not Found")
    posts.hide(call.world, post=row, hidden="remove" in call.address, request_id=call.request_id)
    return Answer({})


def answer_post(call: Call, name: str, text: str) -> dict[str, Any]:
    parent = found(call, name)
    if parent is None:
        raise refused("NO_THING_ID", "id not specified", "thing_id")
    if call.world.rules["reddit_locked"]:
        raise refused("THREAD_LOCKED", "Comments are locked.")
    if parent["deleted_ms"]:
        code, what = ("DELETED_COMMENT", "comment") if parent["reply_to_id"] else ("DELETED_LINK", "link")
        raise refused(code, f"that {what} has been deleted")
    row = posts.create(
        call.world, author=call.me, text=text, reply_to=parent, origin="api", request_id=call.request_id, trouble=call.trouble_names
    )
    return render.thing(call.world, row)


def answer_message(call: Call, name: str, text: str) -> dict[str, Any]:
    answered = messages_of(call, "d.id = ?", [render.number_of(name[3:])], MAX_ID, 1)
    if not answered:
        raise refused("NO_THING_ID", "id not specified", "thing_id")
    others = [user_id for user_id in messages.members(call.world, answered[0]["conversation"]) if user_id != call.me["id"]]
    recipient = people.get(call.world, others[0])
    if not recipient["dm_open"]:
        raise refused("NOT_WHITELISTED_BY_USER_MESSAGE", "that user only accepts messages from trusted users", "to")
    row = messages.send(
        call.world, sender=call.me, recipient=recipient, text=text, origin="api", request_id=call.request_id,
        trouble=call.trouble_names,
    )  # fmt: skip
    return render.message(call.world, row)
