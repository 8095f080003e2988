"""How X is read: where a poll begins, what moves the cursor, what happens when X no longer knows it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks._x_read import first_id_at
from social.networks.errors import TryLater, Unauthorized
from social.networks.values import Access, Cursor, Page
from social.networks.x import X
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.servers import Asked, Practice, Says, Scripted
from tests.social.networks.x.test_contract import ACCOUNT, BASE, EMPTY, listing, post

NETWORK = X(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)
ACCESS = Access(external_id=ACCOUNT, secrets={"access_token": "secret-access-token"}, handle="brand")


@pytest.fixture(autouse=True)
def _led(request: pytest.FixtureRequest, settings: Any) -> None:
    if "scripted" in request.fixturenames:
        settings.X_API_BASE = request.getfixturevalue("scripted").url


def wrong(parameter: str, message: str) -> Says:
    """X's 400 about one parameter."""
    body = {
        "errors": [{"parameters": {parameter: ["1"]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Says.json(body, 400)


def forbidden(detail: str = "Forbidden") -> Says:
    return Says.json({"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}, 403)


def roads(mentions: Callable[[Asked], Says] | Says, events: Callable[[Asked], Says] | Says) -> Callable[[Asked], Says]:
    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/search/recent"):
            return EMPTY
        step = mentions if asked.path.endswith("/mentions") else events
        return step(asked) if callable(step) else step

    return answer


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(BASE + number),
        "event_type": "MessageCreate",
        "text": f"private {number}",
        "sender_id": "500",
        "dm_conversation_id": f"500-{ACCOUNT}",
        "created_at": "2026-01-01T00:00:01.000Z",
        **fields,
    }


def run(cursor: Cursor) -> tuple[list[Page], Cursor]:
    """Pages until there is no more, as the engine does, but for those of searches, which have a file of their own."""
    pages: list[Page] = []
    for _turn in range(40):
        page = NETWORK.fetch(ACCESS, cursor)
        pages += [] if page.feed == "quotes" else [page]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return pages, cursor
    raise AssertionError("no end")


def asked_mentions(scripted: Scripted) -> list[Asked]:
    return [asked for asked in scripted.asked if asked.path.endswith("/mentions")]


def test_since_id_moves_only_when_the_whole_catch_up_arrived(scripted: Scripted) -> None:
    scripted.says(listing([post(9), post(8)], following="two"))
    page = NETWORK.fetch(ACCESS, {"mentions": {"since_id": str(BASE + 1)}})
    assert page.more
    assert page.cursor["mentions"]["since_id"] == str(BASE + 1)
    scripted.says(roads(listing([post(7)]), EMPTY))
    _pages, cursor = run(page.cursor)
    assert cursor["mentions"]["since_id"] == str(BASE + 9)
    assert "page" not in cursor["mentions"]


def test_a_page_token_x_no_longer_takes_starts_again_from_since_id(scripted: Scripted) -> None:
    def mentions(asked: Asked) -> Says:
        if "pagination_token" in asked.query:
            return wrong("pagination_token", "Invalid 'pagination_token'")
        return listing([post(9), post(8), post(7)])

    scripted.says(roads(mentions, EMPTY))
    kept = {"token": "expired", "after": str(BASE + 1), "newest": str(BASE + 8), "oldest": ""}
    pages, cursor = run({"mentions": {"since_id": str(BASE + 1), "page": kept}})
    assert {item.external_id for item in pages[0].items} == {str(BASE + n) for n in (7, 8, 9)}
    assert cursor["mentions"]["since_id"] == str(BASE + 9)
    assert asked_mentions(scripted)[1].query["since_id"] == str(BASE + 1)


def test_what_came_without_its_id_is_read_once_more(scripted: Scripted) -> None:
    nameless = {name: value for name, value in post(5).items() if name != "id"}
    scripted.says(roads(listing([post(6), nameless]), EMPTY))
    pages, cursor = run({"mentions": {"since_id": str(BASE + 4)}})
    assert (len(pages[0].items), len(pages[0].broken)) == (1, 1)
    scripted.says(roads(listing([post(6), post(5)]), EMPTY))
    pages, cursor = run(cursor)
    assert asked_mentions(scripted)[-1].query["since_id"] == str(BASE + 4), "behind what could not be told apart"
    assert {item.external_id for item in pages[0].items} == {str(BASE + 5), str(BASE + 6)}
    scripted.says(roads(EMPTY, EMPTY))
    _pages, cursor = run(cursor)
    assert asked_mentions(scripted)[-1].query["since_id"] == str(BASE + 6)


def test_what_stays_broken_is_not_read_for_ever(scripted: Scripted) -> None:
    nameless = {name: value for name, value in post(5).items() if name != "id"}
    scripted.says(roads(listing([post(6), nameless]), EMPTY))
    cursor: Cursor = {"mentions": {"since_id": str(BASE + 4)}}
    for _turn in range(3):
        _pages, cursor = run(cursor)
    begun = [asked.query["since_id"] for asked in asked_mentions(scripted)]
    assert begun == [str(BASE + 4), str(BASE + 4), str(BASE + 6)]


def test_a_since_id_x_no_longer_serves_is_dropped_and_told_once(scripted: Scripted) -> None:
    def mentions(asked: Asked) -> Says:
        if "since_id" in asked.query and int(asked.query["since_id"]) < BASE:
            return wrong("since_id", "'since_id' must be a tweet id created after 2026-01-01T00:00Z.")
        return listing([post(2), post(1)])

    scripted.says(roads(mentions, EMPTY))
    old = str(first_id_at(now() - timedelta(days=900)))
    pages, cursor = run({"mentions": {"since_id": old}})
    assert len(pages[0].items) == 2
    assert cursor["mentions"]["since_id"] == str(BASE + 2)
    remarks = [str(remark) for remark in NETWORK.remarks(cursor)]
    assert len(remarks) == 1
    assert "may be missing" in remarks[0]


def test_a_cursor_from_the_future_reads_everything_again(scripted: Scripted) -> None:
    scripted.says(roads(listing([post(2), post(1)]), EMPTY))
    ahead = str(first_id_at(now() + timedelta(days=30)))
    _pages, cursor = run({"mentions": {"since_id": ahead}})
    assert "since_id" not in asked_mentions(scripted)[0].query
    # It must not stay ahead either: everything until then would be missed.
    assert cursor["mentions"]["since_id"] == str(BASE + 2)


def test_an_id_from_the_future_moves_no_cursor(scripted: Scripted) -> None:
    ahead = first_id_at(now() + timedelta(days=30))
    odd = post(5) | {"id": str(ahead)}
    scripted.says(roads(listing([odd, post(2)]), EMPTY))
    pages, cursor = run({})
    assert {item.external_id for item in pages[0].items} == {str(ahead), str(BASE + 2)}
    assert cursor["mentions"]["since_id"] == str(BASE + 2)


def test_a_poll_reads_a_little_behind_the_last_one(scripted: Scripted) -> None:
    scripted.says(roads(EMPTY, EMPTY))
    recent = first_id_at(now() - timedelta(seconds=5))
    run({"mentions": {"since_id": str(recent)}})
    after = int(asked_mentions(scripted)[0].query["since_id"])
    seconds = NETWORK.limits.overlap_seconds
    assert first_id_at(now() - timedelta(seconds=seconds + 5)) < after < recent
    # Never further than the last full page reaches, and not at all once the newest is older than the overlap.
    run({"mentions": {"since_id": str(recent), "tail": str(recent - 1000)}})
    assert int(asked_mentions(scripted)[-1].query["since_id"]) == recent - 1000
    quiet = first_id_at(now() - timedelta(hours=5))
    run({"mentions": {"since_id": str(quiet)}})
    assert int(asked_mentions(scripted)[-1].query["since_id"]) == quiet


def test_what_becomes_visible_late_within_a_long_burst_is_read_again(scripted: Scripted) -> None:
    burst = [post(number) for number in range(620, 0, -1)]

    def serve(asked: Asked) -> Says:
        start = int(asked.query.get("pagination_token", "0"))
        end = start + 100
        return listing(burst[start:end], following=str(end) if end < len(burst) else "")

    scripted.says(roads(serve, EMPTY))
    _pages, cursor = run({})
    # Five pages behind the newest, and no further: that is what reading again costs.
    assert cursor["mentions"]["tail"] == str(BASE + 620 - NETWORK.limits.overlap_items + 1)
    del burst[:10]
    _pages, later = run({"mentions": {"since_id": str(BASE + 1), "tail": str(BASE + 2)}})
    assert later["mentions"]["tail"] == str(BASE + 610 - NETWORK.limits.overlap_items + 1)
    del burst[300:]
    _pages, later = run(later)
    assert later["mentions"]["tail"] == str(BASE + 610 - NETWORK.limits.overlap_items + 1), "a short page moves it nowhere"


def test_going_in_circles_is_noticed_and_moves_nothing(scripted: Scripted) -> None:
    scripted.says(roads(listing([post(3)], following="again"), EMPTY))
    pages, cursor = run({})
    assert len(pages) <= 4
    assert "since_id" not in cursor["mentions"]
    scripted.says(roads(listing([post(3), post(2)]), EMPTY))
    _pages, later = run(cursor)
    assert later["mentions"]["since_id"] == str(BASE + 3)


def test_direct_messages_come_after_mentions(scripted: Scripted) -> None:
    scripted.says(roads(listing([post(2)]), listing([event(4), event(3)])))
    pages, cursor = run({})
    assert [[item.external_id for item in page.items] for page in pages] == [
        [str(BASE + 2)],
        [f"dm-{BASE + 3}", f"dm-{BASE + 4}"],
    ]
    assert cursor["dm"]["newest_id"] == str(BASE + 4)
    assert cursor["turn"] == "mentions"


def test_direct_messages_are_read_back_to_the_newest_known(scripted: Scripted) -> None:
    def events(asked: Asked) -> Says:
        if asked.query.get("pagination_token") == "two":
            return listing([event(6), event(5)], following="three")
        assert "pagination_token" not in asked.query, "read past what is known"
        return listing([event(9), event(8)], following="two")

    scripted.says(roads(EMPTY, events))
    pages, cursor = run({"dm": {"newest_id": str(BASE + 6)}})
    found = {item.external_id for page in pages for item in page.items}
    assert {f"dm-{BASE + n}" for n in (8, 9)} <= found
    assert cursor["dm"]["newest_id"] == str(BASE + 9)


def test_direct_messages_that_are_not_covered_never_stop_mentions(scripted: Scripted) -> None:
    scripted.says(roads(listing([post(2)]), forbidden()))
    pages, cursor = run({})
    assert sum(len(page.items) for page in pages) == 1
    assert "not read" in str(NETWORK.remarks(cursor)[0])
    scripted.says(roads(listing([post(3)]), forbidden()))
    run(cursor)
    assert [asked.path for asked in scripted.asked] == [f"/2/users/{ACCOUNT}/mentions"], "asked again too soon"
    # Connected anew, the sign-in may cover them.
    opened = NETWORK.reconnected(cursor)
    assert NETWORK.remarks(opened) == ()
    scripted.says(roads(EMPTY, listing([event(4)])))
    pages, _cursor = run(opened)
    assert [item.external_id for page in pages for item in page.items] == [f"dm-{BASE + 4}"]


def test_tokens_that_say_they_lack_direct_messages_are_believed(scripted: Scripted) -> None:
    scripted.says(roads(EMPTY, forbidden()))
    access = Access(ACCOUNT, {"access_token": "secret", "scope": "tweet.read users.read"})
    page = NETWORK.fetch(access, {})
    assert not page.more
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Says.json({"title": "Too Many Requests"}, 429, x_rate_limit_reset=str(int(now().timestamp()) + 400)),
        Says(500, b"{}"),
        Says.html(200),
        Says(drop=True),
        Says.json({"data": None, "meta": None}),
    ],
    ids=["429", "500", "html", "dropped", "nulls"],
)
def test_trouble_with_direct_messages_waits_by_itself(scripted: Scripted, trouble: Says) -> None:
    scripted.says(roads(listing([post(2)]), trouble))
    pages, cursor = run({})
    assert pages[0].items
    assert cursor["turn"] == "mentions"
    assert cursor["dm"]["not_before"] > now().timestamp()
    assert NETWORK.remarks(cursor)
    scripted.says(roads(listing([post(3)]), trouble))
    pages, _cursor = run(cursor)
    assert [item.external_id for item in pages[0].items] == [str(BASE + 3)]
    assert len(scripted.asked) == 1


def test_refused_tokens_are_told_from_direct_messages_too(scripted: Scripted) -> None:
    scripted.says(roads(EMPTY, Says.json({"title": "Unauthorized", "status": 401}, 401)))
    with pytest.raises(Unauthorized):
        run({})


def test_direct_messages_share_out_what_x_allows(scripted: Scripted) -> None:
    reset = int(now().timestamp()) + 600
    limits = {"x-rate-limit-limit": "15", "x-rate-limit-remaining": "10", "x-rate-limit-reset": str(reset)}
    answer = Says.json({"data": [event(4)], "meta": {"result_count": 1}})
    scripted.says(roads(EMPTY, Says(200, answer.body, limits)))
    _pages, cursor = run({})
    assert 50 <= cursor["dm"]["not_before"] - now().timestamp() <= 60
    assert not NETWORK.remarks(cursor)


def test_a_usage_cap_does_not_wait_for_the_reset(scripted: Scripted) -> None:
    body = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"}
    scripted.says(Says.json(body, 429, x_rate_limit_reset=str(int(now().timestamp()) + 10)))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(ACCESS, {})
    assert caught.value.code == "usage_capped"
    assert caught.value.seconds >= 1800


def test_a_list_that_states_more_than_it_shows_is_no_list(scripted: Scripted) -> None:
    scripted.says(Says.json({"data": None, "meta": {"result_count": 5}}))
    with pytest.raises(TryLater):
        NETWORK.fetch(ACCESS, {})


@pytest.mark.parametrize("cursor", [{"turn": 7, "mentions": [], "dm": "x"}, {"mentions": {"page": "x", "since_id": []}}])
def test_a_damaged_cursor_reads_from_the_start(scripted: Scripted, cursor: Cursor) -> None:
    scripted.says(roads(listing([post(2)]), EMPTY))
    pages, later = run(cursor)
    assert pages[0].items
    assert later["mentions"]["since_id"] == str(BASE + 2)


def test_what_becomes_visible_late_is_caught(practice: Practice) -> None:
    """F16: lower ids appear after higher ones were read."""
    practice.call("PATCH", "/rules", {"limit_factor": 100000})
    brand = practice.person("brand")
    practice.person("ali")
    access = Access(brand["id"], practice.tokens("brand"), "brand")
    practice.trouble("hold", group="read", probability=0.4, options={"ms": 2500})
    made = {practice.post("ali", f"@brand late {number}") for number in range(40)}
    seen: set[str] = set()
    cursor: Cursor = {}
    until = now() + timedelta(seconds=30)
    first = None
    while seen != made and now() < until:
        page = NETWORK.fetch(access, cursor)
        seen |= {item.external_id for item in page.items}
        cursor = page.cursor
        first = first if first is not None else len(seen)
    assert first is not None
    assert first < 40, "nothing was held back, so nothing was shown"
    assert seen == made
