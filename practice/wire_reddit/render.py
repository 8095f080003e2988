"""People, posts and messages as Reddit's things (github.com/reddit-archive/reddit/wiki/JSON, read 2026-11).

The square is r/chowk: what answers nothing is a post, whose first line is its title, and everything below is a comment.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from .. import messages, people, posts, texts

if TYPE_CHECKING:
    from ..world import World

SUBREDDIT = "chowk"
DELETED = "[deleted]"
REMOVED = "[removed]"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """An id as it stands behind `t1_` and its kin."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


def number_of(identifier: str) -> int:
    """The number behind such an id; 0 for what is none."""
    plain = identifier.isascii() and identifier.isalnum() and len(identifier) < 14
    return int(identifier, 36) if plain else 0


def words(world: World, text: str) -> str:
    """Text as it stands on Reddit, where people are named u/handle."""

    def named(found: Any) -> str:
        known = people.find_id(world, found.group(1), "reddit")
        return f"u/{found.group(1)}" if known is not None else str(found.group(0))

    return texts.MENTION.sub(named, text)


def split(text: str) -> tuple[str, str]:
    """The first line, which is a title, and what stands below it."""
    title, _, rest = text.partition("\n")
    return title[:300], (title[300:] + "\n" + rest if title[300:] else rest).strip()


def name_of(post: sqlite3.Row) -> str:
    return f"{'t1' if post['reply_to_id'] else 't3'}_{base36(post['id'])}"


def thing(world: World, row: sqlite3.Row, reader: sqlite3.Row | None = None) -> dict[str, Any]:
    """A post or a comment; of a deleted one only the place is shown, of a removed one to all but moderators, who are the brands."""
    shown = whole(world, row)
    data, moderates = shown["data"], reader is not None and bool(reader["is_brand"])
    if moderates:
        data["can_mod_post"] = True
    if row["hidden"] and not row["deleted_ms"]:
        data["removed_by_category"] = "moderator"
        place = {"author": DELETED, "body": REMOVED, "selftext": REMOVED}
        words = {"removed": True, "banned_by": "moderator"} if moderates else place
        data |= {name: value for name, value in words.items() if moderates or name in data}
    return shown


def whole(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A post or a comment; of a deleted one only the place is shown."""
    author, gone = people.get(world, row["author_id"]), row["deleted_ms"] is not None
    link = base36(row["conversation_id"])
    shared = {
        "id": base36(row["id"]), "name": name_of(row), "author": DELETED if gone else author["handle"],
        "author_flair_text": None, "subreddit": SUBREDDIT, "subreddit_name_prefixed": f"r/{SUBREDDIT}",
        "created_utc": float(row["created_ms"] // 1000), "edited": float(row["edited_ms"] // 1000) if row["edited_ms"] else False,
        "score": row["likes"] + 1, "distinguished": None, "archived": False, "locked": False,
        **({} if gone else {"author_fullname": f"t2_{base36(author['id'])}"}),
    }  # fmt: skip
    if not row["reply_to_id"]:
        title, rest = split(words(world, row["text"]))
        path = f"/r/{SUBREDDIT}/comments/{link}/chowk/"
        data = {
            **shared, "title": title, "selftext": DELETED if gone else rest, "is_self": True, "permalink": path,
            "url": f"https://www.reddit.com{path}", "num_comments": row["replies"],
            "removed_by_category": "deleted" if gone else None,
        }  # fmt: skip
        return {"kind": "t3", "data": data}
    parent = posts.find(world, row["reply_to_id"])
    text = DELETED if gone else words(world, row["text"])
    data = {
        **shared, "body": text, "body_html": f'<div class="md"><p>{texts.escape(text)}</p></div>', "link_id": f"t3_{link}",
        "parent_id": name_of(parent) if parent is not None else f"t3_{link}", "replies": "",
        "permalink": f"/r/{SUBREDDIT}/comments/{link}/chowk/{shared['id']}/",
    }  # fmt: skip
    return {"kind": "t1", "data": data}


def told(world: World, row: sqlite3.Row, me: sqlite3.Row) -> dict[str, Any]:
    """A comment as it stands in somebody's inbox: without its post and its edits."""
    data = thing(world, row)["data"]
    answers = row["reply_to_user_id"] == me["id"]
    kind = "comment_reply" if answers else "username_mention"
    left_out = ("link_id", "edited", "permalink", "archived", "locked", "author_flair_text")
    kept = {name: value for name, value in data.items() if name not in left_out}
    beside = {
        "context": f"{data['permalink']}?context=3", "dest": me["handle"], "first_message": None, "first_message_name": None,
        "link_title": "", "new": True, "subject": kind.replace("_", " "), "type": kind, "was_comment": True,
    }  # fmt: skip
    return {"kind": "t1", "data": {**kept, **beside}}


def message(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A private message; a talk hangs on its first one."""
    rows = world.store.all(
        "SELECT id FROM dms WHERE conversation = ? AND event_type = 'MessageCreate' AND id <= ? ORDER BY id",
        (row["conversation"], row["id"]),
    )
    first = rows[0]["id"]
    sender = people.get(world, row["sender_id"])
    others = [user_id for user_id in messages.members(world, row["conversation"]) if user_id != sender["id"]]
    text = words(world, row["text"])
    subject, body = split(text) if "\n" in text and first == row["id"] else ("", text)
    data = {
        "id": base36(row["id"]), "name": f"t4_{base36(row['id'])}", "author": sender["handle"],
        "author_fullname": f"t2_{base36(sender['id'])}", "body": body, "context": "", "subject": subject, "subreddit": None,
        "created_utc": float(row["created_ms"] // 1000), "dest": people.get(world, others[0])["handle"] if others else "",
        "first_message": None if first == row["id"] else first,
        "first_message_name": None if first == row["id"] else f"t4_{base36(first)}",
        "parent_id": None if first == row["id"] else f"t4_{base36(rows[-2]['id'])}", "replies": "", "new": True,
        "distinguished": None, "was_comment": False,
    }  # fmt: skip
    return {"kind": "t4", "data": data}


def listing(things: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    after = things[-1]["data"]["name"] if things and more else None
    return {"kind": "Listing", "data": {"after": after, "before": None, "dist": len(things), "modhash": None, "children": things}}
