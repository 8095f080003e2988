"""LinkedIn, for an organisation's page: comments below its posts, and posts that mention it. What the parts know:
`_linkedin_wire` asking and answers, `_linkedin_oauth` signing in, `_linkedin_pages` cursors, `_linkedin_back` older comments,
`_linkedin_hook` calls to us, `_linkedin_read` items, `_linkedin_send` sending and finding, `_linkedin_act` what is done to
comments.

There are no private messages for pages. Not reached live so far: the shapes come from the documents, the behaviour from the
practice network.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks import _linkedin_act, _linkedin_back, _linkedin_hook, _linkedin_oauth, _linkedin_pages, _linkedin_send
from social.networks._asked import AnsweringNetwork
from social.networks._linkedin_read import read_item
from social.networks._linkedin_wire import NAME, Line, ask, client, hear, is_urn, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.base import NOTHING
from social.networks.errors import Rejected, Text, Unsupported
from social.networks.features import Capability, CredentialField, Limits
from social.networks.values import (
    OUR_PUBLIC,
    THEIR_PUBLIC,
    Access,
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

#: Quotas are counted by the day, a few hundred questions for an app that is not approved yet: 288 polls, and the net once an hour.
POLL_SECONDS = 300.0
TEXT_LENGTH = 1250


class LinkedIn(AnsweringNetwork):
    """One organisation's page on LinkedIn."""

    slug: ClassVar[str] = "linkedin"
    label: ClassVar[str] = NAME
    icon: ClassVar[str] = "brand-linkedin"
    color: ClassVar[str] = "#0a66c2"
    about: ClassVar[Text] = gettext_lazy("Comments on a company page and posts that mention it. You need to administer the page.")
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.COMMENTS,
            Capability.REPLY,
            Capability.MEDIA_IN,
            Capability.EDIT,
            Capability.DELETE,
            Capability.REACTIONS,
            Capability.WEBHOOKS,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=TEXT_LENGTH,
        private_length=TEXT_LENGTH,
        overlap_seconds=3600.0,
        overlap_items=100,
        source="learn.microsoft.com/linkedin: marketing/community-management/shares/comments-api, read 2026-11",
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "access_token",
            gettext_lazy("Access token"),
            gettext_lazy(
                "Of a member who administers the page, with rw_organization_admin, r_organization_social, w_organization_social, "
                "r_organization_social_feed and w_organization_social_feed."
            ),
        ),
        CredentialField(
            "organization",
            gettext_lazy("Organisation ID"),
            gettext_lazy("The number in the address of the page's admin view. Needed when the member administers several."),
            required=False,
            secret=False,
        ),
        CredentialField(
            "refresh_token",
            gettext_lazy("Refresh token"),
            gettext_lazy("Only approved partners get one. Without it the page must be connected again every 60 days."),
            required=False,
        ),
    )
    signs_in: ClassVar[bool] = True
    hook_help: ClassVar[Text] = gettext_lazy(
        "In LinkedIn's developer portal, under Webhooks of your app, enter this address, and subscribe the page to "
        "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS. Apps of the development tier are not called: they are read by asking alone."
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({THEIR_PUBLIC, OUR_PUBLIC}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC}),
    }
    backfill_note: ClassVar[Text] = gettext_lazy(
        "LinkedIn lists comments by post only: the page's own posts are looked through, those changed up to 90 days before the day "
        "too. Each post takes a question of the day's quota, and each comment with answers another. Mentions are told for 60 days."
    )
    poll_seconds: ClassVar[float] = POLL_SECONDS
    older_items: ClassVar[int] = 10
    recheck_seconds: ClassVar[float] = 3600.0
    settle_seconds: ClassVar[float] = 30.0

    def identify(self, access: Access) -> Profile:
        with client(access, self.patience, calls=2) as line:
            urn = self._organization(line, access.secrets.get("organization", "").strip())
            answer = hear(line, f"organizations/{urn.rpartition(':')[2]}")
        if not answer.good:
            raise unreadable(answer)
        body = mapping(answer.body)
        name, handle = clean(string(body.get("localizedName"))).strip()[:120], clean(string(body.get("vanityName")))[:120]
        # What was pasted says nothing of its age: at the latest it ends when one made today would.
        tokens = Tokens(secrets=dict(access.secrets), expires_at=now() + _linkedin_oauth.LIFETIME)
        return Profile(external_id=urn, name=name or handle or urn, handle=handle, tokens=tokens)

    def _organization(self, line: Line, wanted: str) -> str:
        """The page that is meant among those the member administers. Raises as `identify`."""
        if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 20):
            raise Rejected(_("This is no number of a page."), code="bad_organization", field="organization")
        path = "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count=100"
        answer = ask(line, path, "elements", list, restli="FINDER")
        rows = (row.get("organization") or row.get("organizationTarget") for row in mappings(answer.body["elements"]))
        urns = [str(urn) for urn in dict.fromkeys(rows) if is_urn(urn, "organization", "organizationBrand")]
        matching = [urn for urn in urns if not wanted or urn.endswith(f":{wanted}")]
        if len(matching) == 1:
            return matching[0]
        if not matching:
            raise Rejected(_("This member administers no such page."), code="no_organization", field="organization")
        numbers = ", ".join(urn.rpartition(":")[2] for urn in matching[:20])
        reason = _("This member administers several pages. Paste a token and say which one: {numbers}")
        raise Rejected(reason.format(numbers=numbers), code="several", field="organization")

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _linkedin_pages.fetch_page(line, access, cursor, self.limits, until=until)

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        with client(access, self.patience) as line:
            return _linkedin_back.fetch_back(line, access.external_id, cursor, since=since)

    def unpack(self, access: Access, hook: Hook) -> Page:
        return _linkedin_hook.unpacked(access, hook)

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        return _linkedin_hook.greeting(query)

    def cursor_at(self, moment: datetime) -> Cursor:
        return {"told": {"floor": int(moment.timestamp() * 1000)}, "rest": 1}

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id, site=self.site)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        if outgoing.kind != "reply":
            raise Unsupported(self.refusal(outgoing) or "")
        with client(access, self.patience, calls=2) as line:
            return _linkedin_send.send_once(line, access.external_id, outgoing, site=self.site)

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _linkedin_send.find(line, access.external_id, outgoing, since, until=until)

    def act(self, access: Access, deed: Deed) -> None:
        with client(access, self.patience) as line:
            _linkedin_act.act(line, access.external_id, deed)

    def looks_at(self, external_id: str) -> bool:
        return _linkedin_send.looks_at(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        until = self._until()
        with client(access, self.patience, calls=3) as line:
            return _linkedin_send.recheck_comments(line, external_ids, until=until)

    def refresh(self, access: Access) -> Tokens:
        return _linkedin_oauth.refresh(self.patience, access)

    def renewable(self, secrets: Collection[str]) -> bool:
        return "refresh_token" in secrets

    def sign_in_lacks(self) -> tuple[str, ...]:
        return () if settings.LINKEDIN_CLIENT_ID else ("LINKEDIN_CLIENT_ID",)

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _linkedin_oauth.authorize_url(state=state, redirect_uri=redirect_uri)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _linkedin_oauth.exchange(self.patience, code=code, redirect_uri=redirect_uri)

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind == "direct":
            return _("{network} has no private messages for pages.").format(network=NAME)
        return None if _linkedin_send.answerable(outgoing) else _("A reply needs a post to answer.")

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.LINKEDIN_API_BASE)

    def practice_offer(self) -> str:
        return PRACTICE_TOKEN if self.is_practice() else ""

    @property
    def site(self) -> str:
        """Where posts have their pages."""
        return settings.PRACTICE_URL if self.is_practice() else "https://www.linkedin.com"


#: The token of the ready-made page of the practice network (practice/wire_linkedin).
PRACTICE_TOKEN = "practice-linkedin-anaronlinkedin"  # noqa: S105 - everybody may know it

NETWORK = LinkedIn()
