"""JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1, read 2026-11), into the same shape as the other kinds of feeds."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from social.networks._feed_shapes import MAX_ENTRIES, MAX_MEDIA, MAX_TITLE, Feed, feed_of, listed, mapping, web, words
from social.networks._text import MAX_HTML, clean

_VERSION = "https://jsonfeed.org/version/"


def read_json_feed(text: str, address: str) -> Feed | None:
    """The feed in a JSON document, or None when it is another kind of document, or none at all."""
    try:
        document = mapping(json.loads(text))
    except (ValueError, RecursionError):
        return None
    if not words(document.get("version")).startswith(_VERSION):
        return None
    lang = words(document.get("language"))[:20]
    items = [mapping(item) for item in listed(document.get("items"))]
    hubs = [mapping(hub) for hub in listed(document.get("hubs"))]
    return feed_of(
        [_entry(item, address, lang) for item in items[:MAX_ENTRIES]],
        whole=len(items),
        title=words(document.get("title"))[:200],
        link=web(document.get("home_page_url"), address),
        lang=lang,
        ttl_seconds=0.0,
        following=web(document.get("next_url"), address),
        hub=next((web(hub.get("url"), address) for hub in hubs if words(hub.get("type")).lower() == "websub"), ""),
        topic=web(document.get("feed_url"), address),
    )


def _entry(item: Mapping[str, Any], address: str, lang: str) -> dict[str, Any]:
    """One item as it is kept. An id may come as a number, and text as HTML or plain."""
    identifier = item.get("id")
    if isinstance(identifier, int | float) and not isinstance(identifier, bool):
        identifier = str(identifier)
    body = item.get("content_html")
    is_html = isinstance(body, str) and bool(body)
    if not is_html:
        body = item.get("content_text") or item.get("summary")
    # Version 1 had one author, 1.1 has several.
    author = next((mapping(row) for row in listed(item.get("authors")) if mapping(row).get("name")), mapping(item.get("author")))
    return {
        "id": words(identifier),
        "link": web(item.get("url") or item.get("external_url"), address),
        "title": clean(str(item.get("title") or ""))[:MAX_TITLE],
        "title_is_html": False,
        "body": clean(body)[:MAX_HTML] if isinstance(body, str) else "",
        "body_is_html": is_html,
        "author": {"name": words(author.get("name")), "email": "", "href": words(author.get("url"))},
        "published": _moment(item.get("date_published")) or _moment(item.get("date_modified")),
        "lang": words(item.get("language"))[:20] or lang,
        "answers": "",
        "answers_link": "",
        "comments": "",
        "comments_count": "",
        "media": _media(item, address),
    }


def _media(item: Mapping[str, Any], address: str) -> list[dict[str, str]]:
    """The item's picture and what is attached to it."""
    rows = [{"url": item.get("image"), "mime_type": "image/*"}, *listed(item.get("attachments"))]
    found: dict[str, dict[str, str]] = {}
    for entry in map(mapping, rows):
        if url := web(entry.get("url"), address):
            found.setdefault(url, {"url": url, "type": words(entry.get("mime_type")), "title": words(entry.get("title"))})
    return list(found.values())[:MAX_MEDIA]


def _moment(value: Any) -> str:
    """RFC 3339 in UTC as ISO text; nothing when there is none that can be."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC).isoformat() if moment and moment.tzinfo else ""
    except (ValueError, OverflowError):
        return ""
