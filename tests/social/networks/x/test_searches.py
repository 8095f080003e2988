"""What is searched for on X: quotes of our posts and an admin's streams; what X takes as a search; what goes wrong by itself."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks import _x_search
from social.networks._x_read import first_id_at
from social.networks.heard import Listened
from social.networks.values import Access, Cursor, Item, Page
from social.networks.x import NETWORK as PRODUCT
from social.networks.x import X
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.overpractice import read_everything
from tests.social.networks.servers import Asked, Practice, Says, Scripted
from tests.social.networks.x.test_contract import ACCOUNT, BASE, EMPTY, listing, post
from tests.social.networks.x.test_cursors import forbidden, wrong

NETWORK = X(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)
LIVE = X(read_seconds=3.0, total_seconds=6.0)
WORDS = '"rabta shop" OR #rabta'


def access(*streams: Listened) -> Access:
    return Access(ACCOUNT, {"access_token": "secret-access-token"}, "brand", streams=streams)


def stream(key: str = "7", words: str = WORDS) -> Listened:
    return Listened(key, words, (now() - timedelta(hours=1)).isoformat())


def searched(scripted: Scripted) -> list[Asked]:
    return [asked for asked in scripted.asked if asked.path == "/2/tweets/search/recent"]


def run(scripted: Scripted, says: Any, cursor: Cursor, *streams: Listened) -> tuple[list[Page], Cursor]:
    """A whole poll, where only searches are answered by `says`."""
    scripted.says(lambda asked: says(asked) if asked.path == "/2/tweets/search/recent" else EMPTY)
    pages = []
    for _turn in range(20):
        page = NETWORK.fetch(access(*streams), cursor)
        pages.append(page)
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return pages, cursor
    raise AssertionError("no end")


@pytest.fixture(autouse=True)
def _led(request: pytest.FixtureRequest, settings: Any) -> None:
    if "scripted" in request.fixturenames:
        settings.X_API_BASE = request.getfixturevalue("scripted").url


def test_one_question_finds_the_quotes_of_all_posts_and_one_each_stream(scripted: Scripted) -> None:
    def says(asked: Asked) -> Says:
        return listing([post(5)]) if asked.query["query"].startswith("(url:") else listing([post(6), post(7)])

    pages, cursor = run(scripted, says, {}, stream())
    quotes, own = searched(scripted)
    assert quotes.query["query"].endswith("is:quote -@brand -from:brand -is:retweet")
    assert own.query["query"] == f"({WORDS}) -@brand -from:brand -is:retweet"
    # What was written before the admin asked is nobody's expense.
    assert int(own.query["since_id"]) > first_id_at(now() - timedelta(hours=2))
    assert "since_id" not in quotes.query
    found = {page.feed: [item.external_id for item in page.items] for page in pages if page.items}
    assert found == {"quotes": [str(BASE + 5)], "search:7": [str(BASE + 6), str(BASE + 7)]}
    items = [NETWORK.read(item.payload, account_id=ACCOUNT) for page in pages for item in page.items]
    assert [item.found_by for item in items] == ["quote", "search", "search"]
    # Then they rest, whatever the poll's own pace is.
    again, _cursor = run(scripted, says, cursor, stream())
    assert len(searched(scripted)) == 0
    assert not any(page.items for page in again)


def test_a_stream_goes_on_behind_what_it_found(scripted: Scripted) -> None:
    recent = first_id_at(now() - timedelta(minutes=5))
    row = post(1) | {"id": str(recent), "edit_history_tweet_ids": [str(recent)], "created_at": now().isoformat()}
    _pages, cursor = run(scripted, lambda asked: listing([row]), {}, stream())
    cursor["search"]["not_before"] = 0
    run(scripted, lambda asked: EMPTY, cursor, stream())
    assert [asked.query["since_id"] for asked in searched(scripted)] == [str(recent)] * 2
    # A month later X reaches back no further than a week, and refuses to be asked for more.
    cursor["search"] |= {"not_before": 0, "7": {"since_id": str(first_id_at(now() - timedelta(days=30)))}}
    run(scripted, lambda asked: EMPTY, cursor, stream())
    assert int(searched(scripted)[1].query["since_id"]) > first_id_at(now() - timedelta(days=7))


def test_pages_are_read_to_their_end_but_for_the_first_look_at_quotes(scripted: Scripted) -> None:
    def says(asked: Asked) -> Says:
        if asked.query["query"].startswith("(url:"):
            return listing([post(5)], following="older")
        return listing([post(6)], following="two") if "next_token" not in asked.query else listing([post(7)])

    pages, cursor = run(scripted, says, {}, stream())
    assert [asked.query.get("next_token") for asked in searched(scripted)] == [None, None, "two"]
    assert {item.external_id for page in pages for item in page.items} == {str(BASE + n) for n in (5, 6, 7)}
    assert "page" not in cursor["search"]["7"]


def test_a_refused_search_stops_no_other_and_is_told(scripted: Scripted) -> None:
    def says(asked: Asked) -> Says:
        return wrong("query", "There were errors processing your request") if "(bad)" in asked.query["query"] else EMPTY

    _pages, cursor = run(scripted, says, {}, stream("7", "bad"), stream("8", "good"))
    assert len(searched(scripted)) == 3
    remarks = " ".join(str(remark) for remark in NETWORK.remarks(cursor))
    assert "There were errors" in remarks
    # An admin takes it away: it is forgotten.
    cursor["search"]["not_before"] = 0
    _pages, cursor = run(scripted, says, cursor, stream("8", "good"))
    assert NETWORK.remarks(cursor) == ()


@pytest.mark.parametrize("says", [Says(500, b"{}"), Says(hang=True), Says.json({"title": "x", "status": 429}, 429)])
def test_a_search_in_trouble_waits_and_mentions_go_on(scripted: Scripted, says: Says) -> None:
    pages, cursor = run(scripted, lambda asked: says, {}, stream())
    assert len(searched(scripted)) == 1
    assert cursor["search"]["not_before"] > now().timestamp()
    assert cursor["turn"] == "mentions"
    assert not pages[-1].more


def test_a_sign_in_without_the_right_to_search_stops_nothing(scripted: Scripted) -> None:
    _pages, cursor = run(scripted, lambda asked: forbidden(), {})
    assert cursor["turn"] == "mentions"


def test_a_cursor_from_before_searches_goes_on(scripted: Scripted) -> None:
    _pages, cursor = run(scripted, lambda asked: EMPTY, {"turn": "mentions", "mentions": {}, "dm": {}})
    assert "not_before" in cursor["search"]


# --- what X takes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    ["rabta", '"rabta shop" OR #rabta', "#رابطہ", "رابطه -giveaway", "(rabta OR رابطہ) lang:ur -is:reply", "from:sara has:media",
     'url:"rabta.example"', "rabta (late OR (lost -found))", "😡 rabta", "@other rabta"],
)  # fmt: skip
def test_a_search_that_x_takes_is_taken(words: str) -> None:
    assert PRODUCT.stream_refusal(words, handle="brand") is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Write what to look for"),
        ("x" * 500, "characters"),
        ('"rabta', "quotation mark"),
        ("(rabta", "not closed"),
        ("rabta)", "closes nothing"),
        ("rabta OR", "missing beside OR"),
        ("OR rabta", "missing beside OR"),
        ("()", "missing beside OR"),
        ("-rabta", "at least one word"),
        ("is:reply", "at least one word"),
        ("lang:ur -is:quote", "at least one word"),
        ("rabta OR -shop", "at least one word"),
        ("-(rabta)", "at least one word"),
        ("$rbt", "larger accounts"),
        ("place:lahore rabta", "no such operator"),
        ("has:unicorns rabta", "no such operator"),
        ("from:", "no such operator"),
        ("@no-name rabta", "no name on X"),
        ("rabta - shop", "no word"),
    ],
)
def test_a_search_that_x_would_refuse_is_refused_in_words(words: str, says: str) -> None:
    reason = PRODUCT.stream_refusal(words, handle="brand")
    assert says in str(reason)


def test_an_admins_words_and_what_is_left_out_fit_into_one_question() -> None:
    handle = "a" * 15
    words = "x" * _x_search.room_for(handle)
    assert PRODUCT.stream_refusal(words, handle=handle) is None
    assert PRODUCT.stream_refusal(words + "x", handle=handle)
    asked = _x_search.searches(Access("1", {}, handle, streams=(stream("1", words),)))
    assert max(len(search.query) for search in asked) == 512


# --- against the practice network ---------------------------------------------------------------------------------------
def read(practice: Practice, *streams: Listened) -> dict[str, Item]:
    made = practice.call("GET", "/people/brand")
    brand = Access(made["id"], practice.tokens("brand"), "brand", streams=streams)
    return read_everything(LIVE, brand, {})[0]


def test_who_quotes_us_without_naming_us_is_found_with_what_they_quote(practice: Practice) -> None:
    practice.person("brand", is_brand=True)
    practice.person("ali")
    ours = practice.post("brand", "We deliver in two days.")
    practice.post("ali", "Is this a joke?", quote=ours)
    practice.post("ali", "Somebody else's words", quote=practice.post("ali", "mine"))
    (item,) = read(practice).values()
    assert item.text.startswith("Is this a joke?")
    assert item.quoted is not None
    assert (item.quoted.text, item.quoted.ours, item.found_by) == ("We deliver in two days.", True, "quote")


def test_a_stream_finds_what_names_nobody_and_leaves_mentions_to_mentions(practice: Practice) -> None:
    practice.person("brand", is_brand=True)
    practice.person("ali")
    search = Listened("7", WORDS, (now() - timedelta(minutes=5)).isoformat())
    found = practice.post("ali", "The rabta shop on the corner is closed again")
    named = practice.post("ali", "@brand #rabta is late")
    practice.post("brand", "Our own #rabta")
    practice.post("ali", "nothing of the kind")
    items = read(practice, search)
    assert {key: item.found_by for key, item in items.items()} == {found: "search", named: ""}
