"""Web chat: our own widget on the company's pages. We are the network, so nothing is asked over any wire (docs/adr/webchat.md).

Visitors' lines come in at our door (`social/services/chatting.py`); an answer is delivered by the commit that says `sent`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.folding import fold
from core.names import clean_name
from social.networks._webchat_read import MAX_TEXT, read_line
from social.networks.base import Network
from social.networks.errors import Rejected, Text
from social.networks.features import Capability, CredentialField, Limits, Shelf
from social.networks.values import Access, Cursor, Found, Item, Media, Opened, Outgoing, Page, Profile, Receipt

MAX_NAME = 60


class WebChat(Network):
    """One widget: its visitors write to us, each in a thread of their own."""

    slug: ClassVar[str] = "webchat"
    label: ClassVar[Text] = gettext_lazy("Web chat")
    icon: ClassVar[str] = "messages"
    color: ClassVar[str] = "#0f766e"
    about: ClassVar[Text] = gettext_lazy("Visitors of your own website. You need to paste one line into its pages.")
    shelf: ClassVar[Shelf] = Shelf.SITES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DIRECT_MESSAGES, Capability.MEDIA_IN, Capability.MEDIA_OUT}
    )
    limits: ClassVar[Limits] = Limits(
        public_length=0,
        private_length=MAX_TEXT,
        media_kinds=("image", "video", "audio", "file"),
        media_bytes=200 * 1024 * 1024,
        media_count=10,
        source="our own widget, docs/adr/webchat.md, 2026-11",
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "name",
            gettext_lazy("Name"),
            gettext_lazy("For the people who answer, and the widget's title. Connecting the same name again keeps its history."),
            secret=False,
            words=True,
        ),
    )
    hosted: ClassVar[bool] = True
    #: Nothing is ever fetched; what a poll finds is that the channel is there.
    poll_seconds: ClassVar[float] = 300.0

    def identify(self, access: Access) -> Profile:
        name = clean_name(access.secrets.get("name", ""))
        if not name or len(name) > MAX_NAME:
            reason = _("The name needs 1 to {limit} visible characters.").format(limit=MAX_NAME)
            raise Rejected(reason, code="bad_name", field="name")
        return Profile(external_id=fold(name)[:128] or name, name=name)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        return Page((), cursor)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_line(payload, account_id=account_id)

    def open_media(self, access: Access, media: Media) -> Opened:
        """Visitors' files are kept when they are handed over; one that is asked for here is kept no longer."""
        raise Rejected(_("This file is kept no longer."), code="gone")

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        """Name the line, and no more: the commit that keeps this receipt puts it before the visitor. Pure, so never in doubt."""
        return Receipt(external_id=f"out-{outgoing.key}")

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        """Nothing, for certain: who asks has no `sent` committed, and without that commit the visitor was shown nothing."""
        return Found((), complete=True)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind != "direct":
            return _("Nothing is public in a web chat: it can only be answered.")
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if not (outgoing.to or outgoing.thread_key):
            return _("A direct message needs somebody to go to.")
        length, limit = self.length(outgoing.text), self.limits.private_length
        if length > limit:
            return _("The text is too long: {length} of {limit} characters.").format(length=length, limit=limit)
        return None

    def length(self, text: str) -> int:
        return len(text)


NETWORK = WebChat()
