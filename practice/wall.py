"""What the page shows: threads of the wall, conversations of one person, accounts and their tokens."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from . import media, messages, people, texts, tokens

if TYPE_CHECKING:
    from .world import World

FIRST_THREADS = 30
MOST_CHANGED = 60
POSTS_IN_THREAD = 80
FILTERS = ("all", "waiting", "mine")
LEADING_HANDLES = re.compile(r"(?:[@＠][A-Za-z0-9_]{1,15}\s+)+")
PIECES = re.compile(f"({texts.MENTION.pattern})|({texts.HASHTAG.pattern})|({texts.LINK.pattern})", re.IGNORECASE)

# A brand was named by somebody else in a conversation that no brand has answered yet.
UNANSWERED = (
    " AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.conversation_id = p.conversation_id AND q.by_brand AND q.deleted_ms IS NULL)"
)
WAITING = (
    " AND EXISTS (SELECT 1 FROM posts q WHERE q.conversation_id = p.conversation_id AND q.names_brand AND NOT q.by_brand"
    " AND q.deleted_ms IS NULL)" + UNANSWERED
)
MINE = " AND EXISTS (SELECT 1 FROM posts q WHERE q.conversation_id = p.conversation_id AND q.author_id = ?)"


def pieces_of(text: str) -> list[list[str]]:
    """A text cut into [kind, text] pieces, so that the page never has to build HTML from it."""
    pieces: list[list[str]] = []
    end = 0
    for match in PIECES.finditer(text):
        if match.start() > end:
            pieces.append(["text", text[end : match.start()]])
        whole = match.group(0)
        pieces.append(["mention" if whole[0] in "@＠" else "tag" if whole[0] in "#＃" else "link", whole])
        end = match.end()
    if end < len(text):
        pieces.append(["text", text[end:]])
    return pieces


def person_card(row: sqlite3.Row | None) -> dict[str, Any]:
    if row is None:
        return {"id": "0", "handle": "gone", "name": "Somebody", "is_brand": False, "verified": False, "lang": "en"}
    card = {name: row[name] for name in ("handle", "name", "lang")}
    flags = {name: bool(row[name]) for name in ("is_brand", "verified", "suspended")}
    return {"id": str(row["id"]), **card, **flags, "network": row["network"]}


def post_card(world: World, row: sqlite3.Row, me: int, keys: dict[int, int]) -> dict[str, Any]:
    """A post as the page draws it; `key` stays the same over edits, `parent` is the key of what it answers."""
    text = row["text"]
    answering: list[str] = []
    if row["reply_to_id"]:
        leading = LEADING_HANDLES.match(text)
        if leading is not None and leading.end() < len(text):
            answering = leading.group(0).split()
            text = text[leading.end() :]
    parent = row["reply_to_id"]
    liked = world.store.one("SELECT 1 FROM likes WHERE post_id = ? AND user_id = ?", (row["first_id"], me))
    brands = world.store.one(
        "SELECT 1 FROM likes l JOIN people b ON b.id = l.user_id AND b.is_brand WHERE l.post_id = ?", (row["first_id"],)
    )
    return {
        "id": str(row["id"]),
        "key": str(row["first_id"]),
        "parent": str(keys.get(parent, parent)) if parent else None,
        "author": person_card(people.find(world, row["author_id"])),
        "text": text,
        "pieces": pieces_of(text),
        "answering": answering,
        "lang": row["lang"],
        "created_ms": row["created_ms"],
        "likes": row["likes"],
        "liked": liked is not None,
        "loved": brands is not None,
        "edited": row["id"] != row["first_id"] or row["edited_ms"] is not None,
        "visibility": row["visibility"],
        "hidden": bool(row["hidden"]),
        "media": [media.shown(world, media_id) for media_id in json.loads(row["media"])],
        "origin": row["origin"],
        "stars": row["stars"],
    }


def may_see(row: sqlite3.Row, me: int) -> bool:
    """Whether a post is for the person who is played: direct ones are for their author and those they name."""
    open_to_all = row["visibility"] in ("public", "unlisted") or row["author_id"] == me
    return open_to_all or me in texts.mentioned_ids(json.loads(row["wire"]))


def network_of(world: World, me: int) -> str:
    """The network of the person who is played: nobody sees into another one."""
    return world.homes.get(me, "x")


def thread(world: World, conversation_id: int, me: int) -> dict[str, Any]:
    """One conversation, oldest first; long ones keep their beginning and their end."""
    every = world.store.all("SELECT * FROM posts WHERE conversation_id = ? ORDER BY id", (conversation_id,))
    keys = {row["id"]: row["first_id"] for row in every}
    rows = [row for row in every if row["deleted_ms"] is None and row["replaced_by"] is None and may_see(row, me)]
    left_out = max(0, len(rows) - POSTS_IN_THREAD)
    if left_out:
        rows = [rows[0], *rows[1 + left_out :]]
    return {
        "id": str(conversation_id),
        "last": str(max((row["id"] for row in rows), default=0)),
        "left_out": left_out,
        "posts": [post_card(world, row, me, keys) for row in rows],
    }


def threads(world: World, *, me: int, since: int, before: int | None, only: str, text: str = "") -> dict[str, Any]:
    """Threads that changed after version `since`; without it, the newest ones (older than `before`)."""
    version = world.store.version
    if since > version:
        since = 0  # the network was restarted or reset: begin again
    if since and before is None:
        rows = world.store.all(
            "SELECT conversation_id AS id, max(version) AS v FROM posts WHERE version > ? AND network = ?"
            " GROUP BY conversation_id ORDER BY v DESC LIMIT ?",
            (since, network_of(world, me), MOST_CHANGED),
        )
    else:
        condition, values = "", []
        if only == "waiting":
            condition = WAITING
        elif only == "mine":
            condition, values = MINE, [me]
        rows = world.store.all(
            "SELECT conversation_id AS id, max(id) AS last FROM posts p WHERE deleted_ms IS NULL AND replaced_by IS NULL"
            " AND network = ? AND (visibility IN ('public', 'unlisted') OR author_id = ?"
            " OR EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?))"
            f"{condition} GROUP BY conversation_id HAVING max(id) < ? ORDER BY last DESC LIMIT ?",
            [network_of(world, me), me, me, *values, before if before is not None else 2**63 - 1, FIRST_THREADS],
        )
    found = [thread(world, row["id"], me) for row in rows]
    return {"version": version, "fresh": not since, "threads": found}


def conversations(world: World, me: int) -> list[dict[str, Any]]:
    """Direct-message conversations of a person, newest first, with their last line."""
    rows = world.store.all(
        "SELECT conversation, max(id) AS last FROM dms WHERE conversation IN"
        " (SELECT conversation FROM dm_members WHERE user_id = ?) GROUP BY conversation ORDER BY last DESC LIMIT 100",
        (me,),
    )
    found = []
    for row in rows:
        last = world.store.one("SELECT * FROM dms WHERE id = ?", (row["last"],))
        others = [user_id for user_id in messages.members(world, row["conversation"]) if user_id != me]
        found.append(
            {
                "id": row["conversation"],
                "with": [person_card(people.find(world, user_id)) for user_id in others],
                "text": last["text"][:140],
                "mine": last["sender_id"] == me,
                "created_ms": last["created_ms"],
                "last": str(last["id"]),
            }
        )
    return found


def talk(world: World, *, me: int, other: int) -> list[dict[str, Any]]:
    """The last hundred messages between two people, oldest first."""
    rows = world.store.all(
        "SELECT * FROM dms WHERE conversation = ? AND event_type = 'MessageCreate' AND deleted_ms IS NULL"
        " ORDER BY id DESC LIMIT 100",
        (messages.pair(me, other),),
    )
    return [
        {
            "id": str(row["id"]), "mine": row["sender_id"] == me, "pieces": pieces_of(row["text"]),
            "created_ms": row["created_ms"],
            "media": [media.shown(world, media_id) for media_id in json.loads(row["media"])],
            "reaction": row["reaction"], "edited": row["edited_ms"] is not None,
        }
        for row in reversed(rows)
    ]  # fmt: skip


def accounts(world: World) -> list[dict[str, Any]]:
    """Brands, and people an app holds tokens for, with what those tokens are worth."""
    rows = world.store.all(
        "SELECT * FROM people WHERE is_brand OR id IN (SELECT user_id FROM tokens) ORDER BY is_brand DESC, handle_key"
    )
    return [{**people.describe(row), "tokens": tokens.counts(world, row["id"])} for row in rows]


def count_waiting(world: World) -> int:
    """Conversations among the last 2000 posts that wait for a brand; asked for each second, so kept per version."""
    if world.waiting[0] != world.store.version:
        row = world.store.one(
            "SELECT count(DISTINCT conversation_id) AS n FROM posts p WHERE names_brand AND NOT by_brand"
            " AND deleted_ms IS NULL AND id > coalesce((SELECT id FROM posts ORDER BY id DESC LIMIT 1 OFFSET 2000), 0)" + UNANSWERED
        )
        world.waiting = (world.store.version, row["n"])
    return world.waiting[1]
