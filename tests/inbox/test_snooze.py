"""Putting a conversation to sleep and its waking, through both doors: pages and API."""

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services import replies, snoozing
from inbox.tasks import sweep_sleepers, wake
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, direct, hear, make_desk
from tests.inbox.test_api_conversations import refused
from tests.inbox.test_screens_list import PART, rows_in, text_of
from tests.inbox.test_screens_thread import again, do, page_of

pytestmark = pytest.mark.django_db
SNOOZED = "/w/meridian/inbox/?view=snoozed"


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


@pytest.fixture(params=["page", "program"])
def put_to_sleep(request: pytest.FixtureRequest, tab: Client, program: Program, desk: Desk) -> Any:
    """Snoozes the private conversation through one of the doors; returns it as it is after."""

    def act(text: str, *, sleeps_on: bool = False) -> Conversation:
        if request.param == "page":
            answer = do(tab, page_of(desk, desk.private) + "snooze/", text=text, sleeps_on="yes" if sleeps_on else "no")
        else:
            answer = program.post(f"conversations/{desk.private.pk}/snooze", {"text": text, "sleeps_on": sleeps_on})
        assert answer.status_code == 200, answer.content[:500]
        return again(desk.private)  # type: ignore[no-any-return]

    return act


def let_pass(row: Conversation) -> None:
    """Its time to sleep is over."""
    with tenant(row.workspace_id):
        Conversation.objects.filter(pk=row.pk).update(snoozed_until=now() - timedelta(seconds=1))


def woken(row: Conversation) -> int:
    with tenant(row.workspace_id):
        return Event.objects.filter(kind="conversations.woken", subject=f"inbox.Conversation:{row.pk}").count()


def test_it_sleeps_leaves_the_list_and_is_counted(put_to_sleep: Any, tab: Client, desk: Desk) -> None:
    row = put_to_sleep("in 3 hours")
    assert row.status == "snoozed"
    assert abs(row.snoozed_until - now() - timedelta(hours=3)) < timedelta(minutes=1)
    assert desk.private.pk not in rows_in(text_of(tab.get("/w/meridian/inbox/")))
    page = text_of(tab.get(SNOOZED))
    assert rows_in(page) == [desk.private.pk]
    assert re.search(r'id="count-snoozed"[^>]*>1<', page)
    with tenant(desk.workspace.pk):
        event = Event.objects.get(kind="conversations.snoozed")
    assert event.data["status"] == ["open", "snoozed"]


def test_days_and_hours_are_the_members_own(put_to_sleep: Any, cast: Cast) -> None:
    user = cast.user("owner")
    user.time_zone, user.calendar = "Asia/Tehran", "jalali"
    user.save(update_fields=["time_zone", "calendar"])
    row = put_to_sleep("فردا ساعت ۰۹:۳۰")
    assert row.snoozed_until.astimezone(UTC).strftime("%H:%M") == "06:00"


def test_its_moment_wakes_it_on_top_of_the_list_with_a_mark(put_to_sleep: Any, tab: Client, program: Program, desk: Desk) -> None:
    let_pass(put_to_sleep("tomorrow"))
    assert snoozing.due_workspaces() == [desk.workspace.pk]
    sweep_sleepers()
    wake(desk.workspace.pk)
    row = again(desk.private)
    assert (row.status, row.snoozed_until, row.woke_up) == ("open", None, True)
    page = text_of(tab.get("/w/meridian/inbox/"))
    assert rows_in(page)[0] == desk.private.pk
    assert "Woke up" in page
    assert program.get(f"conversations/{row.pk}").json()["woke_up"] is True
    assert woken(row) == 1
    wake(desk.workspace.pk)
    assert woken(row) == 1


def test_what_was_written_before_it_woke_still_counts_when_it_arrives_later(put_to_sleep: Any, desk: Desk) -> None:
    put_to_sleep("tomorrow", sleeps_on=True)
    with tenant(desk.workspace.pk):
        replies.note(member=desk.member, conversation_id=desk.private.pk, body="later")
        Conversation.objects.filter(pk=desk.private.pk).update(waiting_since=None)
    late = direct(desk.channel, "written before it woke")
    let_pass(again(desk.private))
    wake(desk.workspace.pk)
    hear(desk.channel, late)
    row = again(desk.private)
    assert row.snippet == "written before it woke"
    assert row.waiting_since is not None
    assert row.woke_up is False


def test_the_customers_word_wakes_it_or_not_by_choice(put_to_sleep: Any, desk: Desk) -> None:
    put_to_sleep("tomorrow 9am")
    hear(desk.channel, direct(desk.channel, "hello?"))
    row = again(desk.private)
    assert (row.status, row.snoozed_until, row.unread_count) == ("open", None, desk.private.unread_count + 1)
    until = put_to_sleep("tomorrow 9am", sleeps_on=True).snoozed_until
    hear(desk.channel, direct(desk.channel, "hello??"))
    row = again(desk.private)
    assert (row.status, row.snoozed_until, row.snippet) == ("snoozed", until, "hello??")
    assert row.unread_count == desk.private.unread_count + 2


def test_our_answer_wakes_it(put_to_sleep: Any, desk: Desk) -> None:
    put_to_sleep("tomorrow", sleeps_on=True)
    with tenant(desk.workspace.pk):
        replies.reply(member=desk.member, conversation_id=desk.private.pk, body="Here I am.")
    row = again(desk.private)
    assert (row.status, row.snoozed_until, row.sleeps_on) == ("open", None, False)


def test_it_is_undone_as_it_was(tab: Client, desk: Desk) -> None:
    path = page_of(desk, desk.private)
    first = do(tab, path + "snooze/", text="tomorrow 9am", sleeps_on="yes")
    asleep = again(desk.private)
    second = do(tab, path + "snooze/", text="in 5 days")
    for answer, status, until, sleeps_on in ((second, "snoozed", asleep.snoozed_until, True), (first, "open", None, False)):
        undo = re.search(r'"undoUrl": "([^"]+)"', answer["HX-Trigger"])
        assert undo
        assert tab.post(undo[1], headers=PART).status_code in (200, 204)
        row = again(desk.private)
        assert (row.status, row.snoozed_until, row.sleeps_on) == (status, until, sleeps_on)


def test_waking_by_hand(tab: Client, program: Program, desk: Desk) -> None:
    path = page_of(desk, desk.private)
    do(tab, path + "snooze/", text="tomorrow", sleeps_on="yes")
    assert do(tab, path + "status/?status=open").status_code == 200
    assert (again(desk.private).status, again(desk.private).sleeps_on) == ("open", False)
    program.post(f"conversations/{desk.private.pk}/snooze", {"until": (now() + timedelta(days=1)).isoformat()})
    assert program.patch(f"conversations/{desk.private.pk}", {"status": "pending"}).json()["snoozed_until"] is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "until"),
    ({"text": "tomorrow", "until": "2099-01-01T00:00:00Z"}, "until"),
    ({"text": "banana"}, "text"),
    ({"text": ""}, "text"),
    ({"until": "2020-01-01T00:00:00Z"}, "until"),
    ({"until": "2099-01-01T00:00:00Z"}, "until"),
    ({"until": "soon"}, "until"),
    ({"text": "tomorrow", "sleeps_on": "yes"}, "sleeps_on"),
    ({"text": "tomorrow", "for": 5}, "for"),
]


def test_what_is_no_moment_changes_nothing(tab: Client, program: Program, desk: Desk) -> None:
    before = again(desk.private).version
    for body, field in WRONG:
        refused(program.post(f"conversations/{desk.private.pk}/snooze", body), 422, field)
    moments = ("soon", "2020-01-01T00:00:00", "2020-13-01T00:00:00Z", "9" * 40)
    for fields in ({}, {"text": "banana"}, {"text": "x" * 999}, *({"until": moment} for moment in moments)):
        assert do(tab, page_of(desk, desk.private) + "snooze/", **fields).status_code == 422
    assert again(desk.private).version == before


def test_the_sheet_offers_moments_a_month_and_what_words_mean(tab: Client, program: Program, cast: Cast, desk: Desk) -> None:
    sheet = text_of(tab.get(page_of(desk, desk.private) + "snooze/", headers=PART))
    moments = [datetime.fromisoformat(found) for found in re.findall(r'name="until" value="([^"]+)"', sheet)]
    assert len(moments) >= 5
    assert all(moment > now() for moment in moments)
    said = text_of(tab.get("/w/meridian/inbox/snooze/understood/", {"text": "tomorrow 5"}, headers=PART))
    assert said.count('name="until"') == 1
    assert "17:00" in said
    assert "banana" in text_of(tab.get("/w/meridian/inbox/snooze/understood/", {"text": "banana"}, headers=PART))
    found = program.get("moment", text="tomorrow 5").json()
    assert found["at"][11:16] != found["others"][0][11:16]
    refused(program.get("moment", text="banana"), 422, "text")


@pytest.mark.parametrize(
    ("calendar", "language", "days"), [("gregorian", "en", (28, 31)), ("jalali", "fa", (29, 31)), ("hijri", "ar", (29, 30))]
)
def test_a_month_is_of_the_persons_calendar(tab: Client, cast: Cast, calendar: str, language: str, days: tuple[int, int]) -> None:
    user = cast.user("owner")
    user.calendar, user.language = calendar, language
    user.save(update_fields=["calendar", "language"])
    address = "/w/meridian/inbox/snooze/month/"
    while True:
        page = text_of(tab.get(address, headers=PART))
        shown = re.findall(r'data-pick="(\d{4})-(\d{2})-(\d{2})"', page)
        assert days[0] <= len(shown) <= days[1]
        assert [int(day) for _y, _m, day in shown] == list(range(1, len(shown) + 1))
        onward = re.findall(r'data-part="([^"]+)"', page)
        if shown[0][1] == "12":
            break
        address = onward[-1].replace("&amp;", "&")
    for year, month in (("0", "0"), ("9999", "99"), ("x", "1"), ("1", "1"), ("٣", "1")):
        assert tab.get("/w/meridian/inbox/snooze/month/", {"year": year, "month": month}, headers=PART).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_wake_it_once(transactional_db: None) -> None:
    cast = make_cast()
    desk = make_desk(cast.meridian, cast.member("owner"))
    with tenant(desk.workspace.pk):
        snoozing.snooze(member=desk.member, conversation_id=desk.private.pk, until=now() + timedelta(hours=1))
    let_pass(again(desk.private))
    begin = threading.Barrier(4)

    def sweep() -> None:
        begin.wait()
        wake(desk.workspace.pk)
        connections.close_all()

    workers = [threading.Thread(target=sweep) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert woken(desk.private) == 1
    assert again(desk.private).status == "open"
