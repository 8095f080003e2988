"""Every trouble switch, seen from the client's side and in the ledger."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
import tweepy

from .conftest import Network

FIELDS: dict[str, Any] = {
    "expansions": ["author_id"],
    "tweet_fields": ["author_id", "created_at", "entities"],
    "max_results": 10,
}


def brand_id(network: Network) -> str:
    return str(network.call("GET", "/people/brand")["id"])


def read(network: Network, **options: Any) -> Any:
    return network.client(**options).get_users_mentions(brand_id(network), **FIELDS)


def write(network: Network, text: str = "We are on it", **options: Any) -> Any:
    return network.client(**options).create_tweet(text=text, user_auth=False)


def accepted(network: Network) -> list[str]:
    return [entry["text"] for entry in network.ledger(kind="post", origin="api")]


def eventually(check: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def posts(network: Network) -> list[str]:
    return [network.post("ayesha", f"@brand item {number}")["id"] for number in range(6)]


def test_swallow_accepts_and_says_nothing(network: Network) -> None:
    network.trouble("swallow", count=1)
    with pytest.raises(requests.ConnectionError):
        write(network)
    assert accepted(network) == ["We are on it"]
    assert network.ledger(kind="post")[0]["trouble"] == "swallow"
    assert network.call("GET", "/traffic")["endpoints"]["create"]["statuses"] == {"0": 1}
    write(network, "Second attempt")
    assert len(accepted(network)) == 2


def test_late_accepts_after_the_caller_left(network: Network) -> None:
    network.trouble("late", options={"ms": 1500}, count=1)
    started = time.time()
    with pytest.raises(requests.Timeout):
        write(network, timeout=0.4)
    assert accepted(network) == []
    eventually(lambda: len(accepted(network)) == 1)
    assert network.ledger(kind="post")[0]["accepted_ms"] / 1000 - started >= 1.85


@pytest.mark.parametrize(("name", "error"), [("after500", tweepy.TwitterServerError), ("after429", tweepy.TooManyRequests)])
def test_after_errors_accept_first(network: Network, name: str, error: type[Exception]) -> None:
    network.trouble(name)
    with pytest.raises(error):
        write(network)
    assert accepted(network) == ["We are on it"]


def test_a_refused_write_is_not_called_accepted(network: Network) -> None:
    network.trouble("after500")
    with pytest.raises(tweepy.BadRequest):
        write(network, "x" * 300)
    assert accepted(network) == []


@pytest.mark.parametrize("name", ["500", "401", "429", "html"])
def test_refusals_accept_nothing(network: Network, name: str) -> None:
    network.trouble(name)
    errors = {
        "500": tweepy.TwitterServerError, "401": tweepy.Unauthorized, "429": tweepy.TooManyRequests,
        "html": tweepy.TwitterServerError,
    }  # fmt: skip
    with pytest.raises(errors[name]) as refused:
        write(network)
    assert accepted(network) == []
    response = refused.value.response
    if name == "html":
        assert (response.status_code, response.headers["content-type"]) == (503, "text/html; charset=utf-8")
    else:
        assert response.json()["status"] == int(name)


def test_429_with_and_without_a_reset_and_the_monthly_cap(network: Network) -> None:
    network.trouble("429", count=1, options={"seconds": 42})
    network.trouble("429", count=1, options={"reset": False})
    network.trouble("429", options={"capped": True})
    caught = []
    for _ in range(3):
        with pytest.raises(tweepy.TooManyRequests) as refused:
            read(network)
        caught.append(refused.value)
    assert 38 <= caught[0].reset_time - time.time() <= 43
    assert caught[1].reset_time is None
    assert caught[2].response.json()["type"].endswith("/usage-capped")


def test_garble_cuts_or_breaks_the_answer(network: Network, posts: list[str]) -> None:
    network.trouble("garble", options={"mode": "cut"}, count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        read(network)
    network.trouble("garble", options={"mode": "broken"}, count=1)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        read(network)
    assert len(read(network)["data"]) == 6
    network.trouble("garble", options={"mode": "cut"}, count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        write(network)
    assert accepted(network) == ["We are on it"]


def test_slow_waits_and_drip_defeats_a_read_timeout(network: Network, posts: list[str]) -> None:
    network.trouble("slow", options={"ms": 500}, count=1)
    started = time.monotonic()
    assert len(read(network)["data"]) == 6
    assert time.monotonic() - started >= 0.5
    network.trouble("slow", options={"ms": 2500, "drip": True}, count=1)
    client = network.client(timeout=1.5)
    started = time.monotonic()
    assert len(client.get_users_mentions(brand_id(network), **FIELDS)["data"]) == 6
    assert time.monotonic() - started >= 2.2
    network.trouble("slow", options={"ms": 2000}, count=1)
    with pytest.raises(requests.Timeout):
        write(network, timeout=0.4)
    assert accepted(network) == ["We are on it"]


def test_hang_never_answers_and_accepts_nothing(network: Network) -> None:
    network.trouble("hang", count=1)
    with pytest.raises(requests.Timeout):
        write(network, timeout=0.4)
    eventually(lambda: network.call("GET", "/traffic")["endpoints"]["create"]["statuses"] == {"0": 1})
    assert accepted(network) == []


def test_twice_repeats_an_item_or_a_page(network: Network, posts: list[str]) -> None:
    network.trouble("twice", count=1)
    ids = [item["id"] for item in read(network)["data"]]
    assert len(ids) == 7
    assert set(ids) == set(posts)
    network.call("DELETE", "/trouble")
    network.trouble("twice", options={"mode": "page"})
    client, seen, token = network.client(), [], None
    for _ in range(10):
        page = client.get_users_mentions(brand_id(network), max_results=5, pagination_token=token)
        seen.append([item["id"] for item in page["data"]])
        token = page["meta"].get("next_token")
        if token is None:
            break
    newest = posts[::-1]
    assert seen == [newest[:5], newest[:5], newest[5:], newest[5:]]


def test_hold_shows_some_items_late(network: Network) -> None:
    network.trouble("hold", probability=0.5, options={"ms": 3500}, seed=7)
    posts = [network.post("ayesha", f"@brand item {number}")["id"] for number in range(10)]
    early = [item["id"] for item in read(network)["data"]]
    assert 0 < len(early) < 10
    assert any(int(missing) < int(early[0]) for missing in set(posts) - set(early)), "a late one lies behind a visible one"
    eventually(lambda: [item["id"] for item in read(network)["data"]] == posts[::-1])


def test_null_leaves_nothing_where_something_should_be(network: Network, posts: list[str]) -> None:
    network.trouble("null", count=1)
    assert read(network)["data"] is None
    network.trouble("null", options={"where": "items"}, count=1)
    items = read(network)["data"]
    assert all(item["id"] for item in items)
    assert any(value is None for item in items for value in item.values())


def test_unknown_fields_are_added_and_known_ones_stay(network: Network, posts: list[str]) -> None:
    network.trouble("unknown_fields", count=1)
    page = read(network)
    assert [item["id"] for item in page["data"]] == posts[::-1]
    assert page["data"][0]["mood"] == "teal"
    assert "holograms" in page["includes"]


def test_missing_author_leaves_a_hole(network: Network, posts: list[str]) -> None:
    network.trouble("missing_author", count=1)
    page = read(network)
    assert page["includes"]["users"] == []
    assert sum("author_id" not in item for item in page["data"]) == 1
    assert page["errors"][0]["resource_type"] == "user"


def test_reorder_keeps_the_set_and_loses_the_order(network: Network, posts: list[str]) -> None:
    network.trouble("reorder", count=1, seed=3)
    ids = [item["id"] for item in read(network)["data"]]
    assert sorted(ids) == sorted(posts)
    assert ids != posts[::-1]


def test_future_cursor_lies_about_the_newest_id(network: Network, posts: list[str]) -> None:
    network.trouble("future_cursor", count=1)
    newest = int(read(network)["meta"]["newest_id"])
    assert newest > int(posts[-1])
    assert (newest >> 22) + 1288834974657 > (time.time() + 300 * 86400) * 1000


def test_malformed_item_breaks_one_and_spares_the_rest(network: Network, posts: list[str]) -> None:
    honest = {item["id"]: item for item in read(network)["data"]}
    network.trouble("malformed_item", seed=5)
    ways = set()
    for _ in range(8):
        items = read(network)["data"]
        broken = [item for item in items if not isinstance(item, dict) or honest.get(str(item.get("id"))) != item]
        assert len(broken) == 1
        ways.add(json.dumps(broken[0], sort_keys=True))
    assert len(ways) == 8


def test_the_same_seed_fires_on_the_same_requests(network: Network) -> None:
    def pattern(seed: int) -> list[bool]:
        network.call("DELETE", "/trouble")
        network.trouble("500", group="read", probability=0.4, seed=seed)
        fired = []
        for _ in range(20):
            try:
                read(network)
                fired.append(False)
            except tweepy.TwitterServerError:
                fired.append(True)
        return fired

    first = pattern(11)
    assert 2 <= sum(first) <= 16
    assert pattern(11) == first
    assert pattern(12) != first


def test_switches_keep_to_their_group_account_count_and_next(network: Network) -> None:
    network.trouble("500", group="dm")
    read(network)
    with pytest.raises(tweepy.TwitterServerError):
        network.client().get_direct_message_events(user_auth=False)
    network.call("PUT", "/trouble", on=[{"name": "500", "account": "brand", "count": 2}])
    network.person("other", is_brand=True)
    network.client("other").get_users_mentions(brand_id(network))
    for _ in range(2):
        with pytest.raises(tweepy.TwitterServerError):
            read(network)
    read(network)
    network.call("PUT", "/trouble", on=[{"name": "500", "next": 3, "probability": 0}])
    for _ in range(4):
        read(network)
    assert network.call("GET", "/trouble")["on"][0] | {"id": 0} == {
        "id": 0, "name": "500", "group": "all", "probability": 0.0, "count": None, "next": 3, "account": None, "seed": 1,
        "options": {}, "fired": 0, "considered": 3, "spent": True,
    }  # fmt: skip


def test_the_token_group_reaches_refreshing(network: Network) -> None:
    pair = network.call("POST", "/tokens", account="brand")
    network.trouble("swallow", group="token", count=1)
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], "client_id": network.client_id}
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{network.base}/2/oauth2/token", data=form, timeout=5)
    assert requests.post(f"{network.base}/2/oauth2/token", data=form, timeout=5).status_code == 400
    assert len(network.ledger(kind="refresh")) == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": "earthquake"}, "name"),
        ({"name": "500", "group": "everywhere"}, "group"),
        ({"name": "500", "probability": 2}, "probability"),
        ({"name": "500", "count": 0}, "count"),
        ({"name": "500", "account": "ghost"}, "account"),
        ({"name": "slow", "options": {"ms": "long"}}, "options.ms"),
        ({"name": "slow", "options": {"minutes": 1}}, "options.minutes"),
        ({"name": "500", "when": "later"}, "when"),
    ],
)
def test_bad_switches_are_refused_by_field(network: Network, fields: dict[str, Any], named: str) -> None:
    answer = network.call("POST", "/trouble", 400, **fields)
    assert answer["error"]["field"] == named
    assert network.call("GET", "/trouble")["on"] == []
