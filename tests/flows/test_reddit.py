"""Reddit over both lines: connected with a script app, complaint, conversation, answer found on the practice network."""

from typing import Any

import pytest

from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services.delivery_states import mirror
from social.models import Credential, Delivery
from social.networks.reddit import PRACTICE_OFFER
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.practice.conftest import Network

APP, SECRET, _ACCOUNT, PASSWORD, SUBREDDIT = PRACTICE_OFFER
TYPED = {"client_id": APP, "client_secret": SECRET, "username": "Anar", "password": PASSWORD, "subreddits": SUBREDDIT}


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar` on practice's Reddit, connected with a script app; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.REDDIT_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "reddit", "anar", "sara")
    return line_on(network, "reddit", TYPED)


def sent(line: Line) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = line.network.call("GET", "/posts?author=anar")["posts"]
    return posts


def test_connecting_keeps_the_session_that_proved_the_account(line: Line) -> None:
    assert (line.channel.external_id, line.channel.name, line.channel.practice) == ("anar", "u/anar", True)
    fields = line.of(lambda: set(Credential.objects.values_list("field", flat=True)))
    assert fields == {*TYPED, "access_token"}
    line.pull()
    assert len(line.network.ledger(kind="token")) == 1


def test_a_complaint_is_answered_below_it(line: Line) -> None:
    complaint = line.network.post("sara", "@anar میرا پارسل کہاں ہے؟")
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        assert Conversation.objects.get().visibility == "public"
        assert Message.objects.get().body == "u/anar میرا پارسل کہاں ہے؟"
        identity = Identity.objects.get(network="reddit")
        assert (identity.external_id, identity.handle) == ("sara", "sara")
    delivery = line.answer("Sorry! We look at once: https://example.com/help")
    assert delivery.state == "sent"
    (post,) = sent(line)
    assert (post["text"], post["reply_to"]) == ("Sorry! We look at once: https://example.com/help", complaint["id"])
    assert line.network.session.get(delivery.url, timeout=5).status_code == 200
    line.network.post("sara", "thanks", reply_to=post["id"])
    line.pull()
    assert line.of(lambda: Conversation.objects.count()) == 1
    # The answer came back by the watched subreddit too, and stands there once.
    with line.inside():
        mirror([delivery.pk])
        assert Message.objects.count() == 3


def test_a_private_message_is_answered_in_private(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "my number is 0300"})
    assert line.pull() == 1
    assert line.of(lambda: Conversation.objects.get().visibility) == "private"
    assert line.answer("Thank you").state == "sent"
    assert sent(line) == []
    assert [entry["text"] for entry in line.network.ledger(kind="dm") if entry["origin"] == "api"] == ["Thank you"]


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
    fields = line.of(lambda: set(Credential.objects.values_list("field", flat=True)))
    assert fields == {*TYPED, "access_token"}


def test_a_pause_that_reddit_asks_for_leaves_the_answer_in_its_queue(line: Line) -> None:
    line.network.post("sara", "@anar help")
    line.pull()
    line.network.call("PATCH", "/rules", reddit_ratelimit=True)
    delivery = line.answer("On our way.")
    assert (delivery.state, delivery.error_code) == ("queued", "rate_limited")
    assert sent(line) == []


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


def test_a_deleted_complaint_is_buried(line: Line) -> None:
    complaint = line.network.post("sara", "@anar help")
    line.pull()
    line.network.call("DELETE", f"/posts/{complaint['id']}")
    assert line.recheck() == 1
