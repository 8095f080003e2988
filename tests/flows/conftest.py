"""The two lines end to end: a real practice network, real tweepy, real Postgres; services called as the workers call them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import Membership, Workspace
from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services import replies
from inbox.services.ingest import ingest
from social.models import Channel, Delivery, Pull
from social.services import delivering, pulling, rechecking, settling
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.practice.conftest import Network, network, running  # noqa: F401 - fixtures used by the tests here

CALL_SECONDS = 3.0


@dataclass
class Line:
    """One workspace with one channel on the practice network, and hands to move both ends."""

    network: Network
    workspace: Workspace
    member: Membership
    channel: Channel

    @property
    def ids(self) -> dict[str, int]:
        return {"workspace_id": self.workspace.pk, "channel_id": self.channel.pk}

    def inside(self) -> Any:
        return tenant(self.workspace.pk)

    def pull(self) -> int:
        """Read the channel as if its turn had come, then digest. Returns how many items were stored."""
        with self.inside():
            pulling.make_due(channel_id=self.channel.pk)
        stored = pulling.pull(**self.ids)
        ingest(**self.ids)
        return stored

    def deliver(self) -> int:
        return delivering.deliver(**self.ids)

    def settle(self) -> int:
        return settling.settle(**self.ids)

    def recheck(self) -> int:
        with self.inside():
            Pull.objects.filter(channel_id=self.channel.pk).update(rechecked_at=None)
        return rechecking.recheck(**self.ids, slug=self.channel.network)

    def answer(self, text: str, **which: Any) -> Delivery:
        """Answer a conversation (the only one, unless `which` says more), send it, and return what became of it."""
        with self.inside():
            conversation = Conversation.objects.get(**which)
            message = replies.reply(member=self.member, conversation_id=conversation.pk, body=text, undo_seconds=0)
        self.deliver()
        delivery: Delivery = self.of(lambda: Delivery.objects.get(id=message.delivery_id))
        return delivery

    def of(self, query: Callable[[], Any]) -> Any:
        """Run a query inside the workspace."""
        with self.inside():
            return query()


def people(square: Network, home: str, *handles: str, **about: Any) -> None:
    """Make people of a network on the practice network; the first is a brand."""
    for handle in handles:
        is_brand = handle == handles[0]
        square.call("POST", "/people", handle=handle, name=handle.title(), is_brand=is_brand, network=home, **about)


def line_on(square: Network, home: str, values: dict[str, str]) -> Line:
    """A new workspace with one channel, connected with what an admin types."""
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member = membership_in(workspace, owner)
    channel = connect_with_tokens(network=home, values=values, workspace_id=workspace.pk, actor_id=None)
    return Line(square, workspace, member, channel)


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`brand` on the practice network, connected with pasted tokens, nothing read yet."""
    settings.PRACTICE_URL = settings.X_API_BASE = network.base
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = network.client_id, network.client_secret
    settings.SETTLE_SECONDS = 0.3
    pair = network.call("POST", "/tokens", account="brand")
    return line_on(network, "x", {name: pair[name] for name in ("access_token", "refresh_token")})
