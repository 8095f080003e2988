"""Reddit's wire, asked by an unmodified praw that is merely told another address."""

from typing import Any

import praw
import prawcore
import pytest
from praw.exceptions import RedditAPIException

from tests.practice.conftest import Network


@pytest.fixture
def people(network: Network) -> Network:
    network.person("red_shop", name="Red Shop", is_brand=True, network="reddit")
    network.person("zoya", name="زویا", network="reddit")
    return network


def client(network: Network, who: str = "red_shop", password: str = "practice") -> praw.Reddit:
    return praw.Reddit(
        client_id="practice-script",
        client_secret="practice-secret",
        username=who,
        password=password,
        user_agent="tests:rabta:1 (by /u/tests)",
        reddit_url=network.base,
        oauth_url=network.base,
        check_for_updates=False,
        # The square's windows are of a quarter of an hour; taking them for Reddit's ten minutes, praw would sleep before each call.
        window_size=900,
    )


def test_signing_in_as_the_library_does(people: Network) -> None:
    assert client(people).user.me().name == "red_shop"
    with pytest.raises(prawcore.OAuthException):
        client(people, password="wrong").user.me()
    with pytest.raises(prawcore.OAuthException):
        client(people, "brand").user.me()  # somebody of X


def test_the_square_is_a_subreddit(people: Network) -> None:
    shop = client(people)
    first = people.post("zoya", "@red_shop میرا پارسل؟\nThree weeks & counting")
    (post,) = shop.subreddit("chowk").new()
    assert (post.title, post.selftext, post.author.name) == ("u/red_shop میرا پارسل؟", "Three weeks & counting", "zoya")
    answer = post.reply("We look at once.")
    assert (answer.link_id, answer.parent_id) == (post.fullname, post.fullname)
    own = people.call("GET", "/posts?author=red_shop")["posts"][0]
    people.post("zoya", "Really?", reply_to=own["id"])
    told = list(shop.inbox.all())
    assert [(entry.body, entry.parent_id, entry.type) for entry in told] == [("Really?", answer.fullname, "comment_reply")]
    assert [entry.body for entry in shop.redditor("red_shop").comments.new()] == ["We look at once."]
    assert len(list(shop.subreddit("nobody+chowk").comments())) == 2
    assert len(list(shop.multireddit(redditor="red_shop", name="rabta").new())) == 1
    with pytest.raises(prawcore.NotFound):
        list(shop.subreddit("nobody").new())
    assert [entry.id for entry in shop.subreddit("all").search('"counting" OR "x"')] == [post.id]
    people.call("DELETE", f"/posts/{first['id']}")
    (gone,) = shop.info(fullnames=[post.fullname, "t1_zzz"])
    assert (gone.author, gone.selftext) == (None, "[deleted]")
    assert people.session.get(f"{people.base}{answer.permalink}", timeout=5).status_code == 200


def test_pages_go_down_by_name(people: Network) -> None:
    for number in range(30):
        people.post("zoya", f"post {number}")
    first = client(people).subreddit("chowk").new(limit=20, params={"limit": 10})
    assert [entry.title for entry in first] == [f"post {number}" for number in range(29, 9, -1)]


def test_messages_hang_on_the_first_one(people: Network) -> None:
    shop = client(people)
    people.call("POST", "/dms", **{"from": "zoya", "to": "red_shop", "text": "Parcel\nmy number is 1"})
    (told,) = shop.inbox.all()
    assert (told.subject, told.body, told.first_message_name) == ("Parcel", "my number is 1", None)
    answer = told.reply("Thank you")
    (sent,) = shop.inbox.sent()
    assert (sent.fullname, sent.first_message_name, sent.parent_id) == (answer.fullname, told.fullname, told.fullname)


def test_refusals_stand_in_a_200(people: Network) -> None:
    shop = client(people)
    people.post("zoya", "help")
    (post,) = shop.subreddit("chowk").new()

    def refused(**rules: Any) -> str:
        people.call("PATCH", "/rules", **rules)
        with pytest.raises(RedditAPIException) as caught:
            post.reply("On our way")
        people.call("PATCH", "/rules", **dict.fromkeys(rules, False))
        return str(caught.value.items[0].error_type)

    assert refused(reddit_locked=True) == "THREAD_LOCKED"
    assert refused(reddit_ratelimit=True) == "RATELIMIT"
    with pytest.raises(RedditAPIException, match="TOO_LONG"):
        post.reply("x" * 10_001)
    with pytest.raises(RedditAPIException, match="NO_TEXT"):
        post.reply(" ")
    assert people.call("GET", "/posts?author=red_shop")["posts"] == []
