"""Tickets through both doors: fanning a conversation out, owners, clocks and checklists, and the one answer they give together."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.services.teams import create_team
from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from crm.models import Interaction
from inbox.models import Ticket
from inbox.services import tickets
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_api_conversations import refused
from tests.inbox.test_screens_list import PART, text_of
from tests.inbox.test_screens_thread import do, page_of

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/tickets/"


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


@pytest.fixture
def product(cast: Cast) -> int:
    """A second team."""
    with tenant(cast.meridian.pk):
        return create_team(by=cast.member("owner"), name="Product").pk


@pytest.fixture(params=["page", "program"])
def fan_out(request: pytest.FixtureRequest, tab: Client, program: Program, desk: Desk) -> Any:
    """Opens tickets of the public conversation through one of the doors; returns their ids."""

    def act(title: str, teams: list[int], **more: Any) -> list[int]:
        with tenant(desk.workspace.pk):
            before = set(Ticket.objects.values_list("id", flat=True))
        if request.param == "page":
            given = {**more, "steps": "\n".join(more.get("steps", []))}
            answer = do(tab, page_of(desk) + "tickets/", title=title, teams=teams, priority="1", **given)
            assert answer.status_code == 200, answer.content[:500]
        else:
            answer = program.post("tickets", {"title": title, "conversation": desk.conversation.pk, "teams": teams, **more})
            assert answer.status_code == 201, answer.content[:500]
        with tenant(desk.workspace.pk):
            return sorted(set(Ticket.objects.values_list("id", flat=True)) - before)

    return act


def opened(desk: Desk, title: str, *, of: Any = "the conversation", **more: Any) -> Ticket:
    """A ticket, of the public conversation or of none; inside the workspace."""
    (row,) = tickets.open_tickets(member=desk.member, conversation_id=of and desk.conversation.pk, title=title, **more)
    return row


def events(desk: Desk, kind: str) -> list[dict[str, Any]]:
    with tenant(desk.workspace.pk):
        return [event.data for event in Event.objects.filter(kind=kind).order_by("id")]


def row_of(desk: Desk, ticket_id: int) -> Ticket:
    with tenant(desk.workspace.pk):
        return Ticket.objects.get(pk=ticket_id)


def test_a_conversation_fans_out_to_teams_and_answers_as_one(
    fan_out: Any, tab: Client, program: Program, cast: Cast, desk: Desk, product: int
) -> None:
    first, second = fan_out("Parcel lost", [cast.team.pk, product], steps=["Ask the courier", "Look in the depot"])
    rows = [row_of(desk, first), row_of(desk, second)]
    assert [row.number for row in rows] == [1, 2]
    assert [row.team_id for row in rows] == [cast.team.pk, product]
    assert rows[0].checklist[0]["id"] != rows[1].checklist[0]["id"]
    assert rows[0].contact_id == desk.contact.pk
    with tenant(desk.workspace.pk):
        assert Interaction.objects.filter(kind="ticket", thread_id=desk.conversation.pk).count() == 2
    pane = text_of(tab.get(page_of(desk) + "tickets/", headers=PART))
    assert pane.count("Parcel lost") == 2
    assert "data-joint-answer" not in pane
    program.patch(f"tickets/{first}", {"answer": "It lies in Karachi.", "status": "done"})
    assert events(desk, "conversations.tickets_done") == []
    tab.post(f"{LIST}{second}/", {"answer": "You get a new one.", "status": "done"})
    assert events(desk, "conversations.tickets_done") == [{"owner": desk.member.pk, "tickets": [first, second]}]
    body = program.get(f"conversations/{desk.conversation.pk}/tickets").json()
    assert body["answer"] == "It lies in Karachi.\n\nYou get a new one."
    assert body["undone"] == 0
    pane = text_of(tab.get(page_of(desk) + "tickets/", headers=PART))
    assert "It lies in Karachi.\n\nYou get a new one." in pane
    assert "All tickets are done." in pane
    assert row_of(desk, first).done_at is not None


def test_work_goes_on_through_both_doors(fan_out: Any, tab: Client, program: Program, cast: Cast, desk: Desk) -> None:
    (number,) = fan_out("Parcel lost", [cast.team.pk], steps=["Ask the courier"])
    agent = cast.member("agent")
    step = row_of(desk, number).checklist[0]["id"]
    tab.post(f"{LIST}{number}/", {"owner": agent.pk, "due": "tomorrow 9", "priority": "3"})
    row = program.get(f"tickets/{number}").json()
    assert (row["owner"]["id"], row["priority"], row["is_overdue"]) == (agent.pk, 3, False)
    tab.post(f"{LIST}{number}/step/", {"deed": "done", "step": step})
    tab.post(f"{LIST}{number}/step/", {"deed": "add", "text": "Call back"})
    row = program.get(f"tickets/{number}").json()
    assert [(line["text"], line["done"]) for line in row["checklist"]] == [("Ask the courier", True), ("Call back", False)]
    assert program.patch(f"tickets/{number}/steps", {"step": step}).json()["checklist"][0]["done"] is False
    assert len(program.patch(f"tickets/{number}/steps", {"step": step, "remove": True}).json()["checklist"]) == 1
    assert program.post(f"tickets/{number}/steps", {"text": "Again"}).status_code == 201
    program.patch(f"tickets/{number}", {"due_at": (now() - timedelta(hours=1)).isoformat()})
    page = text_of(tab.get(f"{LIST}{number}/"))
    assert "Overdue since" in page
    assert f"/w/meridian/inbox/{desk.conversation.pk}/" in page
    assert f"/w/meridian/contacts/{desk.contact.pk}/" in page
    tab.post(f"{LIST}{number}/", {"no_due": "yes"})
    assert row_of(desk, number).due_at is None
    contact = text_of(tab.get(f"/w/meridian/contacts/{desk.contact.pk}/"))
    assert contact.count(f"/w/meridian/tickets/{number}/") >= 2


def test_a_list_filters_and_goes_on(tab: Client, program: Program, cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        made = [
            opened(desk, f"Number {n}", of=None, owner_id=desk.member.pk if n % 2 else None)
            for n in range(6)
        ]
        tickets.change(member=desk.member, ticket_id=made[0].pk, changes={"status": "done", "team": cast.team.pk})
        tickets.change(member=desk.member, ticket_id=made[1].pk, changes={"due_at": now() - timedelta(days=1)})
    views = {"mine": [5, 3, 1], "open": [5, 4, 3, 2, 1], "overdue": [1], "done": [0], "all": [5, 4, 3, 2, 1, 0]}
    for view, wanted in views.items():
        page = text_of(tab.get(LIST, {"view": view}))
        assert [int(found) for found in re.findall(r"<bdi>Number (\d)</bdi>", page)] == wanted
        assert [row["title"] for row in program.get("tickets", view=view).json()["results"]] == [f"Number {n}" for n in wanted]
    assert [row["id"] for row in program.get("tickets", view="all", team=cast.team.pk).json()["results"]] == [made[0].pk]
    seen: list[int] = []
    answer = program.get("tickets", view="all", limit=4)
    while True:
        seen += [row["number"] for row in answer.json()["results"]]
        if answer.json()["next"] is None:
            break
        answer = program.client.get(answer.json()["next"])
    assert seen == [6, 5, 4, 3, 2, 1]
    assert tab.get(LIST, {"view": "nope"}).status_code == 422
    assert tab.get(LIST, {"team": "x"}).status_code == 422


def test_the_list_costs_the_same_at_any_size(tab: Client, desk: Desk) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(tab.get(LIST, {"view": "all"}))
        return len(captured.captured_queries)

    with tenant(desk.workspace.pk):
        opened(desk, "One", owner_id=desk.member.pk)
    cost()
    few = cost()
    with tenant(desk.workspace.pk):
        for number in range(9):
            opened(desk, f"{number}", owner_id=desk.member.pk)
    assert cost() == few


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": " \u200b "}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": "x", "teams": [999_999]}, "teams"),
    ({"title": "x", "owner": 999_999}, "owner"),
    ({"title": "x", "priority": 4}, "priority"),
    ({"title": "x", "steps": ["y" * 201]}, "steps.0"),
    ({"title": "x", "steps": ["y"] * 51}, "steps"),
    ({"title": "x", "due_at": "soon"}, "due_at"),
    ({"title": "x", "due_at": "0001-01-01T00:00:00Z"}, "due_at"),
    ({"title": "x", "due_at": "9999-12-31T23:59:59Z"}, "due_at"),
    ({"title": "x", "color": "red"}, "color"),
]


def test_what_is_wrong_is_named_and_opens_nothing(tab: Client, program: Program, desk: Desk) -> None:
    for body, field in WRONG:
        refused(program.post("tickets", body), 422, field)
    assert program.post("tickets", {"title": "x", "conversation": 999_999}).status_code == 404
    for fields in ({"title": ""}, {"teams": "999999"}, {"due": "banana"}, {"owner": "me"}):
        answer = do(tab, page_of(desk) + "tickets/", **{"title": "x", **fields})
        assert answer.status_code == 422
        assert "data-sheet-form" in answer.content.decode()
        assert 'class="error"' in answer.content.decode()
    with tenant(desk.workspace.pk):
        assert not Ticket.objects.exists()
        row = opened(desk, "One", of=None)
    for fields in ({"title": ""}, {"status": "lost"}, {"due": "banana"}, {"team": "999999"}, {"answer": "x" * 10_001}):
        assert tab.post(f"{LIST}{row.pk}/", fields).status_code == 422, fields
    assert tab.post(f"{LIST}{row.pk}/step/", {"deed": "add", "text": " "}).status_code == 422
    assert tab.post(f"{LIST}{row.pk}/step/", {"deed": "dance"}).status_code == 422
    assert tab.post(f"{LIST}{row.pk}/step/", {"deed": "done", "step": "x"}).status_code == 404
    refused(program.patch(f"tickets/{row.pk}", {}), 422, None)


def test_a_viewer_sees_and_changes_nothing(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        row = opened(desk, "One")
    viewer = signed_in(cast.user("viewer"))
    assert "One" in text_of(viewer.get(f"{LIST}{row.pk}/"))
    assert "data-sheet" not in text_of(viewer.get(page_of(desk) + "tickets/", headers=PART))
    for path in (f"{LIST}{row.pk}/", LIST, page_of(desk) + "tickets/"):
        assert viewer.post(path, {"title": "x"}, headers=PART).status_code == 403
    assert row_of(desk, row.pk).title == "One"
