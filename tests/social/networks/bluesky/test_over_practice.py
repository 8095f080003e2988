"""Bluesky against the practice network: a process of its own that speaks a server's wire, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.bluesky import Bluesky
from social.networks.errors import Malformed, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Cursor, Item, Outgoing
from tests.social.networks.servers import Practice

NETWORK = Bluesky(read_seconds=1.5, total_seconds=6.0)
PASSWORD = "prac-tice-chow-kkkk"


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="bluesky")
    practice.person("ali", network="bluesky", followers=12, bio="Tea")
    return access_of("brand")


def access_of(handle: str) -> Access:
    """An account as the product has it after connecting."""
    profile = NETWORK.identify(Access("", {"handle": f"{handle}.chowk.test", "app_password": PASSWORD}))
    assert profile.tokens is not None
    return Access(profile.external_id, profile.tokens.secrets, profile.handle)


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
    profile = NETWORK.identify(Access("", brand.secrets))
    assert (profile.external_id, profile.handle, profile.name) == (brand.external_id, "brand.chowk.test", "Brand")
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"handle": "brand.chowk.test", "app_password": "wrong"}))


def test_a_complaint_and_its_answer(practice: Practice, brand: Access) -> None:
    complaint = practice.post(
        "ali", "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>\nsee https://example.com/a/very/long/path/to/it"
    )
    items, _aside, _cursor = read_everything(brand, {})
    ((uri, item),) = items.items()
    # The link stands shortened in the text, and whole in its facet.
    assert (
        item.text == "@brand.chowk.test میرا آرڈر ابھی تک نہیں آیا & I am <angry>\nsee https://example.com/a/very/long/path/to/it"
    )
    assert item.author is not None
    assert (item.author.handle, item.author.profile["followers"], item.thread_key, item.ours) == ("ali.chowk.test", 12, uri, False)
    answer = Outgoing(
        "reply", "We are sorry @ali.chowk.test & help: https://example.com/help?a=1&b=2 😀", in_reply_to=uri, key="1-7"
    )
    receipt = NETWORK.send(brand, answer)
    ours = practice.call("GET", "/posts", author="brand")["posts"][0]
    assert (ours["reply_to"], ours["text"]) == (complaint, answer.text)
    again = practice.post("ali", "still nothing", reply_to=ours["id"])
    items, _aside, _cursor = read_everything(brand, {})
    second = next(item for item in items.values() if item.text == "still nothing")
    assert (second.thread_key, second.parent_id) == (uri, receipt.external_id)
    # The answer to the answer stands below the first of the thread.
    deeper = NETWORK.send(brand, Outgoing("reply", "It left today.", in_reply_to=second.external_id, key="1-8"))
    posts = practice.call("GET", "/posts", author="brand")["posts"]
    assert (posts[-1]["reply_to"], posts[-1]["conversation_id"]) == (again, complaint)
    told, _aside, _cursor = read_everything(access_of("ali"), {})
    assert told[deeper.external_id].thread_key == uri
    practice.call("DELETE", f"/posts/{complaint}")
    seen = NETWORK.recheck(brand, [uri, receipt.external_id])
    assert (seen.gone, seen.present) == ({uri}, {receipt.external_id})
    with pytest.raises(Rejected):
        NETWORK.send(brand, Outgoing("reply", "Are you still there?", in_reply_to=uri))


def test_a_quote_is_read_with_what_it_quotes(practice: Practice, brand: Access) -> None:
    receipt = NETWORK.send(brand, Outgoing("post", "We deliver in two days.", key="1-1"))
    own = practice.call("GET", "/posts", author="brand")["posts"][0]["id"]
    practice.post("ali", "Is this a joke?", quote=own)
    items, _aside, _cursor = read_everything(brand, {})
    (item,) = items.values()
    assert item.text.startswith("Is this a joke?\n\n")
    assert item.text.endswith(receipt.external_id.rsplit("/", 1)[1])
    assert item.thread_key == item.external_id


@pytest.mark.parametrize("kind", ["reply", "post"])
def test_the_same_sending_never_makes_two_posts(practice: Practice, brand: Access, kind: Any) -> None:
    practice.post("ali", "@brand help")
    (uri,) = read_everything(brand, {})[0]
    outgoing = Outgoing(kind, "On our way.", in_reply_to=uri if kind == "reply" else "", key="1-7")
    first = NETWORK.send(brand, outgoing)
    assert NETWORK.send(brand, outgoing).external_id == first.external_id
    assert len([entry for entry in practice.ledger(kind="post") if entry["origin"] == "api"]) == 1
    found = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([first.external_id], True)


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    token = practice.tokens("xena")["access_token"]
    with pytest.raises(Unauthorized):
        NETWORK.fetch(Access(brand.external_id, {**brand.secrets, "access_jwt": token}), {})


def test_a_session_that_ended_is_renewed(practice: Practice, brand: Access) -> None:
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.fetch(brand, {})
    renewed = Access(brand.external_id, NETWORK.refresh(brand).secrets, brand.handle)
    assert NETWORK.fetch(renewed, {}).items == ()
    # The used refresh token is worth nothing any more: the app password opens another session.
    assert NETWORK.refresh(brand).secrets["access_jwt"]
    practice.call("PATCH", "/people/brand", {"suspended": True})
    with pytest.raises(Unauthorized):
        NETWORK.refresh(brand)


LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("swallow", {}),
    ("late", {"options": {"ms": 200}}),
    ("after500", {}),
    ("after429", {}),
    ("garble", {}),
)


@pytest.mark.parametrize(("lie", "how"), LIES, ids=[lie for lie, _how in LIES])
def test_accepted_without_a_word_is_doubt_and_then_found(practice: Practice, brand: Access, lie: str, how: dict[str, Any]) -> None:
    practice.post("ali", "@brand help")
    (uri,) = read_everything(brand, {})[0]
    outgoing = Outgoing("reply", "On our way.", in_reply_to=uri, key="1-7")
    practice.trouble(lie, group="write", count=1, **how)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    until = now() + timedelta(seconds=10)
    seen = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    while not seen.receipts and now() < until:
        seen = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    assert (len(seen.receipts), seen.complete) == (1, True)
    # And whoever tries again without looking is told that it stands.
    assert NETWORK.send(brand, outgoing).external_id == seen.receipts[0].external_id
    assert len([entry for entry in practice.ledger(kind="post") if entry["origin"] == "api"]) == 1


@pytest.mark.parametrize("lie", ["hang", "500", "html", "429"])
def test_not_accepted_is_doubt_too_and_then_absent(practice: Practice, brand: Access, lie: str) -> None:
    practice.post("ali", "@brand help")
    (uri,) = read_everything(brand, {})[0]
    outgoing = Outgoing("reply", "On our way.", in_reply_to=uri, key="1-7")
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
    ("null", {"probability": 0.5, "options": {"where": "items"}}),
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
    assert len(made) == 90
    missing = 90 - len(set(items) | set(more))
    assert missing <= len(aside), f"{missing} of 90 were lost, {len(aside)} set aside"


def test_what_is_held_back_is_met_later(practice: Practice, brand: Access) -> None:
    practice.trouble("hold", group="read", probability=0.5, options={"ms": 1500})
    practice.posts("ali", [f"@brand complaint {number}" for number in range(40)])
    items, _aside, cursor = read_everything(brand, {})
    assert 0 < len(items) < 40
    until = now() + timedelta(seconds=10)
    while len(items) < 40 and now() < until:
        more, _aside, cursor = read_everything(brand, cursor)
        items |= more
    assert len(items) == 40
