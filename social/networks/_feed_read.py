"""Understanding one stored entry of a feed: a post or a comment. Pure functions.

An envelope stands by itself: `{"feed": {"title", "link", "lang", "scope"}, "entry": {…}, "key": "…", "revision": 0,
"post": "key of the post a comment stands under", "seen_at": "2026-11-27T10:00:00+00:00"}`. The entry is as `_feed_parse`
made it.
"""

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urldefrag, urlsplit

from django.utils.translation import gettext as _

from social.networks._text import clean, text_of_html
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

MAX_KEY = 100
MAX_TEXT = 20_000
MAX_URL = 300
MAX_REVISION = 50
#: Netscape's first RSS is of 1999; a date before that year is a mistake, and so is one that lies ahead.
FIRST_DAY = datetime(1999, 1, 1, tzinfo=UTC)
MAX_AHEAD = timedelta(days=1)
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")
_COMMENT_TITLE = re.compile(r"^(re:|by:|comment on )", re.IGNORECASE)


def fitted(key: str) -> str:
    """A key as the tables hold it: itself while it is short and plain, else its hash."""
    plain = len(key) <= MAX_KEY and key.isprintable() and "~" not in key and key == key.strip()
    return key if plain else "sha256-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:48]


def key_of(entry: Mapping[str, Any], *, doubtful: frozenset[str] = frozenset(), page: str = "") -> str:
    """By what an entry is known again: its id, else its link, else its words.

    `doubtful` are ids that stand for several entries; `page` is the post's own address, which identifies none of its comments.
    """
    identifier, link = _text(entry, "id"), _text(entry, "link")
    if identifier and identifier not in doubtful and identifier != page:
        return fitted(identifier)
    if link and link != page:
        return fitted(link)
    words = "\n".join(_text(entry, name) for name in ("title", "body", "published"))
    return "words-" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:48]


def version_id(key: str, revision: int) -> str:
    """The id of one version: the first has the key itself, edited ones their own."""
    return f"{key}~{revision}" if revision else key


def words_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text as a person reads them."""
    title, body = _text(entry, "title"), _text(entry, "body")
    shown = text_of_html(title) if entry.get("title_is_html") is True else html.unescape(clean(title))
    text = text_of_html(body) if entry.get("body_is_html") is not False else clean(body)
    return " ".join(shown.split())[:500], text.strip()


def digest_of(entry: Mapping[str, Any]) -> str:
    """Tells whether the words changed. Not their dress: counters and trackers in the HTML differ each time."""
    return hashlib.sha256("\n".join(words_of(entry)).encode("utf-8", "replace")).hexdigest()[:12]


def read_item(payload: Mapping[str, Any]) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    entry, feed = payload.get("entry"), _mapping(payload.get("feed"))
    key, revision = payload.get("key"), payload.get("revision")
    if not isinstance(entry, dict):
        raise Malformed(_("The item holds no entry of a feed."), code="no_entry")
    if not isinstance(key, str) or not key or fitted(clean(key)) != key:
        raise Malformed(_("The entry has no usable id."), code="bad_id")
    if isinstance(revision, bool) or not isinstance(revision, int) or not 0 <= revision <= MAX_REVISION:
        raise Malformed(_("The entry's version cannot be read."), code="bad_revision")
    title, text = words_of(entry)
    post = fitted(clean(_text(payload, "post"))) if _text(payload, "post") else ""
    if not title and not text:
        text = _text(entry, "link")
    if not text and not title:
        raise Malformed(_("The entry has neither title nor text."), code="no_text")
    if title and not (post and text and _COMMENT_TITLE.match(title)) and not text.startswith(title):
        text = f"{title}\n\n{text}" if text else title
    scope = clean(_text(feed, "scope"))[:128]
    answers = _text(entry, "answers")
    return Item(
        external_id=version_id(key, revision),
        root_id=key,
        revision=revision,
        visibility="public",
        ours=False,
        author=_author(entry, feed),
        counterpart_id="",
        text=text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip() + " …",
        lang=_language(entry, feed),
        occurred_at=_occurred_at(entry, payload),
        thread_key=post or key,
        parent_id=fitted(clean(answers)) if answers else post,
        url=_address(_text(entry, "link"), _text(feed, "link")),
        media=_media(entry),
        scope=scope,
    )


def under(entry: Mapping[str, Any]) -> str:
    """The key of the post that an entry stands under by its own word (RFC 4685, or a link that goes on with #); else empty."""
    answered = _text(entry, "answers") or _text(entry, "answers_link")
    if answered:
        return fitted(answered)
    page, fragment = urldefrag(_text(entry, "link"))
    return fitted(page) if "comment" in fragment and page else ""


def _occurred_at(entry: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    """The entry's own time; where it has none that can be right, when it was first seen."""
    seen = _moment(payload.get("seen_at"))
    stated = _moment(entry.get("published"))
    if seen is None and stated is None:
        raise Malformed(_("The entry has no time that can be read."), code="bad_time")
    if stated is None or stated < FIRST_DAY or (seen is not None and stated > seen + MAX_AHEAD):
        stated = seen
    if stated is None:
        said = clean(repr(entry.get("published")))[:60]
        raise Malformed(_("The time cannot be right: {time}").format(time=said), code="bad_time")
    return stated


def _author(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> Author | None:
    """Who wrote it, by address or by name within this site; where nobody is named, the site itself."""
    row = _mapping(entry.get("author"))
    name, email, href = (clean(_text(row, part)).strip() for part in ("name", "email", "href"))
    if name or email or href:
        known = email.lower() or (href if href.startswith(("https://", "http://")) else "") or name.casefold()
        profile = {key: value for key, value in (("url", href), ("email", email)) if value}
        return Author(external_id=fitted(known), name=(name or email or href)[:120], profile=profile)
    title = clean(_text(feed, "title")).strip()
    return Author(external_id="site", name=title[:120]) if title else None


def _media(entry: Mapping[str, Any]) -> tuple[Media, ...]:
    rows = entry.get("media")
    found = []
    for row in map(_mapping, rows if isinstance(rows, list) else []):
        kind, url = _text(row, "type").partition("/")[0], _text(row, "url")
        if url.startswith(("https://", "http://")) and len(url) <= 1000:
            kind = kind if kind in ("image", "video", "audio") else "file"
            found.append(Media(kind, clean(url), alt=clean(_text(row, "title"))[:1000]))
    return tuple(found)


def _address(*candidates: str) -> str:
    """The first that is a web address and fits; half of one leads nowhere."""
    fitting = (clean(url) for url in candidates if url.lower().startswith(("https://", "http://")) and len(url) <= MAX_URL)
    return next(fitting, "")


def _language(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> str:
    code = _text(entry, "lang") or _text(feed, "lang")
    code = code.replace("_", "-").split("-")[0].lower()
    return code if _LANGUAGE.match(code) else ""


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def scope_of(address: str) -> str:
    """Within what an author's name means one person: the site."""
    return (urlsplit(address).hostname or "")[:128]


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
