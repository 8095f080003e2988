"""Channels, videos, threads and comments as YouTube shows them (developers.google.com/youtube/v3/docs, read 2026-11)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import people, posts
from . import names

if TYPE_CHECKING:
    from ..world import World

SHOWN_REPLIES = 5
HELD = "held"


def moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def channel(row: sqlite3.Row, base: str) -> dict[str, Any]:
    face = {"url": f"{base}/faces/{row['id']}.svg", "width": 88, "height": 88}
    snippet = {
        "title": row["name"], "description": row["bio"], "customUrl": f"@{row['handle']}",
        "publishedAt": moment(row["created_ms"]), "thumbnails": {"default": face},
    }  # fmt: skip
    return {"kind": "youtube#channel", "etag": "e", "id": names.channel_id(row["id"]), "snippet": snippet}


def video(world: World, row: sqlite3.Row) -> dict[str, Any]:
    author = people.get(world, row["author_id"])
    snippet = {
        "publishedAt": moment(row["created_ms"]), "channelId": names.channel_id(author["id"]), "title": row["text"][:100],
        "description": row["text"], "channelTitle": author["name"], "liveBroadcastContent": "none",
    }  # fmt: skip
    return {"kind": "youtube#video", "etag": "e", "id": names.video_id(row["id"]), "snippet": snippet}


def top_of(world: World, row: sqlite3.Row) -> sqlite3.Row:
    """The first comment of the thread a comment stands in: there are two levels."""
    above: sqlite3.Row | None = row
    while above is not None and above["reply_to_id"] and not is_video(posts.find(world, above["reply_to_id"]), world):
        above = posts.find(world, above["reply_to_id"])
    return above if above is not None else row


def is_video(row: sqlite3.Row | None, world: World) -> bool:
    """What a brand posts by itself is a video; what others do is a comment on the channel."""
    return row is not None and not row["reply_to_id"] and bool(people.get(world, row["author_id"])["is_brand"])


def channel_of(world: World, row: sqlite3.Row) -> int:
    """Whose channel a comment stands on: the video's author, or the brand that a comment without a video names."""
    root = posts.find(world, row["conversation_id"]) or row
    if is_video(root, world):
        return int(root["author_id"])
    named = world.store.one("SELECT user_id FROM mentions WHERE post_id = ? ORDER BY user_id", (root["id"],))
    return int(named["user_id"]) if named is not None else 0


def comment(world: World, row: sqlite3.Row, base: str, *, alone: bool = False) -> dict[str, Any]:
    """A comment. Listed by itself it does not say under which video it stands."""
    author, top = people.get(world, row["author_id"]), top_of(world, row)
    root = posts.find(world, row["conversation_id"])
    edited = row["edited_ms"] or row["created_ms"]
    snippet: dict[str, Any] = {
        "channelId": names.channel_id(channel_of(world, row)), "textDisplay": row["text"], "textOriginal": row["text"],
        "authorDisplayName": f"@{author['handle']}", "authorProfileImageUrl": f"{base}/faces/{author['id']}.svg",
        "authorChannelUrl": f"http://www.youtube.com/@{author['handle']}",
        "authorChannelId": {"value": names.channel_id(author["id"])}, "canRate": True, "viewerRating": "none",
        "likeCount": row["likes"], "publishedAt": moment(row["created_ms"]), "updatedAt": moment(edited),
    }  # fmt: skip
    if not alone and root is not None and is_video(root, world):
        snippet["videoId"] = names.video_id(root["id"])
    if top["id"] != row["id"]:
        snippet["parentId"] = names.comment_id(top["id"], top["id"])
    return {"kind": "youtube#comment", "etag": "e", "id": names.comment_id(row["id"], top["id"]), "snippet": snippet}


def replies_of(world: World, top: sqlite3.Row) -> list[sqlite3.Row]:
    """Everything below a first comment, oldest first."""
    rows = world.store.all(
        "SELECT * FROM posts WHERE conversation_id = ? AND id > ? AND deleted_ms IS NULL AND visibility = 'public' ORDER BY id",
        (top["conversation_id"], top["id"]),
    )
    return [row for row in rows if row["reply_to_id"] and top_of(world, row)["id"] == top["id"]]


def thread(world: World, top: sqlite3.Row, base: str) -> dict[str, Any]:
    """A thread with its first comment and the newest few answers."""
    below = replies_of(world, top)
    shown = comment(world, top, base)
    snippet = {
        "channelId": shown["snippet"]["channelId"], "topLevelComment": shown, "canReply": True, "totalReplyCount": len(below),
        "isPublic": top["visibility"] != HELD,
    }  # fmt: skip
    if "videoId" in shown["snippet"]:
        snippet["videoId"] = shown["snippet"]["videoId"]
    found = {"kind": "youtube#commentThread", "etag": "e", "id": shown["id"], "snippet": snippet}
    if below:
        found["replies"] = {"comments": [comment(world, row, base) for row in below[-SHOWN_REPLIES:]]}
    return found
