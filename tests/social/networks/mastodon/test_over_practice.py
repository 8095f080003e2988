"""Mastodon against the practice network: a process of its own that speaks an instance's wire, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Malformed, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.mastodon import Mastodon
from social.networks.values import Access, Cursor, Item, Outgoing
from tests.social.networks.mastodon.shapes import INSTANCE
from tests.social.networks.servers import Practice

NETWORK = Mastodon(read_seconds=1.5, total_seconds=6.0)


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="mastodon")
    practice.person("ali", network="mastodon")
    return access_of(practice, "brand")


def access_of(practice: Practice, handle: str) -> Access:
    secrets = {"instance": INSTANCE, "access_token": practice.tokens(handle)["access_token"]}
    return Access(f"{handle}@{INSTANCE}", secrets, handle)


def read_everything(access: Access, cursor: Cursor, *, patience: int = 60) -> tuple[dict[str, Item], list[Any], Cursor]:
    """What the engine would have after as many polls as it takes."""
    items: dict[str, Item] = {}
    aside: list[Any] = []
    for _turn in range(patience):
        try:
            page = NETWORK.fetch(access, cursor)
        except TryLater:
            continue
        cursor = json.loads(json.dumps(page.cursor))
        aside += page.broken
        for envelope in page.items:
            try:
                items[envelope.external_id] = NETWORK.read(envelope.payload, account_id=access.external_id)
            except Malformed as error:
                aside.append((error.code, envelope.payload))
        if not page.more:
            break
    return items, aside, cursor


def test_the_account_says_who_it_is(practice: Practice, brand: Access) -> None:
    profile = NETWORK.identify(brand)
    assert (profile.external_id, profile.name) == (f"brand@{INSTANCE}", "Brand")


def test_a_complaint_and_its_answer(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>\nsee https://example.com/a/very/long/path/to/it")
    items, _aside, _cursor = read_everything(brand, {})
    item = items[complaint]
    assert item.text == "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>\nsee https://example.com/a/very/long/path/to/it"
    assert item.author is not None
    assert (item.author.handle, item.thread_key, item.ours) == (f"ali@{INSTANCE}", complaint, False)
    answer = Outgoing("reply", "We are sorry & help: https://example.com/help?a=1&b=2 😀", in_reply_to=complaint)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - timedelta(minutes=5))
    assert [r.external_id for r in found.receipts] == [receipt.external_id]
    assert found.complete
    ours = practice.call("GET", f"/posts/{receipt.external_id}")
    assert (ours["reply_to"], ours["visibility"], ours["text"][:8]) == (complaint, "public", "@ali We ")
    again = practice.post("ali", "@brand still nothing", reply_to=receipt.external_id)
    items, _aside, _cursor = read_everything(brand, {})
    assert (items[again].thread_key, items[again].parent_id) == (complaint, receipt.external_id)
    practice.call("DELETE", f"/posts/{complaint}")
    seen = NETWORK.recheck(brand, [complaint, receipt.external_id])
    assert (seen.gone, seen.present) == ({complaint}, {receipt.external_id})
    with pytest.raises(Rejected):
        NETWORK.send(brand, Outgoing("reply", "Are you still there?", in_reply_to=complaint))


def test_a_direct_message_is_answered_directly(practice: Practice, brand: Access) -> None:
    sent = practice.post("ali", "@brand my number is 0300 1234567", visibility="direct")
    items, _aside, _cursor = read_everything(brand, {})
    item = items[sent]
    assert (item.visibility, item.thread_key) == ("private", f"direct-{sent}")
    assert item.author is not None
    answer = Outgoing("direct", "Thank you <3", to=item.author.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    assert practice.call("GET", f"/posts/{receipt.external_id}")["visibility"] == "direct"
    found = NETWORK.find_sent(brand, answer, since=now() - timedelta(minutes=5))
    assert [r.external_id for r in found.receipts] == [receipt.external_id]
    told, _aside, _cursor = read_everything(access_of(practice, "ali"), {})
    assert told[receipt.external_id].text == "@ali Thank you <3"
    # Also when somebody answers it as if it were public.
    slip = NETWORK.send(brand, Outgoing("reply", "Got it.", in_reply_to=sent))
    assert practice.call("GET", f"/posts/{slip.external_id}")["visibility"] == "direct"


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access) -> None:
    first = practice.post("ali", "@brand where is my pracel")
    items, _aside, cursor = read_everything(brand, {})
    assert items[first].revision == 0
    assert practice.call("PATCH", f"/posts/{first}", {"text": "@brand where is my parcel"})["id"] == first
    items, _aside, cursor = read_everything(brand, cursor)
    (item,) = items.values()
    assert (item.root_id, item.revision >= 1, item.text) == (first, True, "@brand where is my parcel")
    assert read_everything(brand, cursor)[0] == {}


@pytest.mark.parametrize("known", [True, False], ids=["known", "ignored"])
def test_the_same_key_posts_once_where_the_server_knows_it(practice: Practice, brand: Access, known: bool) -> None:
    complaint = practice.post("ali", "@brand help")
    practice.call("PATCH", "/rules", {"idempotency": known})
    answer = Outgoing("reply", "On our way.", in_reply_to=complaint, key="1-7")
    ids = {NETWORK.send(brand, answer).external_id for _try in range(2)}
    practice.call("PATCH", "/rules", {"idempotency": True})
    assert len(ids) == (1 if known else 2)


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.identify(access_of(practice, "xena"))


LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("swallow", {}),
    ("late", {"options": {"ms": 200}}),
    ("after500", {}),
    ("after429", {}),
    ("garble", {}),
)


@pytest.mark.parametrize(("lie", "how"), LIES, ids=[lie for lie, _how in LIES])
@pytest.mark.parametrize("kind", ["reply", "direct"])
def test_accepted_without_a_word_is_doubt_and_then_found(
    practice: Practice, brand: Access, lie: str, how: dict[str, Any], kind: str
) -> None:
    complaint = practice.post("ali", "@brand help", visibility="direct" if kind == "direct" else "public")
    to = f"ali@{INSTANCE}" if kind == "direct" else ""
    outgoing = Outgoing("direct" if kind == "direct" else "reply", "On our way.", in_reply_to=complaint, to=to)
    practice.trouble(lie, group="write", count=1, **how)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    until = now() + timedelta(seconds=10)
    seen = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    while not seen.receipts and now() < until:
        seen = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    assert (len(seen.receipts), seen.complete) == (1, True)
    assert len([entry for entry in practice.ledger() if entry["origin"] == "api"]) == 1


@pytest.mark.parametrize("lie", ["hang", "500", "html", "429"])
def test_not_accepted_is_doubt_too_and_then_absent(practice: Practice, brand: Access, lie: str) -> None:
    complaint = practice.post("ali", "@brand help")
    outgoing = Outgoing("reply", "On our way.", in_reply_to=complaint)
    practice.trouble(lie, group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    found = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    assert (found.receipts, found.complete) == ((), True)


READ_LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("twice", {"options": {"mode": "item"}}),
    ("unknown_fields", {}),
    ("missing_author", {}),
    ("reorder", {}),
    ("malformed_item", {"probability": 0.5}),
    ("null", {"probability": 0.5}),
    ("garble", {"probability": 0.5}),
    ("429", {"probability": 0.3}),
    ("500", {"probability": 0.5}),
    ("html", {"probability": 0.5}),
    ("html", {"probability": 0.5, "options": {"status": 200}}),
)


@pytest.mark.parametrize(("lie", "how"), READ_LIES, ids=[f"{lie}-{n}" for n, (lie, _how) in enumerate(READ_LIES)])
def test_readers_lose_nothing_to_a_lying_network(practice: Practice, brand: Access, lie: str, how: dict[str, Any]) -> None:
    made = practice.posts("ali", [f"@brand complaint {number}" for number in range(90)])
    practice.trouble(lie, group="read", **how)
    items, aside, cursor = read_everything(brand, {})
    practice.calm()
    more, _aside, _cursor = read_everything(brand, cursor)
    missing = made - set(items) - set(more)
    assert len(missing) <= len(aside), f"{len(missing)} of {len(made)} were lost, {len(aside)} set aside"
