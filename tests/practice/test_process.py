"""The process itself: start, refusals, kill -9, import, crowd, counts and the control API's own door."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import ROOT, Network, free_port


@pytest.mark.parametrize("name", ["PRACTICE_ADMIN_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET", "PRACTICE_CALLBACK"])
def test_it_refuses_to_start_without_a_setting(tmp_path: Path, name: str) -> None:
    network = Network(tmp_path)
    environment = {key: value for key, value in network.environment().items() if key != name}
    command = [sys.executable, "-m", "practice", "--port", str(free_port()), "--store", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=20)
    assert ended.returncode == 2
    assert name in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_it_refuses_to_listen_to_the_world(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "practice", "--host", "0.0.0.0", "--port", "1", "--store", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=ROOT, env=Network(tmp_path).environment(), capture_output=True, check=False, text=True, timeout=20
    )
    assert (ended.returncode, "loopback" in ended.stderr) == (2, True)


def test_kill_9_keeps_everything_that_was_accepted(tmp_path: Path) -> None:
    network = Network(tmp_path / "store with spaces")
    network.start()
    answered: list[str] = []

    def shout() -> None:
        try:
            for number in range(100_000):
                answered.append(network.post("daniel_okafor", f"@anarmarket shout {number}")["id"])
        except requests.RequestException:
            return  # the process is gone, as it should be

    shouting = threading.Thread(target=shout)
    shouting.start()
    while len(answered) < 40:
        time.sleep(0.01)
    token = network.access("anarmarket")
    assert network.stop(signal.SIGKILL) == -signal.SIGKILL
    shouting.join()
    before = list(answered)
    network.start()
    try:
        kept = {post["id"] for post in network.call("GET", "/posts?author=daniel_okafor&limit=100000")["posts"]}
        assert set(before) <= kept
        assert len(network.ledger(kind="post")) == len(kept) <= len(before) + 1
        later = network.post("daniel_okafor", "@anarmarket after")
        assert int(later["id"]) > max(int(post_id) for post_id in kept)
        assert network.client(token=token).get_me(user_auth=False)["data"]["username"] == "anarmarket"
        assert len(network.call("GET", "/people?brand=0")["people"]) == 41
    finally:
        assert network.stop() in (0, -signal.SIGTERM)


def test_thousands_of_rows_are_imported_in_one_batch(network: Network) -> None:
    now = datetime.now(UTC)
    people = [{"handle": f"person{n}", "name": f"Person {n}", "lang": "fa"} for n in range(200)]
    posts: list[dict[str, Any]] = []
    for n in range(3000):
        at = now - timedelta(days=20) + timedelta(minutes=5 * n)
        stamp = int(at.timestamp() * 1000)
        parent = str((stamp - 1288834974657) << 22 | n % 4096)
        posts.append({"id": parent, "author": f"person{n % 200}", "text": f"@brand سلام {n}", "created_at": stamp, "likes": n % 7})
        posts.append({"author": "brand", "text": f"Hello {n}", "created_at": stamp + 60_000, "reply_to": parent})
    dms = [
        {"from": f"person{n % 200}", "to": "brand", "text": f"dm {n}", "created_at": (now - timedelta(hours=n)).isoformat()}
        for n in range(500)
    ]
    batch = {"people": people, "posts": posts, "dms": dms}
    answer = network.call("POST", "/import", **batch)
    assert (answer["posts"], answer["dms"], len(answer["people"])) == (6000, 500, 200)
    first = network.call("GET", f"/posts/{posts[0]['id']}")
    assert (first["created_ms"], first["likes"], first["replies"], first["origin"]) == (posts[0]["created_at"], 0, 1, "import")
    with_ids = [post for post in posts if "id" in post]
    again = network.call("POST", "/import", people=people, posts=with_ids)
    assert (again["posts"], again["posts_skipped"]) == (0, 3000)
    assert again["people"] == answer["people"]
    page = network.client().get_users_mentions(
        network.call("GET", "/people/brand")["id"], max_results=100, tweet_fields=["created_at"]
    )
    times = [post["created_at"] for post in page["data"]]
    assert times == sorted(times, reverse=True)
    assert network.ledger() == [], "history is not something Rabta sent"


@pytest.mark.parametrize(
    ("batch", "named"),
    [
        ({"posts": [{"author": "ghost", "text": "x", "created_at": 1}]}, "posts[0].author"),
        ({"posts": [{"author": "ayesha", "text": "x", "created_at": "yesterday"}]}, "posts[0].created_at"),
        ({"posts": [{"author": "ayesha", "text": "", "created_at": 1}]}, "posts[0].text"),
        ({"posts": [{"author": "ayesha", "text": "x", "created_at": 1, "reply_to": "77"}]}, "posts[0].reply_to"),
        ({"posts": [{"author": "ayesha", "text": "x", "created_at": 1, "mood": "x"}]}, "posts[0].mood"),
        ({"people": [{"handle": "no spaces", "name": "x"}]}, "people[0].handle"),
        ({"people": [{"handle": "x", "name": "x", "age": 5}]}, "people[0].age"),
        ({"dms": [{"from": "ayesha", "to": "ghost", "text": "x", "created_at": 1}]}, "dms[0].to"),
        ({"animals": []}, "animals"),
    ],
)
def test_a_bad_batch_names_its_row_and_leaves_nothing(network: Network, batch: dict[str, Any], named: str) -> None:
    good = {"people": [{"handle": "good", "name": "Good"}]}
    answer = network.call("POST", "/import", 400, **{**good, **batch, "people": [*good["people"], *batch.get("people", [])]})
    assert answer["error"]["field"] in (named, named.replace("[0]", "[1]"))
    network.call("GET", "/people/good", 400)


def test_the_control_api_wants_its_key(network: Network) -> None:
    for headers in ({}, {"X-Practice-Key": "guess"}):
        answer = requests.post(f"{network.base}/_practice/api/reset", json={}, headers=headers, timeout=5)
        assert (answer.status_code, answer.json()["error"]["field"]) == (401, "X-Practice-Key")
    assert network.call("GET", "/people/brand")["handle"] == "brand"


def test_the_page_api_wants_our_own_page(network: Network) -> None:
    url = f"{network.base}/_chowk/posts"
    body = {"author": "ayesha", "text": "@brand forged"}
    hostile = [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": f"evil.example:{network.port}"}]
    for headers in hostile:
        assert requests.post(url, json=body, headers=headers, timeout=5).status_code == 403
    assert network.ledger() == []
    assert requests.post(url, json=body, headers={"Origin": network.base}, timeout=5).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'"text"'])
def test_bodies_that_are_no_objects_are_refused(network: Network, body: bytes) -> None:
    answer = network.session.post(f"{network.base}/_practice/api/posts", data=body, timeout=5)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "body")


def test_a_crowd_posts_in_its_mix_and_stops_at_its_total(network: Network) -> None:
    network.call("POST", "/reset", cast=True)
    network.call("POST", "/crowd", rate=200, total=120, seed=4, languages={"ur": 1, "fa": 1})
    deadline = time.monotonic() + 15
    while (crowd := network.call("GET", "/crowd"))["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (crowd["posted"], crowd["problem"]) == (120, "")
    assert set(crowd["by_language"]) == {"ur", "fa"}
    posts = network.call("GET", "/posts?limit=1000")["posts"]
    assert len(posts) == 120
    assert {post["lang"] for post in posts} == {"ur", "fa"}
    assert not any("{" in post["text"] for post in posts)
    assert len({post["text"] for post in posts}) > 100
    brand = network.call("GET", "/people/anarmarket")["id"]
    seen = network.client("anarmarket").get_users_mentions(brand, max_results=100)
    assert seen["meta"]["result_count"] == 100


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": 1000}, "rate"),
        ({"rate": 1, "languages": {"tlh": 1}}, "languages"),
        ({"rate": 1, "languages": {"en": 0}}, "languages"),
        ({"rate": 1, "brands": ["ghost"]}, "brands"),
        ({"rate": 1, "total": 0}, "total"),
    ],
)
def test_a_bad_crowd_is_refused_by_field(network: Network, fields: dict[str, Any], named: str) -> None:
    assert network.call("POST", "/crowd", 400, **fields)["error"]["field"] == named
    assert not network.call("GET", "/crowd")["running"]


def test_traffic_counts_requests_and_the_most_at_once(network: Network) -> None:
    brand = network.call("GET", "/people/brand")["id"]
    client = network.client()
    network.call("DELETE", "/traffic")
    network.trouble("slow", options={"ms": 1500})
    threads = [threading.Thread(target=client.get_users_mentions, args=(brand,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = network.call("GET", "/traffic")["endpoints"]["mentions"]
    assert (count["requests"], count["running_max"], count["running"]) == (4, 4, 0)
    assert count["accounts"] == {brand: 4}
    single = network.call("GET", "/requests?endpoint=mentions")["requests"]
    assert all(entry["ended_ms"] - entry["started_ms"] >= 1490 for entry in single)
    assert {entry["trouble"] for entry in single} == {"slow"}


def test_what_is_not_there_is_said_so(network: Network) -> None:
    wire = requests.get(f"{network.base}/2/nothing", timeout=5)
    assert (wire.status_code, wire.json()["title"]) == (404, "Not Found")
    assert network.call("GET", "/posts/1", 404)["error"]["field"] == "id"
    assert requests.get(f"{network.base}/nowhere", timeout=5).status_code == 404
    assert requests.delete(f"{network.base}/2/tweets", timeout=5).status_code == 405
