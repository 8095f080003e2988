"""LinkedIn over both lines: connected with a token, comment, conversation, answer found on the practice network."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from crm.models import Identity
from inbox.models import Conversation, Message
from social.models import Credential
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.practice.conftest import Network


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar`'s page on practice's LinkedIn, connected with the token that everybody knows; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.LINKEDIN_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "linkedin", "anar", "sara")
    typed = {"access_token": "practice-linkedin-anar"}
    return line_on(network, "linkedin", typed)


def complaint(line: Line, text: str = "میرا پارسل کہاں ہے؟") -> str:
    own = line.network.post("anar", "We deliver in two days")
    return str(line.network.post("sara", text, reply_to=own["id"])["id"])


def test_a_pasted_token_is_warned_of_before_it_ends(line: Line) -> None:
    assert line.channel.external_id.startswith("urn:li:organization:")
    assert (line.channel.name, line.channel.practice) == ("Anar", True)
    with line.inside():
        (credential,) = Credential.objects.all()
    assert credential.field == "access_token"
    assert credential.expires_at is not None
    assert timedelta(days=59) < credential.expires_at - now() <= timedelta(days=60)


def test_a_comment_is_answered_below_it(line: Line) -> None:
    first = complaint(line)
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        assert Conversation.objects.get().visibility == "public"
        assert Message.objects.get().body == "میرا پارسل کہاں ہے؟"
        identity = Identity.objects.get(network="linkedin")
        # LinkedIn told no name: what it did tell stands in its place.
        assert identity.external_id == f"urn:li:person:{identity.handle}"
        assert Conversation.objects.get().contact.name == identity.handle
    delivery = line.answer("Sorry! We look at once: https://example.com/help")
    assert delivery.state == "sent"
    sent = line.network.call("GET", "/posts?author=anar")["posts"][-1]
    assert (sent["text"], sent["reply_to"]) == ("Sorry! We look at once: https://example.com/help", first)
    assert line.network.session.get(delivery.url, timeout=5).status_code == 200
    line.network.post("sara", "thanks", reply_to=sent["id"])
    assert line.pull() == 1
    assert line.of(lambda: Conversation.objects.count()) == 1


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429"])
def test_an_answer_in_doubt_is_found_and_never_doubled(line: Line, lie: str) -> None:
    complaint(line)
    line.pull()
    line.network.trouble(lie, group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len([entry for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]) == 1


def test_an_answer_that_never_arrived_is_sent_again_once(line: Line) -> None:
    complaint(line)
    line.pull()
    line.network.trouble("500", group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert len([entry for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]) == 1


def test_a_deleted_comment_is_buried(line: Line) -> None:
    first = complaint(line)
    line.pull()
    line.network.call("DELETE", f"/posts/{first}")
    assert line.recheck() == 1
