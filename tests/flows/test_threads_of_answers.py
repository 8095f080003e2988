"""Long answers on X as a thread: each part below the one before, once each, whatever becomes of one of them."""

import itertools
from datetime import timedelta

from core.clock import now
from inbox.models import Conversation, Draft, Message
from inbox.services import replies
from social.models import Delivery
from social.services import outbox
from tests.flows.conftest import Line
from tests.flows.test_lines import answer, complain, mirrored, settle_until

LONG = " ".join(f"This is sentence number {number} of a long answer to you." for number in range(1, 16))


def parts(line: Line) -> list[Message]:
    return line.of(lambda: list(Message.objects.filter(direction="out").order_by("id")))


def posted(line: Line) -> list[dict[str, str]]:
    """What stands on the network, the oldest first."""
    return list(line.network.ledger(kind="post", origin="api"))


def test_parts_follow_each_other_and_one_in_doubt_keeps_the_next_waiting(line: Line) -> None:
    conversation = complain(line)
    first = answer(line, conversation, LONG, idempotency_key="k")
    assert answer(line, conversation, LONG, idempotency_key="k").id == first.id
    rows = parts(line)
    assert [row.context["thread"]["part"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 2
    assert " ".join(row.body for row in rows) == LONG
    with line.inside():
        Delivery.objects.filter(id=rows[1].delivery_id).update(not_before=now() + timedelta(hours=1))
    line.deliver()
    assert len(posted(line)) == 1
    with line.inside():
        Delivery.objects.filter(id=rows[1].delivery_id).update(not_before=now())
    # It arrives and nobody says so, as when a worker dies between the network's yes and our note of it.
    line.network.trouble("swallow", group="write", next=1)
    line.deliver()
    assert mirrored(line, rows[1]).delivery_state == "unknown"
    assert mirrored(line, rows[2]).delivery_state == "queued"
    settle_until(line, rows[-1], "sent")
    states = line.of(lambda: list(Delivery.objects.order_by("id").values_list("external_id", "outgoing", "state")))
    assert len(posted(line)) == len(rows)
    assert {state for _id, _outgoing, state in states} == {"sent"}
    for (before, _said, _state), (_id, outgoing, _sent) in itertools.pairwise(states):
        assert outgoing["in_reply_to"] == before


def test_a_part_that_fails_keeps_the_rest_and_nobody_else_waiting(line: Line) -> None:
    conversation = complain(line)
    answer(line, conversation, LONG)
    rows = parts(line)
    with line.inside():
        Delivery.objects.filter(id=rows[1].delivery_id).update(not_before=now() + timedelta(hours=1))
    line.deliver()
    line.network.call("DELETE", f"/posts/{line.of(lambda: Delivery.objects.get(id=rows[0].delivery_id).external_id)}")
    with line.inside():
        Delivery.objects.filter(id=rows[1].delivery_id).update(not_before=now())
    line.deliver()
    assert mirrored(line, rows[1]).delivery_state == "failed"
    assert line.of(lambda: Conversation.objects.get().has_trouble)
    other = answer(line, conversation, "Something else.")
    line.deliver()
    assert mirrored(line, other).delivery_state == "sent"
    assert mirrored(line, rows[2]).delivery_state == "queued"
    with line.inside():
        outbox.discard(delivery_id=rows[1].delivery_id or 0, actor_id=line.member.pk)
    assert {mirrored(line, row).delivery_state for row in rows[1:]} == {"cancelled"}


def test_taken_back_it_is_one_text_again(line: Line) -> None:
    conversation = complain(line)
    with line.inside():
        message = replies.reply(member=line.member, conversation_id=conversation.id, body=LONG, undo_seconds=60)
        replies.take_back(member=line.member, message_id=message.id)
        assert Draft.objects.get().body == LONG
        assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}
        assert Conversation.objects.get().message_count == 1
    assert line.deliver() == 0
    assert posted(line) == []
