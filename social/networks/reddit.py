"""Reddit, through praw. What the parts know: `_reddit_wire` asking and answers, `_reddit_session` signing in, `_reddit_pages`
cursors, `_reddit_read` items, `_reddit_send` sending and reading back, `_reddit_act` mending, deleting and moderating.

Read are comments that answer or name the account, private messages, and what is new in watched subreddits or found by search. Not
reached live so far: the shapes come from the documents and from praw, the behaviour from the practice network.
"""

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _reddit_act, _reddit_pages, _reddit_send, _reddit_session
from social.networks._asked import AnsweringNetwork
from social.networks._reddit_read import read_item
from social.networks._reddit_wire import NAME, QUOTA, ask, client, garbled
from social.networks._shapes import string
from social.networks._text import clean
from social.networks._wire import Patience
from social.networks.base import NOTHING
from social.networks.errors import Rejected, Text
from social.networks.features import Capability, CredentialField, Display, Limits
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
    Tokens,
)

#: 100 questions a minute for each app, and no money below that; a poll is four of them, five with a search.
POLL_SECONDS = 60.0
#: www.reddit.com/dev/api#POST_api_comment and support.reddithelp.com, read 2026-11.
TEXT_LENGTH = 10_000
ROAD_NAMES: dict[str, Text] = {
    _reddit_pages.POSTS: gettext_lazy("posts of watched subreddits"),
    _reddit_pages.COMMENTS: gettext_lazy("comments in watched subreddits"),
    _reddit_pages.SEARCH: gettext_lazy("search"),
}


class Reddit(AnsweringNetwork):
    """One account on Reddit: who answers, names or writes to it, and what it watches."""

    slug: ClassVar[str] = "reddit"
    label: ClassVar[str] = NAME
    icon: ClassVar[str] = "brand-reddit"
    color: ClassVar[str] = "#bf3400"
    about: ClassVar[Text] = gettext_lazy(
        "Answers, mentions, private messages, and subreddits you watch. You need a Reddit account."
    )
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.COMMENTS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.EDIT,
            Capability.DELETE,
            Capability.HIDE,
            Capability.MEDIA_IN,
            Capability.SEARCH,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    #: support.reddithelp.com (Reddit Markdown): links and names by themselves, one line break is a blank, read 2026-11.
    display: ClassVar[Display] = Display(links=True, mentions=r"(?<![\w/])/?[ur]/[\w-]{2,21}", joins_lines=True)
    limits: ClassVar[Limits] = Limits(
        public_length=TEXT_LENGTH,
        private_length=TEXT_LENGTH,
        overlap_seconds=300.0,
        overlap_items=200,
        source="www.reddit.com/dev/api and support.reddithelp.com (Reddit Data API Wiki), read 2026-11",
    )
    quota_labels: ClassVar[Mapping[str, Text]] = {QUOTA: gettext_lazy("Questions of the whole app")}
    shared_quotas: ClassVar[frozenset[str]] = frozenset({QUOTA})
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "client_id",
            gettext_lazy("App ID"),
            gettext_lazy(
                "At www.reddit.com/prefs/apps, of an app of the kind “script” that this account made: the word under its name."
            ),
            secret=False,
        ),
        CredentialField("client_secret", gettext_lazy("App secret"), gettext_lazy("On the same page.")),
        CredentialField("username", gettext_lazy("Username"), gettext_lazy("Without u/."), secret=False),
        CredentialField(
            "password",
            gettext_lazy("Password"),
            gettext_lazy("The account's own. Accounts with two-factor sign-in use the sign-in page."),
        ),
        CredentialField(
            "subreddits",
            gettext_lazy("Watched subreddits"),
            gettext_lazy(
                "Everything new there is read. When empty, those in the account's custom feed named rabta, if it has one."
            ),
            required=False,
            secret=False,
            words=True,
        ),
        CredentialField(
            "search",
            gettext_lazy("Words to search for"),
            gettext_lazy("Posts anywhere on Reddit that hold one of these words or phrases, set apart by commas."),
            required=False,
            secret=False,
            words=True,
        ),
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC}),
    }
    deed_labels: ClassVar[Mapping[DeedKind, Text]] = {
        DeedKind.HIDE: gettext_lazy("Remove as a moderator"),
        DeedKind.UNHIDE: gettext_lazy("Approve, for all to see"),
    }
    backfill_note: ClassVar[Text] = gettext_lazy("Reddit gives about the newest 1,000 of each list.")
    signs_in: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    #: Lists of one's own comments are kept in a cache there.
    settle_seconds: ClassVar[float] = 30.0

    def identify(self, access: Access) -> Profile:
        if _reddit_pages.subreddits_in(access.secrets.get("subreddits", "")) is None:
            reason = _("These are no names of subreddits. Write them like this: pakistan+karachi")
            raise Rejected(reason, code="bad_subreddits", field="subreddits")
        half = Patience(self.patience.read_seconds / 2, self.patience.all_in() / 2)
        tokens = None
        if not access.secrets.get("access_token"):
            tokens = _reddit_session.open_session(access, half)
            access = Access(access.external_id, tokens.secrets, access.handle)
        with client(access, half) as line:
            answer = ask(line, lambda reddit: reddit.get("api/v1/me"))
        name = clean(string(answer.body.get("name")))[:30]
        if not name:
            raise garbled()
        if answer.body.get("is_suspended") is True:
            raise Rejected(_("{network} says that this account is suspended.").format(network=NAME), code="suspended")
        return Profile(external_id=name.lower(), name=f"u/{name}", handle=name, tokens=tokens)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _reddit_pages.fetch_page(line, access, cursor, self.limits, until=until)

    def cursor_at(self, moment: datetime) -> Cursor:
        return {road: {"floor": moment.isoformat()} for road in _reddit_pages.ROADS}

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _reddit_pages.fetch_back(line, access, cursor, since=since, until=until)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return {name: value for name, value in cursor.items() if name != "closed"}

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        closed = _reddit_pages.closed_roads(cursor)
        if closed.get(_reddit_pages.POSTS) == closed.get(_reddit_pages.COMMENTS) == "not_found":
            found = [
                _("No subreddits are watched. Name some, or make a custom feed named rabta in this account and put them there.")
            ]
            closed = {name: code for name, code in closed.items() if name == _reddit_pages.SEARCH}
        else:
            found = []
        words = _("Not read, because {network} refused it: {what} ({code}).")
        found += [words.format(network=NAME, what=ROAD_NAMES.get(name, name), code=code) for name, code in closed.items()]
        return tuple(found)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id, site=self.site)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with client(access, self.patience) as line:
            return _reddit_send.send_once(line, outgoing, site=self.site)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _reddit_send.find(line, access, outgoing, since, out_of_time=lambda: time.monotonic() > until)

    def act(self, access: Access, deed: Deed) -> None:
        with client(access, self.patience) as line:
            _reddit_act.act(line, deed)

    def looks_at(self, external_id: str) -> bool:
        return _reddit_send.looks_at(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        with client(access, self.patience) as line:
            return _reddit_send.recheck_things(line, external_ids)

    def refresh(self, access: Access) -> Tokens:
        return _reddit_session.open_session(access, self.patience)

    def renewable(self, secrets: Collection[str]) -> bool:
        return "refresh_token" in secrets or "password" in secrets

    def sign_in_lacks(self) -> tuple[str, ...]:
        return () if settings.REDDIT_CLIENT_ID else ("REDDIT_CLIENT_ID",)

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _reddit_session.authorize_url(state=state, redirect_uri=redirect_uri)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _reddit_session.exchange(self.patience, code=code, redirect_uri=redirect_uri)

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        if _reddit_send.target_of(outgoing):
            return None
        if outgoing.kind == "direct":
            return _("A private message needs a message to answer.")
        return _("A reply needs a post to answer.")

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.REDDIT_API_BASE)

    def practice_offer(self) -> str:
        return " · ".join(PRACTICE_OFFER) if self.is_practice() else ""

    def profile_url(self, handle: str) -> str:
        return f"{self.site}/user/{handle}" if handle else ""

    @property
    def site(self) -> str:
        """Where people and posts have their pages."""
        return settings.PRACTICE_URL if self.is_practice() else "https://www.reddit.com"


#: App, its secret, account, its password, and what is watched (practice/wire_reddit).
PRACTICE_OFFER = ("practice-script", "practice-secret", "anarreddit", "practice", "chowk")

NETWORK = Reddit()
