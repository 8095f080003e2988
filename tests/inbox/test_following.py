"""Following: by choice and by itself, as each member's habit says; whoever left is not brought back; a list of what one follows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from core.tenancy import tenant
from inbox.models import Follower
from inbox.services import following, replies, triage
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, rows_in, text_of

pytestmark = pytest.mark.django_db
Door = Callable[..., Any]


@pytest.fixture(params=["page", "program"])
def do(request: pytest.FixtureRequest, cast: Cast, desk: Desk, program: Program) -> Door:
    """Follow or unfollow the private conversation as the owner, or change a habit."""
    tab = signed_in(cast.user("owner"))

    def page(word: str, **values: bool) -> Any:
        if word == "habit":
            ticked = {name: "yes" for name in ("assigned", "mentioned", "wrote") if values.get(name, True)}
            return tab.post("/w/meridian/inbox/following/", ticked, headers=PART)
        return tab.post(f"/w/meridian/inbox/{desk.private.pk}/{word}/", {"since": "1"}, headers=PART)

    def api(word: str, **values: bool) -> Any:
        return program.patch("following", values) if word == "habit" else program.post(f"conversations/{desk.private.pk}/{word}")

    return page if request.param == "page" else api


def who(desk: Desk) -> dict[int, str]:
    """Who follows the private conversation, and why."""
    with tenant(desk.workspace.pk):
        return dict(Follower.objects.filter(conversation=desk.private, is_on=True).values_list("member_id", "because"))


def told(desk: Desk) -> list[tuple[str, str]]:
    with tenant(desk.workspace.pk):
        rows = Event.objects.filter(kind__in=["conversations.followed", "conversations.unfollowed"]).order_by("id")
        return [(row.kind.partition(".")[2], row.data["because"]) for row in rows if row.subject.endswith(f":{desk.private.pk}")]


def test_following_and_leaving(do: Door, cast: Cast, desk: Desk, program: Program) -> None:
    owner, tab = cast.member("owner"), signed_in(cast.user("owner"))
    for _ in range(2):  # once more changes nothing
        assert do("follow").status_code == 200
    assert who(desk) == {owner.pk: "chosen"}
    shown = program.get(f"conversations/{desk.private.pk}/followers").json()["followers"]
    assert shown == [{"id": owner.pk, "name": "Owner of Meridian", "because": "chosen"}]
    page = text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/"))
    assert page.count('data-key="KeyF"') == 1
    assert "/unfollow/" in page
    assert desk.private.pk in rows_in(text_of(tab.get("/w/meridian/inbox/rows/", {"view": "following"}, headers=PART)))
    assert do("unfollow").status_code == 200
    assert who(desk) == {}
    assert rows_in(text_of(tab.get("/w/meridian/inbox/rows/", {"view": "following"}, headers=PART))) == [desk.conversation.pk]
    assert told(desk) == [("followed", "chosen"), ("unfollowed", "chosen")]
    # Whoever left stays out, whatever they do; their own word brings them back.
    with tenant(desk.workspace.pk):
        replies.note(member=owner, conversation_id=desk.private.pk, body="by the way")
    assert who(desk) == {}
    do("follow")
    assert who(desk) == {owner.pk: "chosen"}


def test_a_list_that_is_open_hears_of_it(cast: Cast, desk: Desk, program: Program) -> None:
    mark = program.get("conversations", view="following").json()["mark"]
    program.post(f"conversations/{desk.private.pk}/follow")
    found = program.get("conversations/changes", since=mark, view="following").json()
    assert desk.private.pk in [row["id"] for row in found["results"]]
    program.post(f"conversations/{desk.private.pk}/unfollow")
    assert desk.private.pk in program.get("conversations/changes", since=mark, view="following").json()["gone"]


def happens(cast: Cast, desk: Desk) -> None:
    """The agent gets it, writes a note that names two colleagues, and one name that is nobody's."""
    agent, number = cast.member("agent"), desk.private.pk
    with tenant(desk.workspace.pk):
        triage.assign(member=cast.member("supervisor"), conversation_id=number, assignee_id=agent.pk)
        words = "@Sales of Meridian and @nobody, see a@agent.example"
        named = [f"member:{cast.member('sales').pk}"]
        replies.note(member=cast.member("owner"), conversation_id=number, body=words, mentions=named)


def test_it_happens_by_itself_where_the_habit_says_so(do: Door, cast: Cast, desk: Desk) -> None:
    happens(cast, desk)
    owner, agent, sales = (cast.member(role).pk for role in ("owner", "agent", "sales"))
    assert who(desk) == {agent: "assigned", owner: "wrote", sales: "mentioned"}
    assert sorted(told(desk)) == [("followed", "assigned"), ("followed", "mentioned"), ("followed", "wrote")]


def test_a_habit_is_kept(do: Door, cast: Cast, desk: Desk, program: Program) -> None:
    for role, values in (("agent", {"assigned": False}), ("sales", {"mentioned": False})):
        with tenant(desk.workspace.pk):
            following.set_habit(member=cast.member(role), **{"assigned": True, "mentioned": True, "wrote": True, **values})
    assert do("habit", wrote=False).status_code == 200
    assert program.get("following").json() == {"assigned": True, "mentioned": True, "wrote": False}
    happens(cast, desk)
    assert who(desk) == {}
    page = text_of(signed_in(cast.user("owner")).get("/w/meridian/inbox/following/", headers=PART))
    assert page.count(" checked") == 2


def test_each_row_says_why_to_the_open_page_without_a_query_more(cast: Cast, desk: Desk) -> None:
    tab = signed_in(cast.user("owner"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(tab.get(f"/w/meridian/inbox/{desk.private.pk}/", headers=PART))
        return len(captured)

    cost()
    alone = cost()
    with tenant(desk.workspace.pk):
        for role in ("agent", "sales", "supervisor", "admin"):
            following.follow(member=cast.member(role), conversation_id=desk.private.pk)
    assert cost() == alone
