"""A complaint reaches the inbox, an answer reaches the network, and everything that can happen in between."""

import time
from collections.abc import Callable

import pytest

from activity.services.fan_out import deliver as fan_out
from core.clock import database_now
from core.errors import Conflict
from crm.models import Contact, Identity, Interaction
from inbox.models import Conversation, Message
from inbox.services import replies, triage
from social.models import Delivery, Pull, RawItem, StoredPage
from social.services import pulling
from tests.flows.conftest import Line


def answer(line: Line, conversation: Conversation, text: str, **options: object) -> Message:
    with line.inside():
        return replies.reply(
            member=line.member, conversation_id=conversation.id, body=text, undo_seconds=0, **options
        )


def told(line: Line, subscriber: str, holds: Callable[[], bool]) -> None:
    """Hand the log to a subscriber until something holds.

    The log is read below the oldest transaction of the whole cluster, which the tests beside us may hold for a minute or two.
    """
    deadline = time.monotonic() + 150.0
    while True:
        fan_out(workspace_id=line.workspace.pk, subscriber=subscriber)
        if line.of(holds):
            return
        assert time.monotonic() < deadline, f"the log never told {subscriber}"
        time.sleep(0.02)


def mirrored(line: Line, message: Message) -> Message:
    """The message after the log told it what became of its delivery."""

    def shows() -> bool:
        found = Message.objects.get(id=message.id)
        return found.delivery_state == Delivery.objects.get(id=found.delivery_id).state

    told(line, "delivery_states", shows)
    return line.of(lambda: Message.objects.get(id=message.id))


def complain(line: Line, text: str = "@brand my parcel is late again!", author: str = "ayesha") -> Conversation:
    post = line.network.post(author, text)
    line.pull()
    return line.of(lambda: Conversation.objects.get(thread_key=post["conversation_id"]))


def test_a_complaint_becomes_a_conversation_with_its_person(line: Line) -> None:
    post = line.network.post("ayesha", "@brand پارسل ابھی تک نہیں ملا، براہِ کرم دیکھ لیں")
    assert line.pull() == 1
    with line.inside():
        conversation = Conversation.objects.select_related("contact").get()
        message = Message.objects.get()
        identity = Identity.objects.get()
        assert (conversation.thread_key, conversation.status, conversation.visibility) == (
            post["conversation_id"], "open", "public",
        )
        assert conversation.waiting_since == message.occurred_at == conversation.last_activity_at
        assert (conversation.message_count, conversation.unread_count, conversation.snippet_lang) == (1, 1, "ur")
        assert (message.external_id, message.direction, message.body) == (post["id"], "in", post["text"])
        assert (identity.handle, identity.contact_id, conversation.contact.name) == ("ayesha", conversation.contact_id, "عائشہ خان")
        assert Interaction.objects.get().source_id == message.id


def test_reading_again_stores_nothing_twice(line: Line) -> None:
    for number in range(7):
        line.network.post("ayesha", f"@brand complaint {number}")
    assert line.pull() == 7
    assert line.pull() == 0
    assert line.of(Message.objects.count) == 7
    assert line.of(Contact.objects.count) == 1
    assert line.of(lambda: StoredPage.objects.count()) == 0


def test_one_thread_groups_and_reopens(line: Line) -> None:
    conversation = complain(line)
    with line.inside():
        triage.set_status(member=line.member, conversation_id=conversation.id, status="resolved")
    first = line.of(lambda: Message.objects.get().external_id)
    line.network.post("ayesha", "@brand hello?? anybody", reply_to=first)
    line.pull()
    after = line.of(lambda: Conversation.objects.get())
    assert (after.id, after.status, after.message_count) == (conversation.id, "open", 2)
    assert after.waiting_since is not None


def test_direct_messages_stand_apart_from_public_posts(line: Line) -> None:
    line.network.post("ayesha", "@brand please answer")
    line.network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "my order number is 881"})
    line.pull()
    line.pull()
    with line.inside():
        assert sorted(Conversation.objects.values_list("visibility", flat=True)) == ["private", "public"]
        assert Contact.objects.count() == 1


def test_an_answer_stands_below_the_complaint(line: Line) -> None:
    conversation = complain(line)
    message = answer(line, conversation, "We are sorry! It leaves today.")
    assert message.delivery_state == "queued"
    assert line.deliver() == 1
    sent = mirrored(line, message)
    assert sent.delivery_state == "sent"
    posted = line.network.ledger(kind="post", origin="api")
    assert [entry["object_id"] for entry in posted] == [sent.external_id]
    assert posted[0]["parent_id"] == line.of(lambda: Message.objects.get(direction="in").external_id)
    after = line.of(lambda: Conversation.objects.get())
    assert (after.waiting_since, after.unread_count, after.last_direction) == (None, 0, "out")
    line.pull()
    assert line.of(Message.objects.count) == 2


def test_a_private_answer_is_a_direct_message(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "hello"})
    line.pull()
    line.pull()
    conversation = line.of(lambda: Conversation.objects.get(visibility="private"))
    message = answer(line, conversation, "Hello Ayesha, how can we help?")
    line.deliver()
    assert mirrored(line, message).delivery_state == "sent"
    assert [entry["kind"] for entry in line.network.ledger(origin="api")] == ["dm"]
    line.pull()
    line.pull()
    assert line.of(Message.objects.count) == 2


def test_the_same_key_posts_once(line: Line) -> None:
    conversation = complain(line)
    first = answer(line, conversation, "Sorry!", idempotency_key="k1")
    assert answer(line, conversation, "Sorry!", idempotency_key="k1").id == first.id
    line.deliver()
    assert len(line.network.ledger(kind="post", origin="api")) == 1


def test_a_reply_taken_back_never_leaves(line: Line) -> None:
    conversation = complain(line)
    with line.inside():
        message = replies.reply(member=line.member, conversation_id=conversation.id, body="oops", undo_seconds=60)
        replies.take_back(member=line.member, message_id=message.id)
    assert line.deliver() == 0
    assert line.network.ledger(kind="post", origin="api") == []
    assert line.of(lambda: Conversation.objects.get().waiting_since) is not None


def test_what_is_on_its_way_cannot_be_taken_back(line: Line) -> None:
    conversation = complain(line)
    message = answer(line, conversation, "gone")
    line.deliver()
    with line.inside(), pytest.raises(Conflict):
        replies.take_back(member=line.member, message_id=message.id)


@pytest.mark.parametrize("trouble", ["swallow", "after500", "after429", "garble"])
def test_accepted_without_saying_so_is_adopted_not_sent_again(line: Line, trouble: str) -> None:
    conversation = complain(line)
    message = answer(line, conversation, "We are looking into it.")
    line.network.trouble(trouble, group="write", next=1)
    line.deliver()
    assert mirrored(line, message).delivery_state == "unknown"
    settle_until(line, message, "sent")
    assert len(line.network.ledger(kind="post", origin="api")) == 1


@pytest.mark.parametrize("trouble", ["500", "429", "html"])
def test_refused_without_proof_is_read_back_and_sent_again(line: Line, trouble: str) -> None:
    conversation = complain(line)
    message = answer(line, conversation, "We are looking into it.")
    line.network.trouble(trouble, group="write", next=1, options={"seconds": 1} if trouble == "429" else {})
    line.deliver()
    assert mirrored(line, message).delivery_state == "unknown"
    settle_until(line, message, "sent")
    assert len(line.network.ledger(kind="post", origin="api")) == 1


def settle_until(line: Line, message: Message, state: str, seconds: float = 150.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        line.settle()
        line.deliver()
        if mirrored(line, message).delivery_state == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"still {mirrored(line, message).delivery_state}, wanted {state}")


def test_a_refusal_is_a_failure_with_its_reason_and_can_be_retried(line: Line) -> None:
    conversation = complain(line)
    line.network.call("DELETE", f"/posts/{conversation.thread_key}")
    message = answer(line, conversation, "Sorry to hear that")
    line.deliver()
    failed = mirrored(line, message)
    assert failed.delivery_state == "failed"
    assert failed.delivery_error
    assert line.of(lambda: Conversation.objects.get().has_trouble)
    with line.inside():
        replies.retry(member=line.member, message_id=message.id)
    assert mirrored(line, message).delivery_state == "queued"


def test_doubt_that_cannot_be_read_back_is_a_persons_decision(line: Line, settings: object) -> None:
    settings.DECISION_SECONDS = 0  # type: ignore[attr-defined]
    conversation = complain(line)
    message = answer(line, conversation, "We are looking into it.")
    line.network.trouble("swallow", group="write", next=1)
    line.network.trouble("500", group="read")
    line.deliver()
    settle_until(line, message, "needs_decision")
    with line.inside():
        replies.decide(member=line.member, message_id=message.id, arrived=True)
    assert mirrored(line, message).delivery_state == "sent"
    assert len(line.network.ledger(kind="post", origin="api")) == 1


def test_a_deleted_post_is_noticed(line: Line) -> None:
    complain(line)
    post_id = line.of(lambda: Message.objects.get().external_id)
    line.network.call("DELETE", f"/posts/{post_id}")
    assert line.recheck() == 1
    told(line, "deletions", lambda: Message.objects.get().deleted_at is not None)


def test_an_edit_changes_the_text_in_place(line: Line) -> None:
    post = line.network.post("ayesha", "@brand my order 12 is late")
    line.pull()
    line.network.call("PATCH", f"/posts/{post['id']}", text="@brand my order 13 is late")
    line.pull()
    message = line.of(lambda: Message.objects.get())
    assert (message.body, message.revision) == ("@brand my order 13 is late", 1)
    assert message.edited_at is not None


def test_one_broken_item_is_set_aside_and_its_neighbours_go_on(line: Line) -> None:
    for number in range(6):
        line.network.post("ayesha", f"@brand number {number}")
    line.network.trouble("malformed_item", group="read", next=1)
    line.pull()
    with line.inside():
        aside = list(RawItem.objects.filter(state="set_aside"))
        assert len(aside) == 1
        assert aside[0].error
        assert Message.objects.count() >= 5


def test_a_dead_sign_in_parks_the_channel_and_loses_nothing(line: Line) -> None:
    conversation = complain(line)
    line.network.call("POST", "/tokens/revoke", account="brand")
    message = answer(line, conversation, "Sorry!")
    line.deliver()
    assert mirrored(line, message).delivery_state == "waiting"
    state = line.of(lambda: type(line.channel).objects.get().state)
    assert state == "needs_reconnect"


def test_an_expired_token_is_renewed_by_itself(line: Line) -> None:
    conversation = complain(line)
    line.network.call("POST", "/tokens/expire", account="brand")
    message = answer(line, conversation, "Sorry!")
    line.deliver()
    settle_until(line, message, "sent")
    assert line.of(lambda: Delivery.objects.get().attempts) == 2


def test_a_renewal_does_not_make_reading_late(line: Line) -> None:
    complain(line)
    line.network.call("POST", "/tokens/expire", account="brand")
    line.network.post("ayesha", "@brand and one more thing")
    assert line.pull() == 0
    assert pulling.pull(**line.ids) == 1, "it waited for the next poll's turn"


def test_a_sign_in_that_stays_refused_is_not_renewed_without_a_pause(line: Line) -> None:
    complain(line)
    line.network.trouble("401", group="read")
    line.pull()
    assert line.of(lambda: Pull.objects.get().due_at <= database_now())
    pulling.pull(**line.ids)
    assert line.of(lambda: Pull.objects.get().due_at > database_now())


def test_answers_of_one_conversation_keep_their_order(line: Line) -> None:
    conversation = complain(line)
    line.network.trouble("swallow", group="write", next=1)
    first, second = answer(line, conversation, "first"), answer(line, conversation, "second")
    line.deliver()
    assert mirrored(line, second).delivery_state == "queued"
    settle_until(line, second, "sent")
    assert mirrored(line, first).delivery_state == "sent"
    texts = [entry["text"].split()[-1] for entry in line.network.ledger(kind="post", origin="api")]
    assert texts == ["first", "second"]


def test_the_same_words_twice_are_refused_with_what_to_do(line: Line) -> None:
    conversation = complain(line)
    first = answer(line, conversation, "We are sorry!")
    line.deliver()
    assert mirrored(line, first).delivery_state == "sent"
    second = answer(line, conversation, "We are sorry!")
    line.deliver()
    settle_until(line, second, "failed")
    failed = mirrored(line, second)
    assert "same words" in failed.delivery_error
    assert line.of(lambda: Delivery.objects.get(id=failed.delivery_id).attempts) == 1
    assert len(line.network.ledger(kind="post", origin="api")) == 1
