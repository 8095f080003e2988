"""Writing over the wire with unmodified tweepy: posts, replies, refusals, likes, media, direct messages."""

from __future__ import annotations

import base64
import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import tweepy

from .conftest import HOSTS, Network, Redirect

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8Dwn4GBgQEABhsBAdcwoyAAAAAASUVORK5CYII=")


def person_id(network: Network, handle: str) -> str:
    return str(network.call("GET", f"/people/{handle}")["id"])


def test_a_post_is_on_the_wall_and_once_in_the_ledger(network: Network) -> None:
    made = network.client().create_tweet(text="Good morning <everyone>", user_auth=False)["data"]
    assert made["text"] == "Good morning &lt;everyone&gt;"
    assert network.call("GET", f"/posts/{made['id']}")["text"] == "Good morning <everyone>"
    entries = network.ledger(kind="post", origin="api")
    assert [(entry["object_id"], entry["text"], entry["parent_id"]) for entry in entries] == [
        (made["id"], "Good morning <everyone>", None)
    ]
    assert entries[0]["request_id"]
    assert abs(entries[0]["accepted_ms"] - time.time() * 1000) < 60_000


def test_a_duplicate_is_refused_until_the_first_is_gone(network: Network) -> None:
    client = network.client()
    first = client.create_tweet(text="We are open today", user_auth=False)["data"]["id"]
    with pytest.raises(tweepy.Forbidden, match="duplicate content") as refused:
        client.create_tweet(text="We are open today", user_auth=False)
    assert refused.value.response.json()["title"] == "Forbidden"
    client.delete_tweet(first, user_auth=False)
    client.create_tweet(text="We are open today", user_auth=False)
    assert len(network.ledger(kind="post")) == 2


def test_replies_need_an_author_who_named_us(network: Network) -> None:
    stranger = network.post("ayesha", "I like tea")
    with pytest.raises(tweepy.Forbidden, match="not been mentioned or otherwise engaged"):
        network.client().create_tweet(text="So do we!", in_reply_to_tweet_id=stranger["id"], user_auth=False)
    assert network.ledger(kind="post", origin="api") == []
    network.call("PATCH", "/rules", reply_rule=False)
    network.client().create_tweet(text="So do we!", in_reply_to_tweet_id=stranger["id"], user_auth=False)
    network.call("PATCH", "/rules", reply_rule=True)
    ours = network.post("brand", "Ask us anything")
    quoting = network.post("ayesha", "they asked for it", quote=ours["id"])
    network.client().create_tweet(text="We did!", in_reply_to_tweet_id=quoting["id"], user_auth=False)
    assert len(network.ledger(kind="post", origin="api")) == 2


def test_a_deleted_parent_is_refused(network: Network) -> None:
    post = network.post("ayesha", "@brand hello?")
    network.call("DELETE", f"/posts/{post['id']}")
    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        network.client().create_tweet(text="Hello!", in_reply_to_tweet_id=post["id"], user_auth=False)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 280, True),
        ("a" * 281, False),
        ("س" * 280, True),
        ("漢" * 140, True),
        ("漢" * 141, False),
        ("👨‍👩‍👧‍👦" * 140, True),
        ("👨‍👩‍👧‍👦" * 141, False),
        ("https://example.com/" + "x" * 400 + " " + "a" * 256, True),
        ("https://example.com/" + "x" * 400 + " " + "a" * 257, False),
    ],
)
def test_length_is_weighed_as_x_does(network: Network, text: str, fits: bool) -> None:
    client = network.client()
    if fits:
        assert client.create_tweet(text=text, user_auth=False)["data"]["id"]
    else:
        with pytest.raises(tweepy.BadRequest, match="too long"):
            client.create_tweet(text=text, user_auth=False)
        assert network.ledger(kind="post") == []


def test_nobody_deletes_what_others_wrote(network: Network) -> None:
    post = network.post("ayesha", "@brand mine")
    with pytest.raises(tweepy.Forbidden, match="not authorized to delete"):
        network.client().delete_tweet(post["id"], user_auth=False)
    assert not network.call("GET", f"/posts/{post['id']}")["deleted"]


def test_likes_and_hidden_replies(network: Network) -> None:
    client = network.client()
    ours = client.create_tweet(text="New opening hours", user_auth=False)["data"]["id"]
    reply = network.post("ayesha", "these are terrible", reply_to=ours)
    for _ in range(2):
        assert client.like(reply["id"], user_auth=False)["data"] == {"liked": True}
    assert client.get_liking_users(reply["id"])["meta"]["result_count"] == 1
    assert network.call("GET", f"/posts/{reply['id']}")["likes"] == 1
    assert client.unlike(reply["id"], user_auth=False)["data"] == {"liked": False}
    assert network.call("GET", f"/posts/{reply['id']}")["likes"] == 0
    assert client.hide_reply(reply["id"], user_auth=False)["data"] == {"hidden": True}
    assert network.call("GET", f"/posts/{reply['id']}")["hidden"]
    foreign = network.post("ayesha", "@brand my own thread")
    with pytest.raises(tweepy.Forbidden):
        client.hide_reply(foreign["id"], user_auth=False)


def test_media_in_one_go_and_in_parts(network: Network) -> None:
    token = network.access("brand")
    api = tweepy.API(tweepy.OAuth2BearerHandler(token))
    for host in HOSTS:
        api.session.mount(host, Redirect(network.base, 5))
    media_id = api.media_upload("pixel.png", file=io.BytesIO(PNG)).media_id_string
    chunked = api.media_upload("pixel.png", file=io.BytesIO(PNG), chunked=True).media_id_string
    client = network.client(token=token)
    made = client.create_tweet(text="Look", media_ids=[media_id, chunked], user_auth=False)["data"]
    post = client.get_tweet(
        made["id"],
        expansions=["attachments.media_keys"],
        media_fields=["url", "width", "height", "type"],
        tweet_fields=["attachments"],
    )
    assert post["data"]["attachments"]["media_keys"] == [f"3_{media_id}", f"3_{chunked}"]
    picture = post["includes"]["media"][0]
    assert (picture["type"], picture["width"], picture["height"]) == ("photo", 2, 3)
    assert network.session.get(picture["url"]).content == PNG
    with pytest.raises(tweepy.BadRequest, match="media IDs are invalid"):
        client.create_tweet(text="Look again", media_ids=[123], user_auth=False)


def test_media_the_new_way(network: Network) -> None:
    headers = {"Authorization": f"Bearer {network.access('brand')}"}
    base = f"{network.base}/2/media/upload"

    def post(path: str, **body: Any) -> Any:
        answer = network.session.post(base + path, headers=headers, timeout=5, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    media_id = post("/initialize", json={"media_type": "image/png", "total_bytes": len(PNG), "media_category": "tweet_image"})["id"]
    post(f"/{media_id}/append", data={"segment_index": "0"}, files={"media": PNG[:30]})
    short = network.session.post(f"{base}/{media_id}/finalize", headers=headers, timeout=5)
    assert (short.status_code, "30 of" in short.text) == (400, True)
    post(f"/{media_id}/append", data={"segment_index": "1"}, files={"media": PNG[30:]})
    assert post(f"/{media_id}/finalize")["size"] == len(PNG)
    assert post("", files={"media": PNG}, data={"media_category": "tweet_image"})["media_key"].startswith("3_")
    junk = network.session.post(base, headers=headers, timeout=5, files={"media": b"<svg onload=alert(1)>"})
    assert (junk.status_code, "not a PNG" in junk.text) == (400, True)


def test_direct_messages_go_both_ways(network: Network) -> None:
    ayesha, brand = person_id(network, "ayesha"), person_id(network, "brand")
    first = network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "میرا نمبر <0300> ہے"})
    client = network.client()
    sent = client.create_direct_message(participant_id=ayesha, text="Thank you", user_auth=False)["data"]
    assert sent["dm_conversation_id"] == first["conversation"] == "-".join(sorted((ayesha, brand), key=int))
    again = client.create_direct_message(dm_conversation_id=sent["dm_conversation_id"], text="One more thing", user_auth=False)[
        "data"
    ]
    fields = {"dm_event_fields": ["created_at", "dm_conversation_id", "event_type", "id", "sender_id", "text"]}
    page = client.get_direct_message_events(user_auth=False, expansions=["sender_id"], **fields)
    assert [event["id"] for event in page["data"]] == [again["dm_event_id"], sent["dm_event_id"], first["id"]]
    assert page["data"][2]["text"] == "میرا نمبر &lt;0300&gt; ہے"
    assert page["data"][2]["sender_id"] == ayesha
    assert {user["username"] for user in page["includes"]["users"]} == {"ayesha", "brand"}
    assert client.get_direct_message_events(participant_id=ayesha, user_auth=False)["meta"]["result_count"] == 3
    assert (
        client.get_direct_message_events(dm_conversation_id=sent["dm_conversation_id"], user_auth=False)["meta"]["result_count"]
        == 3
    )
    tokens = client.get_direct_message_events(user_auth=False, max_results=2)
    rest = client.get_direct_message_events(user_auth=False, max_results=2, pagination_token=tokens["meta"]["next_token"])
    assert [event["id"] for event in rest["data"]] == [first["id"]]
    assert [entry["parent_id"] for entry in network.ledger(kind="dm", origin="api")] == [ayesha, ayesha]


def test_direct_messages_stay_between_those_they_belong_to(network: Network) -> None:
    network.person("rival", is_brand=True)
    dm = network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "only for you"})
    rival = network.client("rival")
    assert rival.get_direct_message_events(user_auth=False) == {"meta": {"result_count": 0}}
    assert rival.get_direct_message_events(dm_conversation_id=dm["conversation"], user_auth=False) == {"meta": {"result_count": 0}}
    with pytest.raises(tweepy.Forbidden, match="permission to DM"):
        rival.create_direct_message(dm_conversation_id=dm["conversation"], text="hi", user_auth=False)
    network.call("PATCH", "/people/ayesha", dm_open=False)
    with pytest.raises(tweepy.Forbidden, match="permission to DM"):
        rival.create_direct_message(participant_id=person_id(network, "ayesha"), text="hi", user_auth=False)
    assert network.client().create_direct_message(participant_id=person_id(network, "ayesha"), text="hi", user_auth=False)["data"]


def test_groups_begin_with_a_join(network: Network) -> None:
    network.person("reza")
    ids = [person_id(network, handle) for handle in ("ayesha", "reza")]
    made = network.client().create_direct_message_conversation(text="hello both", participant_ids=ids, user_auth=False)["data"]
    page = network.client().get_direct_message_events(
        user_auth=False, dm_event_fields=["participant_ids", "event_type", "text"], dm_conversation_id=made["dm_conversation_id"]
    )
    assert [event["event_type"] for event in page["data"]] == ["MessageCreate", "ParticipantsJoin"]
    assert set(ids) < set(page["data"][1]["participant_ids"])


def test_old_messages_are_gone_after_30_days(network: Network) -> None:
    now = datetime.now(UTC)
    rows = [
        {"from": "ayesha", "to": "brand", "text": f"{days} days ago", "created_at": (now - timedelta(days=days)).isoformat()}
        for days in (40, 29)
    ]
    assert network.call("POST", "/import", dms=rows)["dms"] == 2
    events = network.client().get_direct_message_events(user_auth=False)["data"]
    assert [event["text"] for event in events] == ["29 days ago"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "text"),
        ({"text": 5}, "text"),
        ({"text": "hi", "colour": "blue"}, "colour"),
        ({"text": "hi", "reply": {}}, "in_reply_to_tweet_id"),
        ({"text": "hi", "reply": {"in_reply_to_tweet_id": "x"}}, "in_reply_to_tweet_id"),
        ([1], "JSON object"),
        (None, "JSON object"),
    ],
)
def test_bad_bodies_are_refused_by_name(network: Network, body: Any, named: str) -> None:
    answer = network.session.post(
        f"{network.base}/2/tweets", json=body, headers={"Authorization": f"Bearer {network.access('brand')}"}, timeout=5
    )
    assert answer.status_code == 400
    assert named in answer.text
    assert network.ledger(kind="post") == []


def test_half_of_a_character_is_no_text(network: Network) -> None:
    half = b'{"text": "hello \\ud83d"}'
    headers = {"Authorization": f"Bearer {network.access('brand')}", "Content-Type": "application/json"}
    answer = network.session.post(f"{network.base}/2/tweets", data=half, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert network.ledger(kind="post") == []
