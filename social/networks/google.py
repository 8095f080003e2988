"""Reviews of a business on Google (Search and Maps), over the Business Profile APIs. What the parts know: `_google_wire` asking and
answers, `_google_oauth` signing in, `_google_places` accounts and locations, `_google_pages` cursors, `_google_topic` where reviews
are announced, `_google_push` calls to us, `_google_read` reviews, `_google_send` answering and reading back.

Not reached live so far: the shapes come from the documents, the behaviour from the practice network. Not done: posts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _google_pages, _google_places, _google_push, _google_send, _google_topic, _placing
from social.networks._google_network import GoogleNetwork
from social.networks._google_read import location_id, read_item, review_of
from social.networks._google_wire import client
from social.networks.base import NOTHING
from social.networks.errors import Rejected, Text, Unauthorized
from social.networks.features import Capability, Counting, CredentialField, Limits, Shelf
from social.networks.values import (
    OUR_PUBLIC,
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
    Recheck,
    Tokens,
)

SCOPE = "https://www.googleapis.com/auth/business.manage"
#: developers.google.com/my-business/content/limits, read 2026-11: 300 questions a minute for the whole project, no price. A poll is
#: two.
POLL_SECONDS = 120.0
RECHECK_SECONDS = 600.0
#: developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews#ReviewReply, read 2026-11.
MAX_BYTES = 4096
#: So many locations are named where one must be chosen.
NAMED = 8


class Google(GoogleNetwork):
    """One location of a business: its reviews."""

    slug: ClassVar[str] = "google"
    label: ClassVar[Text] = gettext_lazy("Google reviews")
    icon: ClassVar[str] = "brand-google"
    color: ClassVar[str] = "#1a62c9"
    about: ClassVar[Text] = gettext_lazy("Reviews of your places on Google. You need to own or manage the business profile.")
    shelf: ClassVar[Shelf] = Shelf.SITES
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.COMMENTS,
            Capability.REPLY,
            Capability.DELETE,
            Capability.MEDIA_IN,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
            Capability.WEBHOOKS,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=MAX_BYTES,
        private_length=0,
        overlap_seconds=_google_pages.OVERLAP.total_seconds(),
        source="developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews (bytes), read 2026-11",
    )
    #: Bytes, as nearly as a page can count them: `length` is the judge.
    counting: ClassVar[Counting] = Counting(unit="utf8")
    answer_note: ClassVar[Text] = gettext_lazy("A review has one answer: another one replaces the answer that stands there.")
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy("An OAuth 2 token of an owner or manager with the right business.manage."),
        ),
        CredentialField(
            "refresh_token",
            gettext_lazy("Refresh token"),
            gettext_lazy("Of this installation's client. Without it the account must be connected again after about an hour."),
            required=False,
        ),
        CredentialField(
            "location",
            gettext_lazy("Location"),
            gettext_lazy("Its name at Google, such as accounts/1/locations/2. Needed only where there are several."),
            required=False,
            secret=False,
        ),
        *_google_topic.FIELDS,
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "For a Pub/Sub topic of your own: give its push subscription this address, with authentication and no audience of its own. "
        "Then connect the account again with the topic and the subscription's service account. docs/google.md has the steps."
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {DeedKind.DELETE: frozenset({OUR_PUBLIC})}
    scope: ClassVar[str] = SCOPE
    poll_seconds: ClassVar[float] = POLL_SECONDS
    older_items: ClassVar[int] = 20
    recheck_seconds: ClassVar[float] = RECHECK_SECONDS
    settle_seconds: ClassVar[float] = 30.0

    def _line(self, access: Access, *, calls: int = 1) -> Any:
        return client(access, self.patience, self.label, calls=calls)

    def _location(self, access: Access) -> str:
        """The location's whole name. Raises Unauthorized when the secrets do not hold it."""
        name = access.secrets.get("location", "")
        if location_id(name) != access.external_id:
            raise Unauthorized(_("The stored sign-in does not say which location it is for. Connect it again."), code="no_location")
        return name

    def check(self, access: Access) -> None:
        _google_topic.check(access.secrets)

    def sign_in_fields(self) -> tuple[CredentialField, ...]:
        # An installation with a topic of its own asks nobody for another one.
        return () if settings.GOOGLE_PUBSUB_TOPIC else _google_topic.FIELDS

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        _google_topic.check(asked)
        return super().authorize_url(state=state, redirect_uri=redirect_uri, verifier=verifier, asked=asked)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        tokens = super().exchange(code=code, redirect_uri=redirect_uri, verifier=verifier, asked=asked)
        announced = {field.name: asked[field.name] for field in _google_topic.FIELDS if asked.get(field.name)}
        return replace(tokens, secrets={**tokens.secrets, **announced})

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        self.check(access)
        with self._line(access, calls=3) as line:
            found = _google_places.places(line, access.secrets)
        if not found:
            raise Rejected(_("This Google account manages no location."), code="no_location")
        return found

    def identify(self, access: Access) -> Profile:
        found = self.accounts(access)
        wanted = access.secrets.get("location", "")
        if not wanted and len(found) == 1:
            return found[0]
        for place in found:
            if place.tokens is not None and wanted and location_id(wanted) == place.external_id:
                return place
        named = [f"{place.name}: {place.tokens.secrets['location']}" for place in found if place.tokens is not None]
        words = _("Which location? This account manages {places}")
        raise Rejected(words.format(places="; ".join(named[:NAMED])), code="which_location", field="location")

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        location, topic = self._location(access), _google_topic.topic_of(access.secrets)
        announced = _placing.placed(cursor, topic, lambda mine: self._announce(access, topic, mine))
        if announced is not None:
            return announced
        with self._line(access) as line:
            page = _google_pages.fetch_page(line, location, cursor)
        return replace(page, cursor=_placing.kept(page, cursor))

    def _announce(self, access: Access, topic: str, mine: Callable[[str], bool]) -> None:
        location = self._location(access)
        with self._line(access, calls=_google_topic.CALLS) as line:
            _google_topic.announce(line, location, topic, mine)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return _placing.forgotten(cursor)

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        return _google_topic.remarks(cursor)

    def addressees(self, hook: Hook) -> tuple[str, ...]:
        _google_push.prove(hook, account=settings.GOOGLE_PUBSUB_ACCOUNT)
        return _google_push.locations(hook)

    def unpack(self, access: Access, hook: Hook) -> Page:
        _google_push.prove(hook, account=_google_topic.pusher_of(access.secrets))
        # A topic is announced on for every location of an account: those of others are not ours to hear.
        return Page((), {}, rings=access.external_id in _google_push.locations(hook))

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        location = self._location(access)
        with self._line(access) as line:
            return _google_pages.fetch_back(line, location, cursor, since=since)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        location = self._location(access)
        with self._line(access) as line:
            return _google_send.send_once(line, location, outgoing)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        location = self._location(access)
        with self._line(access) as line:
            return _google_send.find(line, location, outgoing, since)

    def act(self, access: Access, deed: Deed) -> None:
        location = self._location(access)
        with self._line(access, calls=2) as line:
            _google_send.take_back(line, location, deed)

    def looks_at(self, external_id: str) -> bool:
        return bool(review_of(external_id))

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        location, until = self._location(access), self._until()
        with self._line(access, calls=3) as line:
            return _google_send.recheck_reviews(line, location, external_ids, until=until)

    def _answered(self, outgoing: Outgoing) -> str:
        return _google_send.review_of_outgoing(outgoing)

    def _too_long(self, outgoing: Outgoing) -> Text | None:
        if self.length(outgoing.text) <= MAX_BYTES:
            return None
        words = _("The text is too long for {network}: it takes more than {limit} bytes.")
        return words.format(network=self.label, limit=MAX_BYTES)

    def length(self, text: str) -> int:
        return len(text.encode("utf-8", "replace"))


NETWORK = Google()
