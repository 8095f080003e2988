"""Bluesky, through atproto. What the parts know: `_bluesky_wire` asking and answers, `_bluesky_session` signing in,
`_bluesky_pages` cursors, `_bluesky_read` items, `_bluesky_text` text and names, `_bluesky_send` sending and reading back,
`_bluesky_chat` direct messages, which are a service of their own, `_bluesky_act` what is done to posts.

People are known by their DID, which stays when a handle changes. There are no edits. Not reached live so far: the shapes come from
the lexicons, the behaviour from the practice network.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _bluesky_act, _bluesky_chat, _bluesky_files, _bluesky_pages, _bluesky_send, _bluesky_session
from social.networks._asked import AskedNetwork
from social.networks._bluesky_read import read_item
from social.networks._bluesky_text import MAX_BYTES, MAX_GRAPHEMES, is_did, is_post, length
from social.networks._bluesky_wire import NAME, client, hear, load
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import Patience
from social.networks.errors import NetworkError, Rejected, Text
from social.networks.features import Capability, Counting, CredentialField, Display, Limits
from social.networks.values import (
    OUR_PUBLIC,
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

#: Bluesky allows 3,000 questions in five minutes from one address and takes no money; a poll is three of them at most.
POLL_SECONDS = 60.0
_HANDLE = re.compile(r"^(?=.{4,120}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}$")


class Bluesky(AskedNetwork):
    """One account on Bluesky, wherever it lives: whoever mentions it, answers it or quotes it."""

    slug: ClassVar[str] = "bluesky"
    label: ClassVar[str] = NAME
    icon: ClassVar[str] = "brand-bluesky"
    color: ClassVar[str] = "#0560ce"
    about: ClassVar[Text] = gettext_lazy("Posts that mention, answer or quote you. You need the handle and an app password.")
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.PUBLISH,
            Capability.DELETE,
            Capability.REACTIONS,
            Capability.HIDE,
            Capability.MEDIA_IN,
            Capability.MEDIA_OUT,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    #: Facets are set over the words as they were written (`facets_for`).
    display: ClassVar[Display] = Display(links=True, mentions=r"(?<![\w@])@(?:[a-z0-9-]+\.)+[a-z]{2,}", tags=True)
    limits: ClassVar[Limits] = Limits(
        public_length=MAX_GRAPHEMES,
        private_length=_bluesky_chat.MAX_GRAPHEMES,
        overlap_seconds=300.0,
        overlap_items=100,
        media_kinds=("image",),
        alt_kinds=("image",),
        media_types=_bluesky_files.TYPES,
        media_bytes=_bluesky_files.MAX_BYTES,
        media_count=_bluesky_files.PER_POST,
        private_media_count=0,
        source="lexicons app.bsky.feed.post and chat.bsky.convo.defs; docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11",
    )
    counting: ClassVar[Counting] = Counting(unit="graphemes")
    quota_labels: ClassVar[Mapping[str, Text]] = {_bluesky_pages.MENTIONS: gettext_lazy("Reading mentions")}
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "handle",
            gettext_lazy("Handle"),
            gettext_lazy("The account's name, for example brand.bsky.social."),
            secret=False,
        ),
        CredentialField(
            "app_password",
            gettext_lazy("App password"),
            gettext_lazy(
                "On Bluesky: Settings, Privacy and security, App passwords; allow access to direct messages if they are to be read."
                " Never the account's own password."
            ),
        ),
        CredentialField(
            "service",
            gettext_lazy("Server"),
            gettext_lazy("Only for an account on a server (PDS) of its own; leave it empty for Bluesky's."),
            required=False,
            secret=False,
        ),
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC}),
    }
    signs_in: ClassVar[bool] = False
    uploads_first: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    threads_replies: ClassVar[bool] = True
    settle_seconds: ClassVar[float] = 20.0

    def load(self) -> None:
        load()

    def identify(self, access: Access) -> Profile:
        typed = access.secrets.get("handle", "").strip().lower().lstrip("@")
        if not _HANDLE.match(typed) and not is_did(typed):
            raise Rejected(_("This is no handle. Write it like this: brand.bsky.social"), code="bad_handle", field="handle")
        half = Patience(self.patience.read_seconds / 2, self.patience.all_in() / 2)
        given = Access(access.external_id, {**access.secrets, "handle": typed}, access.handle)
        tokens, did, handle = _bluesky_session.open_session(given, half)
        name = self._name(Access(did, tokens.secrets, handle), half)
        return Profile(external_id=did, name=name or handle, handle=handle, tokens=tokens)

    def _name(self, access: Access, patience: Patience) -> str:
        """What the account calls itself; empty when it does not say, or cannot be asked just now: the handle will do."""
        try:
            with client(access, patience) as line:
                answer = hear(line, lambda bluesky: bluesky.app.bsky.actor.get_profile({"actor": access.external_id}))
        except NetworkError:
            return ""
        return clean(string(mapping(answer.body).get("displayName"))).strip()[:120] if answer.good else ""

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        until = self._until()
        talks = mapping(cursor.get("chat"))
        known = {name: value for name, value in cursor.items() if name != "chat"}
        with client(access, self.patience, calls=3) as line:
            if talks.get("turn"):
                return _bluesky_chat.page_with(Page((), known), line, access.external_id, talks)
            page = _bluesky_pages.fetch_page(line, known, self.limits, until=until)
        # Mentions first, to their end; then the talks, whose trouble is not theirs.
        turn = not page.more and not talks.get("closed")
        talks = {name: value for name, value in talks.items() if name != "turn"} | ({"turn": True} if turn else {})
        return replace(page, cursor={**page.cursor, **({"chat": talks} if talks else {})}, more=page.more or turn)

    def reconnected(self, cursor: Cursor) -> Cursor:
        talks = {name: value for name, value in mapping(cursor.get("chat")).items() if name != "closed"}
        return {**cursor, "chat": talks} if talks else {name: value for name, value in cursor.items() if name != "chat"}

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        if not mapping(cursor.get("chat")).get("closed"):
            return ()
        words = _(
            "Direct messages are not read: this app password does not cover them. Make one with access to your direct messages "
            "and connect again."
        )
        return (words,)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id, site=self.site)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        with client(access, self.patience) as line:
            return _bluesky_files.upload(line, attachment)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        if outgoing.kind == "direct":
            with client(access, self.patience, calls=2) as line:
                return _bluesky_chat.send_once(line, outgoing)
        with client(access, self.patience, calls=3 + _bluesky_send.lookups(outgoing.text)) as line:
            return _bluesky_send.send_once(_bluesky_send.Sender.of(line, access, self.site), outgoing)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            if outgoing.kind == "direct":
                return _bluesky_chat.find(line, access.external_id, outgoing, since, until=until)
            return _bluesky_send.find(_bluesky_send.Sender.of(line, access, self.site), outgoing, since, until=until)

    def looks_at(self, external_id: str) -> bool:
        return is_post(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _bluesky_send.recheck_posts(line, external_ids, until=until)

    def act(self, access: Access, deed: Deed) -> None:
        with client(access, self.patience, calls=_bluesky_act.CALLS) as line:
            _bluesky_act.act(line, access.external_id, deed)

    def refresh(self, access: Access) -> Tokens:
        return _bluesky_session.renew(access, self.patience)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "direct" and not (_bluesky_chat.talk_of(outgoing.thread_key) or is_did(outgoing.to)):
            return _("A direct message needs somebody to go to.")
        if outgoing.kind == "reply" and not is_post(outgoing.in_reply_to):
            return _("A reply needs a post to answer.")
        size, most, most_bytes = self.length(outgoing.text), MAX_GRAPHEMES, MAX_BYTES
        if outgoing.kind == "direct":
            most, most_bytes = _bluesky_chat.MAX_GRAPHEMES, _bluesky_chat.MAX_BYTES
        if size > most:
            return _("The text is too long for Bluesky: {length} of {limit} characters.").format(length=size, limit=most)
        if len(outgoing.text.encode("utf-8", "surrogatepass")) > most_bytes:
            return _("The text is too long for Bluesky: it takes more than {limit} bytes.").format(limit=most_bytes)
        return None

    def length(self, text: str) -> int:
        return length(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.BLUESKY_API_BASE)

    def practice_offer(self) -> str:
        return f"{PRACTICE_HANDLE} · {PRACTICE_PASSWORD}" if self.is_practice() else ""

    def profile_url(self, handle: str) -> str:
        return f"{self.site}/profile/{handle}" if handle else ""

    @property
    def site(self) -> str:
        """Where people and posts have their pages."""
        return settings.PRACTICE_URL if self.is_practice() else "https://bsky.app"


#: The ready-made shop of the practice network, and the one app password there is (practice/wire_bluesky).
PRACTICE_HANDLE = "anarsky.chowk.test"
PRACTICE_PASSWORD = "prac-tice-chow-kkkk"  # noqa: S105 - everybody may know it

NETWORK = Bluesky()
