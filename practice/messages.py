"""Direct messages: one-to-one and group conversations as lists of events."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import ledger, media
from .clock import now_ms
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

MAX_CHARACTERS = 10_000
KEPT_MS = 30 * 24 * 3600 * 1000


def pair(one: int, other: int) -> str:
    """The id X gives a one-to-one conversation: both ids, the smaller first."""
    return f"{min(one, other)}-{max(one, other)}"


def members(world: World, conversation: str) -> list[int]:
    """Ids of those who take part."""
    rows = world.store.all("SELECT user_id FROM dm_members WHERE conversation = ? ORDER BY user_id", (conversation,))
    return [row["user_id"] for row in rows]


def may_write(world: World, *, sender: sqlite3.Row, recipient: sqlite3.Row) -> bool:
    """Whether the recipient takes messages from the sender: open to all, or wrote to them first."""
    if recipient["dm_open"]:
        return True
    wrote = world.store.one(
        "SELECT 1 FROM dms WHERE conversation = ? AND sender_id = ? LIMIT 1",
        (pair(sender["id"], recipient["id"]), recipient["id"]),
    )
    return wrote is not None


def send(
    world: World, *, sender: sqlite3.Row, text: str, recipient: sqlite3.Row | None = None,
    conversation: str | None = None, media_ids: Sequence[int] = (), origin: str, request_id: str = "",
    trouble: str = "",
) -> sqlite3.Row:  # fmt: skip
    """Send to a person, or into a conversation the sender is in. Raises `BadField` for an unusable text."""
    if not isinstance(text, str) or (not text.strip() and not media_ids):
        raise BadField("text", "must not be empty")
    if len(text) > MAX_CHARACTERS:
        raise BadField("text", f"must be at most {MAX_CHARACTERS} characters")
    if recipient is not None:
        conversation = pair(sender["id"], recipient["id"])
    assert conversation is not None
    event_id = world.ids.next()
    with world.store.write():
        if recipient is not None:
            join(world, conversation, [sender["id"], recipient["id"]])
        insert(
            world, event_id=event_id, conversation=conversation, sender_id=sender["id"], text=text.replace("\x00", ""),
            media_ids=media_ids, created_ms=now_ms(), origin=origin,
        )  # fmt: skip
        ledger.write(
            world, kind="dm", user_id=sender["id"], object_id=event_id, text=text, request_id=request_id,
            parent_id=recipient["id"] if recipient is not None else None, trouble=trouble, origin=origin,
        )  # fmt: skip
    return world.store.one("SELECT * FROM dms WHERE id = ?", (event_id,))


def insert(
    world: World, *, event_id: int, conversation: str, sender_id: int, text: str, created_ms: int, origin: str,
    media_ids: Sequence[int] = (), event_type: str = "MessageCreate",
) -> None:  # fmt: skip
    """Write one event inside the caller's transaction."""
    world.store.db.execute(
        "INSERT INTO dms (id, conversation, event_type, sender_id, text, media, created_ms, stored_ms, version, origin)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event_id, conversation, event_type, sender_id, text, json.dumps(list(media_ids)), created_ms, now_ms(),
            world.store.next_version(), origin,
        ),
    )  # fmt: skip


def change(world: World, *, event: sqlite3.Row, kind: str, text: str = "", reaction: str = "", request_id: str = "") -> None:
    """Edit a message, delete it, or put a sign below it: `kind` is edit, delete or like. Done twice it is done once."""
    columns = {"edit": ("text = ?, edited_ms = ?", [text, now_ms()]), "delete": ("deleted_ms = ?", [now_ms()])}
    sql, values = columns.get(kind, ("reaction = ?", [reaction]))
    with world.store.write() as db:
        db.execute(f"UPDATE dms SET {sql}, version = ? WHERE id = ?", [*values, world.store.next_version(), event["id"]])
        ledger.write(
            world, kind=kind, user_id=event["sender_id"], object_id=event["id"], text=text, request_id=request_id, origin="api"
        )


def find(world: World, event_id: int) -> sqlite3.Row | None:
    """A message that stands, by its id."""
    found: sqlite3.Row | None = world.store.one("SELECT * FROM dms WHERE id = ? AND deleted_ms IS NULL", (event_id,))
    return found


def join(world: World, conversation: str, user_ids: Sequence[int]) -> None:
    """Make people members of a conversation, inside the caller's transaction."""
    world.store.db.executemany("INSERT OR IGNORE INTO dm_members VALUES (?, ?)", [(user_id, conversation) for user_id in user_ids])


def create_group(
    world: World, *, starter: sqlite3.Row, others: Sequence[sqlite3.Row], text: str, origin: str, request_id: str = "",
) -> sqlite3.Row:  # fmt: skip
    """Open a group conversation: a ParticipantsJoin event, then the first message."""
    conversation = str(world.ids.next())
    with world.store.write():
        join(world, conversation, [starter["id"], *(person["id"] for person in others)])
        insert(
            world, event_id=world.ids.next(), conversation=conversation, sender_id=starter["id"], text="",
            created_ms=now_ms(), origin=origin, event_type="ParticipantsJoin",
        )  # fmt: skip
        return send(world, sender=starter, text=text, conversation=conversation, origin=origin, request_id=request_id)


def page(
    world: World, *, user_id: int, conversation: str | None, types: Sequence[str], before: int | None, limit: int
) -> list[sqlite3.Row]:
    """Events a person can see, newest first, from the last 30 days; `before` excludes that id and newer ones."""
    conditions = [
        "conversation IN (SELECT conversation FROM dm_members WHERE user_id = ?)",
        "created_ms >= ?",
        f"event_type IN ({', '.join('?' * len(types))})",
    ]
    values: list[Any] = [user_id, now_ms() - KEPT_MS, *types]
    if conversation is not None:
        conditions.append("conversation = ?")
        values.append(conversation)
    if before is not None:
        conditions.append("id < ?")
        values.append(before)
    return world.store.all(f"SELECT * FROM dms WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?", [*values, limit])


def describe(world: World, user_id: int) -> list[dict[str, Any]]:
    """A person's messages that stand, as the control API shows them, oldest first."""
    rows = page(world, user_id=user_id, conversation=None, types=["MessageCreate"], before=None, limit=1000)
    return [
        {
            "id": str(row["id"]), "from": str(row["sender_id"]), "text": row["text"], "created_ms": row["created_ms"],
            "media": [media.shown(world, media_id) for media_id in json.loads(row["media"])],
            "reaction": row["reaction"], "edited": row["edited_ms"] is not None,
        }
        for row in reversed(rows)
        if row["deleted_ms"] is None
    ]  # fmt: skip
