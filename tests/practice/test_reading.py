"""Reading over the wire with unmodified tweepy: mentions, pages, expansions, look-ups, search."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import tweepy

from .conftest import Network

EVERYTHING = {
    "expansions": ["author_id", "referenced_tweets.id", "in_reply_to_user_id", "attachments.media_keys"],
    "tweet_fields": [
        "author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id", "lang", "note_tweet",
        "public_metrics", "referenced_tweets", "attachments", "edit_history_tweet_ids",
    ],
    "user_fields": ["created_at", "description", "location", "profile_image_url", "public_metrics", "verified", "protected"],
    "media_fields": ["media_key", "type", "url", "width", "height", "alt_text"],
}  # fmt: skip


def brand_id(network: Network) -> str:
    return network.call("GET", "/people/brand")["id"]


def test_it_lists_mentions_newest_first_with_authors(network: Network) -> None:
    first = network.post("ayesha", "@brand where is my order?")
    network.post("ayesha", "nothing to do with anybody")
    second = network.post("ayesha", "@Brand still waiting <b>& hoping</b> #refund https://example.com/a/very/long/path/indeed")
    page = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)
    assert [post["id"] for post in page["data"]] == [second["id"], first["id"]]
    assert page["meta"] == {"result_count": 2, "newest_id": second["id"], "oldest_id": first["id"]}
    newest = page["data"][0]
    assert "&lt;b&gt;&amp; hoping&lt;/b&gt;" in newest["text"]
    assert "&amp;amp;" not in newest["text"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", newest["created_at"])
    assert newest["conversation_id"] == newest["id"] == newest["edit_history_tweet_ids"][0]
    assert isinstance(newest["public_metrics"]["reply_count"], int)
    author = page["includes"]["users"][0]
    assert author["name"] == "عائشہ خان"
    assert author["description"] == "چائے &amp; کتابیں"


def test_entities_point_at_what_they_name(network: Network) -> None:
    network.post("ayesha", "سلام @brand یہ <دیکھیں> #شکایت https://example.com/x?a=1&b=2 🙏 @nobodyhere")
    post = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)["data"][0]
    text, entities = post["text"], post["entities"]
    assert [text[m["start"] : m["end"]] for m in entities["mentions"]] == ["@brand"]
    assert [text[h["start"] : h["end"]] for h in entities["hashtags"]] == ["#شکایت"]
    url = entities["urls"][0]
    assert text[url["start"] : url["end"]] == url["url"]
    assert url["url"].startswith("https://t.co/")
    assert url["expanded_url"] == "https://example.com/x?a=1&b=2"


def test_fields_that_were_not_asked_for_stay_away(network: Network) -> None:
    network.post("ayesha", "@brand hello")
    page = network.client().get_users_mentions(brand_id(network))
    assert set(page["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert "includes" not in page


def test_an_empty_page_has_no_data(network: Network) -> None:
    assert network.client().get_users_mentions(brand_id(network)) == {"meta": {"result_count": 0}}


def test_pages_cover_everything_once_and_since_id_is_exclusive(network: Network) -> None:
    posts = [network.post("ayesha", f"@brand number {n}")["id"] for n in range(23)]
    client = network.client()
    seen: list[str] = []
    token = None
    sizes = []
    while True:
        page = client.get_users_mentions(brand_id(network), max_results=10, since_id=posts[2], pagination_token=token)
        seen += [post["id"] for post in page["data"]]
        sizes.append(page["meta"]["result_count"])
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert seen == posts[:2:-1]
    assert sizes == [10, 10]
    newer = client.get_users_mentions(brand_id(network), max_results=5, since_id=posts[-1])
    assert newer == {"meta": {"result_count": 0}}
    older = client.get_users_mentions(brand_id(network), max_results=5, until_id=posts[1])
    assert [post["id"] for post in older["data"]] == posts[:1]


def test_at_most_800_mentions_reach_back(network: Network) -> None:
    start = datetime.now(UTC) - timedelta(days=3)
    rows = [
        {"author": "ayesha", "text": f"@brand old {n}", "created_at": (start + timedelta(seconds=n)).isoformat()}
        for n in range(850)
    ]
    assert network.call("POST", "/import", posts=rows)["posts"] == 850
    client, count, token = network.client(), 0, None
    while True:
        page = client.get_users_mentions(brand_id(network), max_results=100, pagination_token=token)
        count += page["meta"]["result_count"]
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert count == 800


def test_times_narrow_a_timeline(network: Network) -> None:
    now = datetime.now(UTC)
    rows = [
        {"author": "ayesha", "text": f"@brand {hours} hours ago", "created_at": (now - timedelta(hours=hours)).isoformat()}
        for hours in (30, 20, 10)
    ]
    network.call("POST", "/import", posts=rows)
    page = network.client().get_users_mentions(
        brand_id(network), max_results=5, start_time=now - timedelta(hours=25), end_time=now - timedelta(hours=15)
    )
    assert [post["text"] for post in page["data"]] == ["@brand 20 hours ago"]


def test_a_reply_belongs_to_its_conversation(network: Network) -> None:
    root = network.post("ayesha", "@brand my parcel is wet")
    answer = network.client().create_tweet(text="Sorry to hear that!", in_reply_to_tweet_id=root["id"], user_auth=False)["data"]
    network.post("ayesha", "thank you", reply_to=answer["id"])
    page = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)
    reply = page["data"][0]
    assert reply["text"] == "@brand thank you"
    assert reply["conversation_id"] == root["id"]
    assert reply["referenced_tweets"] == [{"type": "replied_to", "id": answer["id"]}]
    assert reply["in_reply_to_user_id"] == brand_id(network)
    assert [post["id"] for post in page["includes"]["tweets"]] == [answer["id"]]
    own = network.client().get_users_tweets(brand_id(network), max_results=5, **EVERYTHING)["data"]
    assert [(post["id"], post["text"]) for post in own] == [(answer["id"], "@ayesha Sorry to hear that!")]


def test_an_edit_is_a_new_id_and_the_old_one_leaves_the_page(network: Network) -> None:
    old = network.post("ayesha", "@brand I want my mony back")
    new = network.call("PATCH", f"/posts/{old['id']}", text="@brand I want my money back")
    assert new["id"] != old["id"]
    page = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)
    assert [post["id"] for post in page["data"]] == [new["id"]]
    assert page["data"][0]["edit_history_tweet_ids"] == [old["id"], new["id"]]
    assert page["data"][0]["conversation_id"] == old["id"]
    network.call("DELETE", f"/posts/{new['id']}")
    gone = network.client().get_tweets([old["id"], new["id"]])
    assert [error["resource_id"] for error in gone["errors"]] == [old["id"], new["id"]]


def test_a_long_post_is_cut_and_whole_in_note_tweet(network: Network) -> None:
    text = "@brand " + "بہت لمبی کہانی ہے، " * 400 + "#انجام"
    network.post("ayesha", text)
    post = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)["data"][0]
    assert len(post["text"]) <= 290
    assert "https://t.co/" in post["text"]
    assert post["note_tweet"]["text"] == text
    tag = post["note_tweet"]["entities"]["hashtags"][0]
    assert text[tag["start"] : tag["end"]] == "#انجام"


def test_deleted_and_unknown_posts_come_as_200_with_errors(network: Network) -> None:
    post = network.post("ayesha", "@brand never mind")
    network.call("DELETE", f"/posts/{post['id']}")
    client = network.client()
    answer = client.get_tweet(post["id"])
    assert "data" not in answer
    assert answer["errors"][0]["type"].endswith("/resource-not-found")
    assert client.get_tweet(1234567890)["errors"][0]["value"] == "1234567890"


def test_suspended_authors_become_partial_errors(network: Network) -> None:
    network.post("ayesha", "@brand hello")
    network.call("PATCH", "/people/ayesha", suspended=True)
    page = network.client().get_users_mentions(brand_id(network), max_results=5, **EVERYTHING)
    assert len(page["data"]) == 1
    assert "users" not in page.get("includes", {})
    assert page["errors"][0]["detail"].startswith("User has been suspended")
    network.call("PATCH", "/people/ayesha", suspended=False, protected=True)
    assert network.client().get_users_mentions(brand_id(network), max_results=5)["meta"]["result_count"] == 0


def test_people_can_be_looked_up_every_way(network: Network) -> None:
    client = network.client()
    me = client.get_me(user_auth=False, user_fields=["public_metrics", "profile_image_url"])["data"]
    assert (me["username"], me["name"]) == ("brand", "The Brand")
    assert network.session.get(me["profile_image_url"]).headers["content-type"] == "image/svg+xml"
    ayesha = client.get_user(username="AYESHA")["data"]
    assert client.get_user(id=ayesha["id"])["data"] == ayesha
    assert client.get_users(ids=[me["id"], ayesha["id"]])["data"][1] == ayesha
    several = client.get_users(usernames=["ayesha", "ghost"])
    assert several["data"] == [ayesha]
    assert several["errors"][0]["value"] == "ghost"


def test_search_understands_its_operators(network: Network) -> None:
    network.person("reza", name="رضا", lang="fa")
    texts = {
        "one": network.post("ayesha", "@brand the blue kettle leaks")["id"],
        "two": network.post("reza", "کتری آبی @brand نشتی داره #خرابی")["id"],
        "three": network.post("reza", "a kettle, blue as the sky")["id"],
    }
    network.post("brand", "Our new kettle is here")
    client = network.client()

    def found(query: str) -> set[str]:
        data = client.search_recent_tweets(query, max_results=10).get("data", [])
        return {name for name, post_id in texts.items() if post_id in {post["id"] for post in data}}

    assert found("kettle blue") == {"one", "three"}
    assert found('"blue kettle"') == {"one"}
    assert found("@brand -from:brand") == {"one", "two"}
    assert found("#خرابی") == {"two"}
    assert found("from:reza lang:en") == {"three"}
    assert found("(leaks OR sky) -has:mentions") == {"three"}
    assert found(f"conversation_id:{texts['one']}") == {"one"}
    with pytest.raises(tweepy.BadRequest, match="unknown operator"):
        client.search_recent_tweets("colour:blue")
    with pytest.raises(tweepy.BadRequest, match="must be a tweet id created after"):
        client.search_recent_tweets("kettle", since_id=1)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"tweet_fields": ["colour"]}, "colour"),
        ({"max_results": 4}, "between 5 and 100"),
        ({"max_results": 101}, "between 5 and 100"),
        ({"since_id": "abc"}, "since_id"),
        ({"pagination_token": "zzz"}, "pagination_token"),
        ({"flavour": "sour"}, "flavour"),
    ],
)
def test_bad_parameters_are_refused_by_name(network: Network, parameters: dict, named: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(tweepy.BadRequest, match=named) as refused:
        network.client().get_users_mentions(brand_id(network), **parameters)
    assert refused.value.response.json()["detail"] == "One or more parameters to your request was invalid."


def test_tweepy_models_read_a_page(network: Network) -> None:
    network.post("ayesha", "@brand for the models")
    client = network.client()
    client.return_type = tweepy.Response
    page = client.get_users_mentions(brand_id(network), **EVERYTHING)
    assert page.data[0].created_at.tzinfo is not None
    assert page.includes["users"][0].public_metrics["followers_count"] == 0


def test_times_without_fractions_and_the_new_dialect_can_be_asked_for(network: Network) -> None:
    network.post("ayesha", "@brand hello")
    network.call("PATCH", "/rules", fractionless=True, post_dialect=True)
    post = network.client().get_users_mentions(brand_id(network), **EVERYTHING)["data"][0]
    assert "." not in post["created_at"]
    assert "edit_history_post_ids" in post
    network.call("PATCH", "/rules", fractionless=False, post_dialect=False)
