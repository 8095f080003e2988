"""Widgets and visitors for tests, made as the product makes them."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.models import Membership, Workspace
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.ingest import ingest
from social.models import Channel, RawItem
from social.services import chat_widgets, connecting, delivering
from social.services.chatting import sign
from tests.accounts.factories import make_user, make_workspace, membership_in

ORIGIN = "https://shop.example"


def token(number: int = 1) -> str:
    """What a visitor's browser would keep."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:43]


@dataclass
class Shop:
    """A workspace with a widget, an agent, and a browser on the shop's page."""

    workspace: Workspace
    channel: Channel
    member: Membership
    origin: str = ORIGIN
    browser: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True, raise_request_exception=False))

    def inside(self) -> Any:
        return tenant(self.channel.workspace_id)

    def ask(self, path: str = "", body: Any = None, *, key: str | None = None, origin: str | None = "", **options: Any) -> Any:
        """One question at the door, from the shop's page unless said otherwise."""
        address = f"/chat/{self.channel.hook_key if key is None else key}/{path}"
        headers = dict(options.pop("headers", {}))
        if origin is not None:
            headers["Origin"] = origin or self.origin
        if body is None:
            return self.browser.get(address, headers=headers, **options)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = options.pop("content_type", "application/json")
        return self.browser.post(address, raw, content_type=kind, headers=headers, **options)

    def say(self, text: str = "Where is my parcel?", *, line: str = "line-0001", who: int = 1, **more: Any) -> Any:
        """A visitor writes."""
        given: dict[str, Any] = {"token": token(who), "id": line, "text": text, **more}
        return self.ask("say/", {name: value for name, value in given.items() if value is not ...})

    def read(self, *, who: int = 1, after: Any = 0, **more: Any) -> Any:
        """A visitor's widget looks."""
        given = {"token": token(who), "after": after, **more}
        return self.ask("read/", {name: value for name, value in given.items() if value is not ...})

    def change(self, **values: Any) -> None:
        with self.inside():
            chat_widgets.change(channel_id=self.channel.pk, values=values, actor_id=None)

    def secret(self) -> str:
        with self.inside():
            return chat_widgets.renew_secret(channel_id=self.channel.pk, actor_id=None)

    def signed(self, user: str, secret: str) -> dict[str, Any]:
        """What a signed-in user's page sends instead of a token."""
        return {"token": ..., "user": user, "signature": sign(secret, user)}

    def digest(self) -> None:
        ingest(workspace_id=self.channel.workspace_id, channel_id=self.channel.pk)

    def queue(self, text: str) -> Message:
        """An agent answers the only conversation."""
        with self.inside():
            conversation = Conversation.objects.get()
            return replies.reply(member=self.member, conversation_id=conversation.pk, body=text, undo_seconds=0)

    def answer(self, text: str = "It leaves today.") -> Message:
        """An agent answers, and the worker's job follows at once."""
        message = self.queue(text)
        self.deliver()
        return message

    def deliver(self) -> int:
        return delivering.deliver(workspace_id=self.channel.workspace_id, channel_id=self.channel.pk)

    def bodies(self) -> list[str]:
        with self.inside():
            return list(Message.objects.order_by("occurred_at", "id").values_list("body", flat=True))

    def raw(self) -> int:
        with self.inside():
            return RawItem.objects.count()

    def lines(self, **more: Any) -> list[tuple[int, bool, str]]:
        """What the visitor's widget shows."""
        return [(line["number"], line["ours"], line["text"]) for line in self.read(**more).json()["lines"]]


def open_shop(name: str = "shop", *, origins: tuple[str, ...] = (ORIGIN,)) -> Shop:
    """A new workspace with a new widget that `origins` may show."""
    owner = make_user(f"owner@{name}.example")
    workspace = make_workspace(name.title(), owner=owner)
    with tenant(workspace.pk):
        member = membership_in(workspace, owner)
    channel = connecting.connect_with_tokens(
        network="webchat", values={"name": f"{name.title()} Desk"}, workspace_id=workspace.pk, actor_id=None
    )
    shop = Shop(workspace, channel, member)
    shop.change(origins=list(origins))
    return shop
