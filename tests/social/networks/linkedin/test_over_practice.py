"""LinkedIn against the practice network: a process of its own that speaks LinkedIn's wire, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Malformed, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.linkedin import PRACTICE_TOKEN, LinkedIn
from social.networks.values import Access, Cursor, Item, Outgoing
from tests.social.networks.servers import Practice

NETWORK = LinkedIn(read_seconds=1.5, total_seconds=6.0)


@pytest.fixture
def brand(practice: Practice) -> Access:
    made = practice.person("brand", is_brand=True, network="linkedin")
    practice.person("ali", network="linkedin")
    return Access(f"urn:li:organization:{made['id']}", {"access_token": practice.tokens("brand")["access_token"]}, "brand")


@pytest.fixture
def post(practice: Practice, brand: Access) -> str:
    return practice.post("brand", "We deliver in two days")


def read_everything(access: Access, cursor: Cursor, *, patience: int = 90) -> tuple[dict[str, Item], list[Any], Cursor]:
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


def test_the_page_says_who_it_is(practice: Practice, brand: Access) -> None:
    profile = NETWORK.identify(brand)
    assert (profile.external_id, profile.name, profile.handle) == (brand.external_id, "Brand", "brand")
    practice.person("anaronlinkedin", is_brand=True, network="linkedin")
    assert NETWORK.practice_offer() == PRACTICE_TOKEN
    assert NETWORK.identify(Access("", {"access_token": PRACTICE_TOKEN})).handle == "anaronlinkedin"
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"access_token": "practice-linkedin-ali"}))


def test_the_sign_in_page_leads_to_tokens(practice: Practice, brand: Access) -> None:
    back = practice.consent(NETWORK.authorize_url(state="s", redirect_uri=Practice.CALLBACK, verifier="v"), "brand")
    tokens = NETWORK.exchange(code=back["code"], redirect_uri=Practice.CALLBACK, verifier="v")
    opened = Access(brand.external_id, tokens.secrets, "brand")
    assert NETWORK.identify(opened).handle == "brand"
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.fetch(opened, {})
    renewed = Access(brand.external_id, NETWORK.refresh(opened).secrets, "brand")
    assert NETWORK.fetch(renewed, {}).items == ()
    with pytest.raises(Rejected):
        NETWORK.exchange(code=back["code"], redirect_uri=Practice.CALLBACK, verifier="v")


def test_a_comment_and_its_answer(practice: Practice, brand: Access, post: str) -> None:
    complaint = practice.post("ali", "میرا آرڈر ابھی تک نہیں آیا & I am <angry>", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    assert item.text == "میرا آرڈر ابھی تک نہیں آیا & I am <angry>"
    assert item.author is not None
    assert (item.author.name, item.thread_key) == ("", f"urn:li:activity:{post}")
    answer = Outgoing("reply", "We are sorry & help: https://example.com/help?a=1 😀", in_reply_to=item.root_id)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - timedelta(minutes=5))
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    ours = practice.call("GET", "/posts", author="brand")["posts"][-1]
    assert (ours["reply_to"], ours["text"]) == (complaint, answer.text)
    practice.post("ali", "still nothing", reply_to=ours["id"])
    items, _aside, _cursor = read_everything(brand, {})
    again = next(found for found in items.values() if found.text == "still nothing")
    assert (again.parent_id, again.thread_key) == (item.root_id, item.thread_key)
    # The answer to the answer hangs on the first comment, as there are two levels.
    deeper = NETWORK.send(brand, Outgoing("reply", "It left today.", in_reply_to=again.root_id))
    last = practice.call("GET", "/posts", author="brand")["posts"][-1]
    assert (last["reply_to"], deeper.external_id.endswith(f",{last['id']})")) == (complaint, True)
    practice.call("DELETE", f"/posts/{complaint}")
    seen = NETWORK.recheck(brand, [item.external_id, receipt.external_id])
    assert (seen.gone, seen.present) == ({item.external_id}, {receipt.external_id})
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, Outgoing("reply", "Are you still there?", in_reply_to=item.root_id))
    assert caught.value.code == "parent_gone"


def test_a_post_that_mentions_the_page_is_answered_below_it(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand three weeks now")
    (item,) = read_everything(brand, {})[0].values()
    assert (item.external_id, item.text) == (f"urn:li:share:{complaint}", "@brand three weeks now")
    NETWORK.send(brand, Outgoing("reply", "On our way.", in_reply_to=item.root_id))
    assert practice.call("GET", "/posts", author="brand")["posts"][0]["reply_to"] == complaint


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access, post: str) -> None:
    first = practice.post("ali", "where is my pracel", reply_to=post)
    items, _aside, cursor = read_everything(brand, {})
    (before,) = items.values()
    practice.call("PATCH", f"/posts/{first}", {"text": "where is my parcel"})
    items, _aside, cursor = read_everything(brand, cursor)
    (item,) = items.values()
    assert (item.root_id, item.revision >= 1, item.text) == (before.root_id, True, "where is my parcel")
    assert read_everything(brand, cursor)[0] == {}


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"access_token": practice.tokens("xena")["access_token"]}))


def test_a_version_of_yesterday_is_refused(practice: Practice, brand: Access, settings: Any) -> None:
    settings.LINKEDIN_VERSION = "202301"
    with pytest.raises(Rejected) as caught:
        NETWORK.fetch(brand, {})
    assert caught.value.code == "version"


LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("swallow", {}),
    ("late", {"options": {"ms": 200}}),
    ("after500", {}),
    ("after429", {}),
)


@pytest.mark.parametrize(("lie", "how"), LIES, ids=[lie for lie, _how in LIES])
def test_accepted_without_a_word_is_doubt_and_then_found(
    practice: Practice, brand: Access, post: str, lie: str, how: dict[str, Any]
) -> None:
    practice.post("ali", "help", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    outgoing = Outgoing("reply", "On our way.", in_reply_to=item.root_id)
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
def test_not_accepted_is_doubt_too_and_then_absent(practice: Practice, brand: Access, post: str, lie: str) -> None:
    practice.post("ali", "help", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    outgoing = Outgoing("reply", "On our way.", in_reply_to=item.root_id)
    practice.trouble(lie, group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    found = NETWORK.find_sent(brand, outgoing, since=now() - timedelta(minutes=5))
    assert (found.receipts, found.complete) == ((), True)


def test_a_garbled_answer_still_names_what_was_made(practice: Practice, brand: Access, post: str) -> None:
    practice.post("ali", "help", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    practice.trouble("garble", group="write", count=1, options={"mode": "broken"})
    receipt = NETWORK.send(brand, Outgoing("reply", "On our way.", in_reply_to=item.root_id))
    last = practice.call("GET", "/posts", author="brand")["posts"][-1]
    assert receipt.external_id.endswith(f",{last['id']})")


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
    assert len(made) == 90
    missing = 90 - len({item.root_id for item in (items | more).values()})
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
