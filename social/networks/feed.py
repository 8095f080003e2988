"""Blogs, news and forums, through RSS, Atom and JSON Feed. What the parts know: `_feed_wire` asking and answers, `_feed_robots`
what a site forbids, `_feed_parse` and `_feed_json` bytes and documents, `_feed_pages` cursors, `_feed_read` items.

There is no sign-in and no sending: the "secret" is an address that everybody may see, and people are answered on the page itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _feed_pages
from social.networks._feed_read import read_item
from social.networks._feed_robots import mind
from social.networks._feed_wire import Patience, is_practice
from social.networks.base import Network
from social.networks.errors import Rejected, Text, Unsupported
from social.networks.features import Capability, CredentialField, Limits, Shelf
from social.networks.values import Access, Cursor, Found, Item, Outgoing, Page, Profile, Receipt


class Feed(Network):
    """One feed: the posts of a site, and the comments under them."""

    slug: ClassVar[str] = "feed"
    label: ClassVar[Text] = gettext_lazy("Blogs, news and forums")
    icon: ClassVar[str] = "rss"
    color: ClassVar[str] = "#b45309"
    about: ClassVar[Text] = gettext_lazy("Posts and comments of blogs, news and forums, to read only. You need an address.")
    shelf: ClassVar[Shelf] = Shelf.SITES
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.COMMENTS, Capability.MEDIA_IN, Capability.BACKFILL})
    limits: ClassVar[Limits] = Limits(
        public_length=0,
        private_length=0,
        source="RSS 2.0 (rssboard.org/rss-specification), JSON Feed 1.1, RFC 4287, 4685, 5005, 9110 and 9309, read 2026-11",
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "address",
            gettext_lazy("Address"),
            gettext_lazy("Of the page or of its feed: the feed is found by itself. Everybody who sees channels sees it."),
            secret=False,
        ),
    )
    #: How often the cursor is looked at; a site itself is asked as `_feed_pages` says.
    poll_seconds: ClassVar[float] = _feed_pages.REST_SECONDS
    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def identify(self, access: Access) -> Profile:
        # The page, the feed it names and the site's wishes: together they are one call.
        part = self.patience.shared(3)
        found = _feed_pages.locate(_feed_pages.typed_address(access), part)
        if found is None:
            raise Rejected(_("No feed was found at this address, nor does the page there name one."), code="no_feed")
        document, feed = found
        mind(document.address, part)
        name = feed.title or urlsplit(document.address).netloc
        return Profile(_feed_pages.account_of(document.address), name, practice=is_practice(document.address))

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        patience = self.patience
        if not cursor.get("address"):
            patience = patience.shared(2)
        return _feed_pages.fetch_page(access, cursor, patience)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return _feed_pages.fresh_start(cursor)

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        return _feed_pages.remarks(cursor)

    def practice_offer(self) -> str:
        return f"{settings.PRACTICE_URL}/blog/" if settings.PRACTICE_URL else ""

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        return _("Feeds can only be read. Open the page and answer there.")

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        raise Unsupported(_("Feeds can only be read. Open the page and answer there."))

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        raise Unsupported(_("Feeds can only be read. Open the page and answer there."))

    def length(self, text: str) -> int:
        return len(text)


NETWORK = Feed()
