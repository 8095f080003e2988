"""Where reading goes on, what it asks and what it leaves out."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, TryLater
from social.networks.values import Access, Cursor, Page
from social.networks.youtube import YouTube
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.youtube.shapes import (
    CHANNEL,
    VIDEO,
    by_path,
    comment_id,
    comments,
    fault,
    problem,
    reply,
    reply_id,
    thread,
    threads,
)

NETWORK = YouTube(read_seconds=3.0, total_seconds=12.0)
ACCESS = Access(CHANNEL, {"access_token": "secret-access-token"}, "brand")


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE = scripted.url


def poll(cursor: Cursor) -> tuple[list[str], Cursor, list[Page]]:
    """One poll: pages until there is nothing more."""
    pages: list[Page] = []
    while not pages or pages[-1].more:
        pages.append(NETWORK.fetch(ACCESS, cursor))
        cursor = json.loads(json.dumps(pages[-1].cursor))
        assert len(pages) < 40
    return [item.external_id for page in pages for item in page.items], cursor, pages


def asked_for(scripted: Scripted, kind: str) -> list[dict[str, str]]:
    return [asked.query for asked in scripted.asked if asked.path.endswith(f"/{kind}")]


def test_questions_are_put_as_the_documents_say(scripted: Scripted) -> None:
    scripted.says(by_path(threads(thread(1))))
    poll({})
    first = asked_for(scripted, "commentThreads")[0]
    assert first == {
        "part": "snippet,replies", "allThreadsRelatedToChannelId": CHANNEL, "order": "time", "maxResults": "100",
        "textFormat": "plainText",
    }  # fmt: skip
    assert asked_for(scripted, "videos") == [{"part": "snippet", "id": VIDEO}]


def test_titles_are_asked_once_and_nobody_waits_for_them(scripted: Scripted) -> None:
    scripted.says(by_path(threads(thread(2), thread(1))))
    _ids, cursor, pages = poll({})
    assert {item.payload["title"] for page in pages for item in page.items} == {"New tents"}
    scripted.says(by_path(threads(thread(3), thread(2), thread(1))))
    poll(cursor)
    assert asked_for(scripted, "videos") == []

    def without_titles(asked: Asked) -> Says:
        return Says(500) if asked.path.endswith("/videos") else by_path(threads(thread(1)))(asked)

    scripted.says(without_titles)
    ids, _cursor, pages = poll({})
    assert (ids, pages[0].items[0].payload["title"]) == ([comment_id(1)], "")


def test_only_threads_that_show_less_than_they_have_are_listed(scripted: Scripted) -> None:
    shown = [reply(n, on=2) for n in (1, 2)]
    below = lambda asked: comments(*(reply(n, on=2, videoId=None) for n in (1, 2, 3)))  # noqa: E731
    scripted.says(by_path(threads(thread(2, *shown, total=3), thread(1, *[reply(4, on=1)])), below))
    ids, cursor, pages = poll({})
    assert reply_id(3, on=2) in ids
    (listed,) = asked_for(scripted, "comments")
    assert (listed["parentId"], listed["maxResults"]) == (comment_id(2), "100")
    payload = next(item.payload for page in pages for item in page.items if item.external_id == reply_id(3, on=2))
    assert NETWORK.read(payload, account_id=CHANNEL).url.startswith(f"https://www.youtube.com/watch?v={VIDEO}")
    # The same number again asks nothing; one more does.
    scripted.says(by_path(threads(thread(2, *shown, total=3)), below))
    assert poll(cursor)[0] == []
    assert asked_for(scripted, "comments") == []
    scripted.says(by_path(threads(thread(2, *shown, total=4)), comments(*(reply(n, on=2) for n in (1, 2, 3, 5)))))
    assert poll(cursor)[0] == [reply_id(5, on=2)]


def test_a_thread_that_vanishes_while_it_is_listed_stops_nobody(scripted: Scripted) -> None:
    scripted.says(by_path(threads(thread(2, total=9), thread(1)), fault(404, "parentCommentNotFound")))
    ids, cursor, _pages = poll({})
    assert ids == [comment_id(2), comment_id(1)]
    assert cursor["deep"] == []


def test_older_threads_are_looked_at_by_turns(scripted: Scripted) -> None:
    """An answer below an old thread moves nothing at the top."""
    old: list[Any] = [thread(1)]

    def pages(asked: Asked) -> Says:
        return threads(*old) if asked.query.get("pageToken") else threads(thread(50), after="two")

    scripted.says(by_path(pages))
    _ids, cursor, _pages = poll({})
    old[:] = [thread(1, reply(9, on=1))]
    found: list[str] = []
    for _turn in range(2):
        ids, cursor, _pages = poll(cursor)
        found += ids
    assert found == [reply_id(9, on=1)]


def test_a_worn_out_name_of_a_page_begins_the_round_anew(scripted: Scripted) -> None:
    def pages(asked: Asked) -> Says:
        return fault(400, "invalidPageToken") if asked.query.get("pageToken") else threads(thread(50), after="two")

    scripted.says(by_path(pages))
    cursor: Cursor = {"newest": now().isoformat(), "turn": 1, "round": ["old", 2]}
    ids, cursor, _pages = poll(cursor)
    assert ids == [comment_id(50)]
    assert "round" not in cursor


def test_a_sign_in_without_the_right_to_held_comments_says_so_and_asks_no_more(scripted: Scripted) -> None:
    scripted.says(by_path(threads(thread(1)), held_say=problem(403)))
    _ids, cursor, _pages = poll({})
    assert "held for review" in str(NETWORK.remarks(cursor)[0])
    scripted.says(by_path(threads(thread(1))))
    for _turn in range(3):
        _ids, cursor, _pages = poll(cursor)
    assert not [query for query in asked_for(scripted, "commentThreads") if query.get("moderationStatus")]
    assert NETWORK.remarks(NETWORK.reconnected(cursor)) == ()


def test_a_day_is_read_again_from_its_moment(scripted: Scripted) -> None:
    """The cursor of a moment goes down to it, and no further."""

    def pages(asked: Asked) -> Says:
        number = {"": 40, "P30": 30, "P20": 20}[asked.query.get("pageToken", "")]
        when = (now() - timedelta(hours=100 - number)).isoformat()
        return threads(thread(number, publishedAt=when), after=f"P{number - 10}")

    scripted.says(by_path(pages))
    ids, _cursor, _pages = poll(NETWORK.cursor_at(now() - timedelta(hours=65)))
    assert ids[:2] == [comment_id(40), comment_id(30)]


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        (fault(403, "quotaExceeded"), TryLater, "quota_exceeded"),
        (fault(403, "dailyLimitExceeded"), TryLater, "quota_exceeded"),
        (fault(403, "userRateLimitExceeded"), TryLater, "rate_limited"),
        (fault(403, "commentsDisabled"), Rejected, "comments_disabled"),
        (fault(403, "forbidden"), Rejected, "forbidden"),
        (fault(403, "insufficientPermissions"), Rejected, "forbidden"),
        (fault(403, "accessNotConfigured"), Rejected, "not_set_up"),
        (fault(404, "channelNotFound"), Rejected, "not_found"),
        (Says(403, b"<html>"), TryLater, "http_403"),
    ],
)
def test_what_403_means_its_reason_says(scripted: Scripted, says: Says, kind: type[Exception], code: str) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.fetch(ACCESS, {})
    assert caught.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(("header", "low", "high"), [("120", 119, 121), ("Fri, 27 Nov 2099 10:00:00 GMT", 86_000, 86_401)])
def test_a_limit_may_say_its_end_in_a_header(scripted: Scripted, header: str, low: float, high: float) -> None:
    scripted.says(Says.json({"error": {"code": 429, "message": "slow down"}}, 429, retry_after=header))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(ACCESS, {})
    assert low < caught.value.seconds < high


def test_cursors_of_any_shape_begin_somewhere(scripted: Scripted) -> None:
    """What stands in the table may be older than this code."""
    scripted.says(by_path(threads(thread(1))))
    odd: list[Callable[[], Cursor]] = [
        lambda: {"deep": [["a"], None], "walk": [], "chores": "round", "recent": {}, "counts": 3, "titles": [], "held": None},
        lambda: {"newest": 7, "chores": ["nobody knows this"], "round": "x", "turn": "y"},
    ]
    for cursor in odd:
        assert comment_id(1) in poll(cursor())[0]
