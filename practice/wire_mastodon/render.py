"""People and posts as Mastodon's entities (docs.joinmastodon.org/entities, read 2026-11)."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import media, people, posts, texts
from ..clock import format_time

if TYPE_CHECKING:
    from ..world import World

MENTION_OR_LINK = re.compile(f"{texts.MENTION.pattern}|({texts.LINK.pattern})", re.IGNORECASE)
KINDS = {"image/gif": "gifv", "video/mp4": "video"}


def account(world: World, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """An account; everybody here lives on this one instance, so `acct` is the bare handle."""
    return {
        "id": str(row["id"]), "username": row["handle"], "acct": row["handle"], "display_name": row["name"],
        "locked": bool(row["protected"]), "bot": False, "discoverable": True, "group": False,
        "created_at": format_time(row["created_ms"]), "note": content(world, row["bio"], base) if row["bio"] else "",
        "url": f"{base}/@{row['handle']}", "uri": f"{base}/users/{row['handle']}",
        "avatar": f"{base}/faces/{row['id']}.svg", "avatar_static": f"{base}/faces/{row['id']}.svg",
        "header": "", "header_static": "", "followers_count": row["followers"], "following_count": row["following"],
        "statuses_count": 0, "last_status_at": None, "emojis": [], "fields": [],
    }  # fmt: skip


def content(world: World, text: str, base: str) -> str:
    """The HTML a server makes of plain words: paragraphs, breaks, mentions, links with their ends folded away."""

    def piece(found: re.Match[str]) -> str:
        handle, link = found.group(1), found.group(2)
        if handle is not None:
            if people.find_id(world, handle, "mastodon") is None:
                return html.escape(found.group(0), quote=False)
            link = f'<a href="{html.escape(f"{base}/@{handle}")}" class="u-url mention">@<span>{handle}</span></a>'
            return f'<span class="h-card" translate="no">{link}</span>'
        scheme, _, rest = link.partition("://")
        shown, hidden = html.escape(rest[:30], quote=False), html.escape(rest[30:], quote=False)
        return (
            f'<a href="{html.escape(link)}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">{scheme}://'
            f'</span><span class="{"ellipsis" if hidden else ""}">{shown}</span><span class="invisible">{hidden}</span></a>'
        )

    parts, end = [], 0
    for match in MENTION_OR_LINK.finditer(text):
        parts += [html.escape(text[end : match.start()], quote=False), piece(match)]
        end = match.end()
    whole = "".join(parts) + html.escape(text[end:], quote=False)
    return "".join("<p>" + paragraph.replace("\n", "<br>") + "</p>" for paragraph in re.split(r"\n{2,}", whole))


def attachments(world: World, row: sqlite3.Row, base: str) -> list[dict[str, Any]]:
    found = [media.get(world, media_id) for media_id in json.loads(row["media"])]
    return [attachment(entry, base) for entry in found if entry is not None]


def attachment(entry: sqlite3.Row, base: str) -> dict[str, Any]:
    """MediaAttachment."""
    return {
        "id": str(entry["id"]), "type": KINDS.get(entry["mime"], "image"), "url": f"{base}/media/{entry['id']}",
        "preview_url": f"{base}/media/{entry['id']}", "remote_url": None, "description": entry["alt"] or None,
        "meta": {"original": {"width": entry["width"], "height": entry["height"]}}, "blurhash": None,
    }  # fmt: skip


def inline(world: World, row: sqlite3.Row, base: str) -> str:
    """What a server writes into a quoting post for those who know no quotes."""
    quoted = posts.find(world, row["quote_id"]) if row["quote_id"] else None
    if quoted is None:
        return ""
    url = html.escape(f"{base}/@{people.get(world, quoted['author_id'])['handle']}/{quoted['id']}")
    return f'<p class="quote-inline">RE: <a href="{url}" rel="nofollow noopener" target="_blank">{url}</a></p>'


def quote(world: World, row: sqlite3.Row, base: str, *, deep: bool) -> dict[str, Any]:
    """Quote, or ShallowQuote for one inside of another (docs.joinmastodon.org/entities/Quote, read 2026-11)."""
    quoted = posts.find(world, row["quote_id"])
    if quoted is None or quoted["deleted_ms"]:
        return {"state": "deleted", "quoted_status" if deep else "quoted_status_id": None}
    if not deep:
        return {"state": "accepted", "quoted_status_id": str(quoted["id"])}
    return {"state": "accepted", "quoted_status": status(world, quoted, base, deep=False)}


def status(world: World, row: sqlite3.Row, base: str, *, deep: bool = True) -> dict[str, Any]:
    """A status. One whose parent was deleted forgets what it answered, as on Mastodon."""
    author = people.get(world, row["author_id"])
    parent = posts.find(world, row["reply_to_id"]) if row["reply_to_id"] else None
    living = parent is not None and parent["deleted_ms"] is None
    named = [people.find(world, user_id) for user_id in texts.mentioned_ids(json.loads(row["wire"]))]
    url = f"{base}/@{author['handle']}/{row['id']}"
    return {
        "id": str(row["id"]), "created_at": format_time(row["created_ms"]),
        "edited_at": format_time(row["edited_ms"]) if row["edited_ms"] else None,
        "in_reply_to_id": str(row["reply_to_id"]) if living else None,
        "in_reply_to_account_id": str(row["reply_to_user_id"]) if row["reply_to_user_id"] else None,
        "sensitive": False, "spoiler_text": "", "visibility": row["visibility"], "language": row["lang"],
        "uri": f"{base}/users/{author['handle']}/statuses/{row['id']}", "url": url,
        "replies_count": row["replies"], "reblogs_count": 0, "favourites_count": row["likes"],
        "content": inline(world, row, base) + content(world, row["text"], base), "quotes_count": row["quotes"],
        "quote": quote(world, row, base, deep=deep) if row["quote_id"] else None,
        "reblog": None, "account": account(world, author, base),
        "media_attachments": attachments(world, row, base),
        "mentions": [
            {"id": str(p["id"]), "username": p["handle"], "acct": p["handle"], "url": f"{base}/@{p['handle']}"}
            for p in named if p is not None
        ],
        "tags": [], "emojis": [], "card": None, "poll": None, "application": None,
    }  # fmt: skip
