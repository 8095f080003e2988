"""People, chats and messages as the Bot API's objects (10.1). The square is one supergroup; ids are longer than Telegram's."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import media, messages, people, posts, texts

if TYPE_CHECKING:
    from ..world import World

SQUARE = {"id": -1001000000001, "type": "supergroup", "title": "Chowk", "username": "chowk"}


def user(person: sqlite3.Row) -> dict[str, Any]:
    first, _, last = person["name"].partition(" ")
    names = {"first_name": first, **({"last_name": last} if last else {}), "username": person["handle"]}
    return {"id": person["id"], "is_bot": bool(person["is_brand"]), **names, "language_code": person["lang"]}


def chat(person: sqlite3.Row) -> dict[str, Any]:
    """The private chat with a person, which has their id."""
    known = user(person)
    return {name: known[name] for name in ("id", "first_name", "last_name", "username") if name in known} | {"type": "private"}


def _words(world: World, text: str, media_ids: str) -> dict[str, Any]:
    """Text with its entities, or a picture with a caption. Offsets count UTF-16 units."""
    marks = [
        {
            "type": "mention",
            "offset": len(text[: found.start()].encode("utf-16-le")) // 2,
            "length": len(found.group(0).encode("utf-16-le")) // 2,
        }
        for found in texts.MENTION.finditer(text)
    ]
    pictures = [entry for media_id in json.loads(media_ids) if (entry := media.get(world, media_id)) is not None]
    if not pictures:
        return {"text": text, **({"entities": marks} if marks else {})}
    first = pictures[0]
    names = {"file_id": f"practice-{first['id']}", "file_unique_id": f"u{first['id']}", "file_size": first["total_bytes"]}
    photo = [{**names, "width": first["width"], "height": first["height"]}]
    return {"photo": photo, **({"caption": text} if text else {})}


def private(world: World, row: sqlite3.Row, bot: sqlite3.Row) -> dict[str, Any]:
    """A message between a person and the bot, whoever wrote it."""
    members = messages.members(world, row["conversation"])
    other = people.get(world, next(user_id for user_id in members if user_id != bot["id"]))
    sender = people.get(world, row["sender_id"])
    return {
        "message_id": row["id"], "from": user(sender), "chat": chat(other), "date": row["created_ms"] // 1000,
        **_words(world, row["text"], row["media"]),
    }  # fmt: skip


def said(world: World, row: sqlite3.Row, *, below: bool = True) -> dict[str, Any]:
    """A message in the square; what it answers is shown one step deep."""
    parent = posts.find(world, row["reply_to_id"]) if below and row["reply_to_id"] else None
    answered = parent if parent is not None and not parent["deleted_ms"] else None
    return {
        "message_id": row["id"], "from": user(people.get(world, row["author_id"])), "chat": SQUARE,
        "date": row["created_ms"] // 1000, **({"edit_date": row["edited_ms"] // 1000} if row["edited_ms"] else {}),
        **({"message_thread_id": row["conversation_id"]} if row["reply_to_id"] else {}),
        **({"reply_to_message": said(world, answered, below=False)} if answered is not None else {}),
        **_words(world, row["text"], row["media"]),
    }  # fmt: skip


def reacted(person: sqlite3.Row, message_id: int, at_ms: int) -> dict[str, Any]:
    """A person set a heart below a message in the square."""
    heart = [{"type": "emoji", "emoji": "❤"}]
    about = {"chat": SQUARE, "message_id": message_id, "user": user(person), "date": at_ms // 1000}
    return {**about, "old_reaction": [], "new_reaction": heart}


def member(bot: sqlite3.Row, person: sqlite3.Row, is_open: int, at_ms: int) -> dict[str, Any]:
    """A person shut the bot out, or let it in again."""
    states = ("kicked", "member")
    return {
        "chat": chat(person), "from": user(person), "date": at_ms // 1000,
        "old_chat_member": {"user": user(bot), "status": states[1 - is_open]},
        "new_chat_member": {"user": user(bot), "status": states[is_open]},
    }  # fmt: skip
