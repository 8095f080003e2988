"""Hostile mails: each is read or set aside with a reason, quickly, and those around it arrive."""

import json
import time
from typing import Any

import pytest

from core.batches import clean_json
from social.networks.email import Email
from social.networks.errors import Malformed
from social.networks.values import Access, Item
from tests.social.networks.email.hostile import HOSTILE, made, nested
from tests.social.networks.mailservers import ADDRESS, PASSWORD, MailServer, mail
from tests.social.networks.payloads import plain

NETWORK = Email(read_seconds=5.0, total_seconds=20.0)
ACCESS = Access(ADDRESS, {"address": ADDRESS, "password": PASSWORD})
#: What one mail may take to be fetched, named and read, on a busy machine.
SECONDS = 3.0


def fetched(server: MailServer, source: bytes) -> list[dict[str, Any]]:
    """The payloads of a mailbox that holds the mail between two others."""
    server.inbox(mail(1), source, mail(2))
    page = NETWORK.fetch(ACCESS, {})
    assert not page.more
    assert not page.broken
    ids = [item.external_id for item in page.items]
    assert all(0 < len(identifier) <= 160 for identifier in ids)
    payloads = [json.loads(json.dumps(item.payload)) for item in page.items]
    assert [read(payload).text.split("\n")[0] for payload in (payloads[0], payloads[-1])] == ["Parcel 1", "Parcel 2"]
    return payloads


def read(payload: dict[str, Any]) -> Item:
    return NETWORK.read(payload, account_id=ADDRESS)


def shown(server: MailServer, name: str) -> Item:
    return read(fetched(server, HOSTILE[name])[1])


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_it_is_read_or_set_aside_in_time_and_its_neighbours_arrive(server: MailServer, name: str) -> None:
    began = time.monotonic()
    payloads = fetched(server, HOSTILE[name])
    assert len(payloads) == 3
    # As Postgres keeps it.
    stored = json.loads(clean_json(payloads[1]))
    item, reason = None, ""
    try:
        item = read(stored)
    except Malformed as error:
        reason = str(error.reason)
    assert time.monotonic() - began < SECONDS
    if item is None:
        assert reason
        return
    assert "\x00" not in json.dumps(plain(item))
    json.dumps(plain(item), ensure_ascii=False).encode()
    assert len(item.external_id) <= 160
    assert len(item.thread_key) <= 160
    assert item == read(payloads[1])


def test_the_words_are_found_where_there_are_any(server: MailServer) -> None:
    assert shown(server, "unknown charset").text == "Hostile\n\nGrüße"


@pytest.mark.parametrize("name", ["a boundary that never comes", "no boundary at all"])
def test_a_mail_that_only_says_that_it_has_parts_is_read_whole(server: MailServer, name: str) -> None:
    assert "Hello all the same" in shown(server, name).text


def test_fifty_levels_are_gone_through_and_no_more() -> None:
    for levels, found in ((49, True), (51, False)):
        item = read({"source": made("n", nested(levels)).decode(), "received": "2026-11-02T12:00:00+00:00"})
        assert ("At the bottom" in item.text) == found


def test_a_shown_name_is_no_address(server: MailServer) -> None:
    item = shown(server, "a name with another address")
    assert item.author is not None
    assert (item.author.external_id, item.automatic, item.ours) == ("eve@evil.example", False, False)


@pytest.mark.parametrize(("name", "kept"), [("a name that climbs", "passwd"), ("a name that turns", "invoicefdp.exe")])
def test_names_of_attachments_are_harmless(server: MailServer, name: str, kept: str) -> None:
    assert [media.alt for media in shown(server, name).media] == [kept]


def test_scripts_are_no_words(server: MailServer) -> None:
    text = shown(server, "script in HTML").text
    assert "alert" not in text
    assert "Hi" in text


def test_a_subject_stays_on_its_line(server: MailServer) -> None:
    assert shown(server, "encoded words that break lines").text.startswith("a Bcc: x@y.example\n\n")


def test_a_group_gives_its_first_member(server: MailServer) -> None:
    item = shown(server, "a group in From")
    assert item.author is not None
    assert item.author.external_id == "a@evil.example"
