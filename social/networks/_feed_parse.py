"""From bytes to a feed: the right letters, no document type, a look at the shape before feedparser is let at it.

feedparser 6.0.14 needs 30 seconds for some documents of 1 to 4 MB (deep nesting, bare ampersands; measured 2026-11-27), and its
lenient reader takes anything. So expat goes through first: it refuses entity declarations, counts elements and depth, and only a
small document may be broken.
"""

import calendar
import codecs
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin
from xml.parsers import expat

import feedparser
from django.utils.translation import gettext as _

from social.networks._feed_json import read_json_feed
from social.networks._feed_shapes import MAX_ENTRIES, MAX_MEDIA, MAX_TITLE, Feed, feed_of, listed, mapping, web, words
from social.networks._feed_wire import TROUBLE_SECONDS, Document
from social.networks._text import MAX_HTML, clean
from social.networks.errors import Rejected, TryLater

MAX_ELEMENTS = 30_000
MAX_DEPTH = 100
#: So many characters of a document that is not well formed are still worth the lenient reader's time.
MAX_BROKEN = 250_000
#: Charsets of documents. Python knows more, among them ones that run away or unpack.
_CHARSET = re.compile(
    r"^(utf-?(8|16|32)|iso-?8859-?\d|iso-?2022|windows-?\d|cp\d|koi8|big5|gb|euc|shift|ms932|hz|mac|tis|us-ascii|latin)"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})


def parse(document: Document) -> Feed | None:
    """The feed in an answer, or None when it holds none. Raises Rejected for what is refused unread, TryLater."""
    text = _CONTROLS.sub("", _decoded(document))
    if text.lstrip().startswith("{"):
        return read_json_feed(text, document.address)
    if not text.lstrip().startswith("<"):
        return None
    text = "<?xml version='1.0' encoding='utf-8'?>\n" + _DECLARATION.sub("", text).lstrip()
    body = text.encode("utf-8", "ignore")
    if not _is_well_formed(body) and (len(text) > MAX_BROKEN or re.search(r"<!\s*ENTITY", text, re.IGNORECASE)):
        raise Rejected(_("What is served there is damaged, and too large to be mended."), code="damaged")
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": document.address}
    try:
        # A stream, because feedparser opens what else it is given: files, addresses.
        found = feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
        return _feed(found, document.address) if found.get("version") else None
    except Exception as error:
        raise TryLater(
            _("The feed cannot be read ({error}).").format(error=type(error).__name__), seconds=TROUBLE_SECONDS, code="unreadable"
        ) from error


def _decoded(document: Document) -> str:
    """The text. UTF-8 wins over what is declared when it fits: other letters all but never look like it by chance."""
    body = document.body
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return body.decode(charset, "replace").removeprefix("\ufeff")
    _kind, _mark, parameters = document.headers.get("content-type", "").lower().partition("charset=")
    declared = _DECLARED.match(body[:1000])
    names = [parameters.split(";")[0].strip(" \"'"), declared[1].decode().lower() if declared else ""]
    stateful = [name for name in names if name.startswith(("iso-2022", "hz"))]
    for name in (*stateful, "utf-8", *names):
        if not _CHARSET.match(name):
            continue
        try:
            return body.decode(name)
        except (UnicodeError, LookupError):
            continue
    return body.decode("windows-1252", "replace")


class _Shape:
    """Counts what expat meets, and stops it where no feed goes on."""

    def __init__(self) -> None:
        self.elements = self.depth = 0

    def begin(self, _name: str, _attributes: Any) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise Rejected(_("What is served there is too large to be a feed."), code="too_large")

    def end(self, _name: str) -> None:
        self.depth -= 1

    def doctype(self, _name: str, _system: Any, _public: Any, has_internal_subset: bool) -> None:
        if has_internal_subset:
            raise Rejected(_("The feed declares entities of its own; such feeds are not opened."), code="entities")


def _is_well_formed(body: bytes) -> bool:
    """Whether it is XML; raises Rejected for what is refused whatever follows."""
    shape, parser = _Shape(), expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = shape.begin, shape.end
    parser.StartDoctypeDeclHandler = shape.doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        return False
    return True


def _feed(found: Any, address: str) -> Feed:
    about = found.feed
    rows = [_entry(raw, address) for raw in found.entries[:MAX_ENTRIES]]
    links = [mapping(link) for link in listed(about.get("links"))]
    following, hub, topic = (
        next((web(link.get("href"), address) for link in links if link.get("rel") == rel), "") for rel in ("next", "hub", "self")
    )
    ttl = words(about.get("ttl"))
    return feed_of(
        rows,
        whole=len(found.entries),
        title=words(about.get("title"))[:200],
        link=web(about.get("link"), address),
        lang=words(about.get("language"))[:20],
        ttl_seconds=float(ttl[:6]) * 60 if ttl.isascii() and ttl.isdigit() else 0.0,
        following=following,
        hub=hub,
        topic=topic,
    )


def _entry(raw: Any, address: str) -> dict[str, Any]:
    """One entry as it is kept: feedparser's many names reduced to ours."""
    content = next((mapping(part) for part in listed(raw.get("content")) if mapping(part).get("value")), {})
    content = content or mapping(raw.get("summary_detail")) or {"value": raw.get("summary", "")}
    author = mapping(raw.get("author_detail"))
    parent = mapping(raw.get("thr_in-reply-to"))
    comments = _replies(raw, address)
    return {
        "id": words(raw.get("id")),
        "link": web(raw.get("link"), address),
        "title": clean(str(raw.get("title") or ""))[:MAX_TITLE],
        "title_is_html": "html" in str(mapping(raw.get("title_detail")).get("type")),
        "body": clean(str(content.get("value") or ""))[:MAX_HTML],
        "body_is_html": content.get("type") != "text/plain",
        "author": {name: words(author.get(name)) for name in ("name", "email", "href")},
        "published": _moment(raw.get("published_parsed")) or _moment(raw.get("updated_parsed")),
        "lang": words(content.get("language"))[:20],
        "answers": words(parent.get("ref")),
        "answers_link": web(parent.get("href"), address),
        "comments": comments,
        "comments_count": words(raw.get("slash_comments") or raw.get("thr_total")),
        "media": _media(raw, address),
    }


def _replies(raw: Any, address: str) -> str:
    """Where the comments of an entry are: wfw:commentRss, or Atom's link (RFC 4685); empty when it does not say."""
    stated = web(raw.get("wfw_commentrss"), address)
    links = [mapping(link) for link in listed(raw.get("links"))]
    replies = [web(link.get("href"), address) for link in links if link.get("rel") == "replies" and "xml" in str(link.get("type"))]
    return stated or next(iter(replies), "")


def _media(raw: Any, address: str) -> list[dict[str, str]]:
    """Enclosures and Media RSS: address, type and words."""
    links = [link for link in listed(raw.get("links")) if mapping(link).get("rel") == "enclosure"]
    found: dict[str, dict[str, str]] = {}
    for entry in [*links, *listed(raw.get("media_content"))]:
        row = mapping(entry)
        url = web(row.get("href") or row.get("url"), address)
        if url:
            kind = words(row.get("type") or row.get("medium"))
            found.setdefault(url, {"url": url, "type": kind, "title": words(row.get("title"))})
    return list(found.values())[:MAX_MEDIA]


def alternates(document: Document) -> list[str]:
    """The feeds a page names in its head (`link rel=alternate`), that of the posts first, those of comments last."""
    finder = _Alternates()
    finder.feed(_decoded(document)[:MAX_HTML])
    found = [(said, web(href, urljoin(document.address, finder.base))) for said, href in finder.found]
    return [url for said, url in sorted(found, key=lambda pair: "comment" in pair[0]) if url]


class _Alternates(HTMLParser):
    """Gathers (title and address in small letters, address) of a page's feeds."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        href = given.get("href", "")
        if tag == "base" and not self.base:
            self.base = href
        elif tag in ("link", "a") and href and "alternate" in given.get("rel", "").lower().split():
            is_feed = given.get("type", "").split(";")[0].strip().lower() in _FEED_TYPES
            self.found += [(f"{given.get('title', '')} {href}".lower(), href)] if is_feed else []


def _moment(value: Any) -> str:
    """feedparser's time in UTC as ISO text; nothing when there is none that can be."""
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC).isoformat() if value else ""
    except (TypeError, ValueError, OverflowError, OSError, IndexError):
        return ""
