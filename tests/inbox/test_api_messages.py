"""The API of messages: threads, replies and notes written once per key, and the states of what was sent."""

import itertools
import threading
from typing import Any

import pytest
from django.db import connection

from core.tenancy import tenant
from inbox.models import Message
from inbox.services import replies
from social.models import Delivery
from tests.accounts.factories import Cast
from tests.inbox.conftest import Program, program_of
from tests.inbox.factories import Desk, force_state, hear, make_desk, post
from tests.inbox.test_api_conversations import refused

pytestmark = pytest.mark.django_db


def counts(desk: Desk) -> tuple[int, int]:
    with tenant(desk.workspace.pk):
        return Message.objects.count(), Delivery.objects.count()


def test_a_thread_in_order_with_its_states(desk: Desk, program: Program) -> None:
    rows = program.get(f"conversations/{desk.conversation.pk}/messages").json()["results"]
    assert [row["direction"] for row in rows] == ["in", "out", "out", "out", "note"]
    incoming, queued, failed, doubtful, note = rows
    assert incoming["identity"]["handle"] == "person71"
    assert incoming["author"] is None
    assert incoming["delivery"] is None
    assert queued["delivery"]["state"] == "queued"
    assert (failed["delivery"]["state"], failed["delivery"]["error"]) == ("failed", "as the test says")
    assert doubtful["delivery"]["state"] == "needs_decision"
    assert note["delivery"] is None
    assert (note["visibility"], note["author"]["name"]) == ("private", "Owner of Meridian")


def test_older_messages_follow(desk: Desk, program: Program) -> None:
    thread = desk.conversation.thread_key
    hear(desk.channel, *(post(desk.channel, f"more {n}", thread=thread) for n in range(5)))
    whole = [row["id"] for row in program.get(f"conversations/{desk.conversation.pk}/messages").json()["results"]]
    seen: list[int] = []
    answer = program.get(f"conversations/{desk.conversation.pk}/messages", limit=3)
    while answer is not None:
        body = answer.json()
        seen = [row["id"] for row in body["results"]] + seen
        answer = program.client.get(body["next"]) if body["next"] else None
    assert seen == whole
    assert len(seen) == 10


def test_what_is_gone_on_the_network_is_not_shown(desk: Desk, program: Program) -> None:
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=desk.incoming.pk).update(
            deleted_at=desk.incoming.stored_at, media=[{"url": "https://a.example/x"}]
        )
    row = program.get(f"messages/{desk.incoming.pk}").json()
    assert (row["body"], row["media"]) == ("", [])
    assert row["deleted_at"]


def test_changed_messages_since_a_mark(desk: Desk, program: Program) -> None:
    path = f"conversations/{desk.conversation.pk}/messages"
    mark = program.get(path).json()["mark"]
    force_state(desk.queued, "sent")
    changed = program.get(f"{path}/changes", since=mark).json()["results"]
    assert desk.queued.pk in [row["id"] for row in changed if row["delivery"] and row["delivery"]["state"] == "sent"]
    refused(program.get(f"{path}/changes"), 422, "since")


def test_a_reply_is_queued(cast: Cast, desk: Desk, program: Program) -> None:
    answer = program.post(f"conversations/{desk.conversation.pk}/messages", {"body": "We are looking."})
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["body"], row["direction"], row["visibility"]) == ("We are looking.", "out", "public")
    assert row["delivery"]["state"] == "queued"
    assert row["author"]["name"] == "Owner of Meridian"


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_a_key_writes_once(desk: Desk, program: Program, kind: str) -> None:
    path = f"conversations/{desk.conversation.pk}/messages"
    body = {"body": "Once only.", "kind": kind}
    first = program.post(path, body, **{"Idempotency-Key": "k-1"})
    before = counts(desk)
    again = program.post(path, body, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert counts(desk) == before
    other = program.post(path, body, **{"Idempotency-Key": "k-2"})
    assert other.json()["id"] != first.json()["id"]


def test_a_key_means_one_request(desk: Desk, program: Program) -> None:
    key = {"Idempotency-Key": "k-1"}
    path = f"conversations/{desk.conversation.pk}/messages"
    program.post(path, {"body": "Once only."}, **key)
    before = counts(desk)
    for where, body in (
        (path, {"body": "Another text."}),
        (path, {"body": "Once only.", "kind": "note"}),
        (f"conversations/{desk.private.pk}/messages", {"body": "Once only."}),
    ):
        refused(program.post(where, body, **key), 409, "idempotency_key")
    assert counts(desk) == before
    refused(program.post(path, {"body": "x"}, **{"Idempotency-Key": "k" * 161}), 422, "idempotency_key")


@pytest.mark.parametrize(
    "flood", [{"media": [{}] * 2000}, {"body": "x", "parameters": [[]] * 2000}, {f"no_{number}": 1 for number in range(2000)}]
)
def test_a_flood_of_mistakes_is_refused_in_one_sentence(desk: Desk, program: Program, flood: dict[str, Any]) -> None:
    """A body of two megabytes took two minutes and was answered with forty: each of its entries was told what is wrong with it."""
    answer = program.post(f"conversations/{desk.conversation.pk}/messages", flood)
    assert answer.status_code == 422
    assert len(answer.content) < 2500


def test_another_workspaces_key_is_its_own(cast: Cast, desk: Desk, program: Program) -> None:
    theirs = make_desk(cast.zarrin, cast.member("owner", of="zarrin"))
    key = {"Idempotency-Key": "same"}
    mine = program.post(f"conversations/{desk.conversation.pk}/messages", {"body": "Mine."}, **key)
    other = program_of(cast, of="zarrin").post(f"conversations/{theirs.conversation.pk}/messages", {"body": "Theirs."}, **key)
    assert (mine.status_code, other.status_code) == (201, 201)
    assert other.json()["body"] == "Theirs."


WRONG_MESSAGES: list[tuple[Any, str]] = [
    ({}, "body"),
    ({"body": ""}, "body"),
    ({"body": " \n "}, "body"),
    ({"body": None}, "body"),
    ({"body": 5}, "body"),
    ({"body": ["a"]}, "body"),
    ({"body": "a\x00b"}, "body"),
    ({"body": "x" * 281}, "body"),
    ({"body": "x" * 25_001}, "body"),
    ({"body": "x", "kind": "shout"}, "kind"),
    ({"body": "x", "kind": None}, "kind"),
    ({"body": "x", "to": "71"}, "to"),
    ({"body": "x", "idempotency_key": "k"}, "idempotency_key"),
]


def test_a_wrong_message_is_refused_by_field(desk: Desk, program: Program) -> None:
    before = counts(desk)
    for body, field in WRONG_MESSAGES:
        refused(program.post(f"conversations/{desk.conversation.pk}/messages", body), 422, field)
    assert counts(desk) == before


def test_emoji_and_every_script_survive(desk: Desk, program: Program) -> None:
    text = "پارسل 📦 می\u200cرسد \u2067عربي\u2069"
    row = program.post(f"conversations/{desk.private.pk}/messages", {"body": text}).json()
    assert row["body"] == text


def test_taking_back_retrying_deciding(desk: Desk, program: Program) -> None:
    def state(answer: Any) -> Any:
        assert answer.status_code == 200, answer.content
        return answer.json()["delivery"]["state"]

    assert state(program.post(f"messages/{desk.queued.pk}/take-back")) == "cancelled"
    assert state(program.post(f"messages/{desk.queued.pk}/take-back")) == "cancelled"
    assert state(program.post(f"messages/{desk.failed.pk}/retry")) == "queued"
    assert state(program.post(f"messages/{desk.doubtful.pk}/decide", {"arrived": True})) == "sent"
    assert program.get(f"conversations/{desk.conversation.pk}").json()["has_trouble"] is False


def test_what_the_state_does_not_allow_is_a_conflict(desk: Desk, program: Program) -> None:
    force_state(desk.queued, "sent")
    refused(program.post(f"messages/{desk.queued.pk}/take-back"), 409, "state")
    refused(program.post(f"messages/{desk.queued.pk}/retry"), 409, "state")
    refused(program.post(f"messages/{desk.queued.pk}/decide", {"arrived": True}), 409, "state")


def test_a_decision_is_true_or_false(desk: Desk, program: Program) -> None:
    for body in ({}, {"arrived": "yes"}, {"arrived": 1}, {"arrived": None}):
        refused(program.post(f"messages/{desk.doubtful.pk}/decide", body), 422, "arrived")


def test_only_replies_have_states(desk: Desk, program: Program) -> None:
    for message, action in itertools.product((desk.incoming, desk.note), ("take-back", "retry", "decide")):
        refused(program.post(f"messages/{message.pk}/{action}", {"arrived": True} if action == "decide" else {}), 404, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [replies.reply, replies.note])
def test_two_clicks_at_once_write_once(transactional_db: None, write: Any) -> None:
    from tests.accounts.factories import make_cast

    cast = make_cast()
    member = cast.member("owner")
    desk = make_desk(cast.meridian, member)
    before = counts(desk)[0]
    start = threading.Barrier(4)
    found: list[int] = []

    def click() -> None:
        start.wait()
        try:
            with tenant(cast.meridian.pk):
                found.append(write(member=member, conversation_id=desk.conversation.pk, body="Once.", idempotency_key="click").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert counts(desk)[0] == before + 1
