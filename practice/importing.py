"""Bulk import of people, posts and direct messages with their own ids and times."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from . import clock, messages, people, posts
from .importing_rest import OTHERS, Row
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

POST_FIELDS = {"id", "author", "text", "created_at", "reply_to", "quote", "lang", "likes", "visibility", "stars"}
DM_FIELDS = {"id", "from", "to", "text", "created_at"}
ORIGIN = "import"


def read_id(item: dict[str, Any], field: str, where: str) -> int | None:
    """An id given as digits, or None."""
    value = item.get(field)
    if value is None:
        return None
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= clock.MAX_ID:
        raise BadField(f"{where}.{field}", f"{value!r} is not an id")
    return int(text)


def read_time(item: dict[str, Any], where: str) -> int:
    """`created_at` in milliseconds, from ISO 8601 text or a number of milliseconds."""
    value = item.get("created_at")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return clock.parse_time(str(value))
    except ValueError:
        raise BadField(f"{where}.created_at", f"{value!r} is not an ISO 8601 time with zone") from None


def rows_of(document: dict[str, Any], name: str, known: set[str] | None) -> list[dict[str, Any]]:
    rows = document.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadField(name, "must be a list of objects")
    if known is not None:
        for index, row in enumerate(rows):
            unknown = set(row) - known
            if unknown:
                raise BadField(f"{name}[{index}].{sorted(unknown)[0]}", f"not known; known: {', '.join(sorted(known))}")
    return rows


def load(world: World, document: dict[str, Any]) -> dict[str, Any]:
    """Import a batch in one transaction: all of it, or nothing and a `BadField` that names the row.

    A person whose handle exists keeps the existing id (see `people` in the answer); rows whose id exists are
    skipped, so that the same batch can be sent again. Posts must come after the posts they answer.
    """
    known = ("people", "posts", "dms", "mails", "blog", "calls")
    unknown = set(document) - set(known)
    if unknown:
        raise BadField(sorted(unknown)[0], f"not known; known: {', '.join(known)}")
    try:
        with world.store.write():
            ids = load_people(world, rows_of(document, "people", None))
            made_posts, skipped_posts = load_posts(world, rows_of(document, "posts", POST_FIELDS))
            made_dms, skipped_dms = load_dms(world, rows_of(document, "dms", DM_FIELDS))
            others = {
                name: work(world, [Row(row, f"{name}[{index}]") for index, row in enumerate(rows_of(document, name, fields))])
                for name, (fields, work) in OTHERS.items()
            }
    except BaseException:
        people.load_handles(world)
        raise
    return {
        "people": ids, "posts": made_posts, "posts_skipped": skipped_posts, "dms": made_dms,
        "dms_skipped": skipped_dms, **others,
    }  # fmt: skip


def load_people(world: World, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Create people, or update those whose handle exists; returns handle to id."""
    ids = {}
    for index, row in enumerate(rows):
        where = f"people[{index}]"
        values = dict(row)
        person_id = read_id(values, "id", where)
        created_ms = read_time(values, where) if "created_at" in values else None
        values.pop("id", None)
        values.pop("created_at", None)
        handle = str(values.pop("handle", "")).removeprefix("@")
        network = values.pop("network", "x")
        try:
            name = values.pop("name", None)
            people.clean_names(values)
            if handle.lower() in world.handles:
                person = people.change(
                    world, world.handles[handle.lower()], **values, **({"name": name} if name is not None else {})
                )
            else:
                if person_id is None and created_ms is not None:
                    person_id = world.ids.at(created_ms)
                person = people.create(
                    world,
                    handle=handle,
                    name=name,
                    person_id=person_id,
                    created_ms=created_ms,
                    origin=ORIGIN,
                    network=network,
                    **values,
                )
        except BadField as problem:
            raise BadField(f"{where}.{problem.field}", problem.reason) from problem
        ids[person["handle"]] = str(person["id"])
    return ids


class Faces:
    """Remembers people looked up during one import."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.found: dict[str, sqlite3.Row] = {}

    def get(self, who: Any, field: str) -> sqlite3.Row:
        key = str(who)
        if key not in self.found:
            self.found[key] = people.get(self.world, who, field)
        return self.found[key]


def load_posts(world: World, rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Insert posts with their parents, mentions and counts; returns how many were made and skipped."""
    faces = Faces(world)
    made = skipped = 0
    for index, row in enumerate(rows):
        where = f"posts[{index}]"
        created_ms = read_time(row, where)
        post_id = read_id(row, "id", where) or world.ids.at(created_ms)
        if posts.find(world, post_id) is not None:
            skipped += 1
            continue
        author = faces.get(row.get("author"), f"{where}.author")
        text = row.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > posts.MAX_CHARACTERS:
            raise BadField(f"{where}.text", f"must be 1 to {posts.MAX_CHARACTERS} characters")
        parent = quote = None
        parent_id, quote_id = read_id(row, "reply_to", where), read_id(row, "quote", where)
        if parent_id is not None:
            parent = posts.find(world, parent_id)
            if parent is None:
                raise BadField(f"{where}.reply_to", f"{parent_id} is not a post (yet): parents come first")
            if world.rules["reply_prefix"] and author["network"] in ("x", "mastodon"):
                text = posts.reply_prefix(world, author, parent, text)
            world.store.db.execute("UPDATE posts SET replies = replies + 1 WHERE id = ?", (parent_id,))
        if quote_id is not None:
            quote = posts.find(world, quote_id)
        visibility = row.get("visibility", "public")
        posts.check_place(author, visibility, parent, quote)
        stars = posts.check_stars(author, parent, row.get("stars"))
        likes = row.get("likes", 0)
        if not isinstance(likes, int) or isinstance(likes, bool) or likes < 0:
            raise BadField(f"{where}.likes", "must be a whole number, 0 or more")
        posts.insert(
            world, post_id=post_id, author=author, text=text.replace("\x00", ""), created_ms=created_ms,
            lang=row.get("lang"), reply_to=parent, quote=quote, likes=likes, origin=ORIGIN, visibility=visibility,
        )  # fmt: skip
        if stars is not None:
            world.store.db.execute("UPDATE posts SET stars = ? WHERE id = ?", (stars, post_id))
        world.ids.seen(post_id)
        made += 1
    return made, skipped


def load_dms(world: World, rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Insert one-to-one messages; returns how many were made and skipped."""
    faces = Faces(world)
    made = skipped = 0
    for index, row in enumerate(rows):
        where = f"dms[{index}]"
        created_ms = read_time(row, where)
        event_id = read_id(row, "id", where) or world.ids.at(created_ms)
        if world.store.one("SELECT 1 FROM dms WHERE id = ?", (event_id,)) is not None:
            skipped += 1
            continue
        sender, recipient = faces.get(row.get("from"), f"{where}.from"), faces.get(row.get("to"), f"{where}.to")
        text = row.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > messages.MAX_CHARACTERS:
            raise BadField(f"{where}.text", f"must be 1 to {messages.MAX_CHARACTERS} characters")
        conversation = messages.pair(sender["id"], recipient["id"])
        messages.join(world, conversation, [sender["id"], recipient["id"]])
        messages.insert(
            world, event_id=event_id, conversation=conversation, sender_id=sender["id"], text=text.replace("\x00", ""),
            created_ms=created_ms, origin=ORIGIN,
        )  # fmt: skip
        world.ids.seen(event_id)
        made += 1
    return made, skipped
