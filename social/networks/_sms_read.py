"""Understanding one stored text message of Twilio's. Pure functions.

twilio.com/docs/messaging/api/message-resource and …/guides/webhook-request, read 2026-11. An envelope stands by itself:

    {"kind": "message", "item": {a row of the list}, "media": [rows of its Media list], "seen_at": "…"}
    {"kind": "message", "form": {what a webhook brought}, "seen_at": "…"}

Both give the same id, which is Twilio's. One other party's number is one conversation.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _

from social.networks._shapes import mapping, mappings, string
from social.networks._sms_wire import SITE, sid
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.values import Author, Item, Media

MESSAGES = ("SM", "MM")
MAX_AHEAD = timedelta(days=1)
#: Twilio opened that year.
FIRST_DAY = datetime(2008, 1, 1, tzinfo=UTC)
MAX_MEDIA = 10
#: A number, a short code, or the name in which a company writes (twilio.com/docs/glossary/what-alphanumeric-sender-id).
_PARTY = re.compile(r"^(\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 _+&-]{1,11})$")
#: What a telephone shows of somebody who hides (twilio.com/docs/voice/twiml#twilios-request-to-your-application, read 2026-11).
HIDDEN = frozenset({"+7378742833", "+2562533", "+8656696", "+266696687", "+86282452253", "anonymous", "restricted", "unknown", ""})
#: support.twilio.com, “Twilio support for opt-out keywords”, read 2026-11. Twilio heeds them by itself and refuses with 21610.
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START = frozenset({"START", "UNSTOP", "YES"})


def party(value: Any) -> str:
    """The other side's number or name, or nothing for what can be none."""
    text = clean(string(value)).strip()
    return text if _PARTY.match(text) and text.lower() not in HIDDEN else ""


def moment_of(value: Any) -> datetime | None:
    """A time of Twilio's lists (RFC 2822), in UTC."""
    try:
        found = parsedate_to_datetime(string(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC) if 1 < found.year < 9000 else None


def seen_at(payload: Mapping[str, Any]) -> datetime | None:
    """When we saw an item, as its envelope says."""
    try:
        seen = datetime.fromisoformat(string(payload.get("seen_at"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return seen if 2000 < seen.year < 9000 else None


def likely(when: datetime | None, payload: Mapping[str, Any], stated: Any) -> datetime:
    """`when`, if it can be right. Raises Malformed."""
    if when is None:
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    seen = seen_at(payload)
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def is_ours(row: Mapping[str, Any]) -> bool:
    """Whether a row of a list went out from us."""
    return string(row.get("direction")).startswith("outbound")


def read_message(payload: Mapping[str, Any]) -> Item:
    """Understand an envelope of a text message. Raises Malformed with the reason."""
    row, form = mapping(payload.get("item")), mapping(payload.get("form"))
    if not row and not form:
        raise Malformed(_("The item holds nothing."), code="no_item")
    identifier = sid(row.get("sid") if row else form.get("MessageSid"), *MESSAGES)
    if not identifier:
        raise Malformed(_("The message has no usable number."), code="bad_id")
    ours = bool(row) and is_ours(row)
    other = party((row.get("to") if ours else row.get("from")) if row else form.get("From"))
    if not other:
        raise Malformed(_("The message does not say who the customer is."), code="no_customer")
    text = clean(string(row.get("body") if row else form.get("Body")))
    stated = row.get("date_sent") or row.get("date_created")
    return Item(
        external_id=identifier,
        root_id=identifier,
        revision=0,
        visibility="private",
        ours=ours,
        author=None if ours else Author(other, handle=other, profile=_profile(text, form)),
        counterpart_id=other if ours else "",
        text=text,
        lang="",
        occurred_at=likely(moment_of(stated) if row else seen_at(payload), payload, stated),
        thread_key=other,
        media=_media(payload),
    )


def _profile(text: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Where the number is at home, and whether its owner just forbade us to write, or allowed it again."""
    found: dict[str, Any] = {}
    word, said = string(form.get("OptOutType")).upper(), text.strip().upper()
    if word == "STOP" or said in STOP:
        found["opted_out"] = True
    elif word == "START" or said in START:
        found["opted_out"] = False
    place = [clean(string(form.get(name))).strip()[:60] for name in ("FromCity", "FromState", "FromCountry")]
    if any(place):
        found["location"] = ", ".join(part for part in place if part)
    return found


def _media(payload: Mapping[str, Any]) -> tuple[Media, ...]:
    """What hangs on a message: a webhook names addresses, a list only paths."""
    form = mapping(payload.get("form"))
    if form:
        rows = [(form.get(f"MediaUrl{n}"), form.get(f"MediaContentType{n}")) for n in range(MAX_MEDIA)]
    else:
        rows = [(_address(row), row.get("content_type")) for row in mappings(payload.get("media"))[:MAX_MEDIA]]
    return tuple(
        Media(kind_of(string(kind)), url=address[:500])
        for address, kind in ((clean(string(given)), kind) for given, kind in rows)
        if address.startswith("https://")
    )


def _address(row: Mapping[str, Any]) -> str:
    """Where a medium of a list lies: its own document's path without the ending."""
    uri = string(row.get("uri"))
    return f"{SITE}{uri.removesuffix('.json')}" if uri.startswith("/2010-04-01/Accounts/") else ""


def kind_of(mime: str) -> str:
    """image, video, audio or file."""
    first = mime.partition("/")[0].lower()
    return first if first in ("image", "video", "audio") else "file"
