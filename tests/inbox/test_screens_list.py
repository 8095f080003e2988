"""The list of the inbox as a browser gets it: what it shows, what it costs, how it continues and how it catches up."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services import triage
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.factories import Desk, direct, hear, make_channel, make_desk, post

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/inbox/"
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
PART = {"HX-Request": "true"}


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:600]
    return str(answer.content.decode())


def rows_in(page: str) -> list[int]:
    """Ids of the rows, from the top."""
    return [int(number) for number in re.findall(r'data-row="(\d+)"', page)]


def mark_in(page: str) -> str:
    found = re.search(r'data-mark="(\d+)"', page)
    assert found
    return found[1]


def next_in(page: str) -> str | None:
    found = re.search(r'hx-get="([^"]*inbox/rows/[^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else None


def crowd(desk: Desk, number: int) -> None:
    hear(desk.channel, *(post(desk.channel, f"crowd {n}", author=str(9000 + n)) for n in range(number)))


def statements(tab: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        text_of(tab.get(address))
    return sum(not query["sql"].upper().startswith(CONTROL) for query in captured.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_it_costs_twelve_queries_at_any_size(transactional_db: None) -> None:
    """Counted without a transaction around the request: that is how it runs, and a nested one costs two statements more."""
    cast = make_cast()
    desk, tab = make_desk(cast.meridian, cast.member("owner")), signed_in(cast.user("owner"))
    tab.get(LIST)
    few = statements(tab, LIST)
    crowd(desk, 90)
    for number in range(5):
        make_channel(desk.workspace, name=f"Channel {number}")
    assert statements(tab, LIST) == few
    assert few <= 12


def test_it_shows_rows_counts_and_channels(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(LIST))
    assert set(rows_in(page)) == {desk.conversation.pk, desk.private.pk}
    assert "my order number of the parcel" in page
    assert re.search(r'id="count-open"[^>]*>2<', page)
    assert re.search(r'id="count-trouble"[^>]*>1<', page)
    assert re.search(rf'id="count-channel-{desk.channel.pk}"[^>]*>2<', page)
    assert re.search(r'id="rail-count"[^>]*>1<', page)  # one of the two was answered by the owner and is theirs now


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"view": "mine"}, {"public"}),
        ({"view": "unassigned"}, {"private"}),
        ({"view": "trouble"}, {"public"}),
        ({"view": "resolved"}, set()),
        ({"visibility": "private"}, {"private"}),
        ({"view": "all", "visibility": "public"}, {"public"}),
    ],
)
def test_filters_stand_in_the_address(tab: Client, desk: Desk, parameters: dict[str, str], expected: set[str]) -> None:
    kinds = {desk.conversation.pk: "public", desk.private.pk: "private"}
    assert {kinds[number] for number in rows_in(text_of(tab.get(LIST, parameters)))} == expected


def test_one_channel_only(tab: Client, desk: Desk) -> None:
    other = make_channel(desk.workspace, name="Second brand")
    hear(other, post(other, "to the second brand", author="5"))
    page = text_of(tab.get(LIST, {"channel": other.pk}))
    assert len(rows_in(page)) == 1
    assert "to the second brand" in page
    assert re.search(r'<h2[^>]*>Second brand</h2><span[^>]*id="view-count">1<', page)


@pytest.mark.parametrize(
    "parameters", [{"view": "nope"}, {"channel": "x"}, {"visibility": "secret"}, {"channel": str(10**30)}]
)
def test_a_wrong_filter_is_refused_in_words(tab: Client, desk: Desk, parameters: dict[str, str]) -> None:
    assert text_of(tab.get(LIST, parameters), 422)
    answer = tab.get(LIST + "rows/", parameters, headers=PART)
    assert answer.status_code == 422
    assert "rabta:toast" in answer["HX-Trigger"]


def test_older_rows_follow_without_gap_or_repetition(tab: Client, desk: Desk) -> None:
    crowd(desk, 90)
    page = text_of(tab.get(LIST, {"view": "all"}))
    seen = rows_in(page)
    while address := next_in(page):
        page = text_of(tab.get(address, headers=PART))
        assert "<html" not in page
        seen += rows_in(page)
    with tenant(desk.workspace.pk):
        wanted = list(Conversation.objects.order_by("-last_activity_at", "-id").values_list("id", flat=True))
    assert seen == wanted
    assert len(seen) == 92


def test_names_and_words_cannot_be_markup(tab: Client, desk: Desk) -> None:
    wild = post(desk.channel, '<script>alert("x")</script>', author="666")
    wild["author"]["name"] = '"><img src=x onerror=alert(1)>'
    hear(desk.channel, wild)
    page = text_of(tab.get(LIST))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in page


def test_a_row_runs_in_the_direction_of_its_own_words(tab: Client, desk: Desk) -> None:
    hear(desk.channel, post(desk.channel, "@brand سلام، بستهٔ من کجاست؟", author="77"))
    page = text_of(tab.get(LIST))
    assert re.search(r'dir="rtl">سلام، بستهٔ من کجاست؟', page)


def test_an_empty_workspace_says_how_to_begin(cast: Cast) -> None:
    page = text_of(signed_in(cast.user("owner", of="zarrin")).get("/w/zarrin/inbox/"))
    assert "/w/zarrin/channels/connect/" in page
    assert rows_in(page) == []
    viewer = text_of(signed_in(cast.user("viewer", of="zarrin")).get("/w/zarrin/inbox/"))
    assert "/w/zarrin/channels/connect/" not in viewer


# --- what changed -----------------------------------------------------------------------------------------------------


def changes(tab: Client, **parameters: Any) -> str:
    return text_of(tab.get(LIST + "changes/", parameters, headers=PART))


def test_changes_bring_new_rows_counts_and_what_left(tab: Client, cast: Cast, desk: Desk) -> None:
    page = text_of(tab.get(LIST))
    hear(desk.channel, post(desk.channel, "one more", author="72"))
    with tenant(desk.workspace.pk):
        triage.set_status(member=cast.member("owner"), conversation_id=desk.private.pk, status="resolved")
    answer = changes(tab, since=mark_in(page), view="open")
    assert "one more" in answer
    assert desk.private.pk not in rows_in(answer)
    assert re.search(rf'data-gone="[^"]*\b{desk.private.pk}\b', answer)
    assert '<data value="count-open">2</data>' in answer
    assert int(mark_in(answer)) >= int(mark_in(page))


def test_after_a_look_nothing_is_left_to_tell(cast: Cast, tab: Client, desk: Desk) -> None:
    mark = mark_in(changes(tab, since=mark_in(text_of(tab.get(LIST)))))
    assert "where is my parcel" not in changes(tab, since=str(int(mark) + 1))


def test_too_much_at_once_asks_for_the_list_anew(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(LIST))
    crowd(desk, 160)
    assert "data-reload" in changes(tab, since=mark_in(page))


def test_changes_of_the_open_conversation(tab: Client, desk: Desk) -> None:
    page = text_of(tab.get(f"{LIST}{desk.private.pk}/"))
    hear(desk.channel, direct(desk.channel, "and a second line"))
    answer = changes(tab, since=mark_in(page), open=desk.private.pk, thread_since=mark_in(page))
    assert f'data-open="{desk.private.pk}"' in answer
    assert re.search(r'<template data-messages>.*and a second line.*</template>', answer, re.DOTALL)
    assert 'id="thread-actions"' in answer
    quiet = changes(tab, since=mark_in(page), open=desk.private.pk, thread_since=str(2**62))
    assert "data-messages" not in quiet


def test_an_open_conversation_that_is_not_there_is_told_quietly(tab: Client, desk: Desk) -> None:
    assert "data-open-gone" in changes(tab, since="1", open=str(2**60), thread_since="1")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"since": "x"}, {"since": "-1"}, {"since": str(2**63)}, {"since": "1", "open": "x"}, {"since": "1", "view": "nope"}],
)
def test_a_wrong_question_is_refused(tab: Client, desk: Desk, parameters: dict[str, str]) -> None:
    assert tab.get(LIST + "changes/", parameters, headers=PART).status_code == 422


def test_changes_cost_the_same_at_any_size(tab: Client, desk: Desk) -> None:
    address = f"{LIST}changes/?since=1&open={desk.conversation.pk}&thread_since=1"
    tab.get(address, headers=PART)
    few = statements(tab, address)
    crowd(desk, 60)
    assert statements(tab, address) == few
