"""Facebook Pages and their Messenger, through facebook-sdk. What the parts know: `_graph_wire` asking and answers, `_graph_pages`
cursors, `_facebook_pages` roads and webhooks, `_facebook_read` items and threads, `_graph_send` and `_facebook_send` sending,
reading back and deletions.

Not reached live so far: the shapes come from the documents, the behaviour from the practice network. Not done: publishing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _facebook_pages, _facebook_send, _graph_act, _graph_files, _graph_oauth, _graph_pages
from social.networks._facebook_read import read_item
from social.networks._graph_network import GraphNetwork, access_token, app_fields
from social.networks._graph_pages import Road
from social.networks._graph_send import LONG_WINDOW, send_comment, send_message, send_private_reply
from social.networks._graph_shapes import is_id, is_person
from social.networks._graph_wire import ask, unreadable
from social.networks._shapes import string
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.base import NOTHING
from social.networks.errors import Rejected, Text
from social.networks.features import Capability, CredentialField, Limits
from social.networks.values import (
    OUR_PUBLIC,
    THEIR_PRIVATE,
    THEIR_PUBLIC,
    Access,
    Attachment,
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

#: A round is four questions and one more for older posts; webhooks bring what must be quick. A Page has 4,800 calls a day for each
#: person who engages with it (developers.facebook.com/docs/graph-api/overview/rate-limiting, read 2026-11).
POLL_SECONDS = 120.0
#: …/docs/graph-api/webhooks/reference/page, read 2026-11.
HOOK_FIELDS = (
    "feed", "ratings", "messages", "message_echoes", "message_edits", "message_deliveries", "message_reads", "messaging_postbacks",
)  # fmt: skip
ROAD_NAMES: Mapping[str, Text] = {
    _facebook_pages.FEED: gettext_lazy("posts and comments"),
    _facebook_pages.TAGGED: gettext_lazy("posts that name the Page"),
    _facebook_pages.RATINGS: gettext_lazy("recommendations"),
    _facebook_pages.TALKS: gettext_lazy("Messenger"),
}


class Facebook(GraphNetwork):
    """One Page: comments and posts on it, recommendations, and its Messenger conversations."""

    slug: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Facebook"
    icon: ClassVar[str] = "brand-facebook"
    color: ClassVar[str] = "#0a5ec2"
    about: ClassVar[Text] = gettext_lazy(
        "Comments, posts and recommendations on a Page, and its Messenger. You need to manage the Page."
    )
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.COMMENTS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.PRIVATE_REPLY,
            Capability.EDIT,
            Capability.DELETE,
            Capability.REACTIONS,
            Capability.HIDE,
            Capability.MEDIA_IN,
            Capability.MEDIA_OUT,
            Capability.WEBHOOKS,
            Capability.BACKFILL,
            Capability.SEES_DELETIONS,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=8000,
        private_length=2000,
        media_kinds=("image", "video", "audio", "file"),
        media_bytes=_graph_files.MESSENGER_BYTES,
        media_count=1,
        private_media_count=1,
        reply_window_seconds=int(LONG_WINDOW.total_seconds()),
        overlap_seconds=_graph_pages.OVERLAP.total_seconds(),
        source="developers.facebook.com: messenger-platform/reference/send-api and policy-overview, read 2026-11",
    )
    quota_labels: ClassVar[Mapping[str, Text]] = {
        "pages": gettext_lazy("Reading and answering posts"),
        "messenger": gettext_lazy("Messages"),
        "app": gettext_lazy("The whole app"),
    }
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "page_id", gettext_lazy("Page ID"), gettext_lazy("On the Page: About, Page transparency."), secret=False
        ),
        access_token(
            gettext_lazy(
                "A long-lived token of the Page with pages_read_engagement, pages_read_user_content, pages_manage_engagement and "
                "pages_messaging."
            )
        ),
        *app_fields(),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app: Webhooks, Page. Enter this address and the verify token, subscribe to feed, ratings, messages, "
        "message_echoes, message_edits, message_reactions, message_deliveries, message_reads and messaging_postbacks, and add "
        "the app to the Page."
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.LIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.UNLIKE: frozenset({THEIR_PUBLIC, THEIR_PRIVATE}),
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({THEIR_PUBLIC, OUR_PUBLIC}),
        DeedKind.EDIT: frozenset({OUR_PUBLIC}),
    }
    #: Messenger takes any emoji; these are its own.
    reactions: ClassVar[tuple[str, ...]] = ("❤️", "👍", "😆", "😮", "😢", "😡")
    practice_fields: ClassVar[tuple[str, ...]] = ("7770100", "practice-meta-anarpage", "practice-app-secret")
    hook_object: ClassVar[str] = "page"
    hook_fields: ClassVar[tuple[str, ...]] = HOOK_FIELDS
    rights: ClassVar[tuple[str, ...]] = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_messaging",
    )
    uploads_first: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = POLL_SECONDS
    older_items: ClassVar[int] = 25
    road_names: ClassVar[Mapping[str, Text]] = ROAD_NAMES

    def identify(self, access: Access) -> Profile:
        with self._line(access) as line:
            answer = ask(line, lambda graph: graph.get_object("me", fields="id,name,username"))
        identifier, wanted = string(answer.body.get("id")), access.secrets.get("page_id", "")
        if not is_person(identifier):
            raise unreadable(Answer(answer.status, answer.headers, None), self.label)
        name = string(answer.body.get("name"))
        if wanted and wanted != identifier:
            reason = _("This token is for {name} ({id}), not for that Page.").format(name=name, id=identifier)
            raise Rejected(reason, code="another_page", field="page_id")
        handle = string(answer.body.get("username"))
        return Profile(external_id=identifier, name=name or handle or identifier, handle=handle)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        person = super().exchange(code=code, redirect_uri=redirect_uri, verifier=verifier, asked=asked)
        # What is kept are the Pages' own tokens, and those have no end.
        return replace(person, expires_at=None)

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        with self._line(access, calls=_graph_oauth.PAGES_ASKED) as line:
            rows = _graph_oauth.pages(line, "username")
        found = tuple(_profile(row) for row in rows if is_person(row.get("id")))
        if not found:
            reason = _("This sign-in opens no Page. Start again, and choose on Facebook the Pages that Rabta may see.")
            raise Rejected(reason, code="no_account")
        return found

    def heard_of(self, access: Access) -> Mapping[str, tuple[str, ...]]:
        return {access.external_id: self.hook_fields}

    def roads(self, access: Access) -> tuple[Road, ...]:
        return _facebook_pages.roads(access.external_id)

    def unpacked(self, access: Access, document: Mapping[str, Any]) -> Page:
        return _facebook_pages.unpacked(access, document)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return read_item(payload, account_id=account_id)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        with self._line(access) as line:
            hand_over = _graph_files.to_album if outgoing.kind == "reply" else _graph_files.to_page
            return hand_over(line, access.external_id, attachment)

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        refused = _graph_files.messenger_refusal(outgoing, self.label, pictures_below_posts=True)
        return refused or super().media_refusal(outgoing)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with self._line(access) as line:
            if outgoing.kind == "direct":
                return send_message(line, access.external_id, outgoing)
            if outgoing.kind == "private_reply":
                return send_private_reply(line, access.external_id, outgoing)
            return send_comment(line, outgoing, edge="comments")

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until(3)
        with self._line(access, calls=3) as line:
            return _facebook_send.find_sent(line, access, outgoing, since, until=until)

    def looks_at(self, external_id: str) -> bool:
        return _facebook_send.looks_at(external_id)

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        until = self._until(3)
        with self._line(access, calls=3) as line:
            return _facebook_send.recheck_comments(line, access.external_id, external_ids, until=until)

    def act(self, access: Access, deed: Deed) -> None:
        with self._line(access, calls=2) as line:
            if deed.visibility == "private":
                sign = deed.text or self.reactions[0]
                _graph_act.put_sign(line, deed, on=access.external_id, platform="MESSENGER", sign=sign)
            else:
                _graph_act.act(line, deed, hide_field="is_hidden")

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind in ("reply", "private_reply") and not is_id(base_id(outgoing.in_reply_to)):
            return _("A reply needs a post to answer.")
        return self._no_posts(outgoing)


def _profile(row: Mapping[str, Any]) -> Profile:
    """A Page as the list of a person's Pages has it."""
    identifier, handle = string(row.get("id")), string(row.get("username"))
    tokens = Tokens(secrets={"page_id": identifier, "access_token": string(row.get("access_token"))})
    return Profile(external_id=identifier, name=string(row.get("name")) or handle or identifier, handle=handle, tokens=tokens)


NETWORK = Facebook()
