"""Understanding one stored comment of YouTube. Pure functions.

An envelope stands by itself: `{"comment": {…}, "thread": "the top-level comment's id", "title": "the video's", "held": false,
"was_held": false, "seen_at": "…"}`, where `comment` is a youtube#comment resource (developers.google.com/youtube/v3/docs/comments,
read 2026-11), asked for as plain text.

Threads: a top-level comment and all answers to it; what they stand under is a video, or the channel itself. An edit keeps the id
and moves `updatedAt`, which numbers the version.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._google_wire import moment_of
from social.networks._shapes import mapping, string, web
from social.networks._text import clean
from social.networks._versions import MAX_REVISION, revision_between, version_id
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

SITE = "https://www.youtube.com"
#: YouTube's first day, and how far ahead of ours its clock may be.
FIRST_DAY = datetime(2005, 2, 14, tzinfo=UTC)
MAX_AHEAD = timedelta(days=1)
_ID = re.compile(r"^[A-Za-z0-9_-]{8,80}(\.[A-Za-z0-9_-]{8,80})?$")
_VIDEO = re.compile(r"^[A-Za-z0-9_-]{6,20}$")
_CHANNEL = re.compile(r"^[A-Za-z0-9_-]{10,60}$")


def is_id(value: Any) -> bool:
    """Whether `value` can be the id of a comment. An answer's id begins with that of the comment it stands below."""
    return isinstance(value, str) and _ID.match(value) is not None


def is_video(value: Any) -> bool:
    return isinstance(value, str) and _VIDEO.match(value) is not None


def is_channel(value: Any) -> bool:
    return isinstance(value, str) and _CHANNEL.match(value) is not None


def revision_of(payload: Mapping[str, Any]) -> int:
    """The version of a comment: 0 as it was written, more after each edit, and one more when it was seen waiting for approval."""
    snippet = mapping(mapping(payload.get("comment")).get("snippet"))
    written, changed = moment_of(snippet.get("publishedAt")), moment_of(snippet.get("updatedAt"))
    edited = written is not None and changed is not None and changed - written >= timedelta(seconds=1)
    revision = revision_between(written, changed) if edited else 0
    return min(revision + (1 if payload.get("was_held") is True else 0), MAX_REVISION)


def version_of(payload: Mapping[str, Any]) -> str:
    """The name of the version an envelope holds."""
    return version_id(string(mapping(payload.get("comment")).get("id")), revision_of(payload))


def author_key(snippet: Mapping[str, Any]) -> str:
    """The channel of whoever wrote it; empty where YouTube gives none."""
    channel = string(mapping(snippet.get("authorChannelId")).get("value"))
    return channel if is_channel(channel) else ""


def text_of(snippet: Mapping[str, Any]) -> str:
    """What a person wrote. The original is shown to its author alone; what all are shown names videos instead of linking them."""
    return clean(string(snippet.get("textOriginal")) or string(snippet.get("textDisplay")))


def read_item(payload: Mapping[str, Any], *, account_id: str, site: str = SITE) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    comment = payload.get("comment")
    snippet = mapping(mapping(comment).get("snippet"))
    if not isinstance(comment, dict) or not snippet:
        raise Malformed(_("The item holds nothing."), code="no_item")
    identifier = comment.get("id")
    if not is_id(identifier):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(identifier))[:60]), code="bad_id")
    identifier = str(identifier)
    parent = string(snippet.get("parentId"))
    parent = parent if is_id(parent) else identifier.partition(".")[0] if "." in identifier else ""
    thread = parent or identifier
    author = _author(identifier, snippet)
    video = string(snippet.get("videoId"))
    return Item(
        external_id=version_of(payload),
        root_id=identifier,
        revision=revision_of(payload),
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=_words(snippet, held=payload.get("held") is True),
        lang="",
        occurred_at=_written_at(snippet.get("publishedAt"), payload),
        thread_key=thread,
        parent_id=parent,
        withheld=payload.get("held") is True,
        url=address_of(identifier, video, string(snippet.get("channelId")), site),
        media=_media(snippet, payload, top=not parent, site=site),
    )


def address_of(identifier: str, video: str, channel: str, site: str) -> str:
    """Where a person sees the comment."""
    if is_video(video):
        return f"{site}/watch?v={video}&lc={identifier}"
    return f"{site}/channel/{channel}/community?lc={identifier}" if is_channel(channel) else ""


def _words(snippet: Mapping[str, Any], *, held: bool) -> str:
    text = text_of(snippet)
    if not held:
        return text
    return "\n\n".join((_("Held for review on YouTube, not public yet:"), text))


def _author(identifier: str, snippet: Mapping[str, Any]) -> Author | None:
    """Who wrote it. Without a channel the name alone is known, and it is nobody's but this comment's."""
    name = clean(string(snippet.get("authorDisplayName"))).strip()
    channel = author_key(snippet)
    if not channel and not name:
        return None
    profile = {"profile_image_url": web(snippet.get("authorProfileImageUrl")), "url": web(snippet.get("authorChannelUrl"))}
    return Author(
        external_id=channel or f"comment-{identifier}"[:120],
        # Since 2023 YouTube shows the handle in the place of the name.
        handle=name.removeprefix("@")[:120] if name.startswith("@") else "",
        name=name[:120],
        profile={key: value for key, value in profile.items() if value} if channel else {},
    )


def _written_at(stated: Any, payload: Mapping[str, Any]) -> datetime:
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _media(snippet: Mapping[str, Any], payload: Mapping[str, Any], *, top: bool, site: str) -> tuple[Media, ...]:
    """A picture in the comment; and with the first one of a thread the video it stands under, by its title."""
    found = []
    picture = web(snippet.get("imageUrl"))
    if picture:
        found.append(Media("image", picture))
    video, title = string(snippet.get("videoId")), clean(string(payload.get("title"))).strip()[:300]
    if top and is_video(video) and title:
        found.append(Media("file", f"{site}/watch?v={video}", alt=title))
    return tuple(found)
