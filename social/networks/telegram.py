"""Telegram, as a bot, through python-telegram-bot. What the parts know: `_telegram_wire` asking and answers, `_telegram_pages`
updates and the webhook, `_telegram_read` items, `_telegram_text` text, `_telegram_send` sending. Decisions: docs/adr/telegram.md.

Not reached live so far: the shapes come from the documents (Bot API 10.1), the behaviour from the practice network.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _telegram_act, _telegram_files, _telegram_pages, _telegram_send
from social.networks._shapes import mapping, string
from social.networks._telegram_read import message_place, number, read_item, thread_place
from social.networks._telegram_text import length, name_of
from social.networks._telegram_wire import Answer, ask, client, token_of, unreadable
from social.networks._wire import Patience
from social.networks.base import Network
from social.networks.errors import Malformed, Rejected, Text, Unauthorized
from social.networks.features import Capability, Counting, CredentialField, Display, Limits, Shelf
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
    Media,
    Opened,
    Outgoing,
    Page,
    Profile,
    Receipt,
)

#: core.telegram.org/bots/api#sendmessage (10.1): 1 to 4096 UTF-16 units.
TEXT_LENGTH = 4096
WEBHOOK = "webhook"


class Telegram(Network):
    """One bot: whoever writes to it, and what it sees in the groups and topics it is in."""

    slug: ClassVar[str] = "telegram"
    label: ClassVar[str] = "Telegram"
    icon: ClassVar[str] = "brand-telegram"
    color: ClassVar[str] = "#1c6f9e"
    about: ClassVar[Text] = gettext_lazy("Messages to a bot, its groups and comments. You need the bot's token from @BotFather.")
    shelf: ClassVar[Shelf] = Shelf.MESSAGES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.COMMENTS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.EDIT,
            Capability.DELETE,
            Capability.REACTIONS,
            Capability.MEDIA_IN,
            Capability.MEDIA_OUT,
            Capability.WEBHOOKS,
        }
    )
    #: core.telegram.org/bots/api#messageentity (url, mention, hashtag), 10.1.
    display: ClassVar[Display] = Display(links=True, mentions=r"(?<![\w@])@[a-z0-9_]{5,32}", tags=True)
    limits: ClassVar[Limits] = Limits(
        public_length=TEXT_LENGTH,
        private_length=TEXT_LENGTH,
        media_kinds=("image", "video", "audio", "file"),
        media_bytes=_telegram_files.MAX_BYTES,
        media_count=1,
        source="core.telegram.org/bots/api, version 10.1, and core.telegram.org/bots/faq, read 2026-11",
    )
    #: UTF-16: what lies beyond the first plane counts two.
    counting: ClassVar[Counting] = Counting(unit="utf16")
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "token",
            gettext_lazy("Token of the bot"),
            gettext_lazy(
                "Write /newbot to @BotFather, or /token for a bot you have; /setprivacy decides whether it reads whole groups."
            ),
        ),
        CredentialField(
            "arrival",
            gettext_lazy("How messages arrive"),
            gettext_lazy("Telegram calls an address that everybody can reach; no other program may then read this bot's messages."),
            required=False,
            secret=False,
            choices=(("", gettext_lazy("Rabta asks every few seconds")), (WEBHOOK, gettext_lazy("Telegram calls Rabta at once"))),
            public_only=True,
        ),
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC, OUR_PRIVATE, THEIR_PUBLIC}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC, OUR_PRIVATE}),
    }
    deed_seconds: ClassVar[Mapping[DeedKind, float]] = {DeedKind.DELETE: _telegram_act.DELETE_SECONDS}
    places_hook: ClassVar[bool] = True
    #: An address of a file holds the bot's token.
    media_needs_access: ClassVar[bool] = True
    #: Asking costs nothing, and Telegram keeps what nobody asked for only a day.
    poll_seconds: ClassVar[float] = 10.0
    settle_seconds: ClassVar[float] = 5.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS
    #: The Bot API has no way to ask what a bot said.
    shows_sent: ClassVar[bool] = False

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def identify(self, access: Access) -> Profile:
        try:
            token_of(access)
        except Unauthorized as error:
            # Whoever is at the form is told what is wrong with it, not that Telegram refuses it.
            raise Rejected(error.reason, code=error.code, field=error.field) from error
        with client(access, self.patience) as line:
            answer = ask(line, lambda bot: bot.get_me(), dict)
        identifier, username = number(answer.result.get("id")), string(answer.result.get("username"))
        if not identifier or answer.result.get("is_bot") is not True:
            raise unreadable(Answer(answer.status, answer.headers, None))
        return Profile(external_id=identifier, name=name_of(answer.result) or username or identifier, handle=username)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        token = token_of(access)
        with client(access, self.patience, calls=3) as line:
            return _telegram_pages.fetch_page(
                line, cursor, hook_url=access.hook_url, wants_hook=access.secrets.get("arrival") == WEBHOOK, token=token
            )

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        hook = cursor.get("hook")
        if not isinstance(hook, dict):
            return ()
        said: list[Text] = [_("Telegram calls Rabta by itself; nothing is asked for.")]
        if hook.get("error"):
            said.append(_("Telegram's last call did not arrive: {words}").format(words=string(hook.get("error"))))
        if hook.get("waiting"):
            said.append(_("So many messages wait at Telegram: {number}").format(number=string(hook.get("waiting"))))
        return tuple(said)

    def unpack(self, access: Access, hook: Hook) -> Page:
        _telegram_pages.check(token_of(access), hook.headers.get(_telegram_pages.HOOK_HEADER, ""))
        try:
            document = json.loads(hook.body, parse_constant=lambda _name: None)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(mapping(document).get("update_id"), int):
            raise Malformed(_("The body is no update of Telegram's."), code="no_update")
        return _telegram_pages.sort_out([document])[0]

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with client(access, self.patience, calls=2) as line:
            return _telegram_send.send_once(line, outgoing)

    def open_media(self, access: Access, media: Media) -> Opened:
        with client(access, self.patience, calls=2) as line:
            return _telegram_files.open_file(line, access, media, self.patience)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        return Found((), complete=False)

    def act(self, access: Access, deed: Deed) -> None:
        with client(access, self.patience) as line:
            _telegram_act.act(line, deed)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "post":
            return _("A bot cannot write first.")
        if outgoing.kind == "reply" and message_place(outgoing.in_reply_to) is None:
            return _("A reply needs a message to answer.")
        if outgoing.kind == "direct" and not (thread_place(outgoing.thread_key) or thread_place(outgoing.to)):
            return _("A direct message needs somebody to go to.")
        limit = _telegram_files.CAPTION_LENGTH if outgoing.media else self.limits.public_length
        size = self.length(outgoing.text)
        if size <= limit:
            return None
        return _("The text is too long for Telegram: {length} of {limit} characters.").format(length=size, limit=limit)

    def length(self, text: str) -> int:
        return length(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.TELEGRAM_API_BASE)

    def practice_offer(self) -> str:
        return PRACTICE_TOKEN if self.is_practice() else ""

    def profile_url(self, handle: str) -> str:
        name = handle.lstrip("@")
        if self.is_practice() or not name:
            return ""
        return f"https://t.me/{name}"


#: The token of the ready-made bot of the practice network (practice/wire_telegram).
PRACTICE_TOKEN = "7770400:practice-telegram-everybody-knows-it"  # noqa: S105 - everybody may know it

NETWORK = Telegram()
