"""Bluesky over both lines: connected with an app password, complaint, conversation, answer found on the practice network."""

from typing import Any

import pytest

from accounts.models import Membership
from core.tenancy import tenant
from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Credential, Delivery
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.practice.conftest import Network

TYPED = {"handle": "@anar.chowk.test", "app_password": "prac-tice-chow-kkkk"}


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar` on practice's Bluesky, connected with the app password; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.BLUESKY_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    for handle, is_brand in (("anar", True), ("sara", False)):
        network.call("POST", "/people", handle=handle, name=handle.title(), is_brand=is_brand, network="bluesky")
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member: Membership = membership_in(workspace, owner)
    channel = connect_with_tokens(network="bluesky", values=TYPED, workspace_id=workspace.pk, actor_id=None)
    return Line(network, workspace, member, channel)


def answer(line: Line, text: str) -> Delivery:
    """Answer the only conversation, send it, and return what became of it."""
    with line.inside():
        conversation = Conversation.objects.get()
        message = replies.reply(member=line.member, conversation_id=conversation.pk, body=text, undo_seconds=0)
    line.deliver()
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=message.delivery_id))
    return delivery


def sent(line: Line) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = line.network.call("GET", "/posts?author=anar")["posts"]
    return posts


def test_connecting_keeps_the_session_that_proved_the_account(line: Line) -> None:
    assert (line.channel.handle, line.channel.name, line.channel.practice) == ("anar.chowk.test", "Anar", True)
    assert line.channel.external_id.startswith("did:plc:")
    fields = line.of(lambda: set(Credential.objects.values_list("field", flat=True)))
    assert fields == {"handle", "app_password", "access_jwt", "refresh_jwt", "pds"}
    assert len(line.network.ledger(kind="token")) == 1
    # Reading and rechecking open no further one.
    line.pull()
    assert len(line.network.ledger(kind="token")) == 1


def test_a_complaint_is_answered_below_it(line: Line) -> None:
    complaint = line.network.post("sara", "@anar میرا پارسل کہاں ہے؟")
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        assert Conversation.objects.get().visibility == "public"
        assert Message.objects.get().body == "@anar.chowk.test میرا پارسل کہاں ہے؟"
        identity = Identity.objects.get(network="bluesky")
        assert (identity.external_id[:8], identity.handle) == ("did:plc:", "sara.chowk.test")
    delivery = answer(line, "Sorry @sara.chowk.test! We look at once: https://example.com/help")
    assert delivery.state == "sent"
    (post,) = sent(line)
    assert post["text"] == "Sorry @sara.chowk.test! We look at once: https://example.com/help"
    assert post["reply_to"] == complaint["id"]
    assert line.network.session.get(delivery.url, timeout=5).status_code == 200
    line.network.post("sara", "thanks", reply_to=post["id"])
    assert line.pull() == 1
    assert line.of(lambda: Conversation.objects.count()) == 1


def test_a_session_that_ended_is_renewed_while_sending(line: Line) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    line.network.call("POST", "/tokens/expire", account="anar")
    delivery = answer(line, "On our way.")
    while delivery.state != "sent":
        assert delivery.state in ("queued", "waiting")
        line.deliver()
        delivery = line.of(lambda: Delivery.objects.get())
    assert len(sent(line)) == 1
    assert len(line.network.ledger(kind="refresh")) == 1


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
def test_an_answer_in_doubt_is_found_and_never_doubled(line: Line, lie: str) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    line.network.trouble(lie, group="write", count=1)
    delivery = answer(line, "On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len([entry for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]) == 1


def test_an_answer_that_never_arrived_is_sent_again_once(line: Line) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    line.network.trouble("500", group="write", count=1)
    delivery = answer(line, "On our way.")
    assert delivery.state == "unknown"
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len(sent(line)) == 1


def test_a_deleted_complaint_is_buried(line: Line) -> None:
    complaint = line.network.post("sara", "@anar help")
    line.pull()
    line.network.call("DELETE", f"/posts/{complaint['id']}")
    assert line.recheck() == 1
