"""LinkedIn over both lines: connected with a token, comment, conversation, answer found on the practice network."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from activity.models import Event
from core.clock import now
from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services import deeds
from inbox.services.deletions import apply_events
from inbox.services.delivery_states import mirror
from social.models import Channel, Credential, Pull
from social.services.deeds import act
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
        # LinkedIn told no name: a word stands in its place, with a mark that tells two people apart.
        assert (identity.handle, identity.name) == ("", f"LinkedIn member {identity.external_id[-4:]}")
        assert Conversation.objects.get().contact.name == identity.name
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


def test_a_call_has_the_page_read_at_once_and_tells_deletions(line: Line, settings: Any) -> None:
    settings.LINKEDIN_CLIENT_SECRET = "secret-of-the-app"
    key, client = line.of(lambda: Channel.objects.get().hook_key), Client()
    asked = client.get(f"/hooks/{key}/", {"challengeCode": "890e4665-4dfe"})
    expected = hmac.new(b"secret-of-the-app", b"890e4665-4dfe", hashlib.sha256).hexdigest()
    assert json.loads(asked.content) == {"challengeCode": "890e4665-4dfe", "challengeResponse": expected}
    first = complaint(line)
    told = {"action": "COMMENT", "organizationalEntity": line.channel.external_id, "generatedActivity": "urn:li:share:1"}
    assert call(client, key, [told], secret=b"another").status_code == 401
    with line.inside():
        Pull.objects.update(due_at=now() + timedelta(hours=1))
    assert call(client, key, [{**told, "organizationalEntity": "urn:li:organization:7"}]).status_code == 202
    with line.inside():
        assert Pull.objects.get().due_at > now() + timedelta(minutes=50)
    assert call(client, key, [told]).status_code == 202
    with line.inside():
        assert Pull.objects.get().due_at <= now()
    assert line.pull() == 1
    message = line.of(lambda: Message.objects.get())
    assert message.external_id.endswith(f",{first})")
    assert call(client, key, [{**told, "action": "COMMENT_DELETE", "generatedActivity": message.external_id}]).status_code == 202
    with line.inside():
        apply_events(Event.objects.filter(kind="items.gone"))
        assert Message.objects.get().deleted_at is not None


def call(client: Client, key: str, rows: list[dict[str, Any]], secret: bytes = b"secret-of-the-app") -> Any:
    """LinkedIn calls."""
    body = json.dumps({"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": rows}).encode()
    signature = "hmacsha256=" + hmac.new(secret, b"hmacsha256=" + body, hashlib.sha256).hexdigest()
    return client.post(f"/hooks/{key}/", body, "application/json", headers={"x-li-signature": signature})


def test_a_comment_is_liked_ours_is_mended_and_theirs_deleted(line: Line) -> None:
    """Over the engine, as the deeds of the inbox go."""
    first = complaint(line)
    line.pull()
    delivery = line.answer("It left yestreday.")
    line.of(lambda: mirror([delivery.pk]))
    rows = line.of(lambda: {m.direction: m for m in Message.objects.all()})
    for direction, kind, text in (("in", "like", ""), ("out", "edit", "It left yesterday."), ("in", "delete", "")):
        with line.inside():
            deeds.do(member=line.member, message_id=rows[direction].pk, kind=kind, text=text)
        assert act(**line.ids) == 1
    post = line.network.call("GET", f"/posts/{first}")
    assert (post["likes"], post["deleted"]) == (1, True)
    assert line.network.call("GET", "/posts?author=anar")["posts"][-1]["text"] == "It left yesterday."
