"""Posts: writing, editing, deleting and liking, by whoever does it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import ledger, media, people, texts
from .clock import now_ms
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

MAX_CHARACTERS = 25_000
# Who may see a post. Direct ones are for their author and those they name.
VISIBILITIES = {
    "x": ("public",), "mastodon": ("public", "unlisted", "private", "direct"), "bluesky": ("public",), "telegram": ("public",),
    "facebook": ("public",), "instagram": ("public",), "whatsapp": (), "youtube": ("public", "held"),
    "google": ("public",), "reddit": ("public",), "linkedin": ("public",),
}  # fmt: skip
DUPLICATE_WINDOW_MS = 24 * 3600 * 1000


def find(world: World, post_id: int) -> sqlite3.Row | None:
    """A post by id, also a deleted one or an old version."""
    if not 0 < post_id < 2**63:
        return None
    return world.store.one("SELECT * FROM posts WHERE id = ?", (post_id,))


def get_living(world: World, post_id: Any, field: str = "post") -> sqlite3.Row:
    """The newest version of a post that is not deleted. Raises `BadField` (404) otherwise."""
    text = str(post_id)
    row = find(world, int(text)) if text.isdigit() else None
    if row is not None and row["replaced_by"]:
        row = find(world, row["replaced_by"])
    if row is None or row["deleted_ms"]:
        raise BadField(field, f"there is no post {text}, or it was deleted", status=404)
    return row


def check_text(text: Any, *, attachments: bool = False) -> str:
    """The text as it may be posted. Raises `BadField`."""
    if not isinstance(text, str) or (not text.strip() and not attachments):
        raise BadField("text", "must not be empty")
    if len(text) > MAX_CHARACTERS:
        raise BadField("text", f"must be at most {MAX_CHARACTERS} characters")
    return text.replace("\x00", "")


def reply_prefix(world: World, author: sqlite3.Row, parent: sqlite3.Row, text: str) -> str:
    """Handles X puts in front of a reply: the author answered and whom they mentioned, minus us and those present."""
    present = {match.lower() for match in texts.MENTION.findall(text)} | {author["handle_key"]}
    handles = []
    for user_id in [parent["author_id"], *texts.mentioned_ids(json.loads(parent["wire"]))]:
        person = people.find(world, user_id)
        if person is not None and person["handle_key"] not in present:
            present.add(person["handle_key"])
            handles.append("@" + person["handle"])
    return " ".join([*handles, text]) if handles else text


def check_stars(author: sqlite3.Row, reply_to: sqlite3.Row | None, stars: Any) -> int | None:
    """A review's stars, on Google and on Facebook. Customers on Google write reviews, and nothing below them. Raises `BadField`."""
    if author["network"] == "google" and not author["is_brand"] and reply_to is not None:
        raise BadField("reply_to", "Google knows reviews and the business's answer, nothing below it")
    if stars is None:
        return None
    if author["network"] not in ("google", "facebook") or reply_to is not None:
        raise BadField("stars", "only reviews on Google and Facebook have stars")
    if isinstance(stars, bool) or not isinstance(stars, int) or not 1 <= stars <= 5:
        raise BadField("stars", "must be a whole number from 1 to 5")
    return stars


def check_place(author: sqlite3.Row, visibility: Any, *others: sqlite3.Row | None) -> None:
    """Refuse what a network has not: other visibilities than its own, threads across networks. Raises `BadField`."""
    if visibility not in VISIBILITIES[author["network"]]:
        raise BadField("visibility", f"must be one of {', '.join(VISIBILITIES[author['network']])}")
    if any(other is not None and other["network"] != author["network"] for other in others):
        raise BadField("reply_to", "is on another network than its author", status=404)


def create(
    world: World, *, author: sqlite3.Row, text: str, reply_to: sqlite3.Row | None = None,
    quote: sqlite3.Row | None = None, media_ids: Sequence[int] = (), lang: str | None = None,
    origin: str, request_id: str = "", trouble: str = "", visibility: Any = "public", stars: Any = None,
) -> sqlite3.Row:  # fmt: skip
    """Put a post on the wall and into the ledger, in one transaction. Raises `BadField` for an unusable text."""
    text = check_text(text, attachments=bool(media_ids))
    check_place(author, visibility, reply_to, quote)
    stars = check_stars(author, reply_to, stars)
    # On Mastodon the network adds nothing: its own page puts the handles in front, a program has to. Others need none.
    prefixed = {"x": True, "mastodon": origin != "api"}.get(author["network"], False)
    if reply_to is not None and world.rules["reply_prefix"] and prefixed:
        text = reply_prefix(world, author, reply_to, text)
    post_id = world.ids.next()
    stamp = now_ms()
    with world.store.write() as db:
        insert(
            world, post_id=post_id, author=author, text=text, created_ms=stamp, lang=lang, origin=origin,
            reply_to=reply_to, quote=quote, media_ids=media_ids, visibility=visibility,
        )  # fmt: skip
        if stars is not None:
            db.execute("UPDATE posts SET stars = ? WHERE id = ?", (stars, post_id))
        if reply_to is not None:
            db.execute(
                "UPDATE posts SET replies = replies + 1, version = ? WHERE id = ?",
                (world.store.next_version(), reply_to["id"]),
            )
        if quote is not None:
            db.execute("UPDATE posts SET quotes = quotes + 1 WHERE id = ?", (quote["id"],))
        ledger.write(
            world, kind="post", user_id=author["id"], object_id=post_id, text=text, request_id=request_id,
            parent_id=reply_to["id"] if reply_to is not None else None, trouble=trouble, origin=origin,
        )  # fmt: skip
    created = find(world, post_id)
    assert created is not None
    return created


def insert(
    world: World, *, post_id: int, author: sqlite3.Row, text: str, created_ms: int, origin: str,
    lang: str | None = None, reply_to: sqlite3.Row | None = None, quote: sqlite3.Row | None = None,
    media_ids: Sequence[int] = (), edits: Sequence[int] = (), likes: int = 0, replies: int = 0,
    conversation_id: int | None = None, visibility: str = "public",
) -> None:  # fmt: skip
    """Write the row and its mentions inside the caller's transaction; `edits` are the ids of older versions."""
    network = author["network"]
    short, links = texts.shorten_links(text) if network == "x" else (text, [])
    # On Mastodon a quote is an attribute; X writes its address into the words.
    if quote is not None and network != "mastodon":
        address = f"https://x.com/{people.get(world, quote['author_id'])['handle']}/status/{quote['id']}"
        links.append(texts.Link(texts.short_link(address), address, address.removeprefix("https://")[:26] + "…"))
        short = f"{short} {links[-1].url}".strip()
    for media_id in media_ids:
        address = f"https://x.com/{author['handle']}/status/{post_id}/photo/1"
        link = texts.Link(texts.short_link(address), address, f"pic.x.com/{post_id % 10**10}", media.key(world, media_id))
        short = short if link.url in short else f"{short} {link.url}".strip()
        links.append(link)
    wire = texts.wire_form(
        short,
        links,
        lambda handle: people.find_id(world, handle, network),
        permalink=f"https://x.com/{author['handle']}/status/{post_id}",
    )
    named = [user_id for user_id in texts.mentioned_ids(wire) if user_id != author["id"]]
    first_id = edits[0] if edits else post_id
    if conversation_id is None:
        conversation_id = reply_to["conversation_id"] if reply_to is not None else first_id
    world.store.db.execute(
        "INSERT INTO posts (id, author_id, text, wire, lang, created_ms, stored_ms, conversation_id, reply_to_id,"
        " reply_to_user_id, quote_id, first_id, edits, media, likes, replies, version, origin, by_brand, names_brand,"
        " network, visibility) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            post_id, author["id"], text, json.dumps(wire), lang or texts.guess_language(text), created_ms, now_ms(),
            conversation_id, reply_to["id"] if reply_to is not None else None,
            reply_to["author_id"] if reply_to is not None else None, quote["id"] if quote is not None else None,
            first_id, json.dumps([*edits, post_id]), json.dumps(list(media_ids)), likes, replies,
            world.store.next_version(), origin, author["is_brand"], int(not world.brands.isdisjoint(named)),
            network, visibility,
        ),
    )  # fmt: skip
    world.store.db.executemany("INSERT OR IGNORE INTO mentions VALUES (?, ?)", [(user_id, post_id) for user_id in named])


def is_duplicate(world: World, *, author_id: int, text: str) -> bool:
    """Whether this account has a living post of the same text from the last 24 hours."""
    row = world.store.one(
        "SELECT 1 FROM posts WHERE author_id = ? AND id > ? AND text = ? AND deleted_ms IS NULL LIMIT 1",
        (author_id, max(0, (now_ms() - DUPLICATE_WINDOW_MS - 1288834974657)) << 22, text),
    )
    return row is not None


def edit(world: World, *, post: sqlite3.Row, text: str, origin: str, prefixed: bool = True) -> sqlite3.Row:
    """Replace a post by a new version with a new id, as X does; the chain of ids is on every version. Programs put handles in front
    themselves (`prefixed` false).
    """
    text = check_text(text)
    if post["network"] == "bluesky":
        raise BadField("text", "Bluesky knows no edits: delete it and write another")
    author = people.get(world, post["author_id"])
    parent = find(world, post["reply_to_id"]) if post["reply_to_id"] else None
    if prefixed and parent is not None and world.rules["reply_prefix"] and post["network"] in ("x", "mastodon"):
        text = reply_prefix(world, author, parent, text)
    if post["network"] != "x":
        return _edit_in_place(world, post=post, author=author, text=text, origin=origin)
    edits = json.loads(post["edits"])
    new_id = world.ids.next()
    with world.store.write() as db:
        insert(
            world, post_id=new_id, author=author, text=text, created_ms=now_ms(), origin=origin, reply_to=parent,
            media_ids=json.loads(post["media"]), edits=edits, likes=post["likes"], replies=post["replies"],
            conversation_id=post["conversation_id"],
        )  # fmt: skip
        db.execute(
            "UPDATE posts SET replaced_by = ?, edits = ?, version = ? WHERE first_id = ? AND id <> ?",
            (new_id, json.dumps([*edits, new_id]), world.store.next_version(), post["first_id"], new_id),
        )
        ledger.write(world, kind="edit", user_id=author["id"], object_id=new_id, text=text, parent_id=post["id"], origin=origin)
    edited = find(world, new_id)
    assert edited is not None
    return edited


def _edit_in_place(world: World, *, post: sqlite3.Row, author: sqlite3.Row, text: str, origin: str) -> sqlite3.Row:
    """Change a post as Mastodon, Telegram and Facebook do: the id stays."""
    wire = texts.wire_form(text, [], lambda handle: people.find_id(world, handle, post["network"]), permalink="")
    with world.store.write() as db:
        db.execute(
            "UPDATE posts SET text = ?, wire = ?, edited_ms = ?, version = ? WHERE id = ?",
            (text, json.dumps(wire), now_ms(), world.store.next_version(), post["id"]),
        )
        ledger.write(world, kind="edit", user_id=author["id"], object_id=post["id"], text=text, parent_id=post["id"], origin=origin)
    edited = find(world, post["id"])
    assert edited is not None
    return edited


def delete(world: World, *, post: sqlite3.Row, origin: str, request_id: str = "", trouble: str = "") -> None:
    """Delete a post and every version of it; replies to it stay and point to something that is gone."""
    with world.store.write() as db:
        db.execute(
            "UPDATE posts SET deleted_ms = ?, version = ? WHERE first_id = ?",
            (now_ms(), world.store.next_version(), post["first_id"]),
        )
        if post["reply_to_id"]:
            db.execute(
                "UPDATE posts SET replies = max(0, replies - 1), version = ? WHERE id = ?",
                (world.store.next_version(), post["reply_to_id"]),
            )
        ledger.write(
            world, kind="delete", user_id=post["author_id"], object_id=post["id"], request_id=request_id,
            trouble=trouble, origin=origin,
        )  # fmt: skip


def like(world: World, *, post: sqlite3.Row, by: sqlite3.Row, liked: bool, origin: str, request_id: str = "") -> None:
    """Like or unlike a post; doing it twice changes nothing."""
    with world.store.write() as db:
        if liked:
            change = db.execute("INSERT OR IGNORE INTO likes VALUES (?, ?)", (post["first_id"], by["id"])).rowcount
        else:
            change = -db.execute("DELETE FROM likes WHERE post_id = ? AND user_id = ?", (post["first_id"], by["id"])).rowcount
        if change:
            db.execute(
                "UPDATE posts SET likes = max(0, likes + ?), version = ? WHERE first_id = ?",
                (change, world.store.next_version(), post["first_id"]),
            )
            ledger.write(
                world, kind="like" if liked else "unlike", user_id=by["id"], object_id=post["id"],
                request_id=request_id, origin=origin,
            )  # fmt: skip


def hide(world: World, *, post: sqlite3.Row, hidden: bool, request_id: str = "") -> None:
    """Hide a reply below our post, or show it again."""
    with world.store.write() as db:
        db.execute(
            "UPDATE posts SET hidden = ?, version = ? WHERE first_id = ?",
            (int(hidden), world.store.next_version(), post["first_id"]),
        )
        ledger.write(
            world, kind="hide" if hidden else "unhide", user_id=post["author_id"], object_id=post["id"],
            request_id=request_id, origin="api",
        )  # fmt: skip


def describe(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A post as the control API shows it; ids are text, as on the wire."""
    author = people.find(world, row["author_id"])
    return {
        "id": str(row["id"]),
        "author": author["handle"] if author is not None else None,
        "author_id": str(row["author_id"]),
        "text": row["text"],
        "lang": row["lang"],
        "created_ms": row["created_ms"],
        "conversation_id": str(row["conversation_id"]),
        "reply_to": str(row["reply_to_id"]) if row["reply_to_id"] else None,
        "edits": [str(edit_id) for edit_id in json.loads(row["edits"])],
        "deleted": row["deleted_ms"] is not None,
        "hidden": bool(row["hidden"]),
        "likes": row["likes"],
        "replies": row["replies"],
        "origin": row["origin"],
        "network": row["network"],
        "visibility": row["visibility"],
        "stars": row["stars"],
        "media": [media.shown(world, media_id) for media_id in json.loads(row["media"])],
    }
