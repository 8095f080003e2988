"""Mastodon over both lines: complaint, stored, conversation, reply, found on the practice network."""

from typing import Any

import pytest

from crm.models import Identity
from inbox.models import Conversation, Message
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line, line_on, network, people, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.practice.conftest import Network

INSTANCE = "mastodon.example"


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar` on the practice instance, connected with a pasted token; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.MASTODON_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "mastodon", "anar", "sara")
    token = network.call("POST", "/tokens", account="anar")["access_token"]
    return line_on(network, "mastodon", {"instance": INSTANCE, "access_token": token})


@pytest.mark.parametrize("seen_by", ["public", "unlisted", "private", "direct"])
def test_a_complaint_is_answered_to_those_who_saw_it(line: Line, seen_by: str) -> None:
    complaint = line.network.call("POST", "/posts", author="sara", text="@anar میرا پارسل کہاں ہے؟", visibility=seen_by)
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        conversation = Conversation.objects.get()
        assert conversation.visibility == ("public" if seen_by in ("public", "unlisted") else "private")
        assert Message.objects.get().body == "@anar میرا پارسل کہاں ہے؟"
        assert Identity.objects.get(network="mastodon").external_id == f"sara@{INSTANCE}"
    delivery = line.answer("Sorry! We look at once.")
    assert delivery.state == "sent"
    sent = line.network.call("GET", f"/posts/{delivery.external_id}")
    assert sent["text"] == "@sara Sorry! We look at once."
    assert sent["reply_to"] == complaint["id"]
    assert sent["visibility"] == {"public": "public", "unlisted": "unlisted"}.get(seen_by, "direct")
    line.network.call("POST", "/posts", author="sara", text="@anar thanks", reply_to=sent["id"], visibility=sent["visibility"])
    line.pull()
    assert line.of(lambda: Conversation.objects.count()) == 1


def test_a_quote_of_our_post_stands_in_the_inbox_with_it(line: Line) -> None:
    ours = line.network.post("anar", "We deliver in two days.")
    line.network.call("POST", "/posts", author="sara", text="Nine, in fact.", quote=str(ours["id"]))
    assert line.pull() == 1
    with line.inside():
        message = Message.objects.get()
        assert (message.body, message.shown_context["quoted"]["text"]) == ("Nine, in fact.", "We deliver in two days.")
        assert (message.shown_context["quoted"]["ours"], message.shown_context["found_by"]) == (True, "quote")
        number = message.conversation_id
    page = signed_in(line.member.user).get(f"/w/line/inbox/{number}/").content.decode()
    assert "We deliver in two days." in page
    assert "Our post" in page


def test_an_edit_replaces_the_words(line: Line) -> None:
    complaint = line.network.call("POST", "/posts", author="sara", text="@anar my pracel is late")
    line.pull()
    line.network.call("PATCH", f"/posts/{complaint['id']}", text="@anar my parcel is late")
    line.pull()
    message = line.of(lambda: Message.objects.get())
    assert (message.external_id, message.body) == (complaint["id"], "@anar my parcel is late")


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
@pytest.mark.parametrize("seen_by", ["public", "direct"])
def test_an_answer_in_doubt_is_found_and_never_doubled(line: Line, lie: str, seen_by: str) -> None:
    line.network.call("POST", "/posts", author="sara", text="@anar help", visibility=seen_by)
    line.network.call("PATCH", "/rules", idempotency=False)
    line.pull()
    line.network.call("POST", "/trouble", name=lie, group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    settle_until(line, line.of(lambda: Message.objects.get(delivery_id=delivery.id)), "sent")
    entries = line.network.call("GET", "/ledger")["entries"]
    assert len([entry for entry in entries if entry["origin"] == "api"]) == 1


def test_a_deleted_complaint_is_buried(line: Line) -> None:
    complaint = line.network.call("POST", "/posts", author="sara", text="@anar help")
    line.pull()
    line.network.call("DELETE", f"/posts/{complaint['id']}")
    assert line.recheck() == 1
