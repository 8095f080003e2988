"""Pages, posts and comments as LinkedIn's objects (learn.microsoft.com/linkedin/marketing/community-management, read 2026-11).

A brand is an organisation. What it posts is its post, what answers something a comment, in two levels as on LinkedIn.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import people, posts

if TYPE_CHECKING:
    from ..world import World

COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(?:activity|share):([0-9]{1,19}),([0-9]{1,19})\)")
POST = re.compile(r"urn:li:(?:activity|share|ugcPost):([0-9]{1,19})")


def actor(person: sqlite3.Row) -> str:
    return f"urn:li:{'organization' if person['is_brand'] else 'person'}:{person['id']}"


def activity(post_id: int) -> str:
    return f"urn:li:activity:{post_id}"


def share(post_id: int) -> str:
    return f"urn:li:share:{post_id}"


def comment_urn(row: sqlite3.Row) -> str:
    return f"urn:li:comment:({activity(row['conversation_id'])},{row['id']})"


def post_of(world: World, urn: str) -> sqlite3.Row | None:
    """The post or comment behind a URN, also a deleted one."""
    found = COMMENT.fullmatch(urn)
    number = found.group(2) if found else (match.group(1) if (match := POST.fullmatch(urn)) else "0")
    row = posts.find(world, int(number))
    return row if row is not None and row["network"] == "linkedin" else None


def first_level(world: World, row: sqlite3.Row) -> sqlite3.Row:
    """The comment on the first level that a comment is, or hangs on."""
    while True:
        parent = posts.find(world, row["reply_to_id"]) if row["reply_to_id"] else None
        if parent is None or not parent["reply_to_id"]:
            return row
        row = parent


def comment(world: World, row: sqlite3.Row) -> dict[str, Any]:
    author, first = people.get(world, row["author_id"]), first_level(world, row)
    whose = actor(author)
    answers = world.store.all(
        "SELECT id FROM posts WHERE reply_to_id = ? AND deleted_ms IS NULL LIMIT 100", (row["id"],)
    )  # fmt: skip
    return {
        "actor": whose, "agent": whose, "commentUrn": comment_urn(row), "id": str(row["id"]),
        "created": {"actor": whose, "impersonator": "urn:li:servicePrincipal:practice", "time": row["created_ms"]},
        "lastModified": {"actor": whose, "time": row["edited_ms"] or row["created_ms"]},
        "message": {"attributes": [], "text": row["text"]}, "object": activity(row["conversation_id"]),
        **({"parentComment": comment_urn(first)} if first["id"] != row["id"] else {}),
        **({"commentsSummary": {"aggregatedTotalComments": len(answers), "selectedComments": []}} if answers else {}),
        "likesSummary": {"selectedLikes": [], "aggregatedTotalLikes": row["likes"], "totalLikes": row["likes"]},
    }  # fmt: skip


def told(world: World, row: sqlite3.Row, organization: sqlite3.Row) -> dict[str, Any]:
    """A notification: of a comment, of its edit, or of a post that mentions the organisation."""
    is_comment = bool(row["reply_to_id"])
    shown = {"owner": actor(people.get(world, row["author_id"])), "text": row["text"], "mediaCategory": "NONE"}
    action = ("COMMENT_EDIT" if row["edited_ms"] else "COMMENT") if is_comment else "SHARE_MENTION"
    return {
        "notificationId": row["id"], "organizationalEntity": actor(organization), "action": action,
        **({"sourcePost": share(row["conversation_id"])} if is_comment else {}),
        "generatedActivity": comment_urn(row) if is_comment else share(row["id"]),
        "decoratedGeneratedActivity": {"comment" if is_comment else "share": shown},
        "lastModifiedAt": row["edited_ms"] or row["created_ms"], "subscriber": "urn:li:person:admin",
    }  # fmt: skip


def post(row: sqlite3.Row, author: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": share(row["id"]), "author": actor(author), "commentary": row["text"], "visibility": "PUBLIC",
        "lifecycleState": "PUBLISHED", "createdAt": row["created_ms"], "publishedAt": row["created_ms"],
        "lastModifiedAt": row["edited_ms"] or row["created_ms"], "distribution": {"feedDistribution": "MAIN_FEED"},
    }  # fmt: skip


def listing(rows: list[Any], *, start: int, count: int, more: bool, address: str) -> dict[str, Any]:
    links = [{"type": "application/json", "rel": "next", "href": f"{address}?start={start + count}"}] if more else []
    return {"paging": {"start": start, "count": count, "links": links}, "elements": rows}
