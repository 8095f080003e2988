"""People, posts, comments and messages as the Graph shows them (developers.facebook.com/docs/graph-api/reference, read 2026-11)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import media, messages, people, posts, texts

if TYPE_CHECKING:
    from ..world import World


def moment(milliseconds: int) -> str:
    """A time as the Graph writes it, the zone without a colon."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def page_of(world: World, root: sqlite3.Row) -> int:
    """On whose Page a post stands: its author's, or that of the brand it names first."""
    author = people.get(world, root["author_id"])
    if author["is_brand"]:
        return int(author["id"])
    named = [user_id for user_id in texts.mentioned_ids(json.loads(root["wire"])) if user_id in world.brands]
    return int(named[0]) if named else int(author["id"])


def person(world: World, user_id: int) -> dict[str, str] | None:
    """Who wrote something; nobody when the account is suspended."""
    row = people.find(world, user_id)
    if row is None or row["suspended"]:
        return None
    # Instagram gives the name somebody chose to be found under, Facebook the one they bear.
    return (
        {"username": row["handle"], "id": str(row["id"])}
        if row["network"] == "instagram"
        else {"name": row["name"], "id": str(row["id"])}
    )


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Empty fields are left out, never null."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def attachment(world: World, row: sqlite3.Row, base: str) -> dict[str, Any] | None:
    for media_id in json.loads(row["media"]):
        entry = media.get(world, media_id)
        if entry is not None:
            address = f"{base}/media/{entry['id']}"
            image = {"height": entry["height"], "width": entry["width"], "src": address}
            kind = "video_inline" if entry["mime"] == "video/mp4" else "photo"
            found = {"image": image, **({"source": address} if kind != "photo" else {})}
            return {"type": kind, "url": address, "media": found, "title": entry["alt"]}
    return None


def post_id(world: World, root: sqlite3.Row) -> str:
    return f"{page_of(world, root)}_{root['id']}"


def post(world: World, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A post on a Page, its own or a visitor's."""
    newest = world.store.one("SELECT max(created_ms) AS ms FROM posts WHERE conversation_id = ?", (row["conversation_id"],))
    shown = attachment(world, row, base)
    author = people.get(world, row["author_id"])
    return _filled(
        {
            "id": post_id(world, row), "from": person(world, row["author_id"]), "message": row["text"],
            "created_time": moment(row["created_ms"]), "updated_time": moment(newest["ms"]),
            "permalink_url": f"{base}/{author['handle']}/status/{row['id']}", "attachments": {"data": [shown]} if shown else None,
        }
    )  # fmt: skip


def rating(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A recommendation (…/graph-api/reference/recommendation, read 2026-11): four stars and more recommend."""
    return _filled(
        {
            "created_time": moment(row["created_ms"]), "recommendation_type": "positive" if row["stars"] > 3 else "negative",
            "review_text": row["text"], "reviewer": person(world, row["author_id"]),
            "open_graph_story": {"id": post_id(world, row)},
        }
    )  # fmt: skip


def comment_id(row: sqlite3.Row) -> str:
    return f"{row['conversation_id']}_{row['id']}"


def comment(world: World, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A comment. There are two levels: an answer to an answer stands below the first comment as well."""
    above = top_of(world, row)
    top = above["id"] == row["id"]
    author = people.get(world, row["author_id"])
    return _filled(
        {
            "id": comment_id(row), "from": person(world, row["author_id"]), "message": row["text"],
            "created_time": moment(row["created_ms"]), "parent": None if top else {"id": comment_id(above)},
            "permalink_url": f"{base}/{author['handle']}/status/{row['id']}", "attachment": attachment(world, row, base),
        }
    )  # fmt: skip


def talk_id(conversation: str) -> str:
    return "t_" + conversation.replace("-", "_")


def message(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """One message of a conversation between two."""
    others = [user_id for user_id in messages.members(world, row["conversation"]) if user_id != row["sender_id"]]
    to = [found for found in (person(world, user_id) for user_id in others) if found]
    return {
        "id": f"m_{row['id']}", "created_time": moment(row["created_ms"]),
        "from": person(world, row["sender_id"]) or {"id": str(row["sender_id"])}, "to": {"data": to}, "message": row["text"],
        **({"attachments": {"data": shown}} if (shown := listed_files(world, row)) else {}),
    }  # fmt: skip


def listed_files(world: World, row: sqlite3.Row) -> list[dict[str, Any]]:
    """What hangs on a message, as a conversation lists it (…/graph-api/reference/message, read 2026-11)."""
    found, base = [], str(world.settings.base_url)
    for entry in (media.get(world, media_id) for media_id in json.loads(row["media"])):
        if entry is not None:
            shown: dict[str, Any] = {"id": str(entry["id"]), "mime_type": entry["mime"], "size": entry["total_bytes"]}
            address = f"{base}/media/{entry['id']}"
            size = {"width": entry["width"], "height": entry["height"]}
            kind = {"image": "image_data", "video": "video_data"}.get(_kind(entry["mime"]))
            found.append(shown | ({kind: {"url": address, **size}} if kind else {"file_url": address}))
    return found


def message_files(world: World, row: sqlite3.Row) -> list[dict[str, Any]]:
    """What hangs on a message, as Messenger's webhooks have it (…/messenger-platform/reference/webhook-events/messages)."""
    base = str(world.settings.base_url)
    found = [media.get(world, media_id) for media_id in json.loads(row["media"])]
    return [
        {"type": _kind(entry["mime"]), "payload": {"url": f"{base}/media/{entry['id']}"}} for entry in found if entry is not None
    ]


def _kind(mime: str) -> str:
    kind = mime.partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "file"


def whatsapp_content(world: World, row: sqlite3.Row) -> tuple[str, dict[str, Any]]:
    """Kind and content of a message as WhatsApp's webhooks have it; one message holds one file."""
    entry = next((media.get(world, media_id) for media_id in json.loads(row["media"])), None)
    if entry is None:
        return "text", {"body": row["text"]}
    kind = _kind(entry["mime"]).replace("file", "document")
    digest = hashlib.sha256(media.read(world, entry["id"])).hexdigest()
    said = {"id": str(entry["id"]), "mime_type": entry["mime"], "sha256": digest}
    return kind, said | ({"caption": row["text"]} if row["text"] and kind != "audio" else {})


# --- Instagram -------------------------------------------------------------------------------------------------------
def ig_comment(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A comment as Instagram's edges show it. There are two levels here as well."""
    author = people.get(world, row["author_id"])
    above = top_of(world, row)
    return _filled(
        {
            "id": str(row["id"]), "text": row["text"], "timestamp": moment(row["created_ms"]),
            "from": person(world, row["author_id"]),
            "username": author["handle"], "parent_id": None if above["id"] == row["id"] else str(above["id"]),
        }
    )  # fmt: skip


def top_of(world: World, row: sqlite3.Row) -> sqlite3.Row:
    """The first comment of the thread a comment stands in."""
    above: sqlite3.Row | None = row
    while above is not None and above["reply_to_id"] != row["conversation_id"]:
        above = posts.find(world, above["reply_to_id"]) if above["reply_to_id"] else None
    return above if above is not None else row


def ig_media(world: World, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A post as Instagram's edges show it."""
    author = people.get(world, row["author_id"])
    return _filled(
        {
            "id": str(row["id"]), "caption": row["text"], "media_type": "IMAGE", "media_url": f"{base}/faces/{author['id']}.svg",
            "permalink": f"{base}/{author['handle']}/status/{row['id']}", "timestamp": moment(row["created_ms"]),
            "username": author["handle"],
        }
    )  # fmt: skip
