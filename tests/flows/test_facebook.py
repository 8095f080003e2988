"""Facebook over both lines: comment and message, stored, conversation, answer, found on the practice network."""

from typing import Any

import pytest

from core.errors import Conflict
from crm.models import Identity
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Delivery
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import mirrored, settle_until
from tests.practice.conftest import Network


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar`, a Page of the practice network, connected with a pasted token; `sara` and `omid`, its customers; and X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.GRAPH_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "facebook", "anar", "sara", "omid")
    page = network.call("GET", "/people/anar")["id"]
    token = network.call("POST", "/tokens", account="anar")["access_token"]
    values = {"page_id": page, "access_token": token, "app_secret": network.client_secret, "verify_token": "words"}
    return line_on(network, "facebook", values)


def wrote(line: Line, author: str, text: str, below: str | None = None) -> str:
    return str(line.network.call("POST", "/posts", author=author, text=text, reply_to=below)["id"])


def messaged(line: Line, sender: str, text: str) -> None:
    line.network.call("POST", "/dms", **{"from": sender, "to": "anar", "text": text})


def answer(line: Line, text: str, **which: Any) -> Delivery:
    """Answer a conversation, send it, and return what became of it."""
    with line.inside():
        conversation = Conversation.objects.get(**which)
        message = replies.reply(member=line.member, conversation_id=conversation.pk, body=text, undo_seconds=0)
    line.deliver()
    mirrored(line, message)
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=message.delivery_id))
    return delivery


def test_a_comment_is_answered_below_itself(line: Line) -> None:
    root = wrote(line, "anar", "New tents!")
    comment = wrote(line, "sara", "میرا پارسل کہاں ہے؟", root)
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        conversation = Conversation.objects.get()
        assert conversation.visibility == "public"
        assert Message.objects.get().body == "میرا پارسل کہاں ہے؟"
        assert Identity.objects.get(network="facebook").name == "Sara"
    delivery = answer(line, "Sorry! We look at once.")
    assert (delivery.state, delivery.external_id.partition("_")[0]) == ("sent", root)
    sent = line.network.call("GET", f"/posts/{delivery.external_id.partition('_')[2]}")
    assert (sent["text"], sent["reply_to"]) == ("Sorry! We look at once.", comment)
    wrote(line, "sara", "thanks", sent["id"])
    line.pull()
    with line.inside():
        assert Conversation.objects.count() == 1
        assert sorted(Message.objects.values_list("direction", "body")) == [
            ("in", "thanks"), ("in", "میرا پارسل کہاں ہے؟"), ("out", "Sorry! We look at once."),
        ]  # fmt: skip


def test_comments_are_kept_by_customer_and_post_and_apart_from_messages(line: Line) -> None:
    first, second = wrote(line, "anar", "Tents"), wrote(line, "anar", "Stoves")
    top = wrote(line, "sara", "price?", first)
    wrote(line, "omid", "I would like to know too", top)
    wrote(line, "sara", "and this one?", second)
    wrote(line, "sara", "@anar I write on your wall")
    messaged(line, "sara", "my number is 0300")
    line.pull()
    with line.inside():
        shown = sorted(Conversation.objects.values_list("contact__name", "visibility", "message_count"))
    assert shown == [("Omid", "public", 1), ("Sara", "private", 1), *[("Sara", "public", 1)] * 3]


def test_a_message_is_answered_in_messenger(line: Line) -> None:
    messaged(line, "sara", "my number is 0300")
    line.pull()
    delivery = answer(line, "Thank you.")
    assert (delivery.state, delivery.outgoing["heard_at"] != "") == ("sent", True)
    said = [entry for entry in line.network.call("GET", "/ledger")["entries"] if entry["origin"] == "api"]
    assert [(entry["kind"], entry["text"]) for entry in said] == [("dm", "Thank you.")]
    messaged(line, "sara", "bye")
    line.pull()
    with line.inside():
        assert Conversation.objects.get().message_count == 3


def test_what_the_page_says_elsewhere_stands_in_its_conversation(line: Line) -> None:
    root = wrote(line, "anar", "New tents!")
    comment = wrote(line, "sara", "price?", root)
    wrote(line, "anar", "5,000, written on Facebook", comment)
    messaged(line, "sara", "hello")
    line.network.call("POST", "/dms", **{"from": "anar", "to": "sara", "text": "hello, from the phone"})
    line.pull()
    with line.inside():
        assert sorted(Message.objects.filter(direction="out").values_list("conversation__visibility", "body")) == [
            ("private", "hello, from the phone"), ("public", "5,000, written on Facebook"),
        ]  # fmt: skip
        assert Conversation.objects.count() == 2


def test_an_edit_replaces_the_words(line: Line) -> None:
    root = wrote(line, "anar", "New tents!")
    comment = wrote(line, "sara", "my pracel is late", root)
    line.pull()
    line.network.call("PATCH", f"/posts/{comment}", text="my parcel is late")
    line.pull()
    assert line.of(lambda: Message.objects.get()).body == "my parcel is late"


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
@pytest.mark.parametrize("private", [False, True], ids=["comment", "message"])
def test_an_answer_in_doubt_is_found_and_never_doubled(line: Line, lie: str, private: bool) -> None:
    if private:
        messaged(line, "sara", "help")
    else:
        wrote(line, "sara", "help", wrote(line, "anar", "New tents!"))
    line.pull()
    line.network.call("POST", "/trouble", name=lie, group="write", count=1)
    delivery = answer(line, "On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    entries = line.network.call("GET", "/ledger")["entries"]
    assert len([entry for entry in entries if entry["origin"] == "api"]) == 1


def test_a_deleted_comment_is_buried(line: Line) -> None:
    root = wrote(line, "anar", "New tents!")
    wrote(line, "sara", "help", root)
    comment = wrote(line, "sara", "forget it", root)
    line.pull()
    line.network.call("DELETE", f"/posts/{comment}")
    assert line.recheck() == 1


def privately(line: Line, text: str) -> Delivery:
    """Answer the public conversation in private, send it, and return what became of it."""
    with line.inside():
        conversation = Conversation.objects.get(visibility="public")
        message = replies.reply(
            member=line.member, conversation_id=conversation.pk, body=text, undo_seconds=0, privately=True
        )
        assert (message.visibility, message.conversation_id) == ("private", conversation.pk)
    line.deliver()
    mirrored(line, message)
    delivery: Delivery = line.of(lambda: Delivery.objects.get(id=message.delivery_id))
    return delivery


def test_a_comment_is_answered_in_private_once(line: Line) -> None:
    root = wrote(line, "anar", "New tents!")
    wrote(line, "sara", "where is my parcel?", root)
    line.pull()
    delivery = privately(line, "Write us your number here.")
    assert delivery.state == "sent"
    said = line.network.call("GET", "/dms?account=sara")["dms"]
    assert [row["text"] for row in said] == ["Write us your number here."]
    assert [post["text"] for post in line.network.call("GET", f"/posts?conversation={root}")["posts"]] == [
        "New tents!", "where is my parcel?"
    ]  # fmt: skip
    with line.inside(), pytest.raises(Conflict):
        conversation = Conversation.objects.get(visibility="public")
        replies.reply(member=line.member, conversation_id=conversation.pk, body="Once more.", undo_seconds=0, privately=True)
    # What the customer answers there is a conversation of its own, private; our own words are not told twice.
    messaged(line, "sara", "it is 881")
    line.pull()
    with line.inside():
        assert Conversation.objects.get(visibility="private").snippet == "it is 881"
        assert Message.objects.filter(body="Write us your number here.").count() == 1


@pytest.mark.parametrize("lie", ["swallow", "after500", "garble"])
def test_a_private_answer_in_doubt_is_found_and_never_doubled(line: Line, lie: str) -> None:
    root = wrote(line, "anar", "New tents!")
    wrote(line, "sara", "where is my parcel?", root)
    line.pull()
    line.network.call("POST", "/trouble", name=lie, group="write", count=1)
    delivery = privately(line, "Write us your number here.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.pk)), "sent")
    assert len(line.network.call("GET", "/dms?account=sara")["dms"]) == 1


def test_the_composer_offers_it_only_where_the_network_does(line: Line) -> None:
    wrote(line, "sara", "where is my parcel?", wrote(line, "anar", "New tents!"))
    messaged(line, "omid", "hello")
    line.pull()
    with line.inside():
        threads = {row.visibility: row.pk for row in Conversation.objects.all()}
    tab = signed_in(line.member.user)
    for visibility, offered in (("public", True), ("private", False)):
        page = tab.get(f"/w/line/inbox/{threads[visibility]}/").content.decode()
        assert ("data-privately" in page) is offered
