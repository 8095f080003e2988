"""What YouTube's endpoints do, on the world that X's and the others' do it on.

A post by a brand is a video, what answers it directly begins a thread, and what answers that is an answer in it. A post by somebody
else that names a brand is a comment on the channel itself.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from .. import people, posts, trouble
from ..clock import MAX_ID, now_ms
from ..wire.gate import Answer, Call
from ..wire_google.gate import Refusal, missing
from . import names, render

MOST_IDS = 50
MAX_CHARACTERS = 10_000


def base_of(call: Call) -> str:
    return str(call.world.settings.base_url)


def listing(kind: str, rows: list[dict[str, Any]], after: str = "") -> Answer:
    info = {"totalResults": len(rows), "resultsPerPage": len(rows)}
    body: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": info, "items": rows}
    return Answer(body | ({"nextPageToken": after} if after else {}))


def place_of(call: Call) -> int:
    """Where a page begins. Raises the 400 of a name that is none."""
    token = call.query.get("pageToken", "")
    if not token:
        return MAX_ID
    if not token.startswith("P") or not token[1:].isdigit():
        raise Refusal(400, "invalidPageToken", "The request specifies an invalid page token.")
    return min(int(token[1:]), MAX_ID)


def wanted(call: Call) -> int:
    asked = call.query.get("maxResults", "20")
    if not asked.isdigit() or not 1 <= int(asked) <= 100:
        raise Refusal(400, "invalidParameter", "Invalid value for maxResults: it must be within [1, 100].")
    return int(asked)


def visible(call: Call, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """Rows without those that `hold` keeps back."""
    hold = call.troubles.get("hold")
    if hold is None:
        return rows
    return [row for row in rows if not trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=now_ms())]


def channels(call: Call) -> Answer:
    """GET /channels: the account's own, or those of these ids."""
    if call.query.get("mine") == "true":
        return listing("channel", [render.channel(call.me, base_of(call))])
    found = [people.on(call.world, names.person_of(name), "youtube") for name in call.query.get("id", "").split(",")[:MOST_IDS]]
    return listing("channel", [render.channel(row, base_of(call)) for row in found if row is not None])


def videos(call: Call) -> Answer:
    """GET /videos?id=: videos that exist; the others are left out."""
    ids = call.query.get("id", "").split(",")
    if len(ids) > MOST_IDS:
        raise Refusal(400, "invalidFilters", "The request specifies too many video ids.")
    found = [posts.find(call.world, names.post_of_video(name)) for name in ids]
    living = [row for row in found if row is not None and not row["deleted_ms"] and render.is_video(row, call.world)]
    return listing("video", [render.video(call.world, row) for row in living if row["network"] == "youtube"])


FIRST_COMMENTS = (
    "SELECT p.* FROM posts p LEFT JOIN posts r ON r.id = p.reply_to_id JOIN people a ON a.id = coalesce(r.author_id, p.author_id)"
    " WHERE p.network = 'youtube' AND p.deleted_ms IS NULL AND p.visibility = ?1 AND p.id < ?2"
    " AND ((r.id IS NOT NULL AND r.reply_to_id IS NULL AND r.author_id = ?3 AND r.deleted_ms IS NULL)"
    " OR (p.reply_to_id IS NULL AND a.is_brand = 0 AND EXISTS"
    " (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?3)))"
    " ORDER BY p.id DESC LIMIT ?4"
)


def threads(call: Call) -> Answer:
    """GET /commentThreads: those of a channel, newest first."""
    owner = names.person_of(call.query.get("allThreadsRelatedToChannelId", ""))
    if people.on(call.world, owner, "youtube") is None:
        raise missing("channelNotFound", "The channel specified by the allThreadsRelatedToChannelId parameter could not be found.")
    status = call.query.get("moderationStatus", "published")
    if status not in ("published", "heldForReview", "likelySpam"):
        raise Refusal(400, "invalidParameter", "Invalid value for moderationStatus.")
    if status != "published" and owner != call.me["id"]:
        raise Refusal(403, "forbidden", "The comment threads cannot be retrieved due to insufficient permissions.")
    visibility = {"published": "public", "heldForReview": render.HELD}.get(status, "spam")
    limit = wanted(call)
    rows = call.world.store.all(FIRST_COMMENTS, [visibility, place_of(call), owner, limit + 1])
    after = f"P{rows[limit - 1]['id']}" if len(rows) > limit else ""
    shown = visible(call, rows[:limit])
    return listing("commentThread", [render.thread(call.world, row, base_of(call)) for row in shown], after)


def living(call: Call, name: str) -> sqlite3.Row | None:
    """A comment that is there, and not only held back."""
    row = posts.find(call.world, names.post_of_comment(name))
    if row is None or row["deleted_ms"] or row["network"] != "youtube" or render.is_video(row, call.world):
        return None
    return row if names.comment_id(row["id"], render.top_of(call.world, row)["id"]) == name else None


def comments(call: Call) -> Answer:
    """GET /comments: by id, or the answers below one."""
    if "id" in call.query:
        ids = call.query["id"].split(",")
        if len(ids) > MOST_IDS:
            raise Refusal(400, "invalidFilters", "The request specifies too many comment ids.")
        # No document says whether what waits for review is listed by its id: whoever counts on it would be wrong here.
        found = [row for row in (living(call, name) for name in ids) if row is not None and row["visibility"] == "public"]
        return listing("comment", [narrowed(call, render.comment(call.world, row, base_of(call), alone=True)) for row in found])
    top = living(call, call.query.get("parentId", ""))
    if top is None or render.top_of(call.world, top)["id"] != top["id"]:
        raise missing("parentCommentNotFound", "The specified parent comment could not be found.")
    limit, before = wanted(call), place_of(call)
    below = [row for row in reversed(render.replies_of(call.world, top)) if row["id"] < before]
    after = f"P{below[limit - 1]['id']}" if len(below) > limit else ""
    shown = [render.comment(call.world, row, base_of(call), alone=True) for row in visible(call, below[:limit])]
    return listing("comment", shown, after)


def narrowed(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """Only the parts that were asked for."""
    parts = call.query.get("part", "").split(",")
    return row if "snippet" in parts else {name: value for name, value in row.items() if name != "snippet"}


def insert(call: Call) -> Answer:
    """POST /comments: an answer below the first comment of a thread."""
    snippet = call.json.get("snippet") if isinstance(call.json, dict) else None
    given = snippet if isinstance(snippet, dict) else {}
    text, parent = str(given.get("textOriginal") or ""), str(given.get("parentId") or "")
    if not text.strip():
        raise Refusal(400, "commentTextRequired", "The comment resource that is being inserted must specify a value.")
    if len(text) > MAX_CHARACTERS:
        raise Refusal(400, "commentTextTooLong", "The comment resource that is being inserted contains too many characters.")
    if not parent:
        raise Refusal(400, "parentIdMissing", "The comment that is being inserted must be linked to a parent comment.")
    row = living(call, parent)
    if row is None:
        raise missing("parentCommentNotFound", "The specified parent comment could not be found.")
    if render.top_of(call.world, row)["id"] != row["id"]:
        raise Refusal(400, "operationNotSupported", "The API user cannot insert a comment in reply to this comment.")
    if row["visibility"] != "public":
        raise Refusal(400, "parentCommentIsPrivate", "The specified parent comment is private.")
    made = posts.create(
        call.world, author=call.me, text=text, reply_to=row, origin="api", request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    return Answer(render.comment(call.world, made, base_of(call)))


def moderate(call: Call) -> Answer:
    """POST /comments/setModerationStatus: let through what is held, hold it, or take it away. Answers with nothing."""
    status = call.query.get("moderationStatus", "")
    if status not in ("published", "heldForReview", "rejected"):
        raise Refusal(400, "invalidParameter", "Invalid value for moderationStatus.")
    for name in call.query.get("id", "").split(","):
        row = living(call, name)
        if row is None:
            raise missing("commentNotFound", "One or more of the comments that the request is trying to update cannot be found.")
        if render.channel_of(call.world, row) != call.me["id"]:
            raise Refusal(403, "forbidden", "One or more of the comments cannot be updated due to insufficient permissions.")
        if status == "rejected":
            posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
            continue
        with call.world.store.write() as db:
            db.execute(
                "UPDATE posts SET visibility = ?, version = ? WHERE id = ?",
                ("public" if status == "published" else render.HELD, call.world.store.next_version(), row["id"]),
            )
    return Answer(None, 204)


def update(call: Call) -> Answer:
    """PUT /comments: other words for an account's own comment."""
    given = call.json if isinstance(call.json, dict) else {}
    snippet = given.get("snippet") if isinstance(given.get("snippet"), dict) else {}
    text, row = str(snippet.get("textOriginal") or ""), living(call, str(given.get("id") or ""))
    if row is None:
        raise missing("commentNotFound", "The specified comment could not be found.")
    if row["author_id"] != call.me["id"]:
        raise Refusal(403, "forbidden", "The comment cannot be updated due to insufficient permissions.")
    if not text.strip():
        raise Refusal(400, "commentTextRequired", "The comment resource that is being updated must specify a value.")
    if len(text) > MAX_CHARACTERS:
        raise Refusal(400, "commentTextTooLong", "The comment resource that is being updated contains too many characters.")
    edited = posts.edit(call.world, post=row, text=text, origin="api")
    return Answer(render.comment(call.world, edited, base_of(call)))


def remove(call: Call) -> Answer:
    """DELETE /comments?id=: an account's own comment. Answers with nothing."""
    row = living(call, call.query.get("id", ""))
    if row is None:
        raise missing("commentNotFound", "The specified comment could not be found.")
    if row["author_id"] != call.me["id"]:
        raise Refusal(403, "forbidden", "The comment cannot be deleted due to insufficient permissions.")
    posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer(None, 204)
