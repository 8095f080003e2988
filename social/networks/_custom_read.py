"""Items of a system of one's own: telling them apart, and understanding them. docs/custom-channel.md says what they look like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from social.networks._custom_files import MAX_MEDIA, media_of, taken_out
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.brought import Enclosed
from social.networks.errors import Malformed
from social.networks.fates import Fate
from social.networks.reactions import Reaction
from social.networks.values import Author, Envelope, Item

#: Ids of items, threads and people: visible ASCII without `#`, which parts an item's id from its revision here.
_ID = re.compile(r"[!-\"$-~]{1,140}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f]{3,280}")
MAX_REVISION = 32_767
MAX_TEXT = 100_000


def is_id(value: Any) -> bool:
    """Whether something can name an item, a thread or a person."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a list of items holds: those that can be told apart, each version once, those that cannot, each with its reason, the
    files that came inside them, and the ids of what was deleted.
    """

    items: tuple[Envelope, ...]
    broken: tuple[tuple[str, Any], ...]
    files: tuple[Enclosed, ...]
    gone: tuple[str, ...]


def sort_out(rows: list[Any]) -> Sorted:
    """Sort a list of items out."""
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    files: list[Enclosed] = []
    gone: list[str] = []
    for given in rows:
        row, inside = taken_out(given)
        identifier, revision = mapping(row).get("id"), mapping(row).get("revision", 0)
        if not is_id(identifier):
            broken.append((_("This item has no usable `id`: 1 to 140 visible ASCII characters without #."), row))
            continue
        if mapping(row).get("deleted") is True:
            gone.append(str(identifier))
            continue
        files += inside
        is_number = isinstance(revision, int) and not isinstance(revision, bool)
        name = _version(str(identifier), revision if is_number else 0)
        items.setdefault(name, Envelope(name, row))
    return Sorted(tuple(items.values()), tuple(broken), tuple(files), tuple(gone))


#: How far a reply came, as a system says it.
REACHED = frozenset({"delivered", "read"})


def states(rows: Any) -> tuple[Fate, ...]:
    """What a system says became of our replies."""
    found = []
    for row in mappings(rows):
        identifier, key, state = row.get("id"), string(row.get("key"))[:100], string(row.get("state"))
        if not is_id(identifier) or state not in REACHED | {"failed"}:
            continue
        if state == "failed":
            reason = clean(string(row.get("reason")))[:300] or _("The system says that it did not arrive.")
            found.append(Fate(str(identifier), key, reason=reason, code="not_delivered"))
        else:
            found.append(Fate(str(identifier), key, reached=state))
    return tuple(found)


#: So many signs of one person below one message are taken, each of so many characters.
MAX_SIGNS, MAX_SIGN = 10, 16


def signs(rows: Any) -> tuple[Reaction, ...]:
    """What a system says of signs below messages: whose, which stand now, and since when."""
    found = []
    for row in mappings(rows):
        identifier, person, given = row.get("id"), row.get("by"), row.get("signs")
        try:
            moment = _moment(row.get("at"))
        except Malformed:
            continue
        if is_id(identifier) and is_id(person) and isinstance(given, list):
            words = (clean(entry).strip() for entry in given[:MAX_SIGNS] if isinstance(entry, str))
            shown = [word for word in words if 0 < len(word) <= MAX_SIGN]
            found.append(Reaction(str(identifier), dict.fromkeys(shown, 1), str(person), moment.isoformat()))
    return tuple(found)


def _version(identifier: str, revision: int) -> str:
    """Each edit is stored beside the version before it."""
    return f"{identifier}#{revision}" if revision else identifier


def read_item(payload: Mapping[str, Any]) -> Item:
    """Understand one item. Raises Malformed naming the field."""
    identifier = payload.get("id")
    if not is_id(identifier):
        raise _wrong("id")
    root = str(identifier)
    revision = payload.get("revision", 0)
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision <= MAX_REVISION:
        raise _wrong("revision")
    visibility = payload.get("visibility", "private")
    if visibility not in ("public", "private"):
        raise _wrong("visibility")
    ours = payload.get("from_us", False)
    if not isinstance(ours, bool):
        raise _wrong("from_us")
    text = payload.get("text", "")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise _wrong("text")
    language = string(payload.get("lang"))
    return Item(
        external_id=_version(root, revision),
        root_id=root,
        revision=revision,
        visibility=visibility,
        ours=ours,
        author=None if ours else _author(payload.get("author")),
        counterpart_id=_optional_id(payload, "customer") if ours else "",
        text=clean(text),
        lang=language if _LANGUAGE.fullmatch(language) else "",
        occurred_at=_moment(payload.get("sent_at")),
        thread_key=_optional_id(payload, "thread") or root,
        parent_id=_optional_id(payload, "reply_to"),
        url=_address(payload.get("url")),
        media=tuple(media_of(entry, _address(entry.get("url"))) for entry in mappings(payload.get("media"))[:MAX_MEDIA]),
    )


def _wrong(field: str) -> Malformed:
    return Malformed(_("The field `{field}` is missing or not as described.").format(field=field), code=f"bad_{field}")


def _author(value: Any) -> Author | None:
    if value is None:
        return None
    found = mapping(value)
    identifier = found.get("id")
    if not is_id(identifier):
        raise _wrong("author")
    profile = {name: clean(string(found.get(name)))[:500] for name in ("bio", "location") if string(found.get(name))}
    for name in ("avatar", "url"):
        if address := _address(found.get(name)):
            profile[name] = address
    return Author(
        external_id=str(identifier),
        handle=clean(string(found.get("handle")))[:200],
        name=clean(string(found.get("name")))[:200],
        profile=profile,
    )


def _optional_id(payload: Mapping[str, Any], field: str) -> str:
    value = payload.get(field)
    if value is None or value == "":
        return ""
    if not is_id(value):
        raise _wrong(field)
    return str(value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        if moment is None or moment.tzinfo is None or not 1990 <= moment.year <= 2200:
            raise _wrong("sent_at")
        return moment.astimezone(UTC)
    except ValueError:
        raise _wrong("sent_at") from None


def _address(value: Any) -> str:
    found = clean(string(value))
    return found if _ADDRESS.fullmatch(found) else ""
