"""JSON Feed beside RSS and Atom (jsonfeed.org/version/1.1, read 2026-11), and what a site wishes programs not to read."""

import json
from typing import Any

import pytest

from core import clock
from social.networks.errors import NetworkError, Rejected, TryLater
from tests.social.networks.feed.documents import id_of, item, rss, says
from tests.social.networks.feed.test_reading import NETWORK, access, paths, read, site  # noqa: F401 - the fixture
from tests.social.networks.servers import Says, Scripted

KIND = "application/feed+json"


def feed(items: Any, **about: Any) -> Says:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "The blog", "home_page_url": "https://blog.example/"}
    return says(json.dumps({**document, **about, "items": items}).encode(), kind=KIND)


def post(number: int, **parts: Any) -> dict[str, Any]:
    return {
        "id": id_of(number),
        "url": f"https://blog.example/{number}",
        "content_html": f"<p>Something about the brand, {number}</p>",
        "date_published": f"2026-01-01T00:00:{number % 60:02d}+05:00",
        **parts,
    }


def test_a_json_feed_is_read_like_the_others(site: Scripted) -> None:  # noqa: F811
    picture = {"url": "https://blog.example/a.mp3", "mime_type": "audio/mpeg", "title": "listen"}
    site.says(
        feed(
            [
                post(2, title="A title", authors=[{"name": "عائشہ", "url": "https://blog.example/a"}], attachments=[picture]),
                {"id": 17, "content_text": "plain & <simple>", "author": {"name": "Bilal"}, "external_url": "https://else.example/17"},
            ],
            language="ur",
        )
    )
    (second, first), cursor = read(site, {})
    assert (first.external_id, first.text, first.url) == (id_of(2), "A title\n\nSomething about the brand, 2", "https://blog.example/2")
    assert first.author is not None
    assert first.author.name == "عائشہ"
    assert first.occurred_at.isoformat() == "2025-12-31T19:00:02+00:00"
    assert [(media.kind, media.url) for media in first.media] == [("audio", "https://blog.example/a.mp3")]
    assert (second.external_id, second.text, second.lang) == ("17", "plain & <simple>", "ur")
    assert second.author is not None
    assert second.author.name == "Bilal"
    assert read(site, {**cursor, "not_before": 0})[0] == []


def test_an_edit_is_a_version_and_older_pages_are_followed(site: Scripted) -> None:  # noqa: F811
    site.says(feed([post(2)], next_url="/feed.xml?page=2"), feed([post(1)]), feed([post(2, content_html="newest words")]))
    items, cursor = read(site, {})
    assert [one.external_id for one in items] == [id_of(2), id_of(1)]
    (edited,), _cursor = read(site, {**cursor, "not_before": 0})
    assert (edited.root_id, edited.revision, edited.text) == (id_of(2), 1, "newest words")


def test_a_page_may_name_a_json_feed(site: Scripted) -> None:  # noqa: F811
    page = b'<!doctype html><head><link rel="alternate" type="application/feed+json" href="/feed.json"></head>'
    site.says(paths({"/": says(page, kind="text/html"), "/feed.json": feed([post(1)])}))
    assert NETWORK.identify(access(site, "/")).name == "The blog"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b'{"version": 1}',
        b'{"version": "https://jsonfeed.org/version/1.1" "items": []}',
        b'{"a":' * 100_000,
        b'{"items": [{"id": "1", "content_text": "no version"}]}',
    ],
    ids=["cut", "empty", "other", "broken", "nested", "unnamed"],
)
def test_other_json_is_no_feed(site: Scripted, body: bytes) -> None:  # noqa: F811
    site.says(says(body, kind="application/json"))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(access(site), {"address": f"{site.url}/feed.xml"})
    assert caught.value.code == "no_feed"


@pytest.mark.parametrize(
    "items", [None, "x", 3, {"a": 1}, [None, 3, "x", [], {}], [{"id": True, "content_html": 5, "authors": "x"}]]
)
def test_odd_items_disturb_nobody(site: Scripted, items: Any) -> None:  # noqa: F811
    good = [*items, post(1)] if isinstance(items, list) else items
    site.says(feed(good))
    found, _cursor = read(site, {})
    assert [one.external_id for one in found] == ([id_of(1)] if isinstance(items, list) else [])


# --- robots.txt -----------------------------------------------------------------------------------------------------
FORBIDDEN = [
    b"User-agent: *\nDisallow: /feed.xml",
    b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n",
    b"User-agent: *\nAllow: /\n\nUser-agent: rabta\nDisallow: /feed.xml",
]
ALLOWED = [
    b"User-agent: other\nDisallow: /",
    b"User-agent: *\nDisallow: /private",
    b"User-agent: *\nDisallow: /\n\nUser-agent: Rabta\nAllow: /",
    b"",
    b"\x00\xff not at all a file of rules",
]


@pytest.mark.parametrize("rules", FORBIDDEN)
def test_what_a_site_forbids_is_not_read(site: Scripted, rules: bytes) -> None:  # noqa: F811
    site.says(says(rss([item(1)])))
    site.robots = Says(200, rules)
    for asking in (lambda: NETWORK.identify(access(site)), lambda: NETWORK.fetch(access(site), {})):
        with pytest.raises(Rejected) as caught:
            asking()
        assert (caught.value.code, "robots.txt" in str(caught.value.reason)) == ("robots", True)


@pytest.mark.parametrize("rules", ALLOWED)
def test_what_is_not_forbidden_is_read(site: Scripted, rules: bytes) -> None:  # noqa: F811
    site.says(says(rss([item(1)])))
    site.robots = Says(200, rules)
    assert len(read(site, {})[0]) == 1


@pytest.mark.parametrize(
    "trouble", [Says(404), Says(403), Says(500), Says(drop=True), Says(hang=True)], ids=["404", "403", "500", "drop", "hang"]
)
def test_a_site_that_cannot_say_what_it_forbids_forbids_nothing(site: Scripted, trouble: Says) -> None:  # noqa: F811
    site.says(says(rss([item(1)])))
    site.robots = trouble
    assert len(read(site, {})[0]) == 1


def test_a_site_is_asked_what_it_forbids_once_a_day(site: Scripted) -> None:  # noqa: F811
    site.says(says(rss([item(1)])))
    _items, cursor = read(site, {})
    site.robots = Says(200, FORBIDDEN[0])
    assert read(site, {**cursor, "not_before": 0})[0] == []
    yesterday = cursor["robots_at"] - 86_401
    with pytest.raises(NetworkError):
        read(site, {**cursor, "not_before": 0, "robots_at": yesterday})
    assert clock.now().timestamp() - cursor["robots_at"] < 60
