"""The door of web chat: whose widget, who writes, what they say, what they were answered. docs/adr/webchat.md.

A visitor's line is stored raw first and digested by ingest, as everything that comes in; it stands once however often it is sent.
An answer joins the visitor's lines in the commit that calls its delivery `sent`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound, RabtaError
from core.limits import take
from core.names import clean_name, shows_something
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, ChannelState, ChatLine, ChatThread, ChatWidget, StoredFile
from social.models.chat import Asked
from social.networks import network_of
from social.networks._text import clean
from social.networks._webchat_read import MAX_TEXT, VISITOR, item_id
from social.networks.errors import Unauthorized
from social.networks.values import Envelope, Media, Page
from social.services import credentials
from social.services.addresses import HEARD, channel_behind
from social.services.chat_widgets import SIGNING, widget_of
from social.services.pulling import insert_items

MAX_USER = 120
#: The most characters of one line.
LONGEST = MAX_TEXT
MAX_LINES = 100
#: What one may do: how often, in how many seconds.
SAY_EACH = (20, 60)
SAY_ADDRESS = (120, 60)
NEW_ADDRESS = (30, 3600)
READ_ADDRESS = (600, 60)
#: What a browser keeps to be known again: 256 random bits.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LINE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")

#: Makes the thread or finds it, and locks it till the commit: lines get their numbers one after the other.
THREAD = """
INSERT INTO social_chatthread AS t (workspace_id, channel_id, person, verified, name, email, lines, created_at, seen_at)
VALUES (%(w)s, %(c)s, %(person)s, %(verified)s, %(name)s, %(email)s, 0, %(now)s, %(now)s)
ON CONFLICT (workspace_id, channel_id, person) DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), t.name), email = coalesce(nullif(excluded.email, ''), t.email),
    verified = t.verified OR excluded.verified, seen_at = CASE WHEN %(ours)s THEN t.seen_at ELSE excluded.seen_at END
RETURNING id, lines, name, email
"""
LINE = """
WITH counted AS (UPDATE social_chatthread SET lines = lines + 1 WHERE workspace_id = %(w)s AND id = %(t)s RETURNING lines)
INSERT INTO social_chatline (workspace_id, thread_id, number, ours, key, text, files, said_at)
SELECT %(w)s, %(t)s, lines, %(ours)s, %(key)s, %(text)s, %(files)s, %(now)s FROM counted RETURNING number
"""


class TooOften(RabtaError):
    """Somebody is faster than a person writes. Nothing was kept."""

    status = 429
    code = "slow_down"


class NotThem(RabtaError):
    """Nobody signed for this id, or not so. Nothing was kept or shown."""

    status = 401
    code = "bad_signature"


@dataclass(frozen=True, slots=True)
class Place:
    """A widget whose key was found and whose page may show it."""

    workspace_id: int
    channel: Channel
    widget: ChatWidget
    origin: str

    @property
    def is_away(self) -> bool:
        """Whether answers will take their time: nobody sends through this channel just now."""
        return self.channel.state != ChannelState.CONNECTED


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes: proven by the host site's signature, or known by what their browser keeps."""

    id: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What a widget shows of a line."""

    number: int
    ours: bool
    text: str
    said_at: datetime
    #: What hangs on it, in its order.
    files: tuple[StoredFile, ...] = ()


#: Binds the files of one line inside its transaction: `chat_files` knows how, and is above this file. Returns files and media.
Binding = Callable[[], tuple[list[StoredFile], list[Media]]]


def enter(*, key: str, origin: str) -> Place:
    """The widget of a public key, for a page of `origin`. Opens a short transaction.

    Raises NotFound for a key that leads nowhere or to a channel that was let go of, Forbidden for a page that is not on its list.
    """
    row = channel_behind(key)
    if row is None:
        raise NotFound(_("There is no chat at this address."))
    workspace_id, channel_id = row
    with tenant(workspace_id, step="chat.enter"):
        channel = Channel.objects.get(id=channel_id)
        widget = widget_of(channel)
    if not network_of(channel.network).hosted or channel.state == ChannelState.DISCONNECTED:
        raise NotFound(_("There is no chat at this address."))
    if not _may_show(widget, origin):
        message = _("Pages of {origin} may not show this chat. Its settings name the sites that may.")
        raise Forbidden(message.format(origin=clean_name(origin)[:80] or "?"), field="origin", code="origin_not_allowed")
    return Place(workspace_id, channel, widget, origin)


def _may_show(widget: ChatWidget, origin: str) -> bool:
    """Whether the channel names the site of a page."""
    return bool(origin) and origin in widget.origins


def person_of(place: Place, given: Mapping[str, Any]) -> Person:
    """Who asks. With `user` the host site's `signature` must fit; else `token` is what the visitor's browser made and keeps.

    Raises Invalid naming the field, NotThem for a signature that proves nothing.
    """
    user, token = given.get("user"), given.get("token")
    if user is None:
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise Invalid(_("The token is 43 letters, digits, - and _, made by the visitor's browser."), field="token")
        # The channel is in it, so that one browser's token is no name across two companies.
        return Person(VISITOR + hashlib.sha256(f"{place.channel.id}:{token}".encode()).hexdigest()[:32], verified=False)
    if not isinstance(user, str) or not 0 < len(user) <= MAX_USER or not user.isprintable() or user.startswith(VISITOR):
        raise Invalid(_("A user's id is 1 to {limit} visible characters.").format(limit=MAX_USER), field="user")
    signature = given.get("signature")
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise Invalid(_("The signature is the HMAC-SHA-256 of the user's id in 64 small hexadecimal digits."), field="signature")
    secret = _signing_secret(place)
    if not secret:
        raise NotThem(_("This chat has no signing secret yet, so nobody can be signed in to it."), field="user", code="no_secret")
    if not _proves(signature, secret, user):
        raise NotThem(_("The signature does not fit this user's id and the secret of this chat."), field="signature")
    return Person(user, verified=True)


def _proves(signature: str, secret: str, user: str) -> bool:
    """Whether the site signed for this id."""
    return hmac.compare_digest(sign(secret, user), signature)


def sign(secret: str, user: str) -> str:
    """What a host site puts beside the id of its signed-in user."""
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()


def _signing_secret(place: Place) -> str:
    try:
        access = credentials.open_access(workspace_id=place.workspace_id, channel_id=place.channel.id)
    except Unauthorized:
        return ""
    return access.secrets.get(SIGNING, "")


def say(place: Place, person: Person, *, address: str, given: Mapping[str, Any], binding: Binding | None = None) -> Line:
    """Take one line of a visitor: raw for the inbox, numbered for the widget, both in one commit, once for its `id`.

    `given`: `id` (the visitor's browser made it), `text`, and perhaps `name`, `email`, `page`. `address` is where it came from;
    `binding` takes the files that go along, with which the text may be empty.
    Raises Invalid naming the field, Conflict for an id used for other words, TooOften.
    """
    key, text = given.get("id"), _text(given.get("text"), may_be_empty=binding is not None)
    if not isinstance(key, str) or not _LINE.fullmatch(key):
        raise Invalid(_("A message's id is 8 to 64 letters, digits, - and _."), field="id")
    name, email = _name(given.get("name")), _email(given.get("email"))
    page = _page(place, given.get("page"))
    slowly(place, f"say:{person.id}", SAY_EACH)
    slowly(place, f"say-from:{address}", SAY_ADDRESS)
    moment = now()
    with tenant(place.workspace_id, step="chat.say"), connection.cursor() as cursor:
        values = {"verified": person.verified, "name": name, "email": email, "ours": False, "now": moment}
        thread_id, lines, name, email = _thread(cursor, place.channel.id, person.id, values)
        earlier = ChatLine.objects.filter(thread_id=thread_id, key=f"in-{key}").first()
        if earlier is not None:
            if earlier.text != text:
                raise Conflict(_("This id was already used for another message."), field="id", code="key_reused")
            return _shown([earlier])[0]
        if lines == 0:
            _prechat(place, person, name=name, email=email)
            slowly(place, f"new-from:{address}", NEW_ADDRESS)
        files, media = binding() if binding else ([], [])
        number = _add(
            cursor, thread_id, key=f"in-{key}", text=text, ours=False, moment=moment, files=[row.id for row in files]
        )
        identifier = item_id(person.id, key)
        payload = {
            "id": identifier, "person": person.id, "verified": person.verified, "name": name, "email": email,
            "text": text, "said_at": moment.isoformat(), "page": page,
            **({"media": [medium.as_json() for medium in media]} if media else {}),
        }  # fmt: skip
        stored = Page((Envelope(identifier, payload),), {})
        new = insert_items(cursor, workspace_id=place.workspace_id, channel_id=place.channel.id, page=stored)
        cursor.execute(HEARD, [new, place.workspace_id, place.channel.id])
    return Line(number, ours=False, text=text, said_at=moment, files=tuple(files))


def _thread(cursor: Any, channel_id: int, person: str, values: Mapping[str, Any]) -> tuple[int, int, str, str]:
    cursor.execute(THREAD, {"w": current_workspace_id(), "c": channel_id, "person": person, **values})
    row: tuple[int, int, str, str] = cursor.fetchone()
    return row


def _add(
    cursor: Any, thread_id: int, *, key: str, text: str, ours: bool, moment: datetime, files: Iterable[int] = ()
) -> int:
    """One more line of a thread whose row the caller has locked. Its open widgets are told after the commit."""
    workspace_id = current_workspace_id()
    said = {"ours": ours, "key": key, "text": text, "files": list(files), "now": moment}
    cursor.execute(LINE, {"w": workspace_id, "t": thread_id, **said})
    number: int = cursor.fetchone()[0]
    push_changed(visitors_group(workspace_id, thread_id), [number], kind="lines")
    return number


def visitors_group(workspace_id: int, thread_id: int) -> str:
    """The sockets of one thread's open widgets."""
    return group_name(workspace_id, "chat", thread_id)


def hand_over(*, channel_id: int, person: str, key: str, text: str, files: Iterable[int] = ()) -> None:
    """Put an answer before its visitor, once for its `key`, in the caller's transaction: that which says `sent`."""
    moment = now()
    with connection.cursor() as cursor:
        values = {"verified": False, "name": "", "email": "", "ours": True, "now": moment}
        thread_id = _thread(cursor, channel_id, person, values)[0]
        if not ChatLine.objects.filter(thread_id=thread_id, key=key).exists():
            _add(cursor, thread_id, key=key, text=text, ours=True, moment=moment, files=files)


def read(place: Place, person: Person, *, address: str, after: object) -> tuple[list[Line], bool]:
    """What was said after line number `after`, oldest first, and whether there is more. Nothing for who never wrote.

    Raises Invalid, TooOften.
    """
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**31:
        raise Invalid(_("A line's number is a whole number from 0."), field="after")
    slowly(place, f"read-from:{address}", READ_ADDRESS)
    with tenant(place.workspace_id, step="chat.read"):
        found = ChatLine.objects.filter(thread__channel=place.channel, thread__person=person.id, number__gt=after)
        rows = list(found.order_by("number")[: MAX_LINES + 1])
        return _shown(rows[:MAX_LINES]), len(rows) > MAX_LINES


def seen(place: Place, person: Person, *, number: object) -> list[str]:
    """Note that a line, and all before it, stood before the visitor's eyes. Returns the keys of answers that newly did.

    Opens a short transaction where there is something new. Raises Invalid.
    """
    if number is None:
        return []
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
        raise Invalid(_("A line's number is a whole number from 0."), field="seen")
    with tenant(place.workspace_id, step="chat.seen"):
        thread = ChatThread.objects.filter(channel=place.channel, person=person.id, shown__lt=number, lines__gte=number).first()
        if thread is None:
            return []
        ours = ChatLine.objects.filter(thread=thread, ours=True, number__gt=thread.shown, number__lte=number)
        ChatThread.objects.filter(id=thread.id, shown__lt=number).update(shown=number)
        return list(ours.order_by("-number").values_list("key", flat=True)[:MAX_LINES])


def thread_of(place: Place, person: Person) -> int | None:
    """The thread of somebody who wrote before. Opens a short transaction."""
    with tenant(place.workspace_id, step="chat.thread"):
        found = ChatThread.objects.filter(channel=place.channel, person=person.id).values_list("id", flat=True)
        return found.first()


def slow_down(place: Place, *, address: str, what: str) -> None:
    """Count one more question from an address. Raises TooOften."""
    slowly(place, f"{what}-from:{address}", READ_ADDRESS)


def _shown(rows: list[ChatLine]) -> list[Line]:
    """Lines with what hangs on them. One query more where anything does."""
    numbers = {number for row in rows for number in row.files}
    files = {file.id: file for file in StoredFile.objects.filter(id__in=numbers)} if numbers else {}
    return [
        Line(row.number, row.ours, row.text, row.said_at, tuple(files[number] for number in row.files if number in files))
        for row in rows
    ]


def slowly(place: Place, name: str, limit: tuple[int, int], *, amount: int = 1) -> None:
    """Count one more of what is done at this widget, or `amount` more. Raises TooOften."""
    most, seconds = limit
    if wait := take(json.dumps([place.workspace_id, place.channel.id, name]), most=most, seconds=seconds, amount=amount):
        message = _("That was too much at once. Please wait {seconds} seconds.").format(seconds=wait)
        raise TooOften(message, detail={"seconds": wait})


def _text(value: object, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str):
        raise Invalid(_("This must be text."), field="text")
    text = clean(value).replace("\r\n", "\n").strip()
    if may_be_empty and not text:
        return ""
    if not shows_something(text):
        raise Invalid(_("Write something first."), field="text", code="empty")
    if len(text) > LONGEST:
        message = _("The text is too long: {length} of {limit} characters.").format(length=len(text), limit=LONGEST)
        raise Invalid(message, field="text", code="too_long")
    return text


def _name(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 200:
        raise Invalid(_("A name has at most 200 characters."), field="name")
    return clean_name(clean(value))


def _email(value: object) -> str:
    if value is None or value == "":
        return ""
    try:
        if not isinstance(value, str) or len(value) > 254 or not value.strip().isprintable():
            raise ValidationError("")
        validate_email(value.strip())
    except ValidationError:
        raise Invalid(_("This is no e-mail address."), field="email") from None
    return value.strip()


def _prechat(place: Place, person: Person, *, name: str, email: str) -> None:
    """What the widget asks before the first line. Whom the host site signed for need not say who they are."""
    for field, value, asked in (("name", name, place.widget.ask_name), ("email", email, place.widget.ask_email)):
        if asked == Asked.REQUIRED and not value and not person.verified:
            raise Invalid(_("This is needed."), field=field, code="required")


def _page(place: Place, value: object) -> str:
    """The page they write from, where it is one of the site that asks; agents follow this link, so no other may stand there."""
    if not isinstance(value, str) or len(value) > 300 or not (value == place.origin or value.startswith(f"{place.origin}/")):
        return ""
    return clean(value)
