"""E-mail: one mailbox, read over IMAP and answered over SMTP. What the parts know: `_email_box` the form, `_email_imap` and
`_email_smtp` the servers, `_email_idle` listening, `_email_oauth` signing in, `_email_pages` cursors, `_email_mime` the source of a
mail, `_email_read` items, `_email_quotes` what is new in them, `_email_ids` names and threads, `_email_compose` writing,
`_email_send` sending and reading back (docs/adr/email.md).

Not reached live so far: the shapes come from the standards, the behaviour from the practice network.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _email_files, _email_idle, _email_oauth, _email_pages, _email_send
from social.networks._email_box import Box, box_of
from social.networks._email_compose import ascii_address
from social.networks._email_esp import PROVIDERS, EspCarrier
from social.networks._email_esp_hooks import read_complaint, told
from social.networks._email_imap import talk
from social.networks._email_mime import address_key
from social.networks._email_original import original_of
from social.networks._email_read import read_mail
from social.networks._email_smtp import Carrier, SmtpCarrier
from social.networks._wire import Patience
from social.networks.base import NOTHING, Network
from social.networks.errors import Rejected, Text, Unauthorized
from social.networks.features import Capability, CredentialField, Limits, Shelf
from social.networks.receiver import Receiver
from social.networks.senders import Original
from social.networks.values import Access, Cursor, Found, Hook, Item, Media, Opened, Outgoing, Page, Profile, Receipt, Tokens

#: A mailbox costs nothing to look at; a look is one short talk.
POLL_SECONDS = 30.0
#: Nobody limits the length of a mail; what is longer than this is a file.
TEXT_LENGTH = 50_000
#: In a mail they grow by a third, and large providers take mails of 25 MB.
FILES_BYTES = 18 * 1024 * 1024
#: A sending is three talks (what is answered, sending, the copy), which share the time of one call.
TALKS = 3
#: What opens the mailbox of the practice network's brand.
PRACTICE_ADDRESS, PRACTICE_PASSWORD = "support@practice.example", "practice"


class Email(Network):
    """One mailbox, with one or several addresses."""

    slug: ClassVar[str] = "email"
    label: ClassVar[Text] = gettext_lazy("E-mail")
    icon: ClassVar[str] = "mail"
    color: ClassVar[str] = "#0e7490"
    about: ClassVar[Text] = gettext_lazy("Mail to one mailbox and its further addresses. You need its sign-in or its password.")
    shelf: ClassVar[Shelf] = Shelf.MESSAGES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.DIRECT_MESSAGES,
            Capability.MEDIA_IN,
            Capability.MEDIA_OUT,
            Capability.STREAMING,
            Capability.BACKFILL,
            Capability.WEBHOOKS,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=TEXT_LENGTH,
        private_length=TEXT_LENGTH,
        media_kinds=("image", "video", "audio", "file"),
        media_bytes=FILES_BYTES,
        media_count=10,
        source="our own limits; RFC 5321 and 5322 name none, large providers take mails of 25 MB, read 2026-11",
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("address", gettext_lazy("E-mail address"), secret=False),
        CredentialField(
            "password",
            gettext_lazy("Password"),
            gettext_lazy("With Google, Apple and Yahoo: an app password from the account's security page, without blanks."),
        ),
        CredentialField(
            "sender_name",
            gettext_lazy("Sender's name"),
            gettext_lazy("What customers see in front of the address."),
            required=False,
            secret=False,
            words=True,
        ),
        CredentialField(
            "aliases",
            gettext_lazy("Further addresses"),
            gettext_lazy("Others whose mail arrives in this mailbox, with commas between. Answers come from the one written to."),
            required=False,
            secret=False,
            words=True,
        ),
        CredentialField(
            "user",
            gettext_lazy("User name"),
            gettext_lazy("Empty when it is the address."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "imap_host",
            gettext_lazy("Server for reading (IMAP)"),
            gettext_lazy("Empty for what the address suggests, for example imap.example.com."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "imap_port",
            gettext_lazy("Its port"),
            gettext_lazy("Empty for 993. On others the talk is encrypted before the password is said."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "smtp_host",
            gettext_lazy("Server for sending (SMTP)"),
            gettext_lazy("Empty for what the address suggests, for example smtp.example.com."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "smtp_port",
            gettext_lazy("Its port"),
            gettext_lazy("Empty for 465 or what the provider uses."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "sends_with",
            gettext_lazy("Who sends"),
            gettext_lazy("A provider instead of the server for sending: its domain must be set up there."),
            required=False,
            secret=False,
            choices=(("", gettext_lazy("The server for sending")), *((slug, row.label) for slug, row in PROVIDERS.items())),
        ),
        CredentialField("api_key", gettext_lazy("Its API key"), gettext_lazy("Postmark: the server token."), required=False),
        CredentialField(
            "webhook_secret",
            gettext_lazy("How its calls are known"),
            gettext_lazy("Mailgun: the webhook signing key. Postmark: name:password, as you put it into the webhook's address."),
            required=False,
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "Only with a sending provider: enter this address there as the webhook for deliveries, bounces and complaints."
    )
    signs_in: ClassVar[bool] = True
    letters: ClassVar[bool] = True
    changeable: ClassVar[tuple[str, ...]] = ("sender_name", "aliases")
    media_needs_access: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    silence_seconds: ClassVar[float] = _email_idle.SILENCE_SECONDS
    settle_seconds: ClassVar[float] = 20.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def sign_in_lacks(self) -> tuple[str, ...]:
        providers = _email_oauth.PROVIDERS.values()
        return () if any(each.is_set_up for each in providers) else tuple(each.client_id for each in providers)

    def sign_in_fields(self) -> tuple[CredentialField, ...]:
        names = {"google": _("Google Workspace or Gmail"), "microsoft": _("Microsoft 365 or Outlook.com")}
        choices = tuple((slug, names[slug]) for slug, each in _email_oauth.PROVIDERS.items() if each.is_set_up)
        help_text = _("Servers and ports follow from it. Another provider: paste address and password below.")
        chosen = CredentialField("provider", gettext_lazy("Where the mailbox is"), help_text, secret=False, choices=choices)
        return (chosen, *(each for each in self.credential_fields if each.name in ("sender_name", "aliases")))

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _email_oauth.authorize_url(asked, state=state, redirect_uri=redirect_uri, verifier=verifier)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _email_oauth.exchange(self.patience, asked, code=code, redirect_uri=redirect_uri, verifier=verifier)

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        try:
            return super().accounts(access)
        except Unauthorized as error:
            # The provider let them in a moment ago: it is the mailbox's servers that are closed to programs.
            reason = _(
                "You are signed in, but the mail servers do not let Rabta into {address}. "
                "Its administrator must allow IMAP and SMTP."
            )
            raise Rejected(reason.format(address=access.secrets.get("address", "")), code="no_mailbox") from error

    def refresh(self, access: Access) -> Tokens:
        return _email_oauth.refresh(self.patience, access.secrets)

    def renewable(self, secrets: Collection[str]) -> bool:
        return "refresh_token" in secrets

    def _pace(self, talks: int) -> Patience:
        """The time one of several talks may take: together they are one call."""
        total = self.patience.all_in() / talks
        return Patience(min(self.patience.read_seconds, total), total)

    def check(self, access: Access) -> None:
        box_of(access)

    def identify(self, access: Access) -> Profile:
        box, pace = box_of(access), self._pace(2)
        with talk(box, pace) as line:
            line.client.select_folder(_email_send.INBOX_NAME, readonly=True)
        _carrier(box, pace).check()
        # An address is no handle: pages put an @ in front of those.
        return Profile(external_id=box.address, name=box.address)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        box, pace = box_of(access), self._pace(1)
        until = time.monotonic() + pace.total_seconds / 2
        with talk(box, pace) as line:
            return _email_pages.fetch_page(line, box, cursor, until=until)

    def listen(self, access: Access, receiver: Receiver) -> Iterator[bool]:
        with talk(box_of(access), self._pace(1)) as line:
            yield from _email_idle.listen(line, receiver, self._pace(1))

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        if "complaint" in payload:
            return read_complaint(payload)
        return read_mail(payload, account_id=account_id)

    def wants_address(self, cursor: Cursor, kept: Collection[str]) -> bool:
        # The mailbox's own server calls nobody.
        return "sends_with" in kept

    def unpack(self, access: Access, hook: Hook) -> Page:
        return told(box_of(access), hook)

    def original(self, payload: Mapping[str, Any]) -> Original | None:
        return original_of(payload)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        box, pace = box_of(access), self._pace(TALKS)
        return _email_send.send_once(box, _carrier(box, pace, outgoing.key), outgoing, pace)

    def open_media(self, access: Access, media: Media) -> Opened:
        with talk(box_of(access), self._pace(1)) as line:
            return _email_files.open_attachment(line, media)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        if sum(file.size for file in outgoing.media) > FILES_BYTES:
            limit = FILES_BYTES // (1024 * 1024)
            return _("All files of a mail together may have {limit} MB.").format(limit=limit)
        return super().media_refusal(outgoing)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        return _email_send.find(box_of(access), outgoing, self._pace(1))

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind != "direct":
            return _("Mail is private: there is nothing public to answer.")
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        try:
            ascii_address(address_key(outgoing.to))
        except ValueError:
            return _("Mail to this address cannot be sent from here.")
        size, limit = self.length(outgoing.text), self.limits.private_length
        if size <= limit:
            return None
        return _("The text is too long for a mail: {length} of {limit} characters.").format(length=size, limit=limit)

    def length(self, text: str) -> int:
        return len(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.EMAIL_IMAP_BASE)

    def practice_offer(self) -> str:
        return f"{PRACTICE_ADDRESS} · {PRACTICE_PASSWORD}" if self.is_practice() else ""


def _carrier(box: Box, pace: Patience, key: str = "") -> Carrier:
    """Who carries this mailbox's mail."""
    return EspCarrier(box, pace, key) if box.sends_with in PROVIDERS else SmtpCarrier(box, pace)


NETWORK = Email()
