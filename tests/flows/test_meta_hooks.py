"""Meta's three networks call us from the practice network: whoever plays a customer is heard at once, and ticks come back."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership
from activity.models import Event
from core.tenancy import tenant
from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.selectors import with_reactions
from inbox.services import deeds, reactions, replies
from inbox.services.hidings import apply_events
from inbox.services.ingest import ingest
from social.models import Channel, Delivery, Pull
from social.services.connecting import connect_with_tokens
from social.services.deeds import act
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, running  # noqa: F401 - fixtures
from tests.flows.test_lines import told
from tests.practice.conftest import Network

SECONDS = 20.0
FIELDS = {"whatsapp": "phone_number_id", "facebook": "page_id", "instagram": ""}


@pytest.fixture
def connect(network: Network, live_server: Any, transactional_db: None, settings: Any) -> Callable[[str], Line]:  # noqa: F811
    """Hands to connect the shop on one of the networks."""
    return lambda place: connected(place, network, live_server.url, settings)


def connected(place: str, network: Network, url: str, settings: Any) -> Line:  # noqa: F811
    """`anar` of that network, connected and subscribed; `sara`, a customer there."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.GRAPH_API_BASE = network.base
    settings.BASE_URL = url
    settings.SETTLE_SECONDS = 0.3
    brand = network.call("POST", "/people", handle="anar", name="Anar Market", is_brand=True, network=place)
    network.call("POST", "/people", handle="sara", name="سارہ خان", network=place)
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member: Membership = membership_in(workspace, owner)
    token = network.call("POST", "/tokens", account="anar")["access_token"]
    values = {"access_token": token, "app_secret": network.client_secret, "verify_token": "words"}
    values |= {FIELDS[place]: brand["id"]} if FIELDS[place] else {}
    channel: Channel = connect_with_tokens(network=place, values=values, workspace_id=workspace.pk, actor_id=None)
    hook = f"{url}/hooks/{channel.hook_key}/"
    network.call("PUT", "/graph/anar/hook", status=400, url=hook, verify_token="other words")
    network.call("PUT", "/graph/anar/hook", status=400, url="http://198.51.100.7/x", verify_token="words")
    network.call("PUT", "/graph/anar/hook", url=hook, verify_token="words")
    return Line(network, workspace, member, channel)


def until(line: Line, holds: Callable[[], Any]) -> Any:
    """Wait for what the practice network tells our door."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        ingest(**line.ids)
        found = line.of(holds)
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"It was never told: {line.network.call('GET', '/graph/anar/calls')}")


def below(line: Line, message: Message) -> list[tuple[str, int]]:
    """The signs below a message, as the log has told them."""
    reactions.apply_events(list(Event.objects.filter(kind="items.reacted")))
    row = with_reactions(Message.objects.filter(pk=message.pk)).get()
    return [(sign.emoji, sign.count) for sign in row.signs]


def said(line: Line, text: str, **more: Any) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": text, **more})


@pytest.mark.parametrize("place", ["whatsapp", "facebook", "instagram"])
def test_a_customer_is_heard_and_our_answer_gets_its_ticks(place: str, connect: Callable[[str], Line]) -> None:
    line = connect(place)
    said(line, "میرا پارسل کہاں ہے؟ see https://anar.example/1")
    message: Message = until(line, lambda: Message.objects.filter(direction="in").first())
    assert (message.body, message.visibility) == ("میرا پارسل کہاں ہے؟ see https://anar.example/1", "private")
    if place == "whatsapp":
        assert line.of(lambda: Identity.objects.get(network=place).name) == "سارہ خان"
    with line.inside():
        reply = replies.reply(member=line.member, conversation_id=message.conversation_id, body="Sorry!", undo_seconds=0)
    line.deliver()
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=reply.delivery_id))
    assert delivery.state == "sent"
    if place != "instagram":
        until(line, lambda: Delivery.objects.filter(id=reply.delivery_id, reached="delivered").exists())
    until(line, lambda: Delivery.objects.filter(id=reply.delivery_id, reached="read").exists())
    told(line, "delivery_states", lambda: Message.objects.filter(id=reply.pk, reached="read").exists())
    with line.inside():
        # The echo of our own words is not told twice, and a customer who goes on stays in the conversation.
        assert Message.objects.filter(direction="out").count() == 1
    said(line, "thanks")
    until(line, lambda: Message.objects.filter(body="thanks").exists())
    assert line.of(lambda: Conversation.objects.count()) == 1


def test_comments_are_heard_changed_and_taken_away(connect: Callable[[str], Line]) -> None:
    line = connect("facebook")
    root = line.network.call("POST", "/posts", author="anar", text="New tents!")["id"]
    comment = line.network.call("POST", "/posts", author="sara", text="pirce?", reply_to=root)["id"]
    until(line, lambda: Message.objects.filter(body="pirce?", visibility="public").exists())
    line.network.call("PATCH", f"/posts/{comment}", text="price?")
    until(line, lambda: Message.objects.filter(body="price?").exists())
    line.network.call("DELETE", f"/posts/{comment}")
    told(line, "deletions", lambda: Message.objects.filter(deleted_at__isnull=False).exists())
    assert line.of(lambda: Message.objects.count()) == 1


@pytest.mark.parametrize("place", ["whatsapp", "facebook", "instagram"])
def test_signs_go_both_ways_and_words_are_changed_and_taken_back(place: str, connect: Callable[[str], Line]) -> None:
    line = connect(place)
    said(line, "where is my pracel?")
    message: Message = until(line, lambda: Message.objects.filter(direction="in").first())
    (row,) = line.network.call("GET", "/dms?account=sara")["dms"]
    with line.inside():
        deeds.do(member=line.member, message_id=message.pk, kind="like", text="❤️")
    assert act(**line.ids) == 1
    assert line.network.call("GET", "/dms?account=sara")["dms"][0]["reaction"] == "❤️"
    told(line, "deeds", lambda: Message.objects.get(pk=message.pk).sign == "❤️")
    with line.inside():
        deeds.do(member=line.member, message_id=message.pk, kind="unlike")
        reply = replies.reply(member=line.member, conversation_id=message.conversation_id, body="Sorry!", undo_seconds=0)
    assert act(**line.ids) == 1
    assert line.network.call("GET", "/dms?account=sara")["dms"][0]["reaction"] == ""
    line.deliver()
    ours = next(dm for dm in line.network.call("GET", "/dms?account=sara")["dms"] if dm["text"] == "Sorry!")
    line.network.call("PUT", f"/dms/{ours['id']}/sign", emoji="🙏")
    told(line, "delivery_states", lambda: Message.objects.filter(pk=reply.pk, delivery_state="sent").exists())
    until(line, lambda: below(line, reply) == [("🙏", 1)])
    line.network.call("PUT", f"/dms/{ours['id']}/sign", emoji="")
    until(line, lambda: below(line, reply) == [])
    line.network.call("PATCH", f"/dms/{row['id']}", text="where is my parcel?")
    until(line, lambda: Message.objects.filter(pk=message.pk, body="where is my parcel?", edited_at__isnull=False).exists())
    line.network.call("DELETE", f"/dms/{row['id']}")
    told(line, "deletions", lambda: Message.objects.filter(pk=message.pk, deleted_at__isnull=False).exists())
    # Nothing of all this was a message of its own.
    assert line.of(lambda: Message.objects.count()) == 2


def test_comments_are_liked_and_hidden_on_the_page_itself(connect: Callable[[str], Line]) -> None:
    line = connect("facebook")
    root = line.network.call("POST", "/posts", author="anar", text="New tents!")["id"]
    comment = line.network.call("POST", "/posts", author="sara", text="price?", reply_to=root)["id"]
    message: Message = until(line, lambda: Message.objects.filter(body="price?").first())
    line.network.call("POST", "/posts", author="sara", text="@anar quick and kind", stars=5)
    until(line, lambda: Message.objects.filter(body="• Recommends this Page.\n\n@anar quick and kind").exists())
    line.network.call("POST", f"/posts/{comment}/like", by="sara")
    until(line, lambda: below(line, message) == [("👍", 1)])
    with line.inside():
        deeds.do(member=line.member, message_id=message.pk, kind="hide")
    assert act(**line.ids) == 1
    until(line, lambda: Event.objects.filter(kind="items.hidden").exists())
    with line.inside():
        apply_events(list(Event.objects.filter(kind="items.hidden")))
        assert Message.objects.get(pk=message.pk).hidden


def test_who_names_us_elsewhere_is_asked_for_and_answered(connect: Callable[[str], Line]) -> None:
    """Instagram tells numbers only; the next poll asks what stands there."""
    line = connect("instagram")
    line.network.call("POST", "/people", handle="omid", name="Omid", network="instagram")
    root = line.network.call("POST", "/posts", author="omid", text="My holidays")["id"]
    comment = line.network.call("POST", "/posts", author="sara", text="With a tent of @anar?", reply_to=root)["id"]
    line.network.call("POST", "/posts", author="omid", text="Thank you @anar!")
    until(line, lambda: len(Pull.objects.get().wanted) == 2)
    line.pull()
    with line.inside():
        assert Pull.objects.get().wanted == []
        assert sorted(Message.objects.values_list("body", "visibility")) == [
            ("Thank you @anar!", "public"), ("With a tent of @anar?", "public"),
        ]  # fmt: skip
        conversation = Conversation.objects.get(snippet="With a tent of @anar?")
        assert (conversation.contact.name, conversation.thread_key) == ("sara", f"mention-{root}")
        replies.reply(member=line.member, conversation_id=conversation.pk, body="Yes!", undo_seconds=0)
    line.deliver()
    (answer,) = line.network.call("GET", f"/posts?reply_to={comment}")["posts"]
    assert answer["text"] == "Yes!"
    # Told again, it is known.
    line.pull()
    assert line.of(lambda: Conversation.objects.count()) == 2


def test_nothing_is_lost_or_doubled_while_calls_come_twice_late_and_in_no_order(connect: Callable[[str], Line]) -> None:
    line = connect("whatsapp")
    for mode in ("item", "page"):
        line.network.trouble("twice", group="hook", options={"mode": mode}, probability=0.5)
    line.network.trouble("reorder", group="hook")
    line.network.trouble("hold", group="hook", options={"ms": 600}, probability=0.5)
    for number in range(12):
        said(line, f"complaint {number}")
    until(line, lambda: Message.objects.count() == 12)
    until(line, lambda: not line.network.call("GET", "/graph/anar/calls")["waiting"])
    with line.inside():
        assert sorted(Message.objects.values_list("body", flat=True)) == sorted(f"complaint {n}" for n in range(12))
        assert Conversation.objects.get().message_count == 12


def test_a_customer_waits_until_we_are_there(connect: Callable[[str], Line]) -> None:
    """A paused channel answers 404: the network keeps what it has to say, and says it again."""
    line = connect("whatsapp")
    with line.inside():
        Channel.objects.update(state="paused")
    said(line, "anybody there?")
    tried = lambda: any(ring["status"] == 404 for ring in line.network.call("GET", "/graph/anar/calls")["made"])  # noqa: E731
    until(line, tried)
    with line.inside():
        assert not Message.objects.exists()
        Channel.objects.update(state="connected")
    until(line, lambda: Message.objects.filter(body="anybody there?").exists())
