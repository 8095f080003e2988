"""Bluesky over both lines: connected with an app password, complaint, conversation, answer found on the practice network."""

from typing import Any

import pytest

from activity.models import Event
from crm.models import Identity
from inbox import selectors
from inbox.models import Conversation, Message, Sign
from inbox.services.delivery_states import mirror
from inbox.services.reactions import apply_events
from social.models import Credential, Delivery
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.practice.conftest import Network

TYPED = {"handle": "@anar.chowk.test", "app_password": "prac-tice-chow-kkkk"}


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar` on practice's Bluesky, connected with the app password; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.BLUESKY_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "bluesky", "anar", "sara")
    return line_on(network, "bluesky", TYPED)


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
    delivery = line.answer("Sorry @sara.chowk.test! We look at once: https://example.com/help")
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
    delivery = line.answer("On our way.")
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
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len([entry for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]) == 1


def test_an_answer_that_never_arrived_is_sent_again_once(line: Line) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    line.network.trouble("500", group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len(sent(line)) == 1


def test_a_deleted_complaint_is_buried(line: Line) -> None:
    complaint = line.network.post("sara", "@anar help")
    line.pull()
    line.network.call("DELETE", f"/posts/{complaint['id']}")
    assert line.recheck() == 1


def test_a_direct_message_is_answered_in_private(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "my number is 0300"})
    assert line.pull() == 1
    assert line.of(lambda: Conversation.objects.get().visibility) == "private"
    assert line.answer("Thank you").state == "sent"
    assert sent(line) == []
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "any news?"})
    # The answer comes back with the talk, and stands there once.
    assert line.pull() >= 1
    with line.inside():
        mirror([Delivery.objects.get().pk])
        assert Conversation.objects.count() == 1
        bodies = list(Message.objects.order_by("occurred_at", "id").values_list("body", flat=True))
    assert sorted(bodies) == sorted(["my number is 0300", "Thank you", "any news?"])


def test_signs_below_our_posts_reach_the_thread(line: Line) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    delivery = line.answer("On our way.")
    (post,) = sent(line)
    line.network.call("POST", f"/posts/{post['id']}/like", by="sara")
    line.recheck()
    with line.inside():
        mirror([delivery.pk])
        apply_events(Event.objects.filter(kind="items.reacted"))
        message = next(row for row in selectors.thread_page(Conversation.objects.get()).messages if row.delivery_id)
        assert message.signs == [Sign("❤", 1, False)]
