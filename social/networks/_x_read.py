"""Understanding one stored item of X: a post that mentions us, or an event of a direct conversation. Pure functions.

An envelope stands by itself, so that it can be read again years later: `{"feed": "mentions" | "dm", "post": {…},
"author": {…} | null, "media": […], "referenced": […], "seen_at": "2026-11-23T10:00:00+00:00"}`
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.utils.translation import gettext as _

from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._x_names import pick
from social.networks._x_text import readable, unescape
from social.networks.errors import Malformed
from social.networks.heard import Quoted
from social.networks.values import Author, Item, Media

MENTIONS = "mentions"
DIRECT = "dm"
QUOTES = "quotes"
SEARCH = "search"
FOUND_BY: dict[str, Literal["search", "quote"]] = {SEARCH: "search", QUOTES: "quote"}
#: The first post on X was written that day; nothing is older.
FIRST_DAY = datetime(2006, 3, 21, tzinfo=UTC)
MAX_AHEAD = timedelta(days=1)
MAX_QUOTED = 1000
#: Milliseconds since 1970 at which X's ids begin to count (twitter-archive/snowflake, IdWorker, read 2026-11).
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
MEDIA_KINDS = {"photo": "image", "animated_gif": "video", "video": "video"}
PROFILE_KEYS = ("description", "location", "profile_image_url", "protected", "verified", "created_at")
#: What X calls languages by other names than everybody else, and what it says when it does not know.
LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = re.compile(r"^(und|zxx|art|q[a-z]{2})$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")
_ID = re.compile(r"^[0-9]{1,20}$")
_CONVERSATION = re.compile(r"^([0-9]{1,20})-([0-9]{1,20})$")


def is_id(value: Any) -> bool:
    """Whether `value` can be one of X's ids."""
    return isinstance(value, str) and _ID.match(value) is not None


def direct_id(identifier: str) -> str:
    """A direct message's id as the rest of Rabta sees it: messages and posts must not be taken for each other."""
    return f"dm-{identifier}"


def written_at(identifier: int) -> datetime:
    """When X made this id."""
    return datetime.fromtimestamp(((identifier >> 22) + SNOWFLAKE_EPOCH_MS) / 1000, UTC)


def first_id_at(moment: datetime) -> int:
    """The smallest id X can have made at `moment`."""
    return max(int(moment.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS, 0) << 22


def moment_of(value: Any) -> datetime | None:
    """X's time, with or without fractions, or None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_item(payload: Mapping[str, Any], *, account_id: str, site: str) -> Item:
    """Understand an envelope. `site` is the address before a post's path. Raises Malformed with the reason."""
    post = payload.get("post")
    if not isinstance(post, dict):
        raise Malformed(_("The item holds no post."), code="no_post")
    identifier = string(post.get("id"))
    if not is_id(identifier):
        raise Malformed(_("The id is not a number: {id}").format(id=clean(repr(post.get("id")))[:60]), code="bad_id")
    when = _occurred_at(post, payload)
    if payload.get("feed") == DIRECT:
        return _event(post, payload, identifier=identifier, when=when, account_id=account_id)
    return _post(post, payload, identifier=identifier, when=when, account_id=account_id, site=site)


def _occurred_at(post: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    stated = post.get("created_at")
    when = moment_of(stated)
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = moment_of(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _post(
    post: Mapping[str, Any], payload: Mapping[str, Any], *, identifier: str, when: datetime, account_id: str, site: str
) -> Item:
    long_text = mapping(pick(post, "long_text"))
    whole = long_text if isinstance(long_text.get("text"), str) else post
    if not isinstance(whole.get("text"), str):
        raise Malformed(_("The post has no text field."), code="no_text")
    history = [entry for entry in _list(pick(post, "edit_history")) if is_id(entry)]
    author_id = string(post.get("author_id"))
    author = _author(author_id, payload)
    handle = author.handle if author else ""
    return Item(
        external_id=identifier,
        root_id=history[0] if history else identifier,
        revision=history.index(identifier) if identifier in history else max(len(history) - 1, 0),
        visibility="public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=readable(whole["text"], whole.get("entities")),
        lang=_language(post.get("lang")),
        occurred_at=when,
        thread_key=_id_or(post.get("conversation_id"), identifier),
        parent_id=next((string(r.get("id")) for r in references(post) if r.get("type") == "replied_to"), ""),
        url=f"{site}/{handle or 'i'}/status/{identifier}",
        media=_media(payload),
        quoted=_quoted(post, payload, account_id, site),
        found_by=FOUND_BY.get(string(payload.get("feed")), ""),
    )


def _quoted(post: Mapping[str, Any], payload: Mapping[str, Any], account_id: str, site: str) -> Quoted | None:
    """The post quoted, where X gave it along: deleted and protected ones are missing."""
    identifier = next((string(r.get("id")) for r in references(post) if r.get("type") == "quoted"), "")
    found = next((entry for entry in mappings(payload.get("referenced")) if string(entry.get("id")) == identifier), None)
    if found is None or not isinstance(found.get("text"), str):
        return None
    author = string(found.get("author_id"))
    text = readable(found["text"], found.get("entities"))
    return Quoted(text=text[:MAX_QUOTED], url=f"{site}/i/status/{identifier}", ours=bool(author) and author == account_id)


def _event(post: Mapping[str, Any], payload: Mapping[str, Any], *, identifier: str, when: datetime, account_id: str) -> Item:
    sender_id = string(post.get("sender_id"))
    text, media = post.get("text"), _media(payload)
    if not isinstance(text, str) and not media:
        raise Malformed(_("The message has neither text nor a picture."), code="no_text")
    ours = sender_id == account_id
    thread = clean(string(post.get("dm_conversation_id")))[:100]
    other = _other_side(thread, post, account_id) if ours else sender_id
    if not thread and is_id(other):
        # X names a conversation of two after both, the older account first.
        thread = "-".join(sorted((account_id, other), key=int))
    if not thread:
        raise Malformed(_("The message belongs to no conversation."), code="no_thread")
    return Item(
        external_id=direct_id(identifier),
        root_id=direct_id(identifier),
        revision=0,
        visibility="private",
        ours=ours,
        author=_author(sender_id, payload),
        counterpart_id=other if is_id(other) else "",
        text=readable(text, _event_entities(post)) if isinstance(text, str) else "",
        lang=_language(post.get("lang")),
        occurred_at=when,
        thread_key=thread,
        media=media,
    )


def _event_entities(post: Mapping[str, Any]) -> Any:
    """Entities of a message: below their own name in newer documents, flat in older ones."""
    return post.get("entities") or {"urls": post.get("urls")}


def _other_side(thread: str, post: Mapping[str, Any], account_id: str) -> str:
    """The other one of a conversation of two; empty for a group."""
    pair = _CONVERSATION.match(thread)
    sides = list(pair.groups()) if pair else [string(entry) for entry in _list(post.get("participant_ids"))]
    others = [side for side in sides if side != account_id]
    return others[0] if len(sides) == 2 and len(others) == 1 else ""


def references(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a post refers to: each with `type` (replied_to, quoted, retweeted) and a proper `id`."""
    return [entry for entry in mappings(pick(post, "references")) if is_id(string(entry.get("id")))]


def _author(identifier: str, payload: Mapping[str, Any]) -> Author | None:
    """Who wrote it. A suspended or protected author comes as a bare id, and sometimes not even that."""
    if not is_id(identifier):
        return None
    user = mapping(payload.get("author"))
    if string(user.get("id")) != identifier:
        return Author(external_id=identifier)
    profile = {key: _plain(user[key]) for key in PROFILE_KEYS if isinstance(user.get(key), (str, bool))}
    followers = mapping(user.get("public_metrics")).get("followers_count")
    if isinstance(followers, int):
        profile["followers"] = followers
    return Author(
        external_id=identifier,
        handle=clean(string(user.get("username"))).lstrip("@")[:120],
        name=unescape(clean(string(user.get("name")))).strip()[:120],
        profile=profile,
    )


def _plain(value: str | bool) -> Any:
    return unescape(clean(value))[:1000] if isinstance(value, str) else value


def _media(payload: Mapping[str, Any]) -> tuple[Media, ...]:
    return tuple(
        Media(
            kind=MEDIA_KINDS.get(string(entry.get("type")), "file"),
            url=_media_url(entry),
            alt=clean(string(entry.get("alt_text")))[:1000],
            width=_size(entry.get("width")),
            height=_size(entry.get("height")),
        )
        for entry in mappings(payload.get("media"))
    )


def _media_url(entry: Mapping[str, Any]) -> str:
    """The picture itself, else the still picture of a film, else the film; only web addresses."""
    films = [string(film.get("url")) for film in mappings(entry.get("variants"))]
    for url in (string(entry.get("url")), string(entry.get("preview_image_url")), *films):
        if url.startswith(("https://", "http://")):
            return clean(url)[:1000]
    return ""


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 100_000 else None


def _language(value: Any) -> str:
    code = string(value)
    if not _LANGUAGE.match(code) or _NO_LANGUAGE.match(code):
        return ""
    return LANGUAGES.get(code, code)


def _id_or(value: Any, fallback: str) -> str:
    identifier = string(value)
    return identifier if is_id(identifier) else fallback


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
