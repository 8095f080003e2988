"""What is Instagram's own on the Graph: posts of an account with comments and answers, and posts that tag it."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from .. import people, posts, texts
from ..wire.gate import Answer, Call
from . import hooks, render
from .gate import missing
from .paging import asked, base_of, listing, nested, number, page, rows_wanted

MENTIONED = re.compile(r"(mentioned_comment|mentioned_media)\.(?:comment|media)_id\(([0-9]+)\)\{.*\}")
LIVING = "SELECT * FROM posts WHERE network = 'instagram' AND deleted_ms IS NULL"


def living(call: Call, identifier: str) -> sqlite3.Row:
    row = posts.find(call.world, number(identifier, 0))
    if row is None or row["deleted_ms"] or row["network"] != "instagram":
        raise missing(identifier)
    return row


def show(call: Call) -> Answer:
    """GET /:id: a post, a comment, or what a webhook only named of somebody else's."""
    found = MENTIONED.fullmatch(call.query.get("fields", ""))
    if found and call.path["id"] == str(call.me["id"]):
        return _mentioned(call, found[1], found[2])
    row = living(call, call.path["id"])
    return Answer(render.ig_comment(call.world, row) if row["reply_to_id"] else render.ig_media(call.world, row, base_of(call)))


def _mentioned(call: Call, kind: str, identifier: str) -> Answer:
    """GET /:account?fields=mentioned_comment.comment_id(…){…} and mentioned_media.media_id(…){…}: only what names the account."""
    row = living(call, identifier)
    if call.me["id"] not in texts.mentioned_ids(json.loads(row["wire"])):
        raise missing(identifier)
    if kind == "mentioned_media":
        return Answer({kind: render.ig_media(call.world, row, base_of(call)), "id": str(call.me["id"])})
    root = posts.find(call.world, row["conversation_id"])
    named = ("id", "text", "timestamp", "username")
    shown = {name: value for name, value in render.ig_comment(call.world, row).items() if name in named}
    if root is not None:
        link = render.ig_media(call.world, root, base_of(call))["permalink"]
        shown["media"] = {"id": str(root["id"]), "permalink": link}
    return Answer({kind: shown, "id": str(call.me["id"])})


def media(call: Call) -> Answer:
    """GET /:account/media: its own posts, in the order of birth."""
    rows, paging = listing(
        call,
        f"{LIVING} AND reply_to_id IS NULL AND author_id = ?",
        [call.me["id"]],
        limit=rows_wanted(call),
        after=call.query.get("after", ""),
    )
    found = []
    for row in rows:
        shown = render.ig_media(call.world, row, base_of(call))
        if nested(call, "comments"):
            below, place = comments_of(call, row, limit=nested(call, "comments"), after="")
            shown |= {"comments": {"data": below, "paging": place}} if below else {}
        found.append(shown)
    return page(call, found, paging)


def tags(call: Call) -> Answer:
    """GET /:account/tags: posts of others that name it."""
    source = f"{LIVING} AND reply_to_id IS NULL AND EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = posts.id AND m.user_id = ?)"
    rows, paging = listing(call, source, [call.me["id"]], limit=rows_wanted(call), after=call.query.get("after", ""))
    return page(call, [render.ig_media(call.world, row, base_of(call)) for row in rows], paging)


def comments_of(call: Call, media_row: sqlite3.Row, *, limit: int, after: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """First comments, newest first, each with its answers."""
    rows, paging = listing(call, f"{LIVING} AND reply_to_id = ?", [media_row["id"]], limit=limit, after=after)
    found = []
    for row in rows:
        shown = render.ig_comment(call.world, row)
        answers = replies_of(call, row) if nested(call, "replies") else []
        found.append(shown | ({"replies": {"data": answers}} if answers else {}))
    return found, paging


def replies_of(call: Call, top: sqlite3.Row) -> list[dict[str, Any]]:
    """Everything below a first comment, oldest first."""
    rows = call.world.store.all(f"{LIVING} AND conversation_id = ? AND id > ? ORDER BY id", [top["conversation_id"], top["id"]])
    below = [row for row in rows if row["reply_to_id"] and render.top_of(call.world, row)["id"] == top["id"]]
    return [render.ig_comment(call.world, row) for row in below]


def comments(call: Call) -> Answer:
    """GET /:media/comments."""
    row = living(call, call.path["id"])
    return page(call, *comments_of(call, row, limit=rows_wanted(call), after=call.query.get("after", "")))


def replies(call: Call) -> Answer:
    """GET /:comment/replies, on one page."""
    return page(call, replies_of(call, living(call, call.path["id"])), {})


def answer(call: Call) -> Answer:
    """POST /:comment/replies."""
    return _write(call, living(call, call.path["id"]))


def mention(call: Call) -> Answer:
    """POST /:account/mentions: below a post of somebody else's that names it, or a comment there."""
    return _write(call, living(call, asked(call, "comment_id") or asked(call, "media_id")))


def _write(call: Call, row: sqlite3.Row) -> Answer:
    made = posts.create(
        call.world, author=people.get(call.world, call.me["id"]), text=asked(call, "message"), reply_to=row, origin="api",
        request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    hooks.post(call.world, made, "add")
    return Answer({"id": str(made["id"])})
