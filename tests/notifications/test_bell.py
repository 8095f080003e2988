"""The bell and the page of notifications, through both doors: own rows only, pages by place, marking, at a constant cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant
from notifications.models import Notification
from notifications.services.notifying import Notice, notify
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of
from tests.notifications.telling import unread_of

pytestmark = pytest.mark.django_db
Door = Callable[..., Any]


def fill(cast: Cast, desk: Desk, number: int, *, role: str = "owner", first: int = 1) -> list[int]:
    """So many unread rows of a member. Returns their ids, oldest first."""
    with tenant(desk.workspace.pk):
        member = cast.member(role)
        for n in range(first, first + number):
            notify([Notice("followed", f"inbox.Conversation:{n}", (member.pk,), f"inbox/{n}/", {"name": f"Person {n}"})])
        return list(Notification.objects.filter(member_id=member.pk).order_by("id").values_list("id", flat=True))


@pytest.fixture(params=["page", "program"])
def mark(request: pytest.FixtureRequest, cast: Cast, desk: Desk, program: Program) -> Door:
    """Mark as the owner; returns how many are unread then."""
    tab = signed_in(cast.user("owner"))

    def page(**given: Any) -> int:
        data = {name: {True: "yes", False: "no"}.get(value, value) if name != "ids" else value for name, value in given.items()}
        answer = tab.post("/w/meridian/notifications/mark/", data, headers=PART)
        assert answer.status_code == 200, answer.content[:300]
        return int(answer.json()["unread"])

    def api(**given: Any) -> int:
        answer = program.post("notifications/mark", given)
        assert answer.status_code == 200, answer.content[:300]
        return int(answer.json()["unread"])

    return page if request.param == "page" else api


def test_marking(mark: Door, cast: Cast, desk: Desk) -> None:
    ids = fill(cast, desk, 4)
    (others,) = fill(cast, desk, 1, role="agent")
    assert mark(ids=ids[:2]) == 2
    assert mark(ids=[others]) == 2
    assert unread_of(desk, cast, "agent") == 1, "another member's row was marked"
    assert mark(ids=ids[:1], read=False) == 3
    assert mark(subject="inbox.Conversation:4") == 2
    assert mark(all=True) == 0
    assert unread_of(desk, cast, "owner") == 0


def test_pages_follow_each_other_and_filters_narrow(cast: Cast, desk: Desk, program: Program) -> None:
    ids = fill(cast, desk, 35)
    first = program.get("notifications", limit=20).json()
    assert first["unread"] == 35
    second = program.client.get(first["next"]).json()
    assert [row["id"] for row in (*first["results"], *second["results"])] == ids[::-1]
    assert second["next"] is None
    assert first["results"][0]["url"] == "/w/meridian/inbox/35/"
    assert "Person 35" in first["results"][0]["text"]
    program.post("notifications/mark", {"ids": ids[:34]})
    assert [row["id"] for row in program.get("notifications", show="unread").json()["results"]] == ids[34:]
    assert program.get("notifications", kind="assigned").json()["results"] == []
    for name, value in (("show", "some"), ("kind", "nothing"), ("after", "%%%"), ("limit", "0"), ("other", "1")):
        answer = program.get("notifications", **{name: value})
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, name), answer.content
    for body in ({}, {"ids": []}, {"all": True, "ids": ids}, {"all": True, "read": False}, {"ids": ["1"]}, {"ids": [0]}, {"x": 1}):
        assert program.post("notifications/mark", body).status_code == 422, body


def test_the_page_the_bell_and_an_empty_one(cast: Cast, desk: Desk) -> None:
    tab = signed_in(cast.user("owner"))
    empty = text_of(tab.get("/w/meridian/notifications/"))
    assert "Nothing new" in empty
    assert "Nothing new" in text_of(tab.get("/w/meridian/notifications/short/", headers=PART))
    ids = fill(cast, desk, 31)
    page = text_of(tab.get("/w/meridian/notifications/"))
    assert page.count("data-notice=") == 30
    assert "data-bell" in page
    more = page.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert text_of(tab.get(more, headers=PART)).count("data-notice=") == 1
    assert text_of(tab.get("/w/meridian/notifications/short/", headers=PART)).count("data-notice=") == 15
    assert tab.get("/w/meridian/notifications/count/").json() == {"unread": 31}
    tab.post("/w/meridian/notifications/mark/", {"ids": ids[:30]})
    assert text_of(tab.get("/w/meridian/notifications/", {"show": "unread"})).count("data-notice=") == 1
    assert tab.get("/w/meridian/notifications/", {"show": "x"}).status_code == 422
    assert tab.post("/w/meridian/notifications/mark/", {"ids": ["x"]}).status_code == 422
    agents = text_of(signed_in(cast.user("agent")).get("/w/meridian/notifications/"))
    assert "data-notice=" not in agents, "another member's are shown"


def test_each_page_costs_the_same_at_any_size(cast: Cast, desk: Desk) -> None:
    tab = signed_in(cast.user("owner"))

    def costs() -> list[int]:
        found = []
        for path in ("", "short/", "count/", "preferences/"):
            with CaptureQueriesContext(connection) as captured:
                text_of(tab.get(f"/w/meridian/notifications/{path}"))
            found.append(len(captured))
        return found

    fill(cast, desk, 1)
    costs()
    few = costs()
    fill(cast, desk, 28, first=2)
    assert costs() == few


def test_a_change_is_pushed_to_that_person_alone(cast: Cast, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from notifications.services import notifying

    heard: list[str] = []
    monkeypatch.setattr(notifying, "push_changed", lambda group, ids, kind: heard.append(f"{group} {kind} {list(ids)}"))
    fill(cast, desk, 1, role="agent")
    assert heard == [f"w.{desk.workspace.pk}.user.{cast.user('agent').pk} notices []"]
