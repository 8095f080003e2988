"""Replies that wait for their time, through both doors: planned, moved, changed, sent at once, taken back; due once, or held."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Event
from core import local_times
from core.clock import now
from core.errors import Invalid
from core.tenancy import tenant
from inbox import selectors
from inbox.models import Conversation, Draft, Message, PlannedReply
from inbox.selectors import ListQuery
from inbox.services import attaching, drafts, planned
from social.models import Channel
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_list import PART, text_of
from tests.pictures import picture

pytestmark = pytest.mark.django_db
Plan = Callable[..., Any]


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


@pytest.fixture(params=["page", "api"])
def plan(request: pytest.FixtureRequest, desk: Desk, tab: Client, program: Program) -> Plan:
    """Plan a reply for a day and a clock in UTC; answers the status."""

    def by_page(moment: datetime, body: str = "Later.", **fields: Any) -> int:
        when = {"later": "at", "day": moment.strftime("%Y-%m-%d"), "clock": moment.strftime("%H:%M")}
        status = tab.post(f"/w/meridian/inbox/{desk.private.pk}/write/", {"body": body, **when, **fields}, headers=PART).status_code
        return 200 if status == 204 else status

    def by_api(moment: datetime, body: str = "Later.", **fields: Any) -> int:
        path = f"conversations/{desk.private.pk}/planned"
        status = program.post(path, {"body": body, "send_at": moment.isoformat(), **fields}).status_code
        return 200 if status == 201 else int(status)

    return by_page if request.param == "page" else by_api


def row_of(desk: Desk) -> PlannedReply:
    with tenant(desk.workspace.pk):
        return PlannedReply.objects.select_related("conversation").latest("id")


def make_due(desk: Desk) -> int:
    """Its time has come, and the worker looks. Returns how many were taken up."""
    with tenant(desk.workspace.pk):
        PlannedReply.objects.filter(state="scheduled").update(send_at=now() - timedelta(seconds=1))
    assert planned.due_workspaces() == [desk.workspace.pk]
    return planned.send_due(workspace_id=desk.workspace.pk)


def sent(desk: Desk) -> list[str]:
    with tenant(desk.workspace.pk):
        rows = Message.objects.filter(conversation=desk.private, direction="out").order_by("id")
        return list(rows.values_list("body", flat=True))


def kinds(desk: Desk) -> list[str]:
    with tenant(desk.workspace.pk):
        return list(Event.objects.filter(kind__startswith="replies.plan").order_by("id").values_list("kind", flat=True))


def drafted(desk: Desk) -> list[tuple[str, bool]]:
    with tenant(desk.workspace.pk):
        return [(row.body, bool(row.remark)) for row in Draft.objects.filter(is_empty=False)]


TOMORROW = timedelta(days=1)


def test_it_waits_in_the_thread_and_goes_once_at_its_time(plan: Plan, desk: Desk, tab: Client) -> None:
    assert plan(now() + TOMORROW) == 200
    with tenant(desk.workspace.pk):
        conversation = Conversation.objects.get(pk=desk.private.pk)
        assert (conversation.waiting_since is not None, conversation.message_count) == (True, 1)  # nobody has answered yet
        assert [row.id for row in selectors.list_page(ListQuery(view="scheduled"), desk.member).rows] == [desk.private.pk]
        assert selectors.numbers(desk.member).views["scheduled"] == 1
    page = text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    assert "Later." in page
    assert "data-planned=" in page
    assert planned.send_due(workspace_id=desk.workspace.pk) == 0
    assert make_due(desk) == 1
    assert planned.send_due(workspace_id=desk.workspace.pk) == 0
    assert sent(desk) == ["Later."]
    row = row_of(desk)
    with tenant(desk.workspace.pk):
        message = Message.objects.get(pk=row.message_id)
        assert (message.author_id, message.delivery_state) == (desk.member.pk, "queued")
        assert Conversation.objects.get(pk=desk.private.pk).waiting_since is None
    assert kinds(desk) == ["replies.planned", "replies.plan_sent"]


def test_where_the_customer_writes_meanwhile_its_author_is_asked(plan: Plan, desk: Desk, tab: Client) -> None:
    plan(now() + TOMORROW)
    hear(desk.channel, direct(desk.channel, "never mind, it is here"))
    make_due(desk)
    assert sent(desk) == []
    assert drafted(desk) == [("Later.", True)]
    assert "The customer wrote meanwhile." in text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    # Where something else is being written by then, it stays in the thread, held.
    plan(now() + TOMORROW, body="Later still.")
    hear(desk.channel, direct(desk.channel, "or is it?"))
    make_due(desk)
    assert (row_of(desk).state, drafted(desk)) == ("held", [("Later.", True)])
    assert tab.post(f"/w/meridian/inbox/planned/{row_of(desk).pk}/send/").status_code == 302
    assert sent(desk) == ["Later still."]


def test_it_goes_anyway_where_that_was_wanted(plan: Plan, desk: Desk) -> None:
    plan(now() + TOMORROW, if_written="send")
    hear(desk.channel, direct(desk.channel, "hello?"))
    make_due(desk)
    assert sent(desk) == ["Later."]


@pytest.mark.parametrize("way", ["page", "api"])
def test_it_is_moved_changed_sent_at_once_and_taken_back(desk: Desk, tab: Client, program: Program, way: str) -> None:
    file = attaching.attach(member=desk.member, conversation_id=desk.private.pk, name="new.png", content=picture())
    body = {"body": "Later.", "send_at": (now() + TOMORROW).isoformat(), "media": [{"id": file.pk}]}
    number = program.post(f"conversations/{desk.private.pk}/planned", body).json()["id"]
    page = f"/w/meridian/inbox/planned/{number}/"

    def act(what: str, **fields: Any) -> int:
        if way == "page":
            status = tab.post(page + {"change": "", "send": "send/", "back": "take-back/"}[what], fields, headers=PART).status_code
            return 200 if status == 204 else status
        if what == "change":
            moment = datetime.fromisoformat(f"{fields['day']}T{fields['clock']}:00+00:00")
            return int(program.patch(f"planned/{number}", {"send_at": moment.isoformat()}).status_code)
        return int(program.post(f"planned/{number}/{'send' if what == 'send' else 'take-back'}").status_code)

    day = (now() + 3 * TOMORROW).strftime("%Y-%m-%d")
    assert act("change", later="at", day=day, clock="10:15") == 200
    assert row_of(desk).send_at.strftime("%Y-%m-%d %H:%M") == f"{day} 10:15"
    assert act("change", later="at", day="2020-01-01", clock="10:15") == 422
    assert program.patch(f"planned/{number}", {"body": "x" * 20_000}).status_code == 422
    assert program.patch(f"planned/{number}", {"body": "Other words."}).json()["body"] == "Other words."
    with tenant(desk.workspace.pk):
        drafts.keep(member=desk.member, conversation_id=desk.private.pk, kind="reply", body="Something else")
    assert act("back") == 409
    with tenant(desk.workspace.pk):
        drafts.clear(member=desk.member, conversation_id=desk.private.pk, kind="reply")
    assert act("back") == 200
    assert drafted(desk) == [("Other words.", False)]
    assert act("back") == 409
    assert act("send") == 409
    again = program.post(f"conversations/{desk.private.pk}/planned", {**body, "body": "Now."}).json()["id"]
    assert program.post(f"planned/{again}/send").status_code == 200
    assert sent(desk) == ["Now."]
    assert make_due_is_quiet(desk)


def make_due_is_quiet(desk: Desk) -> bool:
    with tenant(desk.workspace.pk):
        PlannedReply.objects.update(send_at=now() - timedelta(seconds=1))
    return planned.due_workspaces() == [] and planned.send_due(workspace_id=desk.workspace.pk) == 0


def test_what_cannot_go_at_its_time_is_held_with_its_reason(plan: Plan, desk: Desk, cast: Cast) -> None:
    plan(now() + TOMORROW)
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(state="disconnected")
    make_due(desk)
    assert (row_of(desk).state, sent(desk)) == ("held", [])
    assert "disconnected" in row_of(desk).reason
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(state="connected")
        PlannedReply.objects.update(state="scheduled", author=cast.member("viewer"))
    make_due(desk)
    assert (row_of(desk).state, sent(desk)) == ("held", [])


def test_wrong_times_are_refused_by_field_and_nothing_is_planned(plan: Plan, desk: Desk, tab: Client, program: Program) -> None:
    assert plan(now() - TOMORROW) == 422
    assert plan(now() + timedelta(days=400)) == 422
    assert plan(now() + TOMORROW, body="   ") == 422
    assert plan(now() + TOMORROW, body="x" * 20_000) == 422
    write = f"/w/meridian/inbox/{desk.private.pk}/write/"
    wrong = (("2026-13-01", "10:00"), ("99999-01-01", "10:00"), ("0000-01-01", "1:00"), ("", "10:00"), ("2026-11-30", "25:61"))
    for day, clock in wrong:
        assert tab.post(write, {"body": "x", "later": "at", "day": day, "clock": clock}, headers=PART).status_code == 422, day
    assert tab.post(write, {"body": "x", "later": "someday"}, headers=PART).status_code == 422
    soon = program.post(f"conversations/{desk.private.pk}/planned", {"body": "x", "send_at": "soon"})
    assert (soon.status_code, soon.json()["error"]["field"]) == (422, "send_at")
    with tenant(desk.workspace.pk):
        assert PlannedReply.objects.count() == 0


def test_one_key_plans_once(desk: Desk, program: Program) -> None:
    body = {"body": "Later.", "send_at": (now() + TOMORROW).isoformat()}
    path = f"conversations/{desk.private.pk}/planned"
    first = program.post(path, body, **{"Idempotency-Key": "k"}).json()["id"]
    assert program.post(path, body, **{"Idempotency-Key": "k"}).json()["id"] == first
    assert program.post(path, {**body, "body": "Other"}, **{"Idempotency-Key": "k"}).status_code == 409
    with tenant(desk.workspace.pk):
        assert PlannedReply.objects.count() == 1


@pytest.fixture
def berlin() -> Iterator[None]:
    with timezone.override("Europe/Berlin"):
        yield


def test_a_clock_that_summer_time_leaves_out_is_refused(berlin: None) -> None:
    with pytest.raises(Invalid) as refused:
        local_times.named("2027-03-28", "02:30", field="send_at")
    assert (refused.value.field, refused.value.code) == ("send_at", "no_such_time")
    assert local_times.named("2027-03-28", "03:30", field="send_at") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert local_times.named("۲۰۲۷-۱۰-۳۱", "٠٢:٣٠", field="send_at") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert local_times.preset("monday", field="send_at") > now()
    assert timezone.localtime(local_times.preset("tomorrow", field="send_at")).hour == 9


def test_send_and_hold_leaves_it_pending(desk: Desk, tab: Client) -> None:
    tab.post(f"/w/meridian/inbox/{desk.private.pk}/write/", {"body": "We ask.", "then": "pending"})
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.private.pk).status == "pending"
