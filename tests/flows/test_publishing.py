"""Publishing over the practice network: one text on three networks, once whatever they say, and answers to it in the inbox."""

import time
from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Conversation, Message
from social.models import Channel, Delivery, Post
from social.services import delivering, publishing, settling
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.practice.conftest import Network

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "From Monday on we open at nine: https://example.com/hours"


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`brand` on X, and the same company on Mastodon and Bluesky."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.MASTODON_API_BASE = settings.BLUESKY_API_BASE = network.base
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = network.client_id, network.client_secret
    settings.SETTLE_SECONDS = 0.3
    settings.UNDO_SECONDS = 0
    pair = network.call("POST", "/tokens", account="brand")
    line = line_on(network, "x", {name: pair[name] for name in ("access_token", "refresh_token")})
    people(network, "mastodon", "anar", "sara")
    people(network, "bluesky", "anarblue", "zari")
    token = network.call("POST", "/tokens", account="anar")["access_token"]
    connect_with_tokens(
        network="mastodon", values={"instance": "mastodon.example", "access_token": token}, workspace_id=line.workspace.pk,
        actor_id=None,
    )  # fmt: skip
    connect_with_tokens(
        network="bluesky", values={"handle": "anarblue.chowk.test", "app_password": "prac-tice-chow-kkkk"},
        workspace_id=line.workspace.pk, actor_id=None,
    )  # fmt: skip
    return line


def publish(line: Line, *networks: str) -> Post:
    with line.inside():
        ids = list(Channel.objects.filter(network__in=networks).values_list("id", flat=True))
        assert len(ids) == len(networks)
        return publishing.publish(member=line.member, channel_ids=ids, body=WORDS)


def work(line: Line) -> None:
    """What the workers do for every channel."""
    with line.inside():
        ids = list(Channel.objects.values_list("id", flat=True))
    for channel_id in ids:
        settling.settle(workspace_id=line.workspace.pk, channel_id=channel_id)
        delivering.deliver(workspace_id=line.workspace.pk, channel_id=channel_id)


def states(line: Line) -> dict[str, str]:
    with tenant(line.workspace.pk):
        return dict(Delivery.objects.values_list("channel__network", "state"))


def published(line: Line) -> list[dict[str, Any]]:
    """What the networks took from programs."""
    return [entry for entry in line.network.call("GET", "/ledger")["entries"] if entry["origin"] == "api" and entry["text"]]


def test_one_text_stands_on_three_networks_each_with_its_address(line: Line) -> None:
    publish(line, "x", "mastodon", "bluesky")
    work(line)
    assert states(line) == {"x": "sent", "mastodon": "sent", "bluesky": "sent"}
    assert [entry["text"] for entry in published(line)] == [WORDS] * 3
    assert all(line.of(lambda: Delivery.objects.values_list("url", flat=True)))


@pytest.mark.parametrize("lie", ["swallow", "after500"])
def test_in_doubt_it_is_read_back_and_never_doubled(line: Line, lie: str) -> None:
    publish(line, "x", "mastodon", "bluesky")
    line.network.call("POST", "/trouble", name=lie, group="write", count=3)
    work(line)
    assert set(states(line).values()) == {"unknown"}
    line.network.call("DELETE", "/trouble")

    until = time.monotonic() + 12
    while set(states(line).values()) != {"sent"} and time.monotonic() < until:
        work(line)
        time.sleep(0.1)
    assert set(states(line).values()) == {"sent"}
    assert len(published(line)) == 3


def test_one_network_that_refuses_stops_no_other(line: Line) -> None:
    with line.inside():
        Channel.objects.filter(network="x").update(external_id="1")
    line.network.call("PATCH", "/people/brand", suspended=True)
    publish(line, "x", "mastodon")
    work(line)
    assert states(line)["mastodon"] == "sent"
    assert states(line)["x"] != "sent"


def test_an_answer_to_our_post_is_a_conversation_below_it(line: Line) -> None:
    publish(line, "x")
    work(line)
    ours = line.of(lambda: Delivery.objects.get().external_id)
    line.network.call("POST", "/posts", author="ayesha", text="@brand also on Sundays?", reply_to=ours)
    assert line.pull() == 1
    with line.inside():
        conversation, message = Conversation.objects.get(), Message.objects.get()
        assert message.parent_external_id == conversation.thread_key
    page = signed_in(line.member.user).get(f"/w/{line.workspace.slug}/inbox/{conversation.pk}/").content.decode()
    above, _mark, below = page.partition('id="message-list"')[2].partition("also on Sundays?")
    assert "From Monday on we open at nine" in above
    assert "Our post" in above
    assert below
