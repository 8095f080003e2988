"""YouTube and Google reviews over both lines: stored, conversation, answer, found on the practice network."""

from typing import Any

import pytest

from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Delivery, Pull
from social.networks import _youtube_units as units
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import mirrored, settle_until
from tests.practice.conftest import Network

pytestmark = pytest.mark.parametrize("home", ["youtube", "google"])
EACH = {"youtube": "comment", "google": "review"}


@pytest.fixture
def line(home: str, network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar`, a channel or a location of the practice network, connected with pasted tokens; `sara` and `omid`, its customers."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.GOOGLE_API_BASE = network.base
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = network.client_id, network.client_secret
    settings.SETTLE_SECONDS = 0.3
    settings.YOUTUBE_DAILY_UNITS = 1_000_000
    people(network, home, "anar", "sara", "omid")
    scopes = ["users.read", "offline.access"]
    issued = network.call("POST", "/tokens", account="anar", scopes=scopes)
    values = {name: issued[name] for name in ("access_token", "refresh_token")}
    return line_on(network, home, values)


def said(line: Line, author: str, text: str) -> str:
    """Somebody's comment below a new video, or somebody's review."""
    if line.channel.network == "google":  # the two differ in how a customer speaks, not in what follows
        return str(line.network.post(author, f"@anar {text}", stars=2)["id"])
    return str(line.network.post(author, text, reply_to=line.network.post("anar", "New tents!")["id"])["id"])


def poll(line: Line) -> int:
    return sum(line.pull() for _time in range(2))


def answer(line: Line, text: str) -> Delivery:
    """Answer the only conversation, send it, and return what became of it."""
    with line.inside():
        conversation = Conversation.objects.get()
        message = replies.reply(member=line.member, conversation_id=conversation.pk, body=text, undo_seconds=0)
    line.deliver()
    mirrored(line, message)
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=message.delivery_id))
    return delivery


def by_api(line: Line) -> list[str]:
    return [entry["text"] for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]


def test_a_complaint_is_answered_below_it(line: Line, home: str) -> None:
    made = said(line, "sara", "میرا پارسل کہاں ہے؟")
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert poll(line) == 1
    with line.inside():
        assert Conversation.objects.get().visibility == "public"
        assert Message.objects.get().body.endswith("میرا پارسل کہاں ہے؟")
        assert Identity.objects.get(network=home).name in ("@sara", "Sara")
    delivery = answer(line, "Sorry! We look at once.")
    assert delivery.state == "sent"
    (post,) = [entry for entry in line.network.ledger(kind="post") if entry["origin"] == "api"]
    assert (post["text"], post["parent_id"]) == ("Sorry! We look at once.", made)
    # The echo of our own answer is the same message.
    assert poll(line) <= 1
    with line.inside():
        assert sorted(Message.objects.values_list("direction", flat=True)) == ["in", "out"]


def test_the_page_says_what_answering_means_and_what_is_left(line: Line, home: str) -> None:
    said(line, "sara", "hm")
    poll(line)
    with line.inside():
        conversation, owner = Conversation.objects.get(), line.member.user
        quota = Pull.objects.get().quota
    page = signed_in(owner).get(f"/w/line/inbox/{conversation.pk}/").content.decode()
    assert ("another one replaces the answer that stands there" in page) == (EACH[home] == "review")
    assert (units.UNITS in quota) == (EACH[home] == "comment")


def test_what_is_said_elsewhere_stands_in_its_conversation(line: Line, home: str) -> None:
    made = said(line, "sara", "price?")
    line.network.post("anar", "5,000, written on their own page", reply_to=made)
    poll(line)
    with line.inside():
        assert Conversation.objects.count() == 1
        assert Message.objects.filter(direction="out").values_list("body", flat=True).get() == "5,000, written on their own page"


def test_two_customers_are_two_conversations(line: Line, home: str) -> None:
    said(line, "sara", "price?")
    said(line, "omid", "price?")
    assert poll(line) == 2
    assert line.of(lambda: Conversation.objects.count()) == 2


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble", "500"])
def test_an_answer_in_doubt_is_found_and_never_doubled(line: Line, home: str, lie: str) -> None:
    said(line, "sara", "help")
    poll(line)
    line.network.trouble(lie, group="write", count=1)
    delivery = answer(line, "On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    assert by_api(line) == ["On our way."]


def test_a_sign_in_that_ended_is_renewed_while_sending(line: Line, home: str) -> None:
    said(line, "sara", "help")
    poll(line)
    line.network.call("POST", "/tokens/expire", account="anar")
    delivery = answer(line, "On our way.")
    for _turn in range(5):
        if delivery.state == "sent":
            break
        line.deliver()
        delivery = line.of(lambda: Delivery.objects.get())
    assert (delivery.state, by_api(line)) == ("sent", ["On our way."])
    assert len(line.network.ledger(kind="refresh")) == 1


def test_a_deleted_complaint_is_buried(line: Line, home: str) -> None:
    made = said(line, "sara", "help")
    poll(line)
    line.network.call("DELETE", f"/posts/{made}")
    assert line.recheck() == 1


def test_a_used_up_day_keeps_the_answer_waiting(line: Line, home: str) -> None:
    """Google says that the day's quota is gone: nothing was taken, so nothing is in doubt."""
    said(line, "sara", "help")
    poll(line)
    line.network.trouble("429", group="write", count=1, options={"capped": True})
    delivery = answer(line, "On our way.")
    assert (delivery.state, delivery.error_code) == ("queued", "quota_exceeded")
    assert by_api(line) == []
