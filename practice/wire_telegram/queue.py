"""What a bot has not been told yet. Its updates are numbered when somebody asks, and kept: an offset confirms those below it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from .. import messages, people, posts, trouble
from ..clock import now_ms
from . import render

if TYPE_CHECKING:
    from ..trouble import Switch
    from ..world import World

#: To bots go: what people write to them, what names them or answers them in the group, and who shuts the door on them.
WRITTEN = """
SELECT d.id, d.stored_ms, 0 AS stamp FROM dms d JOIN dm_members m ON m.conversation = d.conversation
WHERE m.user_id = ?1 AND d.sender_id <> ?1 AND d.event_type = 'MessageCreate' ORDER BY d.id
"""
SAID = """
SELECT p.id, p.stored_ms, coalesce(p.edited_ms, 0) AS stamp FROM posts p
WHERE p.network = 'telegram' AND p.author_id <> ?1 AND p.deleted_ms IS NULL
  AND (p.reply_to_user_id = ?1 OR EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?1)) ORDER BY p.id
"""
#: Hearts of people below what a bot said in the group.
LIKED = """
SELECT p.id, l.user_id AS stamp FROM likes l JOIN posts p ON p.id = l.post_id
WHERE p.network = 'telegram' AND p.author_id = ?1 AND l.user_id <> ?1 AND p.deleted_ms IS NULL ORDER BY p.id
"""
QUEUE = "INSERT OR IGNORE INTO telegram_updates (bot_id, kind, object_id, stamp, seen_ms) VALUES (?, ?, ?, ?, ?)"


def gather(world: World, bot: sqlite3.Row, hold: Switch | None = None) -> None:
    """Queue what happened since the last look. What `hold` hides is queued when it shows, behind the others."""
    moment = now_ms()
    with world.store.write() as db:
        for kind, source in (("dm", WRITTEN), ("post", SAID)):
            for row in world.store.all(source, (bot["id"],)):
                if hold is None or not trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=moment):
                    db.execute(QUEUE, (bot["id"], kind, row["id"], row["stamp"], moment))
        for row in world.store.all(LIKED, (bot["id"],)):
            db.execute(QUEUE, (bot["id"], "like", row["id"], row["stamp"], moment))
        for person in world.store.all("SELECT * FROM people WHERE network = 'telegram' AND NOT is_brand", ()):
            if _spoke(world, bot["id"], person["id"]) and _door(world, bot["id"], person["id"]) != person["dm_open"]:
                db.execute(QUEUE, (bot["id"], "member", person["id"], moment * 2 + person["dm_open"], moment))


def _spoke(world: World, bot_id: int, person_id: int) -> bool:
    conversation = messages.pair(bot_id, person_id)
    return world.store.one("SELECT 1 FROM dms WHERE conversation = ? AND sender_id = ?", (conversation, person_id)) is not None


def _door(world: World, bot_id: int, person_id: int) -> int:
    """Whether the bot was last told that this person's door is open; at first it is."""
    row = world.store.one(
        "SELECT stamp FROM telegram_updates WHERE bot_id = ? AND kind = 'member' AND object_id = ? ORDER BY update_id DESC LIMIT 1",
        (bot_id, person_id),
    )
    return 1 if row is None else row["stamp"] % 2


def confirm(world: World, bot: sqlite3.Row, below: int) -> None:
    """Forget what the bot says it has."""
    with world.store.write() as db:
        db.execute("UPDATE telegram_updates SET confirmed = 1 WHERE bot_id = ? AND update_id < ?", (bot["id"], below))


def waiting(world: World, bot: sqlite3.Row, limit: int = 100) -> list[dict[str, Any]]:
    """The oldest unconfirmed updates as they go out; those whose message is gone meanwhile stay out."""
    rows = world.store.all(
        "SELECT * FROM telegram_updates WHERE bot_id = ? AND confirmed = 0 ORDER BY update_id LIMIT ?", (bot["id"], limit)
    )
    return [update for row in rows if (update := _shown(world, bot, row)) is not None]


def _shown(world: World, bot: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any] | None:
    if row["kind"] == "member":
        person = people.get(world, row["object_id"])
        return {"update_id": row["update_id"], "my_chat_member": render.member(bot, person, row["stamp"] % 2, row["seen_ms"])}
    if row["kind"] == "like":
        reacted = render.reacted(people.get(world, row["stamp"]), row["object_id"], row["seen_ms"])
        return {"update_id": row["update_id"], "message_reaction": reacted}
    if row["kind"] == "dm":
        found = world.store.one("SELECT * FROM dms WHERE id = ?", (row["object_id"],))
        return {"update_id": row["update_id"], "message": render.private(world, found, bot)}
    post = posts.find(world, row["object_id"])
    if post is None or post["deleted_ms"]:
        return None
    return {"update_id": row["update_id"], "edited_message" if row["stamp"] else "message": render.said(world, post)}


def hook_of(world: World, bot: sqlite3.Row) -> dict[str, str]:
    """Where the bot wants to be called, and with which secret."""
    row = world.store.one("SELECT url, secret FROM telegram_hooks WHERE bot_id = ?", (bot["id"],))
    return {"url": row["url"], "secret": row["secret"]} if row is not None else {"url": "", "secret": ""}


def set_hook(world: World, bot: sqlite3.Row, *, url: str, secret: str) -> None:
    """Call the bot there from now on; nowhere with an empty address."""
    with world.store.write() as db:
        db.execute("DELETE FROM telegram_hooks WHERE bot_id = ?", (bot["id"],))
        if url:
            db.execute("INSERT INTO telegram_hooks VALUES (?, ?, ?)", (bot["id"], url, secret))


def call_out(world: World, who: str) -> dict[str, Any]:
    """What a webhook's caller would hand over now, and how: the address, the secret, the updates, which count as delivered."""
    bot = people.get(world, who)
    gather(world, bot)
    updates = waiting(world, bot)
    if updates:
        confirm(world, bot, updates[-1]["update_id"] + 1)
    return {**hook_of(world, bot), "updates": updates}
