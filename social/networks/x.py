"""X, through tweepy and the API v2. What the parts know: `_x_names` the dialects, `_x_wire` asking and answers, `_x_pages` cursors,
`_x_search` searches and `_x_query` their language, `_x_read` items, `_x_text` text, `_x_send` sending and reading back, `_x_oauth`
signing in, `_x_hook` X's calls to us.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import READ_SECONDS, TOTAL_SECONDS
from social.networks import _x_act, _x_files, _x_hook, _x_oauth, _x_pages, _x_query, _x_search, _x_send
from social.networks._shapes import mapping, string
from social.networks._wire import Patience
from social.networks._x_names import USER_FIELDS
from social.networks._x_read import DIRECT, MENTIONS, QUOTES, SEARCH, first_id_at, is_id, read_item, written_at
from social.networks._x_text import EMOJI, EMOJI_WEIGHT, LIGHT_RANGES, URL, URL_WEIGHT, weighted_length
from social.networks._x_wire import Answer, ask, client, unreadable
from social.networks.base import NOTHING, Network
from social.networks.errors import Text, Unauthorized
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
    Greeting,
    Hook,
    Item,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Recheck,
    Tokens,
)

#: X's prices of November 2026 (docs.x.com/x-api/getting-started/pricing): reading a post costs 0.005 dollars and a
#: direct message 0.010, once per UTC day each; a post 0.015, with a link 0.20. Polling itself is free, so 90 seconds
#: are chosen for the limits: 10 of 15 questions for direct messages and 10 of 300 for mentions in each quarter of an
#: hour. Reading a little behind the last poll meets the same posts on the same day, which is free but for those
#: around midnight.
POLL_SECONDS = 90.0
#: What the meter calls posts of earlier days that are looked at again, to notice deletions.
RECHECKS = "rechecks"


class X(Network):
    """One account on X: its mentions and its direct messages."""

    slug: ClassVar[str] = "x"
    label: ClassVar[Text] = "X"
    icon: ClassVar[str] = "brand-x"
    color: ClassVar[str] = "#0f1419"
    about: ClassVar[Text] = gettext_lazy("Posts that mention you, answers and direct messages. You need the account's sign-in.")
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.PUBLISH,
            Capability.DELETE,
            Capability.MEDIA_IN,
            Capability.REACTIONS,
            Capability.HIDE,
            Capability.MEDIA_OUT,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
            Capability.SEARCH,
            Capability.WEBHOOKS,
        }
    )
    #: docs.x.com/x-api/fundamentals/data-dictionary (entities, display_url), read 2026-11.
    display: ClassVar[Display] = Display(links=True, bare_links=True, mentions=r"(?<![\w@])@[a-z0-9_]{1,15}", tags=True)
    limits: ClassVar[Limits] = Limits(
        public_length=280,
        private_length=10_000,
        overlap_seconds=900.0,
        # X counts a post that is read again on the same day (UTC) no second time, and a poll may ask three times a minute
        # (docs.x.com: pricing, rate-limits, read 2026-11): five questions behind the longest burst.
        overlap_items=500,
        media_kinds=("image", "video"),
        alt_kinds=("image",),
        media_types=_x_files.TYPES,
        media_bytes=_x_files.MAX_BYTES,
        media_count=_x_files.PER_POST,
        private_media_count=_x_files.PER_MESSAGE,
        media_alone=_x_files.ALONE,
        picture_bytes=_x_files.PICTURE_BYTES,
        source="docs.x.com: x-api/fundamentals (rate-limits, counting-characters), x-api/media/quickstart, read 2026-11",
    )
    counting: ClassVar[Counting] = Counting(
        url_weight=URL_WEIGHT, links=URL.pattern, emoji_weight=EMOJI_WEIGHT, emoji=EMOJI.pattern, light_ranges=LIGHT_RANGES
    )
    private_counting: ClassVar[Counting] = Counting()
    quota_labels: ClassVar[Mapping[str, Text]] = {
        MENTIONS: gettext_lazy("Reading mentions"),
        DIRECT: gettext_lazy("Reading private messages"),
        SEARCH: gettext_lazy("Searching"),
        QUOTES: gettext_lazy("Reading quotes"),
        RECHECKS: gettext_lazy("Looking for deletions"),
    }
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy("An OAuth 2 user token of the account, from X's developer console."),
        ),
        CredentialField(
            "refresh_token",
            gettext_lazy("Refresh token"),
            gettext_lazy("Without it the account must be connected again when the access token ends, after about two hours."),
            required=False,
        ),
        CredentialField(
            "consumer_secret",
            gettext_lazy("API key secret"),
            gettext_lazy("Of your app in X's developer console. It proves X's calls; without it only polls bring messages."),
            required=False,
        ),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app on X: register this address as a webhook and subscribe to post.mention.create, post.reply.create and "
        "dm.received for this account. X asks it a question every hour, which Rabta answers with the API key secret. Polls go on "
        "beside it."
    )
    max_streams: ClassVar[int] = _x_search.MAX_STREAMS
    #: docs.x.com/x-api/posts/manage-tweets (replies by API since February 2026), read 2026-11.
    search_note: ClassVar[Text] = gettext_lazy(
        "This author did not name this account. X takes answers by its API only where the author mentioned or quoted it: open the "
        "post and answer there."
    )
    #: docs.x.com/x-api/getting-started/pricing, read 2026-11; the same item again on the same day (UTC) is free.
    read_prices: ClassVar[Mapping[str, Decimal]] = {
        MENTIONS: Decimal("0.005"), QUOTES: Decimal("0.005"), SEARCH: Decimal("0.005"), DIRECT: Decimal("0.010"),
        RECHECKS: Decimal("0.005"),
    }  # fmt: skip
    #: docs.x.com/x-api: users/mentions-timeline, direct-messages/lookup and getting-started/pricing, read 2026-11.
    backfill_note: ClassVar[Text] = gettext_lazy(
        "X gives the newest 800 mentions and private messages of 30 days, and takes money for each post that is read."
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({OUR_PUBLIC}),
    }
    signs_in: ClassVar[bool] = True
    uploads_first: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    threads_replies: ClassVar[bool] = True
    #: Looking takes money as reading does, but for what was read today: of older posts only the newest hundred are looked at.
    recheck_feed: ClassVar[str] = RECHECKS
    recheck_age: ClassVar[timedelta] = timedelta(hours=48)
    settle_seconds: ClassVar[float] = 20.0
    call_seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, *, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS) -> None:
        self.patience = Patience(read_seconds, total_seconds)

    def identify(self, access: Access) -> Profile:
        with client(access, self.patience) as line:
            answer = ask(line, lambda x: x.get_me(user_auth=False, user_fields=USER_FIELDS))
        user = mapping(mapping(answer.body).get("data"))
        identifier, handle = string(user.get("id")), string(user.get("username"))
        if not is_id(identifier):
            raise unreadable(Answer(answer.status, answer.headers, None))
        return Profile(external_id=identifier, name=string(user.get("name")) or handle, handle=handle)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        with client(access, self.patience) as line:
            return _x_pages.fetch_page(line, access, cursor, self.limits)

    def cursor_at(self, moment: datetime) -> Cursor:
        identifier = str(first_id_at(moment))
        return {MENTIONS: {"since_id": identifier}, DIRECT: {"newest_id": identifier}}

    def polls_with(self, window: str) -> bool:
        return window not in (DIRECT, SEARCH)

    def stream_refusal(self, words: str, *, handle: str) -> Text | None:
        return _x_query.refusal(words, room=_x_search.room_for(handle))

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        with client(access, self.patience) as line:
            return _x_pages.fetch_back(line, access, cursor, since=since)

    def reconnected(self, cursor: Cursor) -> Cursor:
        return _x_pages.reopened(cursor)

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        found: list[Text] = []
        lost = string(mapping(cursor.get(MENTIONS)).get("lost_since"))
        if is_id(lost):
            day = written_at(int(lost)).date().isoformat()
            found.append(_("X no longer had all mentions since {day} when it was asked; some may be missing.").format(day=day))
        trouble = string(mapping(cursor.get(DIRECT)).get("trouble"))
        if trouble == "forbidden":
            found.append(_("Direct messages are not read: this sign-in does not cover them. Connect again to add them."))
        elif trouble:
            found.append(_("Direct messages could not be read the last time ({code}).").format(code=trouble))
        found += [
            _("X refused a search: {words}").format(words=string(mapping(state).get("trouble")))
            for state in mapping(cursor.get(SEARCH)).values()
            if string(mapping(state).get("trouble"))
        ]
        return tuple(found)

    def unpack(self, access: Access, hook: Hook) -> Page:
        return _x_hook.unpack(access, hook)

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        return _x_hook.greeting(access, query)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id, site=self.site)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        with client(access, self.patience, calls=_x_files.calls_for(attachment)) as line:
            return _x_files.upload(line, outgoing, attachment)

    def ready(self, access: Access, attachment: Attachment) -> None:
        if attachment.mime in _x_files.ALONE:
            with client(access, self.patience) as line:
                _x_files.check_ready(line, attachment)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        return super().media_refusal(outgoing) or _x_files.refusal(outgoing)

    def most_bytes(self, file: Attachment) -> int:
        return _x_files.most_bytes(file.mime)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with client(access, self.patience) as line:
            return _x_send.send_once(line, outgoing, permalink=f"{self.site}/{access.handle or 'i'}/status/")

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        with client(access, self.patience) as line:
            return _x_send.find(line, access, outgoing, since)

    def looks_at(self, external_id: str) -> bool:
        return is_id(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        with client(access, self.patience) as line:
            return _x_send.recheck_posts(line, external_ids)

    def act(self, access: Access, deed: Deed) -> None:
        # Before it likes, tweepy asks who we are.
        with client(access, self.patience, calls=2) as line:
            _x_act.act(line, deed)

    def refresh(self, access: Access) -> Tokens:
        token = access.secrets.get("refresh_token", "")
        if not token:
            raise Unauthorized(_("There is no refresh token: connect the account again."), code="not_refreshable")
        fresh = _x_oauth.refresh(self.patience, token)
        kept = {name: value for name, value in access.secrets.items() if name == _x_hook.SECRET}
        return replace(fresh, secrets={**kept, **fresh.secrets})

    def renewable(self, secrets: Collection[str]) -> bool:
        return "refresh_token" in secrets

    def sign_in_lacks(self) -> tuple[str, ...]:
        return () if settings.X_CLIENT_ID else ("X_CLIENT_ID",)

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _x_oauth.authorize_url(state=state, redirect_uri=redirect_uri, verifier=verifier)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _x_oauth.exchange(self.patience, code=code, redirect_uri=redirect_uri, verifier=verifier)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        if outgoing.kind == "direct":
            if not outgoing.to and not outgoing.thread_key:
                return _("A direct message needs somebody to go to.")
            return self._too_long(len(outgoing.text), self.limits.private_length)
        if outgoing.kind == "reply" and not is_id(outgoing.in_reply_to):
            return _("A reply needs a post to answer.")
        return self._too_long(self.length(outgoing.text), self.limits.public_length)

    def _too_long(self, length: int, limit: int) -> Text | None:
        if length <= limit:
            return None
        return _("The text is too long for X: {length} of {limit} characters.").format(length=length, limit=limit)

    def length(self, text: str) -> int:
        return weighted_length(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.X_API_BASE)

    def profile_url(self, handle: str) -> str:
        return f"{self.site}/{handle}" if handle else ""

    @property
    def site(self) -> str:
        """Where people and posts have their pages."""
        return settings.PRACTICE_URL if self.is_practice() else "https://x.com"


NETWORK = X()
