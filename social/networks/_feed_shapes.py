"""What a feed is once it was read, and words and addresses out of documents that promise nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from social.networks._text import clean

MAX_ENTRIES = 1000
MAX_WORDS = 500
MAX_TITLE = 2000
MAX_MEDIA = 10


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was read; entries are JSON-safe, in the document's order. `empty` are entries that say nothing at all."""

    title: str
    link: str
    lang: str
    ttl_seconds: float
    following: str
    entries: tuple[dict[str, Any], ...]
    empty: tuple[dict[str, Any], ...] = ()
    cut: bool = False
    #: Who calls when it changes, and under which address that one knows it (WebSub); empty without one.
    hub: str = ""
    topic: str = ""


def web(value: Any, base: str) -> str:
    """A web address made whole, or nothing: `javascript:` and whatever else is no place to go."""
    text = words(value, limit=2000)
    try:
        whole = urljoin(base, text) if text else ""
    except ValueError:
        return ""
    return whole if whole.lower().startswith(("https://", "http://")) and len(whole) <= 2000 else ""


def says_anything(row: Mapping[str, Any]) -> bool:
    """Whether there is anything in an entry by which it can be known or read."""
    return bool(row["id"] or row["link"] or row["title"] or row["body"])


def words(value: Any, *, limit: int = MAX_WORDS) -> str:
    """Text on one line, or nothing."""
    return " ".join(clean(value).split())[:limit] if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a mapping (feedparser has its own), else an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def feed_of(rows: list[dict[str, Any]], *, whole: int, **about: Any) -> Feed:
    """A feed of these entries, those that say nothing set apart; `whole` is how many the document held."""
    return Feed(
        entries=tuple(row for row in rows if says_anything(row)),
        empty=tuple({"position": number, **row} for number, row in enumerate(rows) if not says_anything(row)),
        cut=whole > MAX_ENTRIES,
        **about,
    )
