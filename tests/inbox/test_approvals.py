"""Public replies that need somebody's word: asked for, approved once, sent back, withdrawn; nobody gets around it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.clock import now
from core.differences import words
from core.errors import Conflict, Forbidden
from core.tenancy import tenant
from inbox import selectors
from inbox.models import ApprovalRequest, Conversation, Draft, Message, PlannedReply
from inbox.services import approval_rule, approvals, deeds, planned, replies
from social.models import Delivery
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import Desk, force_state, hear, make_desk, post
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db
Do = Callable[..., int]


@pytest.fixture
def ruled(desk: Desk) -> Desk:
    """Agents' public replies need approval."""
    with tenant(desk.workspace.pk):
        approval_rule.set_rule(member=desk.member, roles=["agent"], channel_ids=[])
    return desk


@pytest.fixture(params=["page", "api"])
def do(request: pytest.FixtureRequest, cast: Cast) -> Do:
    """Write, approve, send back or withdraw as a role; answers the status, 200 for what the page calls success."""

    def by_page(role: str, what: str, number: int, **fields: Any) -> int:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        place = {"write": f"inbox/{number}/write", "approve": f"approvals/{number}/approve", "back": f"approvals/{number}/back",
                 "withdraw": f"approvals/{number}/withdraw"}[what]  # fmt: skip
        status = tab.post(f"/w/meridian/{place}/", fields).status_code
        return 200 if status == 302 else status

    def by_api(role: str, what: str, number: int, **fields: Any) -> int:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        place = {"write": f"conversations/{number}/messages", "approve": f"approvals/{number}/approve",
                 "back": f"approvals/{number}/send-back", "withdraw": f"approvals/{number}/withdraw"}[what]  # fmt: skip
        status = tab.post(f"/api/v1/w/meridian/{place}", fields, content_type="application/json").status_code
        return 200 if status in (201, 202) else status

    return by_page if request.param == "page" else by_api


def request_of(desk: Desk) -> ApprovalRequest:
    with tenant(desk.workspace.pk):
        return ApprovalRequest.objects.latest("id")


def sent(desk: Desk, *bodies: str) -> int:
    with tenant(desk.workspace.pk):
        return Message.objects.filter(conversation=desk.conversation, body__in=bodies).count()


def test_it_waits_and_goes_once_when_another_approves(ruled: Desk, do: Do, cast: Cast) -> None:
    number = ruled.conversation.pk
    assert do("agent", "write", number, body="We are sorry.") == 200
    asked = request_of(ruled)
    assert (asked.state, asked.author_id, sent(ruled, "We are sorry.")) == ("asked", cast.member("agent").pk, 0)
    with tenant(ruled.workspace.pk):
        assert selectors.numbers(ruled.member).views["approvals"] == 1
        assert Conversation.objects.get(pk=number).message_count == ruled.conversation.message_count
    assert do("agent", "approve", asked.pk, version=1) == 403  # lacks the right
    assert do("supervisor", "approve", asked.pk, version=1) == 200
    assert do("admin", "approve", asked.pk, version=1) == 409
    with tenant(ruled.workspace.pk):
        message = Message.objects.get(body="We are sorry.")
        assert (message.author_id, Delivery.objects.filter(id=message.delivery_id).count()) == (cast.member("agent").pk, 1)
    assert sent(ruled, "We are sorry.") == 1
    # What is private, and other roles' words, go as always.
    assert do("agent", "write", ruled.private.pk, body="Between us.") == 200
    assert do("sales", "write", number, body="From sales.") == 200
    assert sent(ruled, "From sales.") == 1


def test_other_words_are_a_version_and_what_changed_meanwhile_is_not_approved(ruled: Desk, do: Do, cast: Cast) -> None:
    do("agent", "write", ruled.conversation.pk, body="We are sory.")
    asked = request_of(ruled)
    assert do("supervisor", "approve", asked.pk, version=2, body="We are sorry.") == 409
    assert do("supervisor", "approve", asked.pk, version=1, body="We are sorry.") == 200
    assert [version["body"] for version in request_of(ruled).versions] == ["We are sory.", "We are sorry."]
    assert (sent(ruled, "We are sory."), sent(ruled, "We are sorry.")) == (0, 1)


def test_sent_back_it_is_its_authors_draft_with_the_word(ruled: Desk, do: Do, cast: Cast) -> None:
    do("agent", "write", ruled.conversation.pk, body="No.")
    asked = request_of(ruled)
    assert do("supervisor", "back", asked.pk, remark="  ") == 422
    assert do("supervisor", "back", asked.pk, remark="Kinder, please.") == 200
    with tenant(ruled.workspace.pk):
        draft = Draft.objects.get(member=cast.member("agent"), is_empty=False)
        assert draft.body == "No."
        assert "Kinder, please." in draft.remark
    assert do("supervisor", "approve", asked.pk, version=1) == 409
    page = text_of(signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{ruled.conversation.pk}/"))
    assert "Kinder, please." in page
    do("agent", "write", ruled.conversation.pk, body="Once more.")
    assert do("agent", "withdraw", request_of(ruled).pk) == 200
    with tenant(ruled.workspace.pk):
        # Nothing that is being written is lost for it.
        assert Draft.objects.get(member=cast.member("agent"), is_empty=False).body in ("No.\n\nOnce more.", "Once more.")


def test_nobody_approves_his_own(ruled: Desk, do: Do) -> None:
    with tenant(ruled.workspace.pk):
        approval_rule.set_rule(member=ruled.member, roles=["supervisor"], channel_ids=[ruled.channel.pk])
    do("supervisor", "write", ruled.conversation.pk, body="Mine.")
    assert do("supervisor", "approve", request_of(ruled).pk, version=1) == 403
    assert do("supervisor", "back", request_of(ruled).pk, remark="x") == 403
    assert (request_of(ruled).state, sent(ruled, "Mine.")) == ("asked", 0)


def test_there_is_no_way_around_it(ruled: Desk, cast: Cast) -> None:
    agent, number = cast.member("agent"), ruled.conversation.pk
    with tenant(ruled.workspace.pk):
        with pytest.raises(Conflict) as refused:
            replies.reply(member=agent, conversation_id=number, body="Straight.")
        assert refused.value.code == "needs_approval"
        with pytest.raises(Conflict):
            planned.plan(member=agent, conversation_id=number, body="Later.", send_at=now() + timedelta(days=1))
        Message.objects.filter(pk=ruled.queued.pk).update(external_id="1900000000000000999")
    force_state(ruled.queued, "sent")
    with tenant(ruled.workspace.pk):
        with pytest.raises(Conflict):
            deeds.do(member=agent, message_id=ruled.queued.pk, kind="edit", text="Other words.")
        asked = approvals.ask(member=agent, conversation_id=number, body="Later.", send_at=now() + timedelta(days=1))
        approvals.approve(member=ruled.member, request_id=asked.pk, version=1)
        row = PlannedReply.objects.get(state="scheduled")
        with pytest.raises(Conflict):
            planned.change(member=agent, planned_id=row.pk, body="Worse words.")
        assert planned.send_now(member=agent, planned_id=row.pk).body == "Later."
        # Nor under the name of somebody whom the rule does not bind.
        theirs = planned.plan(
            member=ruled.member, conversation_id=number, body="The owner's.", send_at=now() + timedelta(days=1)
        )
        with pytest.raises(Conflict) as refused:
            planned.change(member=agent, planned_id=theirs.pk, body="Worse words.")
        assert refused.value.code == "needs_approval"


def test_what_was_planned_before_the_rule_is_held(desk: Desk, cast: Cast) -> None:
    with tenant(desk.workspace.pk):
        planned.plan(
            member=cast.member("agent"), conversation_id=desk.conversation.pk, body="x", send_at=now() + timedelta(days=1)
        )
        approval_rule.set_rule(member=desk.member, roles=["agent"], channel_ids=[])
        PlannedReply.objects.update(send_at=now() - timedelta(seconds=1))
    planned.send_due(workspace_id=desk.workspace.pk)
    with tenant(desk.workspace.pk):
        assert PlannedReply.objects.get().state == "held"


def test_the_queue_shows_what_changed_and_what_was_said_since(ruled: Desk, cast: Cast) -> None:
    with tenant(ruled.workspace.pk):
        asked = approvals.ask(member=cast.member("agent"), conversation_id=ruled.conversation.pk, body="It left today.")
        asked.versions.append({**asked.versions[0], "body": "It left yesterday."})
        asked.save()
    hear(ruled.channel, post(ruled.channel, "@brand hello?", thread=ruled.conversation.thread_key))
    page = text_of(signed_in(cast.user("supervisor")).get("/w/meridian/approvals/"))
    assert "<del>today.</del><ins>yesterday.</ins>" in page
    assert "The customer wrote since: 1" in page
    assert "Whose public answers need approval" not in page
    assert "Whose public answers need approval" in text_of(signed_in(cast.user("admin")).get("/w/meridian/approvals/"))
    assert signed_in(cast.user("agent")).get("/w/meridian/approvals/").status_code == 403


def test_the_rule_is_the_admins(desk: Desk, cast: Cast, tab_of: Callable[[str], Client]) -> None:
    def put(role: str, **fields: Any) -> int:
        return tab_of(role).post("/w/meridian/approvals/rule/", fields, headers=PART).status_code

    assert put("supervisor", roles="agent") == 403
    assert put("owner", roles="nobody") == 422
    assert put("owner", roles="agent", channels="999999") == 422
    assert put("owner", roles=["agent"], channels=desk.channel.pk) == 302
    with tenant(desk.workspace.pk):
        assert (approval_rule.rule().roles, approval_rule.rule().channels) == (["agent"], [desk.channel.pk])
        assert not approval_rule.needed(cast.member("agent"), channel_id=desk.channel.pk + 1, visibility="public")


@pytest.fixture
def tab_of(cast: Cast) -> Callable[[str], Client]:
    return lambda role: signed_in(cast.user(role), raise_request_exception=False)


def test_differences_are_told_word_by_word() -> None:
    assert words("a b c", "a x c") == [("same", "a "), ("gone", "b"), ("new", "x"), ("same", " c")]
    assert words("", "") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 740, "a b " * 370),
        ("x\n" * 12_500, "x\ny\n" * 6_250),
        (" ".join(map(str, range(740))), "b ".join(map(str, range(740)))),
        ("q " + "a b " * 6_000, "z " + "b a c " * 4_000),
    ],
)
def test_no_two_texts_take_long_to_compare(before: str, after: str) -> None:
    began = time.process_time()
    found = words(before, after)
    assert time.process_time() - began < 3
    assert "".join(run for kind, run in found if kind != "new") == before
    assert "".join(run for kind, run in found if kind != "gone") == after


@pytest.mark.django_db(transaction=True)
def test_of_two_approvers_one_wins(transactional_db: None) -> None:
    cast = make_cast()
    desk = make_desk(cast.meridian, cast.member("owner"))
    with tenant(desk.workspace.pk):
        asked = approvals.ask(member=cast.member("agent"), conversation_id=desk.conversation.pk, body="Once.")
    start, ends = threading.Barrier(2), []

    def press(role: str) -> None:
        start.wait()
        try:
            with tenant(desk.workspace.pk):
                approvals.approve(member=cast.member(role), request_id=asked.pk, version=1)
            ends.append("sent")
        except (Conflict, Forbidden) as error:
            ends.append(error.code)
        finally:
            connection.close()

    hands = [threading.Thread(target=press, args=(role,)) for role in ("supervisor", "admin")]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(ends) == ["decided", "sent"]
    assert sent(desk, "Once.") == 1
