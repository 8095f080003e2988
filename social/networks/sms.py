"""SMS and telephone calls through Twilio, with its client library: asked for and handed over by webhook.

The parts: `_sms_wire` asks, `_sms_pages` reads lists, `_sms_hook` takes webhooks, `_sms_read` understands texts and `_sms_calls`
calls, `_sms_voice` says what a caller hears, `_sms_send` sends and finds again, `_sms_files` carries pictures and recordings,
`_sms_money` reads prices, `_sms_text` counts. Why so: docs/adr/sms.md.

Not reached live so far: the shapes come from the documents, the client library was proven against the practice network. Not done:
texts that Twilio itself sends later, calling out of Rabta.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _placing, _sms_files, _sms_hook, _sms_pages, _sms_place, _sms_send, _sms_voice
from social.networks._shapes import mappings, string
from social.networks._sms_calls import read_call
from social.networks._sms_hook import ELSEWHERE
from social.networks._sms_read import read_message
from social.networks._sms_text import PARTING, units
from social.networks._sms_wire import NUMBER, Line, ask, client, keys_of, load, rows_of, sid
from social.networks._wire import Patience
from social.networks.base import Network
from social.networks.errors import Rejected, Text, Unauthorized
from social.networks.features import Capability, Counting, CredentialField, Limits, Parting, Shelf
from social.networks.values import Access, Cursor, Found, Hook, Item, Media, Opened, Outgoing, Page, Profile, Receipt

#: twilio.com/docs/glossary/what-sms-character-limit, read 2026-11: joined parts, at most so long together.
TEXT_LENGTH = 1600
OVERLAP = timedelta(minutes=10)


class Sms(Network):
    """One number, or one messaging service with several."""

    slug: ClassVar[str] = "sms"
    label: ClassVar[Text] = gettext_lazy("SMS and calls")
    icon: ClassVar[str] = "phone"
    color: ClassVar[str] = "#9b1c31"
    about: ClassVar[Text] = gettext_lazy("Text messages and calls to a number. You need a Twilio account.")
    shelf: ClassVar[Shelf] = Shelf.MESSAGES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DIRECT_MESSAGES, Capability.MEDIA_IN, Capability.MEDIA_OUT, Capability.WEBHOOKS, Capability.BACKFILL}
    )
    limits: ClassVar[Limits] = Limits(
        public_length=0,
        private_length=TEXT_LENGTH,
        overlap_seconds=OVERLAP.total_seconds(),
        media_kinds=("image", "video", "audio"),
        media_types=_sms_files.TYPES,
        media_bytes=_sms_files.MAX_BYTES,
        media_count=_sms_files.MAX_FILES,
        source="twilio.com/docs/messaging/api/message-resource and twilio.com/docs/glossary/what-sms-character-limit, read 2026-11",
    )
    parting: ClassVar[Parting | None] = PARTING
    counting: ClassVar[Counting] = Counting(unit="utf16")
    files_by_address: ClassVar[bool] = True
    media_needs_access: ClassVar[bool] = True
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "number",
            gettext_lazy("Number"),
            gettext_lazy(
                "As Twilio writes it, for example +15550102030; or the SID of a messaging service, which begins with MG."
            ),
            secret=False,
        ),
        CredentialField(
            "account_sid",
            gettext_lazy("Account SID"),
            gettext_lazy("On the first page of the Twilio Console, below Account Info."),
            secret=False,
        ),
        CredentialField(
            "auth_token",
            gettext_lazy("Auth Token"),
            gettext_lazy("Beside it. It proves that a call is Twilio's, and asks where there is no API key."),
        ),
        CredentialField(
            "api_key",
            gettext_lazy("API key"),
            gettext_lazy("If you have one, it is asked with instead of the Auth Token. Its SID begins with SK."),
            required=False,
            secret=False,
        ),
        CredentialField("api_secret", gettext_lazy("Secret of the API key"), required=False),
        CredentialField(
            "answers",
            gettext_lazy("Who takes calls"),
            gettext_lazy("Rabta rings the number below, then takes a message. Another system's calls are only listed here."),
            required=False,
            secret=False,
            choices=(("", gettext_lazy("Rabta")), (ELSEWHERE, gettext_lazy("Another system"))),
        ),
        CredentialField(
            "forward",
            gettext_lazy("Number that is rung"),
            gettext_lazy("With its country, for example +15550102030. Empty: every caller may leave a message."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "voice",
            gettext_lazy("Language of the announcement"),
            gettext_lazy("Twilio's voices speak neither Urdu nor Persian."),
            required=False,
            secret=False,
            choices=_sms_voice.VOICES,
        ),
        CredentialField(
            "announcement",
            gettext_lazy("Announcement"),
            gettext_lazy(
                "What a caller hears before they may leave a message, which is recorded: some countries want it said so. Empty: "
                "words of ours."
            ),
            required=False,
            secret=False,
            words=True,
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In the Twilio Console: Phone Numbers, your number. Enter this address with HTTP POST below Messaging, “A message comes "
        "in”, and below Voice, “A call comes in” and “Call status changes”. Without it Rabta asks every half a minute, and nobody "
        "sees who is calling."
    )
    #: Asking is free; Twilio limits how many ask at once (error 20429).
    poll_seconds: ClassVar[float] = 30.0
    #: A message that was taken stands on the list at once; queued ones too.
    settle_seconds: ClassVar[float] = 20.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS
    backfill_note: ClassVar[Text] = gettext_lazy("Twilio keeps messages for about 13 months, and asking for them costs nothing.")

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def load(self) -> None:
        load()

    def identify(self, access: Access) -> Profile:
        number = access.secrets.get("number", "").replace(" ", "")
        is_number = bool(NUMBER.match(number))
        try:
            keys_of(access)
        except Unauthorized as error:
            # Whoever is at the form is told what is wrong with it, not that Twilio refuses it.
            raise Rejected(error.reason, code=error.code, field=error.field) from error
        if not is_number and not sid(number, "MG"):
            reason = _("Write the number with its country: a plus sign and digits. Or the SID of a messaging service.")
            raise Rejected(reason, code="bad_number", field="number")
        if access.secrets.get("forward") and not NUMBER.match(access.secrets["forward"].replace(" ", "")):
            reason = _("Write the number with its country: a plus sign and digits.")
            raise Rejected(reason, code="bad_number", field="forward")
        with client(access, self.patience) as line:
            name = self._name_of_number(line, number) if is_number else self._name_of_service(line, number)
        return Profile(external_id=number, name=name or number, handle=number if is_number else "")

    def _name_of_number(self, line: Line, number: str) -> str:
        answer = ask(line, lambda twilio: twilio.incoming_phone_numbers.page(phone_number=number), "incoming_phone_numbers")
        row = next((row for row in mappings(rows_of(answer, "incoming_phone_numbers")) if row.get("phone_number") == number), None)
        if row is None:
            raise Rejected(_("This number is not one of the account's."), code="not_ours", field="number")
        return string(row.get("friendly_name"))[:120]

    def _name_of_service(self, line: Line, number: str) -> str:
        answer = ask(line, lambda twilio: twilio.messaging.v1.services(number).fetch(), "sid")
        return string(answer.body.get("friendly_name"))[:120]

    def wants_address(self, cursor: Cursor, kept: Collection[str]) -> bool:
        return _placing.wanting(cursor)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        if NUMBER.match(access.external_id):
            entered = _placing.placed(cursor, access.hook_url, lambda _mine: self._enter_address(access))
            if entered is not None:
                return entered
        with client(access, self.patience, calls=_sms_pages.CALLS) as line:
            page = _sms_pages.fetch_page(line, self._place(line, access), cursor)
        return replace(page, cursor=_placing.kept(page, cursor))

    def _enter_address(self, access: Access) -> None:
        with client(access, self.patience, calls=_sms_place.CALLS) as line:
            voice = access.secrets.get("answers") != ELSEWHERE
            _sms_place.place(line, access.external_id, access.hook_url, voice=voice)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return _placing.forgotten(cursor)

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        return _placing.remarks(cursor, self.label)

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        with client(access, self.patience, calls=_sms_pages.CALLS) as line:
            return _sms_pages.fetch_back(line, self._place(line, access), cursor, since)

    def _place(self, line: Line, access: Access) -> _sms_pages.Place:
        forward, elsewhere = access.secrets.get("forward", "").replace(" ", ""), access.secrets.get("answers") == ELSEWHERE
        return _sms_pages.Place(line.account, access.external_id, OVERLAP, forward, elsewhere)

    def cursor_at(self, moment: datetime) -> Cursor:
        return {name: {"since": moment.isoformat()} for name in _sms_pages.LISTS}

    def unpack(self, access: Access, hook: Hook) -> Page:
        return _sms_hook.unpacked(access, hook)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_call(payload) if payload.get("kind") == "call" else read_message(payload)

    def open_media(self, access: Access, media: Media) -> Opened:
        return _sms_files.open_media(access, media, self.patience)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with client(access, self.patience) as line:
            return _sms_send.send_once(line, access, outgoing)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        with client(access, self.patience, calls=_sms_send.FIND_PAGES) as line:
            return _sms_send.find_sent(line, access, outgoing, since=since)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind != "direct":
            return _("{network} has private messages only.").format(network=self.label)
        if not _sms_send.target_of(outgoing):
            return _("A text message needs a number to go to.")
        size, limit = self.length(outgoing.text), self.limits.private_length
        if size <= limit:
            return None
        words = _("The text is too long for {network}: {length} of {limit} characters.")
        return words.format(network=self.label, length=size, limit=limit)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        return super().media_refusal(outgoing) or _sms_files.refusal(outgoing)

    def length(self, text: str) -> int:
        return units(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.TWILIO_API_BASE)

    def practice_offer(self) -> str:
        return " · ".join(PRACTICE) if self.is_practice() else ""


#: The ready-made shop of the practice network: number, Account SID, Auth Token (practice/wire_twilio/numbers.py).
PRACTICE = ("+15555550100", "AC0000000000000000000000000054b014", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")

NETWORK = Sms()
