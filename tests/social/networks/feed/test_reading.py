"""What a reader of feeds finds, keeps and asks: over real sockets, against what sites do."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.feed import Feed
from social.networks.values import Access, Cursor, Item, Page
from tests.social.networks.feed import documents
from tests.social.networks.feed.documents import id_of, item, page_naming, rss, says
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Feed(read_seconds=1, total_seconds=2)


@pytest.fixture
def site(scripted: Scripted, settings: Any) -> Scripted:
    settings.PRACTICE_URL = scripted.url
    return scripted


def access(site: Scripted, path: str = "/feed.xml") -> Access:
    return Access(external_id="x", secrets={"address": site.url + path})


def read(site: Scripted, cursor: Cursor, path: str = "/feed.xml") -> tuple[list[Item], Cursor]:
    """All there is after `cursor`, understood."""
    found: list[Item] = []
    for _turn in range(40):
        page: Page = NETWORK.fetch(access(site, path), cursor)
        found += [NETWORK.read(json.loads(json.dumps(one.payload)), account_id="x") for one in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return found, cursor
    raise AssertionError("The feed never came to an end.")


def paths(table: dict[str, Says | Callable[[Asked], Says]]) -> Callable[[Asked], Says]:
    """A site with several addresses."""

    def answer(asked: Asked) -> Says:
        step = table.get(asked.path, Says(404))
        return step(asked) if callable(step) else step

    return answer


# --- asking as seldom as can be -------------------------------------------------------------------------------------
def test_it_says_what_it_has_and_takes_unchanged_for_an_answer(site: Scripted) -> None:
    site.says(says(rss([item(1)]), etag='"abc"', last_modified="Thu, 01 Jan 2026 00:00:00 GMT"), Says(304))
    items, cursor = read(site, {})
    assert [one.external_id for one in items] == [id_of(1)]
    again, later = read(site, cursor)
    assert again == []
    assert site.asked[1].headers["if-none-match"] == '"abc"'
    assert site.asked[1].headers["if-modified-since"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert later["etag"] == '"abc"'


@pytest.mark.parametrize(
    ("head", "headers", "minutes"),
    [("<ttl>30</ttl>", {}, 30), ("", {"cache_control": "public, max-age=1200"}, 20), ("<ttl>99999</ttl>", {}, 360)],
)
def test_a_site_is_left_in_peace_as_long_as_it_wishes_within_reason(
    site: Scripted, monkeypatch: pytest.MonkeyPatch, head: str, headers: dict[str, str], minutes: int
) -> None:
    site.says(says(rss([item(1)], head=head), **headers))
    _items, cursor = read(site, {})
    moment = clock.now()
    for later, asked in ((minutes * 0.9, 1), (minutes, 2)):
        monkeypatch.setattr("social.networks._feed_pages.now", lambda later=later: moment + timedelta(minutes=later))
        read(site, cursor)
        assert len(site.asked) == asked
    assert str(minutes) in str(NETWORK.remarks(cursor))


@pytest.mark.parametrize(
    ("said", "least", "most"), [("120", 119, 121), ("99999999", 86_400, 86_400), ("soon", 900, 900), ("-5", 900, 900)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_asked_to_wait_it_waits_at_most_a_day(site: Scripted, said: str, least: float, most: float, status: int) -> None:
    site.says(says(b"", status, retry_after=said))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(access(site), {})
    assert least <= caught.value.seconds <= most


def test_gone_for_good_stops_the_asking(site: Scripted) -> None:
    site.says(Says(410))
    with pytest.raises(Unauthorized) as caught:
        NETWORK.fetch(access(site), {})
    assert caught.value.code == "gone"


def test_it_moves_along_for_good_only_when_told_so(site: Scripted) -> None:
    feed = says(rss([item(1)]))
    for status, kept in ((301, "/new.xml"), (308, "/new.xml"), (302, "/feed.xml"), (307, "/feed.xml")):
        site.says(paths({"/feed.xml": feed}))
        _items, cursor = read(site, {})
        site.says(paths({"/feed.xml": Says(status, b"", {"location": "/new.xml"}), "/new.xml": feed}))
        _items, cursor = read(site, cursor)
        assert cursor["address"] == site.url + kept


def test_a_circle_of_redirects_ends(site: Scripted) -> None:
    site.says(paths({"/feed.xml": Says(302, b"", {"location": "/b"}), "/b": Says(302, b"", {"location": "/feed.xml"})}))
    with pytest.raises(TryLater):
        NETWORK.fetch(access(site), {})
    assert len(site.asked) <= 6


# --- finding the feed -----------------------------------------------------------------------------------------------
def test_a_pages_address_leads_to_its_feed_and_not_to_its_comments(site: Scripted) -> None:
    site.says(paths({"/": page_naming("/comments/feed.xml", "/feed.xml"), "/feed.xml": says(rss([item(1)]))}))
    profile = NETWORK.identify(access(site, "/"))
    assert (profile.external_id, profile.name) == (f"{site.url}/feed.xml", "The blog")
    items, cursor = read(site, {}, "/")
    assert [one.external_id for one in items] == [id_of(1)]
    assert cursor["address"] == f"{site.url}/feed.xml"


def test_a_page_without_a_feed_is_refused_in_words(site: Scripted) -> None:
    for answer in (page_naming(), page_naming("/missing.html"), says(b"plain words", kind="text/plain"), says(b"{}")):
        site.says(paths({"/": answer, "/missing.html": page_naming()}))
        with pytest.raises(Rejected) as caught:
            NETWORK.identify(access(site, "/"))
        assert caught.value.code == "no_feed"


@pytest.mark.parametrize(
    "typed",
    ["", "words", "ftp://blog.example/", "https://me:secret@blog.example/", "javascript:alert(1)", "file:///etc/passwd", "https://[::1",
     "https://blog.example:99999/", "https://" + "a" * 3000 + ".example/"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access(external_id="", secrets={"address": typed}))
    assert caught.value.code == "bad_address"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[::1]:{port}"]
)
def test_private_addresses_are_never_called(scripted: Scripted, settings: Any, host: str) -> None:
    """Whoever may connect a feed must not be able to read what stands behind the firewall."""
    settings.PRACTICE_URL = ""
    scripted.says(says(rss([item(1)])))
    host = host.format(port=scripted.url.rpartition(":")[2])
    for scheme in ("http", "https", "feed"):
        with pytest.raises(Rejected) as caught:
            NETWORK.identify(Access(external_id="", secrets={"address": f"{scheme}://{host}/feed.xml"}))
        assert caught.value.code == "not_allowed"
    assert scripted.asked == []


@pytest.mark.parametrize("target", ["https://127.0.0.1/", "http://10.0.0.1/feed.xml", "//169.254.169.254/latest", "https://localhost:1/"])
def test_no_redirect_leads_behind_the_firewall(site: Scripted, target: str) -> None:
    site.says(Says(302, b"", {"location": target}))
    with pytest.raises((TryLater, Rejected)):
        NETWORK.fetch(access(site), {})
    assert len(site.asked) == 1


# --- items ----------------------------------------------------------------------------------------------------------
def test_new_words_are_a_new_version_of_the_same_item(site: Scripted) -> None:
    site.says(says(rss([item(2), item(1)])))
    _items, cursor = read(site, {})
    site.says(says(rss([item(2), item(1, text="<p>Mended</p>")])))
    items, cursor = read(site, cursor)
    assert [(one.external_id, one.root_id, one.revision) for one in items] == [(f"{id_of(1)}~1", id_of(1), 1)]
    assert "Mended" in items[0].text
    assert read(site, cursor)[0] == []


def test_new_dress_is_no_new_version(site: Scripted) -> None:
    """Trackers and counters in the HTML differ at every reading."""
    site.says(says(rss([item(1, text="<p>Words</p><img src='https://t.example/1.gif'>")])))
    _items, cursor = read(site, {})
    site.says(says(rss([item(1, text="<p class='x'>Words</p><img src='https://t.example/2.gif'>")])))
    assert read(site, cursor)[0] == []


def test_words_that_change_each_time_end_as_versions(site: Scripted) -> None:
    cursor: Cursor = {}
    versions = 0
    for number in range(60):
        site.says(says(rss([item(1, text=f"<p>{number} minutes ago</p>")])))
        items, cursor = read(site, cursor)
        versions += len(items)
    assert versions == 51


def test_what_left_the_feed_and_comes_back_is_known(site: Scripted) -> None:
    site.says(says(rss([item(1)])))
    _items, cursor = read(site, {})
    for rows in ([item(2)], [item(2), item(1)]):
        site.says(says(rss(rows)))
        items, cursor = read(site, cursor)
        assert id_of(1) not in [one.external_id for one in items]


def test_one_id_for_many_entries_is_no_id(site: Scripted) -> None:
    site.says(says(rss([item(number, guid="same") for number in (3, 2, 1)])))
    items, cursor = read(site, {})
    assert [one.external_id for one in items] == [f"https://blog.example/{number}" for number in (1, 2, 3)]
    site.says(says(rss([item(number, guid="same") for number in (4, 3, 2, 1)])))
    assert [one.external_id for one in read(site, cursor)[0]] == ["https://blog.example/4"]


def test_a_long_feed_comes_in_pages_and_whole(site: Scripted) -> None:
    site.says(says(rss([item(number) for number in range(350, 0, -1)]), etag='"1"'))
    page = NETWORK.fetch(access(site), {})
    assert (len(page.items), page.more, "etag" in page.cursor) == (100, True, False)
    items, cursor = read(site, {})
    assert [one.external_id for one in items] == [id_of(number) for number in range(1, 351)]
    assert cursor["etag"] == '"1"'


def test_older_pages_are_read_once_and_only_on_the_same_site(site: Scripted) -> None:
    table: dict[str, Says | Callable[[Asked], Says]] = {
        "/feed.xml": says(rss([item(4), item(3)], following="/older.xml")),
        "/older.xml": says(rss([item(2), item(1)], following="https://elsewhere.example/feed.xml")),
    }
    site.says(paths(table))
    items, cursor = read(site, {})
    assert {one.external_id for one in items} == {id_of(number) for number in (1, 2, 3, 4)}
    assert [asked.path for asked in site.asked] == ["/feed.xml", "/older.xml"]
    read(site, cursor)
    assert [asked.path for asked in site.asked][2:] == ["/feed.xml"]


# --- comments -------------------------------------------------------------------------------------------------------
def comment(number: int, who: str, text: str) -> str:
    link = f"https://blog.example/1#comment-{number}"
    return item(number, guid=f"tag:c{number}", title=f"By: {who}", dc__creator=who, link=link, text=text)


def test_comments_stand_under_their_post(site: Scripted) -> None:
    posts = says(rss([item(1, wfw__commentRss="/1/feed", slash__comments="2")]), etag='"p"')
    rows = [comment(8, "Omid", "<p>Me too</p>"), comment(7, "Sara", "<p>Late</p>")]
    site.says(paths({"/feed.xml": posts, "/1/feed": says(rss(rows))}))
    items, cursor = read(site, {})
    assert [(one.external_id, one.thread_key, one.parent_id) for one in items] == [
        (id_of(1), id_of(1), ""),
        ("tag:c7", id_of(1), id_of(1)),
        ("tag:c8", id_of(1), id_of(1)),
    ]
    assert [(one.author.name if one.author else "", one.text) for one in items[1:]] == [("Sara", "Late"), ("Omid", "Me too")]
    rows = [comment(9, "Ali", "<p>And me</p>"), comment(8, "Omid", "<p>Me too</p>")]
    site.says(paths({"/feed.xml": Says(304), "/1/feed": says(rss(rows))}))
    assert [one.external_id for one in read(site, cursor)[0]] == ["tag:c9"]


def test_replies_of_atom_stand_under_what_they_answer(site: Scripted) -> None:
    site.says(says(documents.THREADED, kind=documents.ATOM))
    items, _cursor = read(site, {})
    assert {(one.external_id, one.thread_key, one.parent_id) for one in items} == {
        ("tag:example.org,2005:1", "tag:example.org,2005:1", ""),
        ("tag:example.org,2005:1,1", "tag:example.org,2005:1", "tag:example.org,2005:1"),
    }


def test_comments_in_trouble_never_stop_the_posts(site: Scripted) -> None:
    rows = [item(number, wfw__commentRss=f"/{number}/feed") for number in (3, 2, 1)]
    table: dict[str, Says | Callable[[Asked], Says]] = {
        "/feed.xml": says(rss(rows)), "/1/feed": Says(500), "/2/feed": Says(404), "/3/feed": says(rss([comment(7, "Sara", "Late")]))
    }  # fmt: skip
    site.says(paths(table))
    items, cursor = read(site, {})
    assert {one.external_id for one in items} == {id_of(1), id_of(2), id_of(3), "tag:c7"}
    assert "Comments" in str(NETWORK.remarks(cursor))
    site.says(paths(table))
    read(site, cursor)
    assert [asked.path for asked in site.asked] == ["/feed.xml", "/3/feed"]


def test_a_site_with_many_comments_is_not_overrun(site: Scripted) -> None:
    rows = [item(number, wfw__commentRss=f"/{number}/feed") for number in range(60, 0, -1)]
    table: dict[str, Says | Callable[[Asked], Says]] = {"/feed.xml": says(rss(rows))}
    table |= {f"/{number}/feed": says(rss([])) for number in range(1, 61)}
    site.says(paths(table))
    _items, cursor = read(site, {})
    assert len(site.asked) == 1 + 5
    for _round in range(4):
        _items, cursor = read(site, cursor)
    asked = {entry.path for entry in site.asked} - {"/feed.xml"}
    assert asked == {f"/{number}/feed" for number in range(41, 61)}
