"""Several roads, one cursor: nothing is skipped, edits are seen, a road that is closed holds nothing up, and nobody sleeps."""

import json
from typing import Any

import pytest

from core.clock import now
from social.networks._reddit_pages import search_for, subreddits_in
from social.networks.errors import TryLater, Unauthorized
from social.networks.reddit import Reddit
from social.networks.values import Access, Cursor, Item
from tests.social.networks.reddit.shapes import BRAND, SECRETS, at, comment, in_inbox, listing, message, post
from tests.social.networks.servers import Asked, Says, Scripted

#: Nothing here hangs, so a busy machine may take its time.
NETWORK = Reddit(read_seconds=10.0, total_seconds=30.0)
ACCESS = Access(BRAND, SECRETS, "Meridian_Help")


class Site:
    """Reddit as it pages: newest first, `after` from above, and by name."""

    def __init__(self) -> None:
        self.inbox = [in_inbox(number) for number in range(1, 131)]
        self.posts: list[Any] = []
        self.comments: list[Any] = []
        self.found: list[Any] = []
        self.whole: dict[str, Any] = {}
        self.closed: dict[str, Says] = {}
        self.asked: list[str] = []

    def __call__(self, asked: Asked) -> Says:
        path = asked.path.rstrip("/")
        self.asked.append(path)
        for part, says in self.closed.items():
            if part in path:
                return says
        if path == "/api/info":
            return listing([self.whole[name] for name in asked.query["id"].split(",") if name in self.whole])
        rows = next(rows for end, rows in self.roads() if path.endswith(end))
        ordered = sorted(rows, key=lambda row: row["data"]["created_utc"], reverse=True)
        names = [row["data"]["name"] for row in ordered]
        start = names.index(asked.query["after"]) + 1 if asked.query.get("after") else 0
        page = ordered[start : start + int(asked.query["limit"])]
        more = start + len(page) < len(ordered)
        return listing(page, after=page[-1]["data"]["name"] if page and more else None)

    def roads(self) -> list[tuple[str, list[Any]]]:
        return [("/inbox", self.inbox), ("/search", self.found), ("/comments", self.comments), ("/new", self.posts)]


def read_all(cursor: Cursor, access: Access = ACCESS) -> tuple[list[str], Cursor]:
    ids: list[str] = []
    for _turn in range(80):
        page = NETWORK.fetch(access, cursor)
        ids += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return ids, cursor
    raise AssertionError("It never came to an end.")


def name(row: dict[str, Any]) -> str:
    return str(row["data"]["name"])


@pytest.fixture
def site(scripted: Scripted, settings: Any) -> Site:
    settings.REDDIT_API_BASE = scripted.url
    made = Site()
    scripted.says(made)
    return made


def test_every_road_is_read_and_the_next_poll_brings_what_is_new(site: Site) -> None:
    site.posts, site.comments, site.found = [post(1)], [comment(900)], [post(2)]
    ids, cursor = read_all({})
    assert len(ids) == len(set(ids)) == 133
    assert {"/r/pakistan+karachi/new", "/r/pakistan+karachi/comments", "/r/all/search"} <= set(site.asked)
    assert read_all(cursor)[0] == []
    site.inbox += [in_inbox(number) for number in range(200, 420)]
    site.inbox.append(message(421))
    site.comments.append(comment(901))
    ids, cursor = read_all(cursor)
    new = {name(in_inbox(number)) for number in range(200, 420)} | {name(message(421)), name(comment(901))}
    # What stood in the overlap may come twice: the engine keeps it once.
    assert new <= set(ids) <= new | {name(in_inbox(number)) for number in range(1, 131)}
    assert read_all(cursor)[0] == []


def test_only_the_newest_page_of_what_is_watched_is_read_at_first(site: Site) -> None:
    site.comments = [comment(number) for number in range(1000, 1400)]
    ids, cursor = read_all({})
    assert len(ids) == 230
    site.comments += [comment(number) for number in range(1400, 1650)]
    assert {name(comment(number)) for number in range(1400, 1650)} <= set(read_all(cursor)[0])


def test_an_anchor_that_was_deleted_loses_nothing(site: Site) -> None:
    """`before` a deleted comment gives nothing for ever (the trap that this cursor avoids)."""
    _ids, cursor = read_all({})
    site.inbox = [row for row in site.inbox if row["data"]["created_utc"] < at(128)]
    site.inbox.append(in_inbox(500))
    assert read_all(cursor)[0] == [name(in_inbox(500))]


def test_an_inbox_is_asked_for_what_it_leaves_out(site: Site) -> None:
    whole = comment(130, link_id="t3_other", edited=at(130) + 60, body="edited words")
    site.whole[name(whole)] = whole
    page = NETWORK.fetch(ACCESS, {})
    envelope = next(item for item in page.items if item.external_id == f"{name(whole)}~60")
    item: Item = NETWORK.read(json.loads(json.dumps(envelope.payload)), account_id=BRAND)
    assert (item.root_id, item.revision, item.text, item.thread_key) == (name(whole), 60, "edited words", "t3_other")


def test_an_edit_is_another_version_of_the_same(site: Site) -> None:
    _ids, cursor = read_all({})
    first = name(in_inbox(120))
    site.whole[first] = comment(120, edited=at(120) + 60)
    ids, cursor = read_all(cursor)
    assert ids == [f"{first}~60"]
    assert read_all(cursor)[0] == []
    site.posts.append(post(1, edited=at(1) + 30))
    assert read_all(cursor)[0] == [f"{name(post(1))}~30"]


@pytest.mark.parametrize("trouble", [Says(500, b"{}"), Says.html(200), Says(drop=True), Says.json({"error": 404}, 404)])
def test_an_inbox_that_cannot_be_asked_again_is_read_as_it_is(site: Site, trouble: Says) -> None:
    site.closed["/api/info"] = trouble
    ids, cursor = read_all({})
    assert len(ids) == 130
    assert read_all(cursor)[0] == []


def test_what_is_deleted_already_is_left_out(site: Site) -> None:
    site.inbox = [in_inbox(1), in_inbox(2, author="[deleted]", body="[removed]"), in_inbox(3, author="[deleted]")]
    site.whole[name(in_inbox(1))] = comment(1, author="[deleted]", body="[deleted]")
    site.posts = [post(1, removed_by_category="moderator"), post(2, author="[deleted]", selftext="[deleted]"), post(3)]
    # Whoever deleted the account left their words behind.
    assert read_all({})[0] == [name(in_inbox(3)), name(post(3))]


def test_a_closed_road_holds_nothing_up_and_is_left_alone_for_a_while(site: Site) -> None:
    site.closed["/r/pakistan"] = Says.json({"message": "Forbidden", "reason": "private", "error": 403}, 403)
    ids, cursor = read_all({})
    assert len(ids) == 130
    assert len(NETWORK.remarks(cursor)) == 2
    site.asked.clear()
    _ids, cursor = read_all(cursor)
    assert not [path for path in site.asked if "pakistan" in path]
    # After the account was connected anew it is asked for at once, and then by itself.
    site.closed.clear()
    site.comments.append(comment(900))
    assert read_all(NETWORK.reconnected(cursor))[0] == [name(comment(900))]
    for _round in range(25):
        ids, cursor = read_all(cursor)
        if ids:
            break
    assert ids == [name(comment(900))]
    assert NETWORK.remarks(cursor) == ()


def test_without_names_the_accounts_own_feed_is_watched(site: Site) -> None:
    bare = Access(BRAND, {"access_token": "secret-access-token"}, "Meridian_Help")
    site.posts, site.comments = [post(1)], [comment(900)]
    ids, cursor = read_all({}, bare)
    assert len(ids) == 132
    assert "/user/Meridian_Help/m/rabta/new" in site.asked
    assert not [path for path in site.asked if "search" in path]
    site.closed["/m/rabta"] = Says.json({"message": "Not Found", "error": 404}, 404)
    _ids, cursor = read_all(cursor, bare)
    (remark,) = NETWORK.remarks(cursor)
    assert "rabta" in str(remark)


def test_a_limit_on_any_road_waits_for_its_reset(site: Site) -> None:
    limit = Says.json({"message": "Too Many Requests", "error": 429}, 429, x_ratelimit_reset="120.5", x_ratelimit_remaining="0.0")
    for part in ("/comments", "/api/info"):
        site.closed = {part: limit}
        with pytest.raises(TryLater) as caught:
            read_all({})
        assert caught.value.code == "rate_limited"
        assert 119 < caught.value.seconds <= 121


@pytest.mark.usefixtures("awake")
def test_what_is_left_is_told_and_nobody_sleeps_over_it(scripted: Scripted, settings: Any) -> None:
    """prawcore would sleep before the next question, here for nine minutes."""
    settings.REDDIT_API_BASE = scripted.url
    body = json.loads(listing([in_inbox(1)]).body)
    empty = Says.json(body, x_ratelimit_remaining="0.0", x_ratelimit_used="1000", x_ratelimit_reset="540")
    scripted.says(empty)
    page = NETWORK.fetch(ACCESS, {})
    assert len(scripted.asked) == 2
    quota = page.quota["requests"]
    assert (quota.limit, quota.remaining) == (1000, 0)
    assert quota.resets_at is not None
    assert 535 < (quota.resets_at - now()).total_seconds() <= 540


@pytest.mark.usefixtures("awake")
@pytest.mark.parametrize("status", [401, 429, 500, 502, 503, 504, 520])
def test_one_question_is_one_request(scripted: Scripted, settings: Any, status: int) -> None:
    """prawcore would ask three times, with pauses, and renew the token by itself."""
    settings.REDDIT_API_BASE = scripted.url
    scripted.says(Says.json({"message": "x", "error": status}, status))
    with pytest.raises((TryLater, Unauthorized)):
        NETWORK.fetch(ACCESS, {})
    assert len(scripted.asked) == 1


def test_the_library_takes_nothing_from_its_surroundings(scripted: Scripted, settings: Any, monkeypatch: Any) -> None:
    """praw reads `praw_…` variables and a praw.ini wherever it runs."""
    settings.REDDIT_API_BASE = scripted.url
    for variable in ("praw_password", "praw_username", "praw_client_secret", "praw_refresh_token", "praw_check_for_updates"):
        monkeypatch.setenv(variable, "somebody-elses")
    scripted.says(listing([]))
    NETWORK.fetch(ACCESS, {})
    assert [asked.headers["authorization"] for asked in scripted.asked] == ["bearer secret-access-token"]


def test_reading_back_goes_down_every_road_to_the_day(site: Site) -> None:
    site.comments = [comment(number) for number in range(1000, 1250)]
    since = NETWORK.read({"kind": "t1", "data": comment(1100)["data"], "seen_at": ""}, account_id=BRAND).occurred_at
    ids: list[str] = []
    cursor: Cursor = {}
    for _turn in range(20):
        page = NETWORK.fetch_back(ACCESS, cursor, since=since)
        ids += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            break
    assert {name(comment(number)) for number in range(1100, 1250)} <= set(ids)
    assert name(in_inbox(130)) in ids
    assert len(ids) == len(set(ids)) < 350


def test_a_gap_is_read_again_from_its_beginning(site: Site) -> None:
    moment = NETWORK.read({"kind": "t1", "data": comment(100)["data"], "seen_at": ""}, account_id=BRAND).occurred_at
    site.comments = [comment(900)]
    ids, _cursor = read_all(json.loads(json.dumps(NETWORK.cursor_at(moment))))
    assert len(ids) >= 32


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("pakistan, r/karachi  /r/lahore", ["pakistan", "karachi", "lahore"]),
        ("pakistan+karachi;pakistan", ["pakistan", "karachi"]),
        ("", []),
        ("a b", None),
        ("پاکستان", None),
        ("x" * 30, None),
        ("two/parts", None),
    ],
)
def test_names_of_subreddits_are_read_as_people_write_them(typed: str, names: list[str] | None) -> None:
    assert subreddits_in(typed) == names


def test_words_to_search_for_are_phrases() -> None:
    assert search_for('meridian outdoor, "tents" ,, میریڈین') == '"meridian outdoor" OR "tents" OR "میریڈین"'
    assert search_for(" , ") == ""
