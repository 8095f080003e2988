"""Handing over with a note: what happened so far in plain words, changed before it is left, given away with it or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from activity.models import Event
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db
Door = Callable[..., Any]


@pytest.fixture(params=["page", "program"])
def hand(request: pytest.FixtureRequest, cast: Cast, desk: Desk, program: Program) -> Door:
    """Hand the private conversation over as the owner."""
    tab = signed_in(cast.user("owner"))

    def page(**fields: Any) -> Any:
        given = {name: "" if value is None else value for name, value in fields.items()}
        return tab.post(f"/w/meridian/inbox/{desk.private.pk}/hand-over/", {**given, "since": "1"}, headers=PART)

    def api(**fields: Any) -> Any:
        return program.post(f"conversations/{desk.private.pk}/hand-over", fields)

    return page if request.param == "page" else api


def whose(desk: Desk) -> tuple[int | None, int | None, int]:
    """Assignee, team, and how many notes there are."""
    with tenant(desk.workspace.pk):
        row = Conversation.objects.get(pk=desk.private.pk)
        return row.assignee_id, row.team_id, Message.objects.filter(conversation=row, direction="note").count()


def test_the_note_says_what_happened(cast: Cast, desk: Desk, program: Program) -> None:
    with tenant(desk.workspace.pk):
        given = {"conversation_id": desk.private.pk, "undo_seconds": 3600}
        replies.reply(member=cast.member("agent"), body="We look into it.\nPromised.", **given)
        replies.note(member=cast.member("agent"), conversation_id=desk.private.pk, body="not for the summary")
    note = program.get(f"conversations/{desk.private.pk}/hand-over").json()["note"]
    assert "Person 71, in private on X (@brand)." in note
    assert "Nobody waits for an answer" in note
    assert "Answered so far: Agent of Meridian (1)" in note
    assert "Person 71: my order number of the parcel" in note
    assert "Agent of Meridian: We look into it. Promised." in note
    assert "not for the summary" not in note
    tab = signed_in(cast.user("owner"))
    address = f"/w/meridian/inbox/{desk.private.pk}/hand-over/"
    sheet = text_of(tab.get(address, {"assignee": cast.member("sales").pk}, headers=PART))
    assert "Hand over to" in sheet
    assert "Sales of Meridian" in sheet
    assert "Answered so far: Agent of Meridian (1)" in sheet
    assert tab.get(address, headers=PART).status_code == 422
    assert tab.get(address, {"team": 999_999}, headers=PART).status_code == 404


def test_it_speaks_the_readers_language(cast: Cast, desk: Desk) -> None:
    person = cast.user("owner")
    person.language, person.calendar, person.time_zone = "fa", "jalali", "Asia/Tehran"
    person.save(update_fields=["language", "calendar", "time_zone"])
    tab = signed_in(person)
    sheet = text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/hand-over/", {"team": cast.team.pk}, headers=PART))
    assert "آخرین سخنان:" in sheet
    assert "۱۴۰" in sheet  # a year of the Jalali calendar


@pytest.mark.parametrize("kind", ["assignee", "team"])
def test_note_and_owner_change_together(hand: Door, cast: Cast, desk: Desk, kind: str) -> None:
    wanted = cast.member("sales").pk if kind == "assignee" else cast.team.pk
    before = whose(desk)[2]
    assert hand(**{kind: wanted, "note": "In my own words."}).status_code == 200
    assert whose(desk) == ((wanted, None, before + 1) if kind == "assignee" else (None, wanted, before + 1))
    with tenant(desk.workspace.pk):
        event = Event.objects.get(kind="conversations.handed_over")
        assert Message.objects.get(pk=event.data["message"]).body == "In my own words."
    # The second who hands it over sees that it is gone; neither note nor owner changes.
    refused = hand(**{kind: wanted, "note": "Me too.", "expected": None})
    assert refused.status_code == 409
    assert whose(desk)[2] == before + 1


def test_nothing_happens_when_a_part_is_wrong(hand: Door, cast: Cast, desk: Desk) -> None:
    before = whose(desk)
    sales = cast.member("sales").pk
    for fields in ({"note": "To nobody."}, {"note": " ", "assignee": sales}, {"note": "x", "assignee": 999_999}):
        assert hand(**fields).status_code == 422
    assert hand(note="x", assignee=sales, team=cast.team.pk).status_code == 422
    assert whose(desk) == before
