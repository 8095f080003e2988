"""Along the roads of a Page: nothing is skipped, edits are seen, long threads are read, a closed road stops no other."""

import json
import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks._graph_shapes import moment_of
from social.networks._versions import revision_between
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.facebook import Facebook
from social.networks.values import Access, Cursor
from tests.social.networks.contract import closed_address
from tests.social.networks.facebook.shapes import PAGE, comment, fault, graph_time, listing, message, paging, post, problem, talk
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Facebook(read_seconds=3.0, total_seconds=12.0)
SECRETS = {"page_id": PAGE, "access_token": "secret-page-token", "app_secret": "secret-of-the-app"}
ACCESS = Access(PAGE, SECRETS)
OLD = datetime(2026, 1, 1, tzinfo=UTC)


class Graph:
    """A Page that really pages: posts by birth, conversations by their last word, cursors that are offsets."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.talks: list[dict[str, Any]] = []
        self.closed: dict[str, Says] = {}
        self.edges: list[str] = []

    def __call__(self, asked: Asked) -> Says:
        on, edge = asked.path.split("/")[2:]
        self.edges.append(edge if on == PAGE else f"{on}/{edge}")
        if edge in self.closed:
            return self.closed[edge]
        start, limit = int(asked.query.get("after", "0")), int(asked.query["limit"])
        rows: list[Any] = {"feed": self._feed, "conversations": lambda: self.talks}.get(edge, list)()
        if edge == "comments":
            rows = self.comments[on]
        after = str(start + limit) if len(rows) > start + limit else ""
        return listing(rows[start : start + limit], after=after)

    def _feed(self) -> list[dict[str, Any]]:
        found = []
        for entry in self.posts:
            below = self.comments.get(entry["id"], [])
            nested = {"data": below[:50], **paging("50" if len(below) > 50 else "")}
            found.append({**entry, **({"comments": nested} if below else {})})
        return found

    def page_post(self, number: int, comments: int) -> None:
        """A post of the Page's own, with comments, newest first."""
        self.posts.insert(
            0, post(number, **{"from": {"id": PAGE, "name": "Brand"}}, created_time=graph_time(OLD + timedelta(hours=number)))
        )
        self.comments[f"{PAGE}_{number}"] = [
            comment(f"{number}{n:04}", on=str(number), created_time=graph_time(OLD + timedelta(hours=number, minutes=10 * n)))
            for n in range(comments, 0, -1)
        ]


@pytest.fixture
def graph(scripted: Scripted, settings: Any) -> Graph:
    settings.GRAPH_API_BASE = scripted.url
    made = Graph()
    scripted.says(made)
    return made


def read_all(cursor: Cursor) -> tuple[list[str], Cursor]:
    """What one poll of the engine would bring, and where it stands then."""
    ids: list[str] = []
    for _turn in range(100):
        page = NETWORK.fetch(ACCESS, cursor)
        ids += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return ids, cursor
    raise AssertionError("It never came to an end.")


def test_the_first_round_reads_everything_once(graph: Graph) -> None:
    for number in range(1, 61):
        graph.page_post(number, 3)
    graph.talks = [talk([message(n) for n in range(3)])]
    ids, _cursor = read_all({})
    assert len(ids) == len(set(ids)) == 60 * 3 + 3
    assert graph.edges == ["feed"] * 3 + ["tagged", "ratings", "conversations"]


def test_a_post_of_our_own_is_no_message_to_us(graph: Graph) -> None:
    graph.page_post(1, 0)
    assert read_all({})[0] == []


def test_a_long_thread_is_read_to_its_end_and_later_to_what_is_known(graph: Graph) -> None:
    graph.page_post(1, 400)
    ids, cursor = read_all({})
    assert len(set(ids)) == 400
    graph.edges.clear()
    assert read_all(cursor)[0] == []
    new = [comment(f"19{n:03}", on="1", created_time=graph_time(OLD + timedelta(days=4, seconds=n))) for n in range(70, 0, -1)]
    graph.comments[f"{PAGE}_1"] = new + graph.comments[f"{PAGE}_1"]
    ids, _cursor = read_all(cursor)
    assert {row["id"] for row in new} <= set(ids)
    assert graph.edges.count(f"{PAGE}_1/comments") <= 3


def test_a_new_comment_below_an_old_post_is_found_without_a_webhook(graph: Graph) -> None:
    for number in range(1, 101):
        graph.page_post(number, 1)
    _ids, cursor = read_all({})
    late = comment("77777", on="1", created_time=graph_time(now()))
    graph.comments[f"{PAGE}_1"].insert(0, late)
    found: list[str] = []
    for _round in range(5):
        ids, cursor = read_all(cursor)
        found += ids
    assert late["id"] in found


def test_an_edit_comes_as_a_new_version(graph: Graph) -> None:
    graph.page_post(1, 2)
    _ids, cursor = read_all({})
    row = graph.comments[f"{PAGE}_1"][0]
    row["message"] = "Sorry, I meant the red one."
    ids, cursor = read_all(cursor)
    assert [name.partition("~")[0] for name in ids] == [row["id"]]
    assert ids[0] != row["id"]
    assert read_all(cursor)[0] == []


def test_conversations_are_read_as_far_as_something_is_new(graph: Graph) -> None:
    graph.talks = [talk([message(n)], id=f"t_{n}", updated_time=graph_time(OLD + timedelta(hours=n))) for n in range(100, 0, -1)]
    ids, cursor = read_all({})
    assert len(ids) == 100
    graph.edges.clear()
    assert read_all(cursor)[0] == []
    assert graph.edges.count("conversations") == 1


@pytest.mark.parametrize("edge", ["feed", "tagged", "ratings", "conversations"])
def test_a_road_that_the_token_does_not_open_is_named_and_stops_no_other(graph: Graph, edge: str) -> None:
    graph.page_post(1, 2)
    graph.talks = [talk([message(1)])]
    graph.closed[edge] = problem(403)
    ids, cursor = read_all({})
    assert len(ids) == {"feed": 1, "conversations": 2}.get(edge, 3)
    (said,) = NETWORK.remarks(cursor)
    assert "token" in str(said)
    graph.edges.clear()
    read_all(cursor)
    assert edge not in graph.edges
    graph.closed.clear()
    ids, _cursor = read_all(NETWORK.reconnected(cursor))
    assert edge in graph.edges


def test_a_place_that_the_network_forgot_ends_the_walk_and_not_the_reading(graph: Graph) -> None:
    for number in range(1, 61):
        graph.page_post(number, 1)
    _ids, cursor = read_all({})
    cursor["patrol"] = {"feed": ["expired", 3]}
    graph.talks = [talk([message(1)])]

    def answer(asked: Asked) -> Says:
        return fault(100, "(#100) Invalid cursor") if asked.query.get("after") == "expired" else graph(asked)

    Scripted.says(_server(graph), answer)
    ids, cursor = read_all(cursor)
    assert ids == ["m_1"]
    assert "feed" not in cursor.get("patrol", {})


def _server(graph: Graph) -> Scripted:
    return graph.server  # type: ignore[attr-defined,no-any-return]


@pytest.fixture(autouse=True)
def _known(graph: Graph, scripted: Scripted) -> None:
    graph.server = scripted  # type: ignore[attr-defined]


def test_a_thread_that_is_gone_meanwhile_holds_nothing_up(graph: Graph) -> None:
    graph.page_post(1, 80)
    graph.talks = [talk([message(1)])]
    graph.closed["comments"] = problem(404)
    ids, _cursor = read_all({})
    assert len(ids) == 50 + 1


@pytest.mark.parametrize(("used", "slows"), [(74, False), (75, True), (100, True)])
def test_at_three_quarters_of_the_quota_the_rest_waits(graph: Graph, scripted: Scripted, used: int, slows: bool) -> None:
    scripted.says(listing([post(1)], used=used))
    page = NETWORK.fetch(ACCESS, {})
    assert page.more is not slows
    assert page.quota["pages"].remaining == 100 - used
    assert page.cursor["at"] == "tagged"


ENDINGS: tuple[tuple[Says, type[Exception], str], ...] = (
    (fault(190, subcode=463), Unauthorized, "unauthorized"),
    (fault(190, subcode=458), Unauthorized, "unauthorized"),
    (fault(102), Unauthorized, "unauthorized"),
    (fault(1, status=500), TryLater, "http_500"),
    (fault(2), TryLater, "http_400"),
    *((fault(code), TryLater, "rate_limited") for code in (4, 17, 32, 613, 80001)),
    (fault(200), Rejected, "forbidden"),
    (fault(100, subcode=33), Rejected, "not_found"),
    (fault(100), Rejected, "invalid_request"),
    (Says.json({"error": {"message": "hm", "code": 9999, "is_transient": True}}, 400), TryLater, "http_400"),
    (Says.json({"ok": True}, 500), TryLater, "http_500"),
)


@pytest.mark.parametrize(("says", "kind", "code"), ENDINGS, ids=[f"{n}-{code}" for n, (_s, _k, code) in enumerate(ENDINGS)])
def test_errors_mean_what_the_documents_say(graph: Graph, scripted: Scripted, says: Says, kind: type[Exception], code: str) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.fetch(ACCESS, {})
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_every_question_proves_that_we_hold_the_secret(graph: Graph, scripted: Scripted) -> None:
    NETWORK.fetch(ACCESS, {})
    query = scripted.asked[0].query
    # printf %s secret-page-token | openssl dgst -sha256 -hmac secret-of-the-app
    assert query["appsecret_proof"] == "3d45edc969a6ca79f76d3322c8b83918a81ff415b032d4a44e5c0dc45c78ddb7"
    assert query["access_token"] == "secret-page-token"


def test_another_version_of_the_graph_is_a_setting(graph: Graph, scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_VERSION = "v25.0"
    NETWORK.fetch(ACCESS, {})
    assert scripted.asked[0].path == f"/v25.0/{PAGE}/feed"


def test_the_token_shows_in_no_log_and_no_traceback(
    graph: Graph, scripted: Scripted, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for says in (Says(drop=True), problem(401), problem(404), listing([]), None):
        if says is None:
            # What requests says of nobody listening holds the whole address.
            settings.GRAPH_API_BASE = closed_address()
        else:
            scripted.says(says)
        try:
            NETWORK.fetch(ACCESS, {})
        except (TryLater, Unauthorized, Rejected):
            told.append(traceback.format_exc())
    assert len(told) == 4
    assert not [text for text in (*told, caplog.text) if "secret-page-token" in text]


def test_a_token_for_another_page_is_refused_by_name(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"id": "999", "name": "Elsewhere"}))
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(ACCESS)
    assert (caught.value.field, "Elsewhere" in str(caught.value.reason)) == ("page_id", True)


def test_times_of_three_kinds_are_one(graph: Graph) -> None:
    moment = datetime(2026, 11, 26, 9, 30, 1, tzinfo=UTC)
    assert moment_of("2026-11-26T09:30:01+0000") == moment_of(1795685401) == moment_of(1795685401000) == moment
    assert [moment_of(value) for value in (None, True, "", "noon", -1, 10**40, "9" * 40)] == [None] * 7
    assert revision_between(moment, moment) == 1
    assert revision_between(moment, moment + timedelta(days=400)) == 32_000
