"""A system of one's own: any program that can sign JSON joins as a channel, without code of ours. docs/custom-channel.md.

It hands messages over by calling the channel's webhook, or lets Rabta fetch them, or both; answers go to its address.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _custom_wire
from social.networks._custom_act import act
from social.networks._custom_files import as_documents
from social.networks._custom_read import is_id, read_item, signs, sort_out, states
from social.networks._custom_wire import NOT_ALLOWED, Answer, Line, ask, secret_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Patience, Unanswered
from social.networks.base import Network
from social.networks.errors import Malformed, NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized, Unsupported
from social.networks.features import Capability, CredentialField, Limits, Shelf
from social.networks.values import (
    OUR_PRIVATE,
    OUR_PUBLIC,
    THEIR_PRIVATE,
    THEIR_PUBLIC,
    Access,
    Cursor,
    Deed,
    DeedKind,
    Found,
    Hook,
    Item,
    Outgoing,
    Page,
    Profile,
    Receipt,
)

PAGE_ROWS = 100
READ_BACK_PAGES = 10
UNSENT_SECONDS = 5.0


class Custom(Network):
    """One system of the company: a shop's forms, an app's support chat, a kiosk."""

    slug: ClassVar[str] = "custom"
    label: ClassVar[Text] = gettext_lazy("Your own system")
    icon: ClassVar[str] = "plug"
    color: ClassVar[str] = "#475569"
    about: ClassVar[Text] = gettext_lazy("Messages from any system of yours. You need somebody who can program it.")
    shelf: ClassVar[Shelf] = Shelf.SITES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.MEDIA_IN,
            Capability.MEDIA_OUT,
            Capability.REACTIONS,
            Capability.EDIT,
            Capability.DELETE,
            Capability.SEES_DELETIONS,
            Capability.WEBHOOKS,
            Capability.BACKFILL,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=10_000,
        private_length=10_000,
        media_kinds=("image", "video", "audio", "file"),
        alt_kinds=("image", "video", "audio"),
        media_bytes=200 * 1024 * 1024,
        media_count=10,
        source="our own wire, docs/custom-channel.md, 2026-11",
    )
    files_by_address: ClassVar[bool] = True
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC, OUR_PRIVATE}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC, OUR_PRIVATE}),
    }
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "name",
            gettext_lazy("Name"),
            gettext_lazy(
                "A short name in Latin letters without spaces, for example shop-desk. Connecting it again keeps its history."
            ),
            secret=False,
        ),
        CredentialField(
            "secret",
            gettext_lazy("Signing secret"),
            gettext_lazy("At least 16 characters. Your system signs its calls with it, and Rabta signs its own."),
        ),
        CredentialField(
            "address",
            gettext_lazy("Address"),
            gettext_lazy("Where Rabta fetches messages and sends answers (https). Empty for a system that only hands over."),
            required=False,
            secret=False,
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "Your system hands messages over by calling this address, signed with the channel's secret."
    )
    #: A question to a system that has nothing new costs it little; the webhook is for those who want more speed.
    poll_seconds: ClassVar[float] = 60.0
    settle_seconds: ClassVar[float] = 20.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def identify(self, access: Access) -> Profile:
        name = access.secrets.get("name", "")
        if not is_id(name) or len(name) > 60:
            reason = _("The name may hold up to 60 visible ASCII characters without #.")
            raise Rejected(reason, code="bad_name", field="name")
        secret_of(access)
        shown = name
        if "address" in access.secrets:
            if problem := _custom_wire.address_problem(access.secrets["address"]):
                raise Rejected(problem, code="bad_address", field="address")
            with _custom_wire.line(access, self.patience) as opened:
                shown = string(mapping(ask(opened, "/account").body).get("name")) or name
        return Profile(external_id=name, name=shown, handle=name)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        if "address" not in access.secrets:
            return Page((), cursor)
        after = string(cursor.get("after"))
        query = {"limit": str(PAGE_ROWS), **({"after": after} if after else {})}
        with _custom_wire.line(access, self.patience) as opened:
            answer = ask(opened, "/items", **query)
        rows, following, more = (mapping(answer.body).get(name) for name in ("items", "next", "more"))
        told = signs(mapping(answer.body).get("reactions"))
        if not isinstance(rows, list) or not isinstance(more, bool) or (more and not (isinstance(following, str) and following)):
            raise unreadable(answer)
        found = sort_out(rows)
        position = following if isinstance(following, str) and following else after
        # A system that gives the same place again would be asked for ever.
        following_cursor = {"after": position[:2000]}
        further = more and position != after
        return Page(found.items, following_cursor, more=further, broken=found.broken, files=found.files, reactions=told)

    def unpack(self, access: Access, hook: Hook) -> Page:
        _custom_wire.check(secret_of(access), hook.body, hook.headers.get(_custom_wire.SIGNATURE.lower(), ""))
        try:
            document = json.loads(hook.body)
        except (ValueError, RecursionError):
            document = None
        rows, said, told = (mapping(document).get(name) for name in ("items", "states", "reactions"))
        if not isinstance(rows, list) and not (rows is None and (isinstance(said, list) or isinstance(told, list))):
            raise Malformed(_("The body is not a JSON object with a list `items`."), code="no_items")
        found = sort_out(rows or [])
        fates, below = states(said), signs(told)
        return Page(found.items, {}, broken=found.broken, files=found.files, gone=found.gone, fates=fates, reactions=below)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        if "address" not in access.secrets:
            raise Unsupported(_("This channel has no address to send answers to. Connect it again with one."), code="no_address")
        document: dict[str, Any] = {"kind": outgoing.kind, "text": outgoing.text, **_place(outgoing)}
        document |= {"key": outgoing.key} if outgoing.key else {}
        document |= {"media": as_documents(outgoing.media)} if outgoing.media else {}
        with _custom_wire.line(access, self.patience) as opened:
            try:
                answer = opened.post("/replies", document)
            except Unanswered as error:
                trouble = error.as_trouble(_("The system"), refused=NOT_ALLOWED)
                if error.unsent:
                    raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
                raise OutcomeUnknown(trouble.reason, code="unanswered") from error
        identifier = mapping(answer.body).get("id")
        if answer.good and is_id(identifier):
            return Receipt(external_id=str(identifier), url=_url(mapping(answer.body)))
        raise _unsent(answer)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        if "address" not in access.secrets:
            return Found((), complete=True)
        with _custom_wire.line(access, self.patience) as opened:
            rows, complete = _replies(opened, since)
        found = [row for row in rows if is_id(row.get("id")) and _matches(row, outgoing)]
        return Found(tuple(Receipt(str(row["id"]), _url(row)) for row in found), complete)

    def act(self, access: Access, deed: Deed) -> None:
        if "address" not in access.secrets:
            raise Unsupported(_("This channel has no address to send answers to. Connect it again with one."), code="no_address")
        with _custom_wire.line(access, self.patience) as opened:
            act(opened, deed)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "reply" and not outgoing.in_reply_to:
            return _("A reply needs a post to answer.")
        if outgoing.kind == "direct" and not (outgoing.to or outgoing.thread_key):
            return _("A direct message needs somebody to go to.")
        length, limit = self.length(outgoing.text), self.limits.public_length
        if length > limit:
            return _("The text is too long: {length} of {limit} characters.").format(length=length, limit=limit)
        return None

    def length(self, text: str) -> int:
        return len(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.CUSTOM_API_BASE)

    def practice_offer(self) -> str:
        return " · ".join(PRACTICE) if self.is_practice() else ""


def _place(outgoing: Outgoing) -> dict[str, str]:
    """Where an answer belongs, as the wire names it."""
    return {"reply_to": outgoing.in_reply_to, "to": outgoing.to, "thread": outgoing.thread_key}


def _unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. Only 422 with an error's words is a refusal; all else may have been accepted."""
    if answer.status == 401:
        reason = _("The system no longer accepts this channel's signature. Is the secret the same?")
        return Unauthorized(reason, code="unauthorized")
    if answer.status == 422 and answer.words:
        return Rejected(_("The system refused it: {words}").format(words=answer.words), code="refused")
    if answer.status == 429:
        reason = _("The system asks for a pause.")
        return OutcomeUnknown(reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    reason = _("The system did not say whether it took the message (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def _replies(opened: Line, since: datetime) -> tuple[list[Mapping[str, Any]], bool]:
    """What the system took from us since then, and whether that is all. Raises Unauthorized, TryLater, Rejected."""
    rows: list[Mapping[str, Any]] = []
    query = {"since": since.astimezone(UTC).isoformat(), "limit": str(PAGE_ROWS)}
    for _turn in range(READ_BACK_PAGES):
        answer = ask(opened, "/replies", **query)
        given, following = mapping(answer.body).get("replies"), mapping(answer.body).get("next")
        if not isinstance(given, list) or len(given) != len(mappings(given)):
            raise unreadable(answer)
        rows += mappings(given)
        if mapping(answer.body).get("more") is not True:
            return rows, mapping(answer.body).get("more") is False
        if not isinstance(following, str) or not following or following == query.get("after"):
            return rows, False
        query["after"] = following
    return rows, False


def _matches(row: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether a reply the system shows is this one: under our key where it keeps that, else the same words in the same place."""
    if row.get("key") and outgoing.key:
        return string(row["key"]) == outgoing.key
    files = row.get("media")
    if isinstance(files, list) and len(files) != len(outgoing.media):
        return False
    if string(row.get("text")) != outgoing.text:
        return False
    return all(string(row.get(name)) == value for name, value in _place(outgoing).items() if value and row.get(name) is not None)


def _url(row: Mapping[str, Any]) -> str:
    found = string(row.get("url"))
    return found if found.startswith(("https://", "http://")) and len(found) <= 300 and found.isprintable() else ""


#: The ready-made system of the practice network: name, secret, address (practice/wire_custom/desks.py).
PRACTICE = ("anardesk", "practice-desk-everybody-knows-it", "https://desk.chowk.test/rabta/anardesk")

NETWORK = Custom()
