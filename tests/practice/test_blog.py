"""The pretend blog: what a person does on its pages stands in its feeds."""

from typing import Any

import feedparser
import requests

from tests.practice.conftest import Network


def write(network: Network, path: str, **values: str) -> requests.Response:
    return requests.post(network.base + path, data=values, headers={"Origin": network.base}, timeout=10, allow_redirects=False)


def feed(network: Network, path: str) -> Any:
    answer = requests.get(network.base + path, timeout=10)
    assert answer.headers["content-type"].startswith("application/rss+xml")
    return feedparser.parse(answer.content)


def test_what_is_posted_and_said_below_stands_in_the_feeds(network: Network) -> None:
    made = write(network, "/blog/", name="Parisa", title="Kettle & <lid>", text="First line\n\nSecond ]]> \x0b line")
    assert made.status_code == 303
    page = made.headers["location"]
    said = write(network, page, name="علی", text="سلام 👋 <b>x</b>")
    assert said.headers["location"].startswith(f"{page}#comment-")
    posts = feed(network, "/blog/feed.xml")
    assert not posts.bozo
    assert [(one.title, one.author, one.slash_comments) for one in posts.entries] == [("Kettle & <lid>", "Parisa", "1")]
    comments = feed(network, posts.entries[0].wfw_commentrss.removeprefix(network.base))
    assert [(one.title, one.author) for one in comments.entries] == [("By: علی", "علی")]
    assert "سلام 👋" in comments.entries[0].summary
    shown = requests.get(network.base + page, timeout=10).text
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "Practice network" in shown


def test_a_page_names_its_feed_and_a_reader_that_has_it_gets_nothing_anew(network: Network) -> None:
    page = requests.get(f"{network.base}/blog/", timeout=10).text
    assert '<link rel="alternate" type="application/rss+xml"' in page
    assert f"{network.base}/blog/feed.xml" in page
    address = f"{network.base}/blog/feed.xml"
    etag = requests.get(address, timeout=10).headers["etag"]
    assert requests.get(address, headers={"If-None-Match": etag}, timeout=10).status_code == 304
    write(network, "/blog/", name="Parisa", title="New", text="Words")
    assert requests.get(address, headers={"If-None-Match": etag}, timeout=10).status_code == 200


def test_what_is_missing_or_comes_from_elsewhere_is_refused(network: Network) -> None:
    assert write(network, "/blog/", name="Parisa", title="", text="Words").status_code == 400
    assert write(network, "/blog/999", name="Parisa", text="Words").status_code == 404
    values, origin = {"name": "a", "title": "b", "text": "c"}, {"Origin": "https://elsewhere.example"}
    elsewhere = requests.post(f"{network.base}/blog/", data=values, headers=origin, timeout=10)
    assert elsewhere.status_code == 403
    assert feed(network, "/blog/feed.xml").entries == []
