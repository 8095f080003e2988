"""Understanding one stored thing of Reddit: a comment, a post or a private message. Pure functions.

An envelope stands by itself: `{"kind": "t1", "data": {…}, "seen_at": "2026-11-23T10:00:00+00:00"}`. Fullnames (`t1_…` a comment,
`t3_…` a post, `t4_…` a message) are the ids; people are known by their name, which they keep for good and nobody gets again
(support.reddithelp.com, “Can I change my username?”, read 2026-11).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from social.networks._reddit_wire import moment_of
from social.networks._shapes import mapping, mappings, size, string, web
from social.networks._text import clean
from social.networks._versions import revision_between, version_id
from social.networks.errors import Malformed
from social.networks.senders import Program
from social.networks.values import Author, Item, Media

COMMENT, POST, MESSAGE = "t1", "t3", "t4"
KINDS = frozenset({COMMENT, POST, MESSAGE})
MAX_AHEAD = timedelta(days=1)
FIRST_DAY = datetime(2005, 6, 1, tzinfo=UTC)
#: What stands where words and their writer were, when it was deleted by them or removed by moderators.
DELETED, REMOVED = "[deleted]", "[removed]"
_FULLNAME = re.compile(r"^t[134]_[0-9a-z]{1,16}$")
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,30}$")
#: A comment in the inbox does not name its post, but leads to it.
_CONTEXT = re.compile(r"/comments/([0-9a-z]{1,16})/")
#: Reddit's editor writes these into empty lines.
_FILLING = re.compile(r"&(?:#x200B|#8203|nbsp);", re.IGNORECASE)
PROFILE_FIELDS = {"author_fullname": "reddit_id", "author_flair_text": "flair"}


def is_thing(value: Any) -> bool:
    """Whether `value` can be the fullname of a comment, a post or a message."""
    return isinstance(value, str) and _FULLNAME.match(value) is not None


def base_id(version: str) -> str:
    """The thing a version belongs to."""
    return version.partition("~")[0]


def revision_of(data: Mapping[str, Any]) -> int:
    """Which version a thing is: `edited` is false, or the time of the last edit."""
    edited = moment_of(data.get("edited"))
    return 0 if edited is None else revision_between(moment_of(data.get("created_utc")), edited)


def version_of(data: Mapping[str, Any]) -> str:
    """A name for this version of a thing, since an edit keeps its fullname."""
    return version_id(string(data.get("name")), revision_of(data))


def is_gone(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether Reddit shows only the place where a comment or a post was."""
    if is_withheld(data):
        return False
    if kind == POST and isinstance(data.get("removed_by_category"), str):
        return True
    words = data.get("body" if kind == COMMENT else "selftext")
    return kind != MESSAGE and words in (DELETED, REMOVED) and data.get("author") in (DELETED, None)


def is_withheld(data: Mapping[str, Any]) -> bool:
    """Whether moderators, of whom the account is one, still see what all others do not: removed, or caught by a filter."""
    removed = bool(data.get("banned_by")) or data.get("removed") is True or data.get("spam") is True
    return removed and data.get("can_mod_post") is True


def read_item(payload: Mapping[str, Any], *, account_id: str, site: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    data, kind = payload.get("data"), string(payload.get("kind"))
    if not isinstance(data, dict) or kind not in KINDS:
        raise Malformed(_("The item holds no post."), code="no_post")
    name = string(data.get("name"))
    if not is_thing(name) or not name.startswith(f"{kind}_"):
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(data.get("name")))[:60]), code="bad_id")
    author = _author(data)
    ours = author is not None and author.external_id == account_id
    private = kind == MESSAGE
    parent = string(data.get("parent_id"))
    return Item(
        external_id=version_of(data),
        root_id=name,
        revision=revision_of(data),
        visibility="private" if private else "public",
        ours=ours,
        author=author,
        counterpart_id=_person(data.get("dest")).lower() if private and ours else "",
        text=_text(kind, data),
        lang="",
        occurred_at=_occurred_at(data, payload),
        thread_key=thread_of(kind, data),
        parent_id=parent if is_thing(parent) else "",
        url=_permalink(data, site),
        media=_media(data),
        withheld=is_withheld(data),
        # A subreddit's moderators or Reddit itself, not a person.
        program=Program.NOTICE if private and author is None else None,
    )


def thread_of(kind: str, data: Mapping[str, Any]) -> str:
    """The key of a thing's thread: the post that everything stands below, or the first message of a talk."""
    name = string(data.get("name"))
    if kind == MESSAGE:
        first = string(data.get("first_message_name"))
        return first if is_thing(first) else name
    link = string(data.get("link_id"))
    if is_thing(link) and link.startswith("t3_"):
        return link
    context = _CONTEXT.search(string(data.get("context")) or string(data.get("permalink")))
    return f"t3_{context[1]}" if kind == COMMENT and context else name


def _occurred_at(data: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    stated = data.get("created_utc")
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = _seen_at(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _seen_at(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(string(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(kind: str, data: Mapping[str, Any]) -> str:
    """The words as they were typed, in Markdown; those of a post under its title, with what it links to."""
    words = data.get("selftext" if kind == POST else "body")
    if not isinstance(words, str) and kind != POST:
        raise Malformed(_("The post has no text field."), code="no_text")
    parts = [_plain(words)]
    if kind == POST:
        if not isinstance(data.get("title"), str):
            raise Malformed(_("The post has no text field."), code="no_text")
        link = "" if data.get("is_self") is not False else web(data.get("url"))
        parts = [_plain(data["title"]), *parts, link]
    elif kind == MESSAGE and not is_thing(string(data.get("first_message_name"))):
        parts = [_plain(data.get("subject")), *parts]
    return "\n\n".join(part for part in parts if part)


def _plain(words: Any) -> str:
    return _FILLING.sub(" ", clean(string(words)).replace("\r\n", "\n")).strip()


def _person(value: Any) -> str:
    """The name of somebody who still is one; empty for who deleted the account, and for subreddits."""
    name = clean(string(value))
    return name if _NAME.match(name) else ""


def _author(data: Mapping[str, Any]) -> Author | None:
    name = _person(data.get("author"))
    if not name:
        return None
    profile = {
        field: clean(string(data[source]))[:200] for source, field in PROFILE_FIELDS.items() if string(data.get(source)).strip()
    }
    return Author(external_id=name.lower(), handle=name, name=name, profile=profile)


def _permalink(data: Mapping[str, Any], site: str) -> str:
    path = clean(string(data.get("permalink")) or string(data.get("context"))).partition("?")[0]
    return f"{site}{path}"[:1000] if path.startswith("/") and not path.startswith("//") else ""


def _media(data: Mapping[str, Any]) -> tuple[Media, ...]:
    """Pictures of a gallery or inside the words (`media_metadata`), of a post that is one, and its film."""
    found = []
    for entry in mapping(data.get("media_metadata")).values():
        source = mapping(mapping(entry).get("s"))
        address = web(source.get("u")) or web(source.get("gif")) or web(source.get("mp4"))
        if address:
            found.append(Media("image", address, width=size(source.get("x")), height=size(source.get("y"))))
    film = mapping(mapping(data.get("media")).get("reddit_video"))
    if web(film.get("fallback_url")):
        found.append(Media("video", web(film["fallback_url"]), width=size(film.get("width")), height=size(film.get("height"))))
    if not found and data.get("post_hint") == "image":
        pictures = mappings(mapping(data.get("preview")).get("images"))
        source = mapping(pictures[0].get("source")) if pictures else {}
        address = web(data.get("url_overridden_by_dest")) or web(data.get("url"))
        if address:
            found.append(Media("image", address, width=size(source.get("width")), height=size(source.get("height"))))
    return tuple(found)
