"""Colleagues named in notes: offered in any spelling, kept by number, unread until opened, told of in the log."""

from typing import Any

import pytest

from accounts.services.teams import add_to_team
from activity.models import Event
from core.tenancy import tenant
from inbox.models import Conversation, Message, NoteMention
from inbox.selectors.note_mentions import mentionables, mentions_of, unread_mentions
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of

pytestmark = pytest.mark.django_db


class Door:
    """A note written by the owner on a page, or by their program."""

    def __init__(self, name: str, cast: Cast, program: Program) -> None:
        self.name, self.tab, self.program = name, signed_in(cast.user("owner"), raise_request_exception=False), program

    def note(self, desk: Desk, body: str, *mentions: str, key: str = "") -> Any:
        if self.name == "page":
            fields = {"kind": "note", "body": body, "mention": list(mentions), "since": "1", "view": "all", "idempotency_key": key}
            return self.tab.post(f"/w/meridian/inbox/{desk.conversation.pk}/write/", fields, headers=PART)
        headers = {"Idempotency-Key": key} if key else {}
        given = {"kind": "note", "body": body, "mentions": list(mentions)}
        return self.program.post(f"conversations/{desk.conversation.pk}/messages", given, **headers)

    def open(self, desk: Desk, cast: Cast, role: str) -> Any:
        tab = signed_in(cast.user(role), raise_request_exception=False)
        if self.name == "page":
            return tab.post(f"/w/meridian/inbox/{desk.conversation.pk}/read/", {"since": "1", "view": "all"}, headers=PART)
        return tab.post(f"/api/v1/w/meridian/conversations/{desk.conversation.pk}/read", {}, content_type="application/json")


@pytest.fixture(params=["page", "program"])
def door(request: pytest.FixtureRequest, cast: Cast, program: Program) -> Door:
    return Door(request.param, cast, program)


def mentions(desk: Desk) -> list[tuple[int, int | None]]:
    with tenant(desk.workspace.pk):
        return list(NoteMention.objects.order_by("member_id").values_list("member_id", "team_id"))


def unread(cast: Cast, role: str) -> int:
    with tenant(cast.meridian.pk):
        return unread_mentions(cast.member(role))


def test_members_and_teams_are_named_once_each_and_told_of(door: Door, cast: Cast, desk: Desk) -> None:
    agent, sales, owner = (cast.member(role) for role in ("agent", "sales", "owner"))
    for member in (agent, sales, owner):
        add_to_team(by=owner, team_id=cast.team.pk, membership_id=member.pk)
    words = "@Agent of Meridian, @Care: please look"
    answer = door.note(desk, words, f"member:{agent.pk}", f"team:{cast.team.pk}", f"member:{agent.pk}")
    assert answer.status_code in (200, 201), answer.content[:300]
    # Named by name and through the team is named once; nobody hears of their own words.
    assert mentions(desk) == sorted([(agent.pk, None), (sales.pk, cast.team.pk)])
    with tenant(desk.workspace.pk):
        (event,) = Event.objects.filter(kind="notes.mentioned")
        note = Message.objects.get(body=words)
    assert (event.actor_id, event.subject) == (owner.pk, f"inbox.Conversation:{desk.conversation.pk}")
    assert event.data == {
        "message": note.pk, "conversation": desk.conversation.pk, "members": [agent.pk, sales.pk], "teams": [cast.team.pk],
    }  # fmt: skip
    shown = door.program.get(f"messages/{note.pk}").json()
    assert shown["mentions"] == [
        {"kind": "member", "id": agent.pk, "name": "Agent of Meridian"}, {"kind": "team", "id": cast.team.pk, "name": "Care"},
    ]  # fmt: skip
    page = text_of(door.tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/"))
    assert '<b class="mention">@Agent of Meridian</b>, <b class="mention">@Care</b>: please look' in page
    assert (unread(cast, "agent"), unread(cast, "sales"), unread(cast, "owner")) == (1, 1, 0)


def test_it_is_unread_until_its_own_member_opens_it(door: Door, cast: Cast, desk: Desk) -> None:
    # A viewer answers nobody, and is named all the same.
    for role in ("agent", "viewer"):
        door.note(desk, f"@{role}", f"member:{cast.member(role).pk}")
    door.note(desk, "again", f"member:{cast.member('agent').pk}")
    assert (unread(cast, "agent"), unread(cast, "viewer")) == (1, 1)
    door.open(desk, cast, "sales")
    assert (unread(cast, "agent"), unread(cast, "viewer")) == (1, 1)
    assert "data-mentioned" in text_of(signed_in(cast.user("viewer")).get(f"/w/meridian/inbox/{desk.conversation.pk}/"))
    assert door.open(desk, cast, "agent").status_code == 200
    assert (unread(cast, "agent"), unread(cast, "viewer")) == (0, 1)
    with tenant(cast.meridian.pk):
        named = Conversation.objects.filter(mentions_of(cast.member("agent")))
        assert [row.pk for row in named] == [desk.conversation.pk]
        assert not Conversation.objects.filter(mentions_of(cast.member("sales"))).exists()


def test_who_is_not_here_cannot_be_named(door: Door, cast: Cast, desk: Desk) -> None:
    for wrong in ("member:999999", "team:999999", "member:x", "5", f"member:{'9' * 30}", f"contact:{desk.contact.pk}"):
        answer = door.note(desk, f"to {wrong}", wrong)
        assert answer.status_code == 422, wrong
    with tenant(desk.workspace.pk):
        assert not Message.objects.filter(body__startswith="to ").exists()
    assert mentions(desk) == []


def test_a_repeated_note_names_once(door: Door, cast: Cast, desk: Desk) -> None:
    for _turn in range(2):
        assert door.note(desk, "@Agent", f"member:{cast.member('agent').pk}", key="once").status_code in (200, 201)
    assert len(mentions(desk)) == 1
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="notes.mentioned").count() == 1


def test_customers_are_told_of_nobody(program: Program, cast: Cast, desk: Desk) -> None:
    body = {"body": "Hello", "mentions": [f"member:{cast.member('agent').pk}"]}
    answer = program.post(f"conversations/{desk.conversation.pk}/messages", body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "mentions")


def test_colleagues_are_offered_in_any_spelling(cast: Cast) -> None:
    with tenant(cast.meridian.pk):
        user = cast.user("agent")
        user.name = "كريم یوسفي"
        user.save(update_fields=["name"])
        assert [row.name for row in mentionables("کریم")] == ["كريم یوسفي"]
        assert [row.name for row in mentionables("يوسفی")] == ["كريم یوسفي"]
        # A team nobody sits in would tell nobody.
        assert mentionables("care") == []
    add_to_team(by=cast.member("owner"), team_id=cast.team.pk, membership_id=cast.member("sales").pk)
    page = text_of(signed_in(cast.user("agent")).get("/w/meridian/inbox/mentionables/?q=car"))
    assert f'data-value="team:{cast.team.pk}"' in page


def test_a_name_is_marked_in_the_text_and_nowhere_else(door: Door, cast: Cast, desk: Desk) -> None:
    user = cast.user("agent")
    user.name = "<b>x"
    user.save(update_fields=["name"])
    words = "@<b>x see https://a.example/@<b>x"
    door.note(desk, words, f"member:{cast.member('agent').pk}")
    page = text_of(door.tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/"))
    assert '<b class="mention">@&lt;b&gt;x</b> see' in page
    assert "<b>x" not in page
