"""What Meta's networks have in common when they are read: ids, times, attachments."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._shapes import mapping, mappings, size, string, web
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.values import Media

MAX_AHEAD = timedelta(days=1)
#: The first of these networks opened that day.
FIRST_DAY = datetime(2004, 2, 4, tzinfo=UTC)
#: Before the key of a thread that is not public.
DIRECT = "direct-"
#: Behind the id of a message that a webhook brought: it names nobody, so the poll's fuller copy is taken as well.
FROM_HOOK = "~hook"
#: Longer names of messages (Instagram's) do not fit the tables, and are kept by a digest.
LONGEST_MESSAGE_ID = 120
_ID = re.compile(r"^[0-9]{1,30}(_[0-9]{1,30}){0,2}$")
_PERSON = re.compile(r"^[0-9]{1,30}$")
_MESSAGE_ID = re.compile(r"^[A-Za-z0-9_.:$=+/-]{1,1000}$")
_MIDDLE_OF_MILLISECONDS = 100_000_000_000
KINDS = ("image", "video", "audio")
#: What webhooks call it → what it is. Since 2026-08-30 stickers have a type of their own (…/webhook-events/messages, read 2026-11).
HOOK_KINDS = {"sticker": "image", "ig_reel": "video", "reel": "video", "animated_image": "image"}
#: Told in words instead (`_graph_notices`): a story may be looked at, not kept; links and places are no files.
WORDED = ("story_mention", "location", "fallback", "template")


def is_id(value: Any) -> bool:
    """Whether `value` can be the id of a post or a comment."""
    return isinstance(value, str) and _ID.match(value) is not None


def is_person(value: Any) -> bool:
    """Whether `value` can be the id of a person or an account."""
    return isinstance(value, str) and _PERSON.match(value) is not None


def message_key(value: Any) -> str:
    """The name a message is kept under; empty when it has none."""
    identifier = string(value)
    if not _MESSAGE_ID.match(identifier):
        return ""
    if len(identifier) <= LONGEST_MESSAGE_ID:
        return identifier
    return f"m-{hashlib.sha256(identifier.encode()).hexdigest()[:48]}"


def moment_of(value: Any) -> datetime | None:
    """A time as the Graph writes it (`+0000`), or as its webhooks do: (milli)seconds since 1970. None for anything else."""
    try:
        if isinstance(value, str) and len(value) >= 16:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return datetime.fromtimestamp(value / 1000 if value > _MIDDLE_OF_MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def written_at(stated: Any, payload: Mapping[str, Any]) -> datetime:
    """When something was written. Raises Malformed for a time that cannot be."""
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def message_media(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """What hangs on a message: as the conversations list it (`attachments.data`), and as webhooks do (a bare list)."""
    given = message.get("attachments")
    rows = mappings(given) if isinstance(given, list) else mappings(mapping(given).get("data"))
    found = [_from_hook(row) if _by_hook(row) else _from_list(row) for row in rows if row.get("type") not in WORDED]
    if web(message.get("sticker")):
        found.append(Media("image", web(message.get("sticker"))))
    shares = [web(share.get("link")) for share in mappings(mapping(message.get("shares")).get("data"))]
    return tuple(found) + tuple(Media("file", link) for link in shares if link)


def _by_hook(row: Mapping[str, Any]) -> bool:
    return "payload" in row or "type" in row


def _from_list(row: Mapping[str, Any]) -> Media:
    name = clean(string(row.get("name")))[:300]
    for kind, key in (("image", "image_data"), ("video", "video_data")):
        data = mapping(row.get(key))
        if data:
            return Media(kind, web(data.get("url")), alt=name, width=size(data.get("width")), height=size(data.get("height")))
    kind = string(row.get("mime_type")).partition("/")[0]
    return Media(kind if kind in KINDS else "file", web(row.get("file_url")), alt=name)


def _from_hook(row: Mapping[str, Any]) -> Media:
    payload, kind = mapping(row.get("payload")), string(row.get("type"))
    kind = HOOK_KINDS.get(kind, kind)
    return Media(kind if kind in KINDS else "file", web(payload.get("url")), alt=clean(string(payload.get("title")))[:300])
