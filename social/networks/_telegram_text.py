"""Telegram's way with text: it counts UTF-16 units, and hides where links lead."""

from collections.abc import Iterator
from typing import Any

from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean

MAX_LINK = 1000
_UNIT = 2


def length(text: str) -> int:
    """How long Telegram counts `text`: in UTF-16 code units (core.telegram.org/bots/api#messageentity, 10.1)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // _UNIT


def readable(text: str, entities: Any) -> str:
    """`text` with the addresses of its links written behind the words that hide them.

    Offsets that do not fit (outside, overlapping the end, within a pair of surrogates) change nothing.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    parts: list[bytes] = []
    end = len(units)
    for _begin, until, target in sorted(_links(units, entities), reverse=True):
        if until > end:
            continue
        parts += [units[until:end], f" ({target})".encode("utf-16-le")]
        end = until
    parts.append(units[:end])
    return clean(b"".join(reversed(parts)).decode("utf-16-le", "surrogatepass")).strip()


def _links(units: bytes, entities: Any) -> Iterator[tuple[int, int, str]]:
    """Where hidden links begin and end, in bytes, and where they lead."""
    for entity in mappings(entities):
        offset, size = _whole(entity.get("offset")), _whole(entity.get("length"))
        target = clean(string(entity.get("url")))[:MAX_LINK]
        if entity.get("type") != "text_link" or not target.startswith(("https://", "http://")):
            continue
        if not 0 <= offset < offset + size <= len(units) // _UNIT:
            continue
        begin, until = offset * _UNIT, (offset + size) * _UNIT
        try:
            shown = units[begin:until].decode("utf-16-le")
            units[until:].decode("utf-16-le")
        except UnicodeDecodeError:
            continue
        if shown.strip().rstrip("/") != target.rstrip("/"):
            yield begin, until, target


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def spoken(message: Any) -> str:
    """What a message says in words: its text or caption, else what a person would say of the thing that was sent."""
    for words, marks in (("text", "entities"), ("caption", "caption_entities")):
        if isinstance(message.get(words), str) and message[words]:
            return readable(message[words], message.get(marks))
    place, somebody, poll, dice = (mapping(message.get(name)) for name in ("location", "contact", "poll", "dice"))
    venue = mapping(message.get("venue"))
    parts: list[Any] = []
    if venue:
        parts = [venue.get("title"), venue.get("address")]
    if place:
        parts.append(f"📍 {place.get('latitude')}, {place.get('longitude')}")
    elif somebody:
        parts = [" ".join(_strings(somebody, "first_name", "last_name")), somebody.get("phone_number")]
    elif poll:
        parts = [poll.get("question"), *(f"○ {string(option.get('text'))}" for option in mappings(poll.get("options")))]
    elif dice:
        parts = [f"{string(dice.get('emoji'))} {string(dice.get('value'))}"]
    return clean("\n".join(part for part in parts if isinstance(part, str) and part)).strip()[:4096]


def _strings(fields: Any, *names: str) -> list[str]:
    return [fields[name] for name in names if isinstance(fields.get(name), str) and fields[name]]


def name_of(person: Any) -> str:
    """What a person, a channel or a group calls itself."""
    return clean(" ".join(_strings(person, "first_name", "last_name")) or string(person.get("title"))).strip()[:120]
