"""What Meta's three networks are alike in: how an account is connected, asked and called, and what can be said before sending."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks import _graph_hook, _graph_oauth, _graph_pages, _graph_place, _graph_versions, _placing
from social.networks._asked import AskedNetwork
from social.networks._graph_pages import Road
from social.networks._graph_send import refusal_of_message
from social.networks._graph_wire import client
from social.networks._shapes import mappings, string
from social.networks.base import NOTHING
from social.networks.errors import Text
from social.networks.features import CredentialField
from social.networks.values import Access, Cursor, Greeting, Hook, Outgoing, Page, Tokens

#: Kinds of `Outgoing` that go to one person, out of everybody's sight.
PRIVATE_KINDS = ("direct", "private_reply")


def access_token(rights: Text, *, of_page: bool = True) -> CredentialField:
    """The field of the token, with what it must be allowed to do."""
    return CredentialField("access_token", gettext_lazy("Page access token") if of_page else gettext_lazy("Access token"), rights)


def app_fields(*, hook_needed: bool = False) -> tuple[CredentialField, ...]:
    """The fields about the app of the account's owner. `hook_needed` where nothing arrives but by webhooks."""
    return (
        CredentialField(
            "app_secret",
            gettext_lazy("App secret"),
            gettext_lazy("In your app at developers.facebook.com: Settings, Basic. It signs questions and proves webhooks."),
        ),
        CredentialField(
            "verify_token",
            gettext_lazy("Verify token"),
            gettext_lazy("Any words without spaces. Write the same where you enter the webhook's address in your app."),
            required=hook_needed,
        ),
    )


class GraphNetwork(AskedNetwork):
    """One account of Meta's. Networks that have lists to read give their `roads`; the others read in a way of their own."""

    #: What a person calls the roads.
    road_names: ClassVar[Mapping[str, Text]] = {}
    signs_in: ClassVar[bool] = True
    #: What a sign-in must be allowed, in Meta's words.
    rights: ClassVar[tuple[str, ...]]
    #: What connects the practice network's ready-made account (practice/meta.py); everybody may know it.
    practice_fields: ClassVar[tuple[str, ...]] = ()
    settle_seconds: ClassVar[float] = 20.0

    def _line(self, access: Access, *, calls: int = 1) -> Any:
        return client(access, settings.GRAPH_API_BASE, self.patience, self.label, calls=calls)

    def sign_in_lacks(self) -> tuple[str, ...]:
        return _graph_oauth.lacks()

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _graph_oauth.authorize_url(self.rights, state=state, redirect_uri=redirect_uri, whom=self.label)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _graph_oauth.exchange(self.patience, self.rights, code=code, redirect_uri=redirect_uri, whom=self.label)

    def roads(self, access: Access) -> tuple[Road, ...]:
        """The lists of the account. None where webhooks bring everything."""
        return ()

    #: What Meta calls this kind of account, and which of its fields bring what we read.
    hook_object: ClassVar[str]
    hook_fields: ClassVar[tuple[str, ...]]

    def wants_address(self, cursor: Cursor, kept: Collection[str]) -> bool:
        return _placing.wanting(cursor)

    def fetch(self, access: Access, cursor: Cursor) -> Page:
        entered = _placing.placed(cursor, access.hook_url, lambda mine: self._enter_address(access, mine))
        if entered is not None:
            return entered
        page = self.read_page(access, cursor)
        return replace(page, cursor=_placing.kept(page, cursor))

    def read_page(self, access: Access, cursor: Cursor) -> Page:
        """The next page of what can be asked for."""
        with self._line(access, calls=2) as line:
            page = _graph_pages.fetch_page(line, cursor, self.roads(access))
            return replace(page, cursor={**page.cursor, **_graph_versions.noted(line.version)})

    def _enter_address(self, access: Access, mine: Callable[[str], bool]) -> None:
        _graph_place.place(
            access,
            self.patience,
            self.label,
            slug=self.slug,
            kind=self.hook_object,
            fields=self.hook_fields,
            accounts=self.heard_of(access),
            mine=mine,
        )

    @abstractmethod
    def heard_of(self, access: Access) -> Mapping[str, tuple[str, ...]]:
        """Whose `subscribed_apps` must name the app so that it hears of this account, and with which fields."""

    def greet_app(self, query: Mapping[str, str]) -> Greeting:
        return _graph_hook.greeting(Access("", {"verify_token": _graph_place.verify_token()}), query)

    def addressees(self, hook: Hook) -> tuple[str, ...]:
        document = _graph_hook.opened(Access("", {}), hook)
        return self.accounts_in(document) if document.get("object") == self.hook_object else ()

    def accounts_in(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The accounts a proven document is about."""
        return tuple(string(entry.get("id")) for entry in mappings(document.get("entry")))

    def reconnected(self, cursor: Cursor) -> Cursor:
        return _placing.forgotten(_graph_pages.reopened(cursor))

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        return (*_placing.remarks(cursor, self.label), *self._closed(cursor))

    def _closed(self, cursor: Cursor) -> tuple[Text, ...]:
        words = _("Not read, because the token does not allow it: {what}. Connect again with a token that does.")
        closed = (words.format(what=self.road_names.get(name, name)) for name in _graph_pages.closed_roads(cursor))
        return (*closed, *_graph_versions.remarks(cursor))

    def unpack(self, access: Access, hook: Hook) -> Page:
        return self.unpacked(access, _graph_hook.opened(access, hook))

    @abstractmethod
    def unpacked(self, access: Access, document: Mapping[str, Any]) -> Page:
        """What a webhook's proven document holds for this account."""

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        return _graph_hook.greeting(access, query)

    def refusal(self, outgoing: Outgoing) -> Text | None:
        if not outgoing.text.strip() and not outgoing.media:
            return _("There is nothing to send.")
        private = outgoing.kind in PRIVATE_KINDS
        reason = self._misplaced(outgoing)
        window = self.limits.reply_window_seconds
        if reason is None and private and window is not None and not outgoing.template:
            reason = refusal_of_message(outgoing, self.label, window)
        if reason is not None:
            return reason
        size = self.private_size(outgoing.text) if private else self.length(outgoing.text)
        limit = self.limits.private_length if private else self.limits.public_length
        if size <= limit:
            return None
        words = _("The text is too long for {network}: {length} of {limit} characters.")
        return words.format(network=self.label, length=size, limit=limit)

    @abstractmethod
    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        """Why nothing of this kind can be said in this place; None where it can."""

    def _no_posts(self, outgoing: Outgoing) -> Text | None:
        """The refusal of networks on which only answers are given so far."""
        if outgoing.kind == "post":
            return _("{network} takes no posts of its own through this channel yet.").format(network=self.label)
        return None

    def private_size(self, text: str) -> int:
        """What a private text counts."""
        return self.length(text)

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.GRAPH_API_BASE)

    def practice_offer(self) -> str:
        return " · ".join(self.practice_fields) if self.is_practice() else ""
