"""Lines of visitors: what our own door stores of one, and how it is understood."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from social.networks._shapes import mappings, size, string
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

#: People whom their own browser names; no host site may sign for such an id.
VISITOR = "visitor-"
MAX_TEXT = 5_000
MAX_PERSON = 160
MAX_MEDIA = 20


def item_id(person: str, line: str) -> str:
    """The id of a visitor's line on this network, from the visitor's own id of it: the same however often it is sent."""
    return "in-" + hashlib.sha256(f"{person}\n{line}".encode()).hexdigest()[:40]


def read_line(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand one stored line. Raises Malformed naming the field."""
    identifier, person, text = (payload.get(name) for name in ("id", "person", "text"))
    if not isinstance(identifier, str) or not identifier.isascii() or not 3 < len(identifier) <= MAX_PERSON or "\x00" in identifier:
        raise _wrong("id")
    if not isinstance(person, str) or not person.isprintable() or not 0 < len(person) <= MAX_PERSON:
        raise _wrong("person")
    if not isinstance(text, str) or len(text) > MAX_TEXT * 2:
        raise _wrong("text")
    return Item(
        external_id=identifier,
        root_id=identifier,
        revision=0,
        visibility="private",
        ours=False,
        author=_author(payload, clean(person), account_id),
        counterpart_id="",
        text=clean(text),
        lang="",
        occurred_at=_moment(payload.get("said_at")),
        thread_key=clean(person),
        url=_page(payload.get("page")),
        media=tuple(_media(entry) for entry in mappings(payload.get("media"))[:MAX_MEDIA]),
        # The same id at the widget of another site is another person.
        scope=account_id,
    )


def _wrong(field: str) -> Malformed:
    return Malformed(_("The field `{field}` is missing or not as described.").format(field=field), code=f"bad_{field}")


def _author(payload: Mapping[str, Any], person: str, scope: str) -> Author:
    verified = payload.get("verified") is True
    profile: dict[str, Any] = {"verified": verified}
    if email := clean(string(payload.get("email")))[:254]:
        profile["email"] = email
    shown = person[: len(VISITOR) + 6] if person.startswith(VISITOR) else person
    return Author(person, handle=shown, name=clean(string(payload.get("name")))[:200], profile=profile, scope=scope)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        if moment is None or moment.tzinfo is None or not 2000 <= moment.year <= 2200:
            raise _wrong("said_at")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("said_at") from None


def _media(entry: Mapping[str, Any]) -> Media:
    """A file that we keep already, by the name that our own door gave it."""
    kind, width, height, length = string(entry.get("kind")), *(size(entry.get(name)) for name in ("width", "height", "size"))
    known = kind if kind in ("image", "video", "audio", "file") else "file"
    reference, name = clean(string(entry.get("reference")))[:80], clean(string(entry.get("name")))[:200]
    return Media(known, reference=reference, name=name, width=width, height=height, size=length)


def _page(value: Any) -> str:
    found = string(value)
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    fine = parts.scheme in ("https", "http") and parts.netloc and len(found) <= 300 and found.isprintable() and " " not in found
    return clean(found) if fine else ""
