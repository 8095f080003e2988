"""What narrows a list down and orders it, through both doors; and what the tree counts, also while many write at once."""

import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from accounts.models import TeamMember
from core.clock import now
from core.tenancy import current_workspace_id, tenant
from crm.models import Tag
from inbox.models import Conversation, FacetCount, Message
from inbox.selectors import Facet, ListQuery, add_facet, facets, list_page, numbers, tallies
from inbox.selectors.facets import _filled
from inbox.services import counting, tagging, triage
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, make_channel, make_desk, post

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/inbox/"


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


@pytest.fixture
def many(cast: Cast, desk: Desk) -> dict[str, int]:
    """Ten conversations of which each differs in one thing. Name → id."""
    owner, agent = cast.member("owner"), cast.member("agent")
    other = make_channel(desk.workspace, name="Second")
    hear(desk.channel, *(post(desk.channel, f"one {n}", author=str(500 + n)) for n in range(7)))
    hear(other, post(other, "elsewhere", author="600"))
    with tenant(desk.workspace.pk):
        rows = {row.snippet: row for row in Conversation.objects.all()}
        ids = {"plain": rows["one 0"].pk, "other": rows["elsewhere"].pk, "public": desk.conversation.pk, "private": desk.private.pk}
        for n, name in enumerate(("agents", "teams", "tagged", "urgent", "persian", "filed"), 1):
            ids[name] = rows[f"one {n}"].pk
        triage.assign(member=owner, conversation_id=ids["agents"], assignee_id=agent.pk)
        triage.assign_team(member=owner, conversation_id=ids["teams"], team_id=cast.team.pk)
        tagging.change_tags(member=owner, conversation_id=ids["tagged"], names=["Refund"])
        triage.set_priority(member=owner, conversation_id=ids["urgent"], priority=3)
        Conversation.objects.update(waiting_since=None, snippet_lang="en", unread_count=0)
        Conversation.objects.filter(id=ids["persian"]).update(snippet_lang="fa-IR", unread_count=2)
        Conversation.objects.filter(id=ids["plain"]).update(waiting_since=now() - timedelta(hours=5), status="pending")
        Message.objects.filter(conversation_id=ids["filed"]).update(media=[{"kind": "image", "name": "a.png"}])
    return ids


def shown(tab: Client, program: Program, parameters: dict[str, Any]) -> list[int]:
    """Ids in order, which both doors must agree on."""
    page = tab.get(LIST, parameters)
    assert page.status_code == 200, page.content[:600]
    rows = [int(number) for number in re.findall(r'data-row="(\d+)"', page.content.decode())]
    assert [row["id"] for row in program.get("conversations", **parameters).json()["results"]] == rows
    return rows


def test_each_filter_narrows(tab: Client, program: Program, cast: Cast, desk: Desk, many: dict[str, int]) -> None:
    with tenant(desk.workspace.pk):
        refund = Tag.objects.get(name="Refund").pk
    today = now().date()
    for parameters, expected in (
        ({"assignee": cast.member("agent").pk}, {"agents"}),
        ({"assignee": f"me,{cast.member('agent').pk}"}, {"agents", "public"}),
        ({"assignee": "nobody", "channel": desk.channel.pk, "tag": refund}, {"tagged"}),
        ({"team": cast.team.pk}, {"teams"}),
        ({"tag": refund}, {"tagged"}),
        ({"priority": "2,3"}, {"urgent"}),
        ({"language": "fa"}, {"persian"}),
        ({"unread": "yes"}, {"persian"}),
        ({"has": "file"}, {"filed"}),
        ({"status": "pending"}, {"plain"}),
        ({"view": "all", "waiting": "4h"}, {"plain"}),
        ({"view": "all", "waiting": "6h"}, set()),
        ({"view": "all", "contact": desk.contact.pk}, {"public", "private"}),
        ({"view": "all", "visibility": "private", "network": "x"}, {"private"}),
        ({"view": "all", "until": (today - timedelta(days=2)).isoformat()}, set()),
        ({"status": "open,pending", "from": today.isoformat()}, set(many)),
        ({"view": "unassigned", "team": "none", "language": "en,fa", "priority": "3"}, {"urgent"}),
    ):
        assert set(shown(tab, program, parameters)) == {many[name] for name in expected}, parameters
    both = tab.get(f"{LIST}?priority=2&priority=3").content.decode()
    assert re.findall(r'data-row="(\d+)"', both) == [str(many["urgent"])]


WRONG = {
    "status": "asleep", "assignee": "x", "team": "-1", "tag": "0", "network": "carrier-pigeon", "language": "§", "priority": "9",
    "waiting": "long", "has": "wings", "unread": "no", "from": "2026-13-01", "until": "tomorrow", "contact": str(10**30),
    "sort": "luck", "saved": "x",
}  # fmt: skip


def test_a_wrong_filter_is_named(tab: Client, program: Program, desk: Desk) -> None:
    for name, value in WRONG.items():
        assert tab.get(LIST, {name: value}).status_code == 422, name
        if name != "saved":
            assert program.get("conversations", **{name: value}).json()["error"]["field"] == name
    for name, value in (("until", "9999-12-31"), ("from", "0001-01-01")):
        assert program.get("conversations", **{name: value}).json()["error"]["field"] == name
    assert program.get("conversations", tag=",".join(map(str, range(1, 90)))).json()["error"]["code"] == "too_many"
    assert program.get("conversations", view="all", sort="waiting").json()["error"]["field"] == "sort"


def test_a_place_nobody_fills_is_no_filter_and_a_filled_one_is(tab: Client, program: Program, desk: Desk) -> None:
    assert program.get("conversations", intent="complaint").status_code == 422
    assert "intent" not in tab.get(LIST + "filters/").content.decode()
    with pytest.raises(KeyError):
        add_facet("shoe_size", "inbox.selectors.facets.facets")
    _filled["intent"] = "tests.inbox.test_filters.INTENT"
    try:
        assert "intent" in tab.get(LIST + "filters/").content.decode()
        assert program.get("conversations", intent="urgent").json()["results"] == []
    finally:
        del _filled["intent"]


URGENCY = facets()["priority"]
INTENT = Facet("intent", "Intent", "flag", lambda value: value, lambda v, m: URGENCY.condition("3", m), URGENCY.choices)


def test_filters_that_are_on_can_be_taken_away(tab: Client, cast: Cast, desk: Desk, many: dict[str, int]) -> None:
    page = tab.get(LIST, {"view": "mine", "priority": "3,2", "language": "fa"}).content.decode()
    assert re.search(r'data-facet="priority"[^>]*>.*?Urgent, High|data-facet="priority"[^>]*>.*?High, Urgent', page, re.DOTALL)
    assert f'href="{LIST}?view=mine&amp;language=fa"' in page
    assert f'href="{LIST}?view=mine&amp;priority=3,2"' in page
    asked = {"view": "mine", "priority": "3", "contact": desk.contact.pk, "language": "eo"}
    form = tab.get(LIST + "filters/", asked).content.decode()
    assert re.search(r'name="priority" value="3" checked', form)
    assert re.search(r'name="language" value="eo" checked', form)
    assert f'type="hidden" name="contact" value="{desk.contact.pk}"' in form


def test_orders_go_on_without_gap_or_repetition(program: Program, desk: Desk, many: dict[str, int]) -> None:
    with tenant(desk.workspace.pk):
        for n, row in enumerate(Conversation.objects.order_by("id")):
            waits = now() - timedelta(hours=1 + n % 4) if n % 3 else None
            Conversation.objects.filter(pk=row.pk).update(waiting_since=waits, priority=n % 3)
        rows = list(Conversation.objects.filter(status="open"))
    far = now() + timedelta(days=999)
    wanted = {
        "waiting": sorted(rows, key=lambda row: (row.waiting_since or far, row.pk)),
        "priority": sorted(rows, key=lambda row: (row.priority, row.last_activity_at, row.pk), reverse=True),
        "newest": sorted(rows, key=lambda row: (row.last_activity_at, row.pk), reverse=True),
    }
    for sort, expected in wanted.items():
        seen: list[int] = []
        answer = program.get("conversations", sort=sort, limit=2)
        while True:
            seen += [row["id"] for row in answer.json()["results"]]
            if answer.json()["next"] is None:
                break
            answer = program.client.get(answer.json()["next"])
        assert seen == [row.pk for row in expected], sort
    assert program.get("conversations", sort="priority", after="nonsense").json()["error"]["field"] == "after"


def test_rows_carry_their_rank(tab: Client, desk: Desk, many: dict[str, int]) -> None:
    for sort in ("newest", "waiting", "priority"):
        page = tab.get(LIST, {"sort": sort}).content.decode()
        ranks = re.findall(r'data-rank="(\d+)"', page)
        assert ranks == sorted(ranks, reverse=True)
        assert len({len(rank) for rank in ranks}) == 1


def test_changes_know_the_filters_and_not_what_forms_change(tab: Client, desk: Desk, many: dict[str, int]) -> None:
    page = tab.get(LIST, {"priority": "3"}).content.decode()
    mark = re.search(r'data-mark="(\d+)"', page)
    assert mark
    assert re.search(r'data-list="view=open&amp;priority=3"', page)
    body = {"since": mark[1], "list": "view=open&priority=3", "priority": "3"}
    answer = tab.post(f"{LIST}{many['plain']}/priority/", body, headers={"HX-Request": "true"}).content.decode()
    assert re.search(rf'data-gone="[^"]*\b{many["plain"]}\b', answer)  # it is pending, not open
    answer = tab.post(f"{LIST}{many['other']}/priority/", body, headers={"HX-Request": "true"}).content.decode()
    assert f'data-row="{many["other"]}"' in answer


# --- counting -----------------------------------------------------------------------------------------------------------------


def exact() -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(counting.EXACT_FACETS, {"w": current_workspace_id()})
        return {tuple(row) for row in cursor.fetchall()}


def kept() -> set[tuple[Any, ...]]:
    sums: dict[tuple[Any, ...], int] = {}
    for row in FacetCount.objects.all():
        key = (row.dimension, row.value_id, row.status)
        sums[key] = sums.get(key, 0) + row.number
    return {(*key, number) for key, number in sums.items() if number}


def test_the_tree_counts(tab: Client, cast: Cast, desk: Desk, many: dict[str, int]) -> None:
    with tenant(desk.workspace.pk):
        agent = cast.member("agent")
        TeamMember.objects.create(team=cast.team, membership=cast.member("owner"))
        found = numbers(agent)
        assert (found.views["mine"], found.views["open"], found.views["pending"]) == (1, 9, 1)
        assert found.teams == {cast.team.pk: 1}
        assert list(found.tags.values()) == [1]
    page = tab.get(LIST).content.decode()
    assert re.search(rf'id="count-team-{cast.team.pk}">1<', page)
    assert re.search(r'data-tone="plain"></span><bdi[^>]*>Refund</bdi><span class="count count-quiet" id="count-tag-\d+">1<', page)
    folded = Client(headers={"host": "testserver"})
    folded.cookies = tab.cookies
    folded.cookies["folds"] = "channels"
    page = folded.get(LIST).content.decode()
    assert re.search(r'data-fold="channels"><summary', page)
    assert re.search(r'data-fold="tags" open><summary', page)


def test_any_list_is_counted_in_one_query(cast: Cast, desk: Desk, many: dict[str, int], django_assert_num_queries: Any) -> None:
    owner = cast.member("owner")
    with tenant(desk.workspace.pk):
        asked = {"urgent": ListQuery.of("open", priority="3"), "x": ListQuery.of("all", network="x", has="file")}
        asked |= {"all": ListQuery(view="all"), "late": ListQuery.of("all", waiting="1h", language="en")}
        with django_assert_num_queries(1):
            found = tallies(asked, owner)
        for key, query in asked.items():
            assert (found[key].number, found[key].more) == (len(list_page(query, owner).rows), False), key


def test_a_look_is_bounded_and_says_so(cast: Cast, desk: Desk, many: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.selectors.counted.LOOKED", 3)
    with tenant(desk.workspace.pk):
        found = tallies({"all": ListQuery(view="all"), "tag": ListQuery.of("open", team=cast.team.pk)}, cast.member("owner"))
    assert (found["all"].number, found["all"].more) == (3, True)
    assert (found["tag"].number, found["tag"].more) == (1, False)


@pytest.mark.django_db(transaction=True)
def test_counts_stay_right_while_many_write(transactional_db: None) -> None:
    """Status, team and tags of the same conversations change from several connections, while the counters are folded."""
    cast = make_cast()
    desk = make_desk(cast.meridian, cast.member("owner"))
    hear(desk.channel, *(post(desk.channel, f"one {n}", author=str(500 + n)) for n in range(5)))
    owner, workspace = cast.member("owner"), desk.workspace.pk
    with tenant(workspace):
        ids = list(Conversation.objects.values_list("id", flat=True))
        tag = tagging.change_tags(member=owner, conversation_id=ids[0], names=["Refund"]).tags[0]["id"]
    together, broken = Barrier(4), []

    def work(step: Any) -> None:
        try:
            together.wait(30)
            for turn in range(3):
                for number in ids:
                    with tenant(workspace):
                        step(turn, number)
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    def status(turn: int, number: int) -> None:
        triage.set_status(member=owner, conversation_id=number, status=("resolved", "open", "pending")[(turn + number) % 3])

    def team(turn: int, number: int) -> None:
        triage.assign_team(member=owner, conversation_id=number, team_id=cast.team.pk if (turn + number) % 2 else None)

    def label(turn: int, number: int) -> None:
        which = {"add": [tag]} if (turn + number) % 2 else {"remove": [tag]}
        tagging.change_tags(member=owner, conversation_id=number, **which)

    steps = (status, team, label, lambda turn, number: counting.fold())
    threads = [Thread(target=work, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    with tenant(workspace):
        assert kept() == exact() != set()
        counting.fold()
        assert kept() == exact()
