"""What sites serve instead of feeds: bombs, endless bodies, foreign letters. Nothing costs more than its cap, nothing leaks."""

import contextlib
import dataclasses
import resource
import time
from typing import Any

import pytest

from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.feed import Feed
from social.networks.values import Access, Page
from tests.social.networks.feed import documents
from tests.social.networks.feed.documents import item, rss, says
from tests.social.networks.servers import Says, Scripted

NETWORK = Feed(read_seconds=1, total_seconds=2)
#: On one busy core; without the guards the worst of these take 8 to 30.
MOST_SECONDS = 6.0


@pytest.fixture
def site(scripted: Scripted, settings: Any) -> Scripted:
    settings.PRACTICE_URL = scripted.url
    return scripted


def fetch(site: Scripted) -> Page:
    return NETWORK.fetch(Access(external_id="x", secrets={"address": f"{site.url}/feed.xml"}), {})


def test_a_small_answer_that_unpacks_to_much_is_refused_before_it_is_unpacked(site: Scripted) -> None:
    site.says(documents.gzip_bomb())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Rejected) as caught:
        fetch(site)
    assert caught.value.code == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_an_endless_body_ends(site: Scripted) -> None:
    site.says(Says(200, b"", {"content-type": documents.RSS}, endless=item(1).encode() * 200))
    began = time.monotonic()
    with pytest.raises(Rejected) as caught:
        fetch(site)
    assert caught.value.code == "too_large"
    assert time.monotonic() - began < 6


def test_a_dripping_body_ends_with_its_time_whatever_the_redirects(site: Scripted) -> None:
    drip = dataclasses.replace(says(rss([item(1)])), drip_seconds=0.3)
    hop = Says(302, b"", {"location": "/feed.xml"})
    site.says(hop, hop, drip)
    began = time.monotonic()
    with pytest.raises(TryLater) as caught:
        fetch(site)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("bomb", [documents.ENTITY_BOMB, documents.FLAT_BOMB], ids=["nested", "flat"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_entities_are_not_expanded(site: Scripted, bomb: str, charset: str) -> None:
    site.says(says(bomb.encode(charset), kind="application/xml"))
    began = time.monotonic()
    with pytest.raises(Rejected) as caught:
        fetch(site)
    assert caught.value.code == "entities"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("damage", ["", "<", "&"])
def test_no_entity_reads_a_file_or_an_address(site: Scripted, tmp_path: Any, damage: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the-machines-secret")
    for target in (secret.as_uri(), f"{site.url}/secret"):
        site.says(says((documents.XXE % target).encode() + damage.encode(), kind="application/xml"))
        with pytest.raises(Rejected):
            fetch(site)
        assert [asked.path for asked in site.asked] == ["/feed.xml"]


@pytest.mark.parametrize("name", sorted(documents.SLOW))
def test_no_document_holds_a_worker(site: Scripted, name: str) -> None:
    site.says(says(documents.SLOW[name]))
    began = time.process_time()
    with contextlib.suppress(NetworkError):
        for envelope in fetch(site).items:
            assert NETWORK.read(envelope.payload, account_id="x").text
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("charset", sorted(documents.OTHER_LETTERS))
def test_letters_are_read_as_they_were_declared(site: Scripted, charset: str) -> None:
    site.says(says(documents.in_letters(charset, declared=charset), kind="text/xml"))
    assert fetch(site).items[0].payload["entry"]["title"] == documents.OTHER_LETTERS[charset]


@pytest.mark.parametrize(
    "declared",
    ["iso-8859-1", "windows-1252", "windows-1256", "koi8-r", "us-ascii", "zip", "punycode", "no-such-charset", "utf-7", ""],
)
def test_a_wrong_charset_spoils_no_letters_of_utf_8(site: Scripted, declared: str) -> None:
    body = documents.in_letters("utf-8", declared=declared)
    site.says(says(body, kind=f"text/xml; charset={declared or 'iso-8859-1'}"))
    assert fetch(site).items[0].payload["entry"]["title"] == documents.LETTERS


def test_letters_nobody_can_place_are_read_all_the_same(site: Scripted) -> None:
    site.says(says(rss([item(1)]).replace(b"Post 1", b"caf\xe9 \x00 \xff\xfe")))
    assert fetch(site).items[0].payload["entry"]["title"].startswith("café")


def test_half_a_feed_gives_the_half_that_came(site: Scripted) -> None:
    whole = rss([item(3), item(2), item(1)])
    site.says(says(whole[: whole.index(b"Post 1")]))
    assert {envelope.external_id for envelope in fetch(site).items} >= {documents.id_of(2), documents.id_of(3)}


def test_a_page_instead_of_the_feed_waits(site: Scripted) -> None:
    site.says(says(rss([item(1)])))
    cursor = fetch(site).cursor
    site.says(Says.html(200))
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(Access(external_id="x", secrets={"address": f"{site.url}/feed.xml"}), cursor)
    assert caught.value.code == "no_feed"
