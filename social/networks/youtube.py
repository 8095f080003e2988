"""Comments on YouTube, over its Data API v3. What the parts know: `_google_wire` asking and answers, `_google_oauth` signing in,
`_youtube_pages` cursors, `_youtube_read` comments, `_youtube_send` answering and reading back, `_youtube_act` moderating and
mending, `_youtube_units` the quota.

Not reached live so far: the shapes come from the documents, the behaviour from the practice network. Not offered by the API: liking
a comment. Not done: live chat, publishing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _youtube_act, _youtube_pages, _youtube_send
from social.networks import _youtube_units as units
from social.networks._google_network import GoogleNetwork
from social.networks._google_wire import Answer, Line, ask_list, client, unreadable
from social.networks._shapes import mapping, string
from social.networks._youtube_read import SITE, is_channel, read_item
from social.networks.errors import NetworkError, Rejected, Text
from social.networks.features import Capability, CredentialField, Limits
from social.networks.values import (
    OUR_PUBLIC,
    THEIR_PUBLIC,
    Access,
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
)

CHANNELS = "https://www.googleapis.com/youtube/v3/channels"
#: The one right that reads what is held for review and answers (developers.google.com/youtube/v3/guides/auth, read 2026-11).
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
#: A poll costs two units, a look for deletions two or three: about 1,250 of the 10,000 units a day that all channels of an
#: installation share, so that eight channels and some twenty answers a day fit into them.
POLL_SECONDS = 180.0
RECHECK_SECONDS = 600.0


class YouTube(GoogleNetwork):
    """One channel: the comments below its videos, and those on the channel itself."""

    slug: ClassVar[str] = "youtube"
    label: ClassVar[str] = "YouTube"
    icon: ClassVar[str] = "brand-youtube"
    color: ClassVar[str] = "#c4000f"
    about: ClassVar[Text] = gettext_lazy("Comments on a channel and its videos. You need the Google account that owns it.")
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.COMMENTS,
            Capability.REPLY,
            Capability.EDIT,
            Capability.DELETE,
            Capability.HIDE,
            Capability.MEDIA_IN,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=10_000,
        private_length=0,
        overlap_seconds=_youtube_pages.OVERLAP.total_seconds(),
        source="developers.google.com/youtube/v3/docs/comments/insert and …/determine_quota_cost, read 2026-11; "
        "the length is what YouTube's own page takes",
    )
    quota_labels: ClassVar[Mapping[str, Text]] = {units.UNITS: gettext_lazy("YouTube units of the whole installation today")}
    shared_quotas: ClassVar[frozenset[str]] = frozenset({units.UNITS})
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy("An OAuth 2 token of the channel's account with the right youtube.force-ssl."),
        ),
        CredentialField(
            "refresh_token",
            gettext_lazy("Refresh token"),
            gettext_lazy("Of this installation's client. Without it the account must be connected again after about an hour."),
            required=False,
        ),
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({THEIR_PUBLIC, OUR_PUBLIC}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC}),
    }
    deed_labels: ClassVar[Mapping[DeedKind, Text]] = {
        DeedKind.HIDE: gettext_lazy("Hold for review"),
        DeedKind.UNHIDE: gettext_lazy("Approve, for all to see"),
    }
    backfill_note: ClassVar[Text] = gettext_lazy(
        "YouTube orders comments by when their thread was begun: answers below older threads come with those. A hundred threads "
        "take one unit of the day's quota, and each thread with more than five answers another."
    )
    scope: ClassVar[str] = SCOPE
    poll_seconds: ClassVar[float] = POLL_SECONDS
    older_items: ClassVar[int] = 50
    recheck_seconds: ClassVar[float] = RECHECK_SECONDS
    settle_seconds: ClassVar[float] = 30.0

    @contextmanager
    def _line(self, access: Access, *, calls: int = 1) -> Iterator[Line]:
        """A line whose questions are counted; what YouTube says of its units is remembered."""
        with client(access, self.patience, self.label, calls=calls, spend=units.spend) as line:
            try:
                yield line
            except NetworkError as error:
                raise _youtube_pages.as_used_up(error)

    def identify(self, access: Access) -> Profile:
        with self._line(access) as line:
            answer, rows = ask_list(line, CHANNELS, "items", sign="youtube#channelListResponse", part="snippet", mine="true")
        if not rows:
            raise Rejected(_("This Google account has no YouTube channel."), code="no_channel")
        channel = mapping(rows[0])
        identifier, snippet = string(channel.get("id")), mapping(channel.get("snippet"))
        if not is_channel(identifier):
            raise unreadable(Answer(answer.status, answer.headers, None), self.label)
        handle = string(snippet.get("customUrl")).removeprefix("@")
        return Profile(external_id=identifier, name=string(snippet.get("title")) or handle or identifier, handle=handle)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        with self._line(access, calls=2) as line:
            return _youtube_pages.fetch_page(line, access.external_id, cursor)

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        with self._line(access, calls=2) as line:
            return _youtube_pages.fetch_back(line, access.external_id, cursor, since=since)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return {name: value for name, value in cursor.items() if name != "closed"}

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        if not cursor.get("closed"):
            return ()
        return (_("Comments held for review are not read: this sign-in does not cover them. Connect again to add them."),)

    def read(self, payload: Mapping[str, object], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id, site=self.site)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with self._line(access) as line:
            return _youtube_send.send_once(line, outgoing, site=self.site)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until()
        with self._line(access, calls=3) as line:
            return _youtube_send.find(line, access.external_id, outgoing, since, until=until)

    def act(self, access: Access, deed: Deed) -> None:
        with self._line(access) as line:
            _youtube_act.act(line, deed)

    def looks_at(self, external_id: str) -> bool:
        return _youtube_send.looks_at(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        until = self._until()
        with self._line(access, calls=3) as line:
            return _youtube_send.recheck_comments(line, access.external_id, external_ids, until=until)

    def _answered(self, outgoing: Outgoing) -> str:
        return _youtube_send.thread_of(outgoing)

    def profile_url(self, handle: str) -> str:
        return f"{self.site}/@{handle}" if handle else ""

    @property
    def site(self) -> str:
        """Where people and comments have their pages."""
        return settings.PRACTICE_URL if self.is_practice() else SITE


NETWORK = YouTube()
