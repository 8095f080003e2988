"""Instagram's professional accounts, through facebook-sdk and the Page they are linked to. The parts are Facebook's (`_graph_…`)
and `_instagram_pages`: roads, webhooks and items.

Not reached live so far: the shapes come from the documents, the behaviour from the practice network. Not done: mentions in captions
and comments of others (their webhook holds numbers only), pictures out, publishing; deletions of comments
are not seen, as a refused look proves nothing and no list of a post's comments can be asked for by a comment's number.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _graph_act, _graph_oauth, _graph_pages, _instagram_pages
from social.networks._graph_network import GraphNetwork, access_token, app_fields
from social.networks._graph_pages import Road
from social.networks._graph_send import (
    LONG_WINDOW,
    find,
    find_message,
    listed_comment,
    read_back_rows,
    send_comment,
    send_message,
    send_private_reply,
)
from social.networks._graph_shapes import is_person
from social.networks._graph_wire import Line, ask, post, quotas_of, unreadable, unsent
from social.networks._shapes import mapping, string
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.base import NOTHING
from social.networks.errors import Rejected, Text
from social.networks.features import Capability, CredentialField, Limits
from social.networks.values import (
    OUR_PUBLIC,
    THEIR_PUBLIC,
    Access,
    Deed,
    DeedKind,
    Found,
    Item,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Tokens,
)

#: A round is three questions and one more for older posts; webhooks bring what must be quick.
POLL_SECONDS = 120.0
ROAD_NAMES: Mapping[str, Text] = {
    _instagram_pages.MEDIA: gettext_lazy("posts and comments"),
    _instagram_pages.TAGS: gettext_lazy("posts that tag the account"),
    _instagram_pages.TALKS: gettext_lazy("private messages"),
}
ACCOUNT = "instagram_business_account"


class Instagram(GraphNetwork):
    """One professional account: comments below its posts, posts that tag it, and its private messages."""

    slug: ClassVar[str] = "instagram"
    label: ClassVar[str] = "Instagram"
    icon: ClassVar[str] = "brand-instagram"
    color: ClassVar[str] = "#b0246b"
    about: ClassVar[Text] = gettext_lazy(
        "Comments, posts that tag you, private messages. You need a professional account linked to a Facebook Page."
    )
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.MENTIONS,
            Capability.COMMENTS,
            Capability.DIRECT_MESSAGES,
            Capability.REPLY,
            Capability.PRIVATE_REPLY,
            Capability.DELETE,
            Capability.HIDE,
            Capability.MEDIA_IN,
            Capability.WEBHOOKS,
            Capability.BACKFILL,
        }
    )
    limits: ClassVar[Limits] = Limits(
        public_length=300,
        private_length=1000,
        reply_window_seconds=int(LONG_WINDOW.total_seconds()),
        overlap_seconds=_graph_pages.OVERLAP.total_seconds(),
        source="developers.facebook.com/docs/instagram-platform: ig-comment/replies and messaging, read 2026-11",
    )
    quota_labels: ClassVar[Mapping[str, Text]] = {
        "instagram": gettext_lazy("Reading and answering posts"),
        "pages": gettext_lazy("Messages"),
        "app": gettext_lazy("The whole app"),
    }
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        access_token(
            gettext_lazy(
                "A long-lived token of the Page the account is linked to, with instagram_basic, instagram_manage_comments, "
                "instagram_manage_messages and pages_manage_metadata."
            )
        ),
        *app_fields(),
    )
    hook_help: ClassVar[Text] = gettext_lazy(
        "In your app: Webhooks, Instagram. Enter this address and the verify token, and subscribe to comments, "
        "live_comments and messages."
    )
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {
        DeedKind.HIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.UNHIDE: frozenset({THEIR_PUBLIC}),
        DeedKind.DELETE: frozenset({THEIR_PUBLIC, OUR_PUBLIC}),
    }
    practice_fields: ClassVar[tuple[str, ...]] = ("practice-meta-anarpictures", "practice-app-secret")
    hook_object: ClassVar[str] = "instagram"
    hook_fields: ClassVar[tuple[str, ...]] = ("comments", "live_comments", "messages")
    rights: ClassVar[tuple[str, ...]] = (
        "pages_show_list",
        "pages_manage_metadata",
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
    )
    poll_seconds: ClassVar[float] = POLL_SECONDS
    road_names: ClassVar[Mapping[str, Text]] = ROAD_NAMES

    def identify(self, access: Access) -> Profile:
        with self._line(access) as line:
            answer = ask(line, lambda graph: graph.get_object("me", fields=f"id,name,{ACCOUNT}{{id,username,name}}"))
        if not is_person(string(answer.body.get("id"))):
            raise unreadable(Answer(answer.status, answer.headers, None), self.label)
        account = mapping(answer.body.get(ACCOUNT))
        identifier, handle = string(account.get("id")), string(account.get("username"))
        if not is_person(identifier):
            reason = _("No professional account of Instagram is linked to the Page of this token.")
            raise Rejected(reason, code="no_account", field="access_token")
        return Profile(external_id=identifier, name=string(account.get("name")) or handle or identifier, handle=handle)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        person = super().exchange(code=code, redirect_uri=redirect_uri, verifier=verifier, asked=asked)
        # What is kept are the Pages' own tokens, and those have no end.
        return replace(person, expires_at=None)

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        with self._line(access, calls=_graph_oauth.PAGES_ASKED) as line:
            rows = _graph_oauth.pages(line, f"{ACCOUNT}{{id,username,name}}")
        found = tuple(_profile(row) for row in rows if is_person(mapping(row.get(ACCOUNT)).get("id")))
        if not found:
            reason = _(
                "None of the Pages this sign-in opens has a professional account of Instagram linked to it. Link one in the Page's "
                "settings, or start again and choose that Page as well."
            )
            raise Rejected(reason, code="no_account")
        return found

    def heard_of(self, access: Access) -> Mapping[str, tuple[str, ...]]:
        # The account is heard of through the Page it is linked to, whose token this is; any field of the Page does.
        return {"me": ("feed",)}

    def roads(self, access: Access) -> tuple[Road, ...]:
        return _instagram_pages.roads(access)

    def unpacked(self, access: Access, document: Mapping[str, Any]) -> Page:
        return _instagram_pages.unpacked(access, document)

    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        return _instagram_pages.read_item(payload, account_id=account_id)

    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        with self._line(access) as line:
            if outgoing.kind == "direct":
                return send_message(line, "me", outgoing)
            if outgoing.kind == "private_reply":
                return send_private_reply(line, "me", outgoing)
            if _is_tag(outgoing):
                return _answer_tag(line, access.external_id, outgoing)
            return send_comment(line, outgoing, edge="replies")

    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        until = self._until(3)
        with self._line(access, calls=3) as line:
            if outgoing.kind in ("direct", "private_reply"):
                return find_message(line, "me", access.external_id, outgoing, since, platform="INSTAGRAM", until=until)
            if _is_tag(outgoing):
                # The comments below somebody else's post cannot be listed: a person must look.
                return Found((), complete=False)
            top = _top_of(line, base_id(outgoing.in_reply_to))
            return find(
                line,
                lambda graph, after: read_back_rows(graph, top, "replies", after, fields="id,text,timestamp,from"),
                lambda row: listed_comment(row, text="text", time_field="timestamp"),
                lambda _thing, _places: True,
                account_id=access.external_id,
                text=outgoing.text,
                since=since,
                until=until,
                newest_first=False,
            )

    def act(self, access: Access, deed: Deed) -> None:
        with self._line(access) as line:
            _graph_act.act(line, deed, hide_field="hide")

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind in ("reply", "private_reply") and not is_person(base_id(outgoing.in_reply_to)):
            return _("A reply needs a post to answer.")
        return self._no_posts(outgoing)

    def private_size(self, text: str) -> int:
        # Messages are counted in bytes, and no letter is shorter than one.
        return len(text.encode("utf-8", "replace"))

    def profile_url(self, handle: str) -> str:
        site = settings.PRACTICE_URL if self.is_practice() else "https://www.instagram.com"
        return f"{site}/{handle}" if handle else ""


def _profile(row: Mapping[str, Any]) -> Profile:
    """An account as the list of a person's Pages has it; the token is its Page's."""
    account = mapping(row.get(ACCOUNT))
    identifier, handle = string(account.get("id")), string(account.get("username"))
    tokens = Tokens(secrets={"access_token": string(row.get("access_token"))})
    return Profile(external_id=identifier, name=string(account.get("name")) or handle or identifier, handle=handle, tokens=tokens)


def _is_tag(outgoing: Outgoing) -> bool:
    """Whether the post of somebody else is answered itself, which only a post that tags us can be."""
    return base_id(outgoing.in_reply_to) == outgoing.thread_key


def _answer_tag(line: Line, account: str, outgoing: Outgoing) -> Receipt:
    """A comment below somebody else's post that names us. Raises as `Network.send` says."""
    answer = post(line, lambda graph: graph.put_object(account, "mentions", media_id=outgoing.thread_key, message=outgoing.text))
    identifier = string(answer.body.get("id"))
    if not is_person(identifier):
        raise unsent(Answer(answer.status, answer.headers, None), line.whom)
    return Receipt(identifier, quota=quotas_of(answer))


def _top_of(line: Line, comment: str) -> str:
    """The first comment of a thread: answers to answers stand below it. Raises Unauthorized, TryLater; itself when it is gone."""
    try:
        answer = ask(line, lambda graph: graph.get_object(comment, fields="id,parent_id"))
    except Rejected:
        return comment
    parent = string(answer.body.get("parent_id"))
    return parent if is_person(parent) else comment


NETWORK = Instagram()
