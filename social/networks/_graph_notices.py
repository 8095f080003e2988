"""What somebody did in Messenger or Instagram instead of writing, in words, and the address of a story it was about.

developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks and …/features/story-mention,
…/messenger-platform/reference/webhook-events/messages, read 2026-11. Stories may be shown by their address, and not kept: they are
gone after a day, or when their owner takes them away.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.reasons import NOTICE
from social.networks._shapes import mapping, mappings, string, web
from social.networks._text import clean

REELS, POSTS, STICKERS = ("ig_reel", "reel"), ("share", "post", "ig_post"), ("sticker",)


def worded(message: Mapping[str, Any], text: str) -> str:
    """`text`, with what it stands with before it."""
    notice = _notice(message)
    parts = [f"{NOTICE}{notice}" if notice else "", text, *_places(message)]
    return "\n\n".join(part for part in parts if part)


def story_of(message: Mapping[str, Any]) -> str:
    """The address of the story that a message is about; empty for none."""
    asked = mapping(message.get("story"))
    answered = mapping(message.get("reply_to")).get("story")
    mentions = [row.get("payload") for row in _attached(message) if row.get("type") == "story_mention"]
    for row in map(mapping, (asked.get("mention"), asked.get("reply_to"), answered, *mentions)):
        if address := web(row.get("link")) or web(row.get("url")):
            return address
    return ""


def _attached(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return mappings(message.get("attachments"))


def _notice(message: Mapping[str, Any]) -> str:
    kinds = {string(row.get("type")) for row in _attached(message)}
    asked = mapping(message.get("story"))
    if "story_mention" in kinds or asked.get("mention"):
        return _("Mentioned this account in a story.")
    if mapping(message.get("reply_to")).get("story") or asked.get("reply_to"):
        return _("Answered a story of this account.")
    if kinds.intersection(REELS):
        return _("Shared a reel.")
    if kinds.intersection(POSTS):
        return _("Shared a post.")
    if message.get("is_unsupported") is True or "unsupported_type" in kinds:
        return _("Sent something that the network does not hand over.")
    return ""


def _places(message: Mapping[str, Any]) -> Iterator[str]:
    """Places and links, which are no files."""
    for row in _attached(message):
        payload = mapping(row.get("payload"))
        title = clean(string(payload.get("title")) or string(row.get("title")))[:300]
        address = web(payload.get("url") or row.get("url"))
        point = mapping(payload.get("coordinates"))
        if row.get("type") == "location" and point:
            yield f"📍 {point.get('lat')}, {point.get('long')}"[:100]
        elif row.get("type") in ("fallback", "template") and (title or address):
            yield "\n".join(part for part in (title, address) if part)
