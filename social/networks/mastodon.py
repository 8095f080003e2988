"""Mastodon and what speaks its API, through Mastodon.py. What the parts know: `_mastodon_wire` asking and answers,
`_mastodon_pages` cursors, `_mastodon_read` items, `_mastodon_text` text, `_mastodon_send` sending and reading back,
`_mastodon_stream` listening.

Not reached live so far: the shapes come from the documents, the behaviour from the practice network.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _mastodon_act, _mastodon_files, _mastodon_oauth, _mastodon_pages, _mastodon_send, _mastodon_stream
from social.networks._asked import AskedNetwork
from social.networks._mastodon_read import address_of, is_id, read_item
from social.networks._mastodon_text import URL, URL_WEIGHT, length
from social.networks._mastodon_wire import Answer, ask, client, host_named, unreadable
from social.networks._shapes import mapping, string
from social.networks.base import NOTHING
from social.networks.errors import Text
from social.networks.features import Capability, Counting, CredentialField, Display, Limits
from social.networks.receiver import Receiver
from social.networks.values import (
    OUR_PRIVATE,
    OUR_PUBLIC,
    THEIR_PRIVATE,
    THEIR_PUBLIC,
    Access,
    Attachment,
    Cursor,
    Deed,
    DeedKind,
    Found,
    Item,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Recheck,
    Tokens,
)

#: Mastodon allows 300 questions in five minutes and takes no money; a poll is one question, and one more for each reply.
POLL_SECONDS = 60.0
#: Of 500 characters an instance allows by default, the @handle in front of an answer may take 32.
TEXT_LENGTH = 468
INSTANCE = CredentialField(
    "instance",
    gettext_lazy("Instance address"),
    gettext_lazy("The server the account lives on, for example mastodon.social."),
    secret=False,
)


class Mastodon(AskedNetwork):
    """One account on one instance: whoever mentions it, in public or directly, or quotes it."""

    slug: ClassVar[str] = "mastodon"
    label: ClassVar[str] = "Mastodon"
    icon: ClassVar[str] = "brand-mastodon"
    color: ClassVar[str] = "#563acc"
    about: ClassVar[Text] = gettext_lazy(
        "Posts that mention you, in public or directly, and quotes of yours. You need an account on any instance."
    )
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.PUBLISH,
            Capability.EDIT,
            Capability.DELETE,
            Capability.MEDIA_IN,
            Capability.REACTIONS,
            Capability.MEDIA_OUT,
            Capability.STREAMING,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    #: mastodon/mastodon, app/lib/text_formatter.rb (display of links, names), as known 2026-11.
    display: ClassVar[Display] = Display(
        links=True, bare_links=True, link_length=30, mentions=r"(?<![\w@/])@[a-z0-9_]+(?:@[\w.-]+\w)?", tags=True
    )
    limits: ClassVar[Limits] = Limits(
        public_length=TEXT_LENGTH,
        private_length=TEXT_LENGTH,
        overlap_items=_mastodon_pages.PAGE_ROWS - 1,
        media_kinds=("image", "video", "audio"),
        alt_kinds=("image", "video", "audio"),
        media_types=_mastodon_files.TYPES,
        media_bytes=_mastodon_files.MAX_BYTES,
        media_count=_mastodon_files.PER_POST,
        media_alone=_mastodon_files.ALONE,
        source="docs.joinmastodon.org: user/posting and api/rate-limits, read 2026-11",
    )
    counting: ClassVar[Counting] = Counting(url_weight=URL_WEIGHT, links=URL.pattern)
    quota_labels: ClassVar[Mapping[str, Text]] = {_mastodon_pages.MENTIONS: gettext_lazy("Reading mentions")}
    #: docs.joinmastodon.org/api/rate-limits, read 2026-11: one window for everything an account does.
    shared_quotas: ClassVar[frozenset[str]] = frozenset({_mastodon_pages.MENTIONS})
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        INSTANCE,
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy(
                "On the instance: Preferences, Development, New application, with the rights read, write:statuses, write:media "
                "and write:favourites."
            ),
        ),
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC, OUR_PRIVATE}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC, OUR_PRIVATE}),
    }
    signs_in: ClassVar[bool] = True
    uploads_first: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    silence_seconds: ClassVar[float] = _mastodon_stream.SILENCE_SECONDS
    settle_seconds: ClassVar[float] = 20.0

    def identify(self, access: Access) -> Profile:
        with client(access, self.patience) as line:
            answer = ask(line, lambda mastodon: mastodon.account_verify_credentials(), dict)
            address = address_of(mapping(answer.body), line.host)
        if not address or not is_id(string(answer.body.get("id"))):
            raise unreadable(Answer(answer.status, answer.headers, None))
        name = string(answer.body.get("display_name")).strip()
        return Profile(external_id=address, name=name or address, handle=address)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _mastodon_pages.fetch_page(line, cursor, until=until, overlap_items=self.limits.overlap_items)

    def listen(self, access: Access, receiver: Receiver) -> Iterator[bool]:
        return _mastodon_stream.listen(access, receiver, self.patience, silence_seconds=self.silence_seconds)

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _mastodon_pages.fetch_back(line, cursor, since=since, until=until)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        with client(access, self.patience) as line:
            return _mastodon_files.upload(line, attachment)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        return super().media_refusal(outgoing) or _mastodon_files.refusal(outgoing)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with client(access, self.patience, calls=2) as line:
            return _mastodon_send.send_once(line, outgoing)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _mastodon_send.find(line, outgoing, since, until=until)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _mastodon_send.recheck_posts(line, external_ids, until=until)

    def act(self, access: Access, deed: Deed) -> None:
        with client(access, self.patience, calls=_mastodon_act.CALLS) as line:
            _mastodon_act.act(line, deed)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "direct" and not outgoing.to:
            return _("A direct message needs somebody to go to.")
        if outgoing.kind == "reply" and not is_id(outgoing.in_reply_to):
            return _("A reply needs a post to answer.")
        size, limit = self.length(outgoing.text), self.limits.public_length
        if size <= limit:
            return None
        return _("The text is too long for Mastodon: {length} of {limit} characters.").format(length=size, limit=limit)

    def length(self, text: str) -> int:
        return length(text)

    def sign_in_fields(self) -> tuple[CredentialField, ...]:
        return (INSTANCE,)

    def app_place(self, asked: Mapping[str, str]) -> str:
        return host_named(asked.get("instance", ""))

    def app_at(self, place: str, kept: Mapping[str, str], *, redirect_uri: str) -> Mapping[str, str]:
        return _mastodon_oauth.app_at(self.patience, place, kept, redirect_uri=redirect_uri)

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        host = self.app_place(asked)
        return _mastodon_oauth.authorize_url(host, state=state, redirect_uri=redirect_uri, verifier=verifier, app=asked)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        host = self.app_place(asked)
        return _mastodon_oauth.exchange(
            self.patience, host, code=code, redirect_uri=redirect_uri, verifier=verifier, app=asked
        )

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.MASTODON_API_BASE)

    def profile_url(self, handle: str) -> str:
        name, _at, host = handle.lstrip("@").partition("@")
        if self.is_practice():
            return f"{settings.PRACTICE_URL}/{name}" if name else ""
        return f"https://{host}/@{name}" if name and host else ""


NETWORK = Mastodon()
