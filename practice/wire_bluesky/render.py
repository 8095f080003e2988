"""People and posts as app.bsky's views (lexicons app.bsky.actor.defs, app.bsky.feed.defs, app.bsky.embed, read 2026-11)."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import media, people, posts, texts
from ..clock import format_time
from . import blobs, names

if TYPE_CHECKING:
    from ..world import World

#: A handle as people type it on the square, with or without the name it stands under here.
NAMED = re.compile(rf"{texts.MENTION.pattern.removesuffix('(?![A-Za-z0-9_@])')}(?:{re.escape(names.SUFFIX)})?(?![A-Za-z0-9_@])")
FULL = re.compile(rf"(?<![\w@/])@([a-z0-9-]+{re.escape(names.SUFFIX)})(?![\w@-])", re.IGNORECASE)
#: How much of a link is shown; the whole of it stands in its facet.
SHOWN = 25


def basic(world: World, person: sqlite3.Row, base: str) -> dict[str, Any]:
    """profileViewBasic: what stands beside a post."""
    return {
        "did": names.did_of(person["id"]), "handle": names.handle_of(person), "displayName": person["name"],
        "avatar": f"{base}/faces/{person['id']}.svg", "labels": [], "createdAt": format_time(person["created_ms"]),
        "viewer": {"muted": False, "blockedBy": False},
        **({"verification": {"verifications": [], "verifiedStatus": "valid", "trustedVerifierStatus": "none"}}
           if person["verified"] else {}),
    }  # fmt: skip


def profile(world: World, person: sqlite3.Row, base: str) -> dict[str, Any]:
    """profileView: what stands in a notification."""
    return {**basic(world, person, base), "description": person["bio"], "indexedAt": format_time(person["created_ms"])}


def detailed(world: World, person: sqlite3.Row, base: str) -> dict[str, Any]:
    """profileViewDetailed: what getProfile gives."""
    count = world.store.one("SELECT count(*) AS n FROM posts WHERE author_id = ? AND deleted_ms IS NULL", (person["id"],))["n"]
    counts = {"followersCount": person["followers"], "followsCount": person["following"], "postsCount": count}
    return {**profile(world, person, base), **counts}


def words(world: World, row: sqlite3.Row) -> tuple[str, list[dict[str, Any]]]:
    """The text of a post with its facets. A program's text stands as it was sent; people's handles and links are completed."""
    text, facets = row["text"], []
    written = row["origin"] != "api"
    if written:

        def complete(found: re.Match[str]) -> str:
            person_id = people.find_id(world, found.group(1), "bluesky")
            return found.group(0) if person_id is None else f"@{names.handle_of(people.get(world, person_id))}"

        text = NAMED.sub(complete, text)
    pieces, end = [], 0
    for match in re.finditer(f"{texts.LINK.pattern}", text, re.IGNORECASE):
        link = match.group(0).rstrip(".,;:!?")
        bare = re.sub(r"^https?://(www\.)?", "", link)
        shown = bare[:SHOWN] + "…" if written and len(bare) > SHOWN + 1 else bare if written else link
        pieces.append(text[end : match.start()])
        start = size("".join(pieces))
        pieces.append(shown)
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": link}
        facets.append({"index": {"byteStart": start, "byteEnd": start + size(shown)}, "features": [feature]})
        end = match.start() + len(link)
    text = "".join([*pieces, text[end:]])
    for match in FULL.finditer(text):
        person = names.person_named(world, match.group(1))
        if person is not None:
            start = size(text[: match.start()])
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": names.did_of(person["id"])}
            facets.append({"index": {"byteStart": start, "byteEnd": start + size(match.group(0))}, "features": [feature]})
    return text, sorted(facets, key=lambda facet: facet["index"]["byteStart"])


def size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def strong(world: World, row: sqlite3.Row) -> dict[str, str]:
    """A reference by name and content."""
    return {"uri": names.uri_of(world, row), "cid": names.cid_of(row)}


def record(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """The post as its writer's server keeps it."""
    text, facets = words(world, row)
    made: dict[str, Any] = {"$type": names.POST, "text": text, "createdAt": format_time(row["created_ms"])}
    if row["lang"] != "und":
        made["langs"] = [row["lang"]]
    if facets:
        made["facets"] = facets
    images = [entry for entry in (media.get(world, media_id) for media_id in json.loads(row["media"])) if entry is not None]
    if images:
        shown = [{"image": blobs.shown(world, entry), "alt": entry["alt"]} for entry in images]
        made["embed"] = {"$type": blobs.IMAGES, "images": shown}
    if row["reply_to_id"]:
        parent, root = posts.find(world, row["reply_to_id"]), posts.find(world, row["conversation_id"])
        if parent is not None and root is not None:
            made["reply"] = {"root": strong(world, root), "parent": strong(world, parent)}
    return made


def pictures(world: World, row: sqlite3.Row, base: str) -> list[dict[str, Any]]:
    found = [media.get(world, media_id) for media_id in json.loads(row["media"])]
    return [
        {
            "thumb": f"{base}/media/{entry['id']}", "fullsize": f"{base}/media/{entry['id']}", "alt": entry["alt"],
            **({"aspectRatio": {"width": entry["width"], "height": entry["height"]}} if entry["width"] and entry["height"] else {}),
        }
        for entry in found
        if entry is not None
    ]  # fmt: skip


def embed(world: World, row: sqlite3.Row, base: str) -> dict[str, Any] | None:
    """Pictures, a quote, or both, as they can be shown."""
    images = {"$type": "app.bsky.embed.images#view", "images": pictures(world, row, base)}
    quoted = posts.find(world, row["quote_id"]) if row["quote_id"] else None
    if quoted is None:
        return images if images["images"] else None
    if quoted["deleted_ms"]:
        shown = {"$type": "app.bsky.embed.record#viewNotFound", "uri": names.uri_of(world, quoted), "notFound": True}
    else:
        author = people.get(world, quoted["author_id"])
        shown = {
            "$type": "app.bsky.embed.record#viewRecord", **strong(world, quoted), "author": basic(world, author, base),
            "value": record(world, quoted), "indexedAt": format_time(quoted["created_ms"]), "embeds": [],
        }  # fmt: skip
    if images["images"]:
        return {"$type": "app.bsky.embed.recordWithMedia#view", "media": images, "record": {"record": shown}}
    return {"$type": "app.bsky.embed.record#view", "record": shown}


def post(world: World, row: sqlite3.Row, base: str, me: int = 0) -> dict[str, Any]:
    """postView, as `me` sees it."""
    author = people.get(world, row["author_id"])
    shown = embed(world, row, base)
    return {
        "uri": names.uri_of(world, row), "cid": names.cid_of(row), "author": basic(world, author, base),
        "record": record(world, row), **({"embed": shown} if shown else {}), "replyCount": row["replies"],
        "repostCount": 0, "likeCount": row["likes"], "quoteCount": row["quotes"], "indexedAt": format_time(row["created_ms"]),
        "labels": [], "viewer": {"threadMuted": False, **liked(world, row, me)},
    }  # fmt: skip


def liked(world: World, row: sqlite3.Row, me: int) -> dict[str, str]:
    """The viewer's own like of a post, if there is one."""
    key = world.store.one(
        "SELECT key FROM send_keys WHERE user_id = ? AND post_id = ? AND key LIKE 'like:%'", (me, row["id"])
    )
    return {"like": f"at://{names.did_of(me)}/{names.LIKE}/{key['key'].removeprefix(names.LIKED)}"} if key is not None else {}
