"""Google reviews against the practice network: a process of its own that speaks Business Profile, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, Unauthorized
from social.networks.google import Google
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.servers import Practice

NETWORK = Google(read_seconds=1.5, total_seconds=6.0)
SINCE = timedelta(minutes=5)


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="google", location="Lahore")
    practice.person("ali", network="google")
    return access_of(practice, "brand")


def access_of(practice: Practice, handle: str) -> Access:
    identifier = practice.call("GET", f"/people/{handle}")["id"]
    secrets = {"access_token": practice.tokens(handle)["access_token"], "location": f"accounts/100000001/locations/{identifier}"}
    return Access(identifier, secrets)


def review(practice: Practice, text: str, stars: int = 2, author: str = "ali") -> str:
    return f"AbFvOq{practice.post(author, f'@brand {text}'.strip(), stars=stars)}"


def post_of(identifier: str) -> str:
    return identifier.removeprefix("AbFvOq")


def read_everything(access: Access, cursor: Cursor, *, polls: int = 2) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=200, by_root=True, polls=polls)


def test_the_location_says_who_it_is(practice: Practice, brand: Access) -> None:
    profile = NETWORK.identify(Access("", {"access_token": brand.secrets["access_token"]}))
    assert (profile.external_id, profile.name) == (brand.external_id, "Brand, Lahore")
    assert profile.tokens is not None
    assert profile.tokens.secrets["location"] == brand.secrets["location"]
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"access_token": "worthless"}))


def test_of_several_locations_one_must_be_named(practice: Practice, brand: Access) -> None:
    practice.person("branch", is_brand=True, network="google", name="Brand", location="London")
    bare = {"access_token": brand.secrets["access_token"]}
    assert {profile.name for profile in NETWORK.accounts(Access("", bare))} == {"Brand, Lahore", "Brand, London"}
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access("", bare))
    assert (caught.value.field, "Brand, London: accounts/" in str(caught.value.reason)) == ("location", True)
    assert NETWORK.identify(Access("", dict(brand.secrets))).external_id == brand.external_id


def test_signing_in_and_renewing_keeps_the_location(practice: Practice, brand: Access) -> None:
    callback = f"{Practice.CALLBACK}/google"
    back = practice.consent(NETWORK.authorize_url(state="s", redirect_uri=callback, verifier="v" * 60), "brand")
    tokens = NETWORK.exchange(code=back["code"], redirect_uri=callback, verifier="v" * 60)
    (profile,) = NETWORK.accounts(Access("", tokens.secrets))
    assert profile.tokens is not None
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    fresh = NETWORK.refresh(Access(profile.external_id, profile.tokens.secrets))
    assert NETWORK.fetch(Access(profile.external_id, fresh.secrets), {}).items == ()


def test_a_review_is_answered_found_edited_and_deleted(practice: Practice, brand: Access) -> None:
    moment = int((now() - timedelta(minutes=3)).timestamp() * 1000)
    row = {"id": practice.person("filler")["id"], "author": "ali", "created_at": moment}
    practice.call("POST", "/import", {"posts": [row | {"text": "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>"}]})
    made = f"AbFvOq{row['id']}"
    items, _aside, cursor = read_everything(brand, {})
    item = items[made]
    assert item.text == "★★★★★\n\nمیرا آرڈر ابھی تک نہیں آیا & I am <angry>"
    assert item.author is not None
    assert (item.author.name, item.author.external_id, item.thread_key) == ("Ali", f"review-{made}", made)
    answer = Outgoing("reply", "We are sorry & help 😀", in_reply_to=item.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    items, _aside, cursor = read_everything(brand, cursor)
    (echo,) = items.values()
    assert (echo.external_id, echo.ours, echo.parent_id, echo.text) == (receipt.external_id, True, made, "We are sorry & help 😀")
    practice.call("PATCH", f"/posts/{post_of(made)}", {"text": "@brand It came after all"})
    items, _aside, cursor = read_everything(brand, cursor)
    assert (items[made].text, items[made].revision > 100) == ("★★★★★\n\nIt came after all", True)
    assert read_everything(brand, cursor)[0] == {}
    practice.call("DELETE", f"/posts/{post_of(made)}")
    seen = NETWORK.recheck(brand, [item.external_id, receipt.external_id])
    assert (seen.gone, seen.present) == ({item.external_id, receipt.external_id}, frozenset())
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, answer)
    assert caught.value.code == "parent_gone"


def test_another_answer_replaces_the_first(practice: Practice, brand: Access) -> None:
    made = review(practice, "hm", 3)
    assert "replaces" in str(NETWORK.answer_note)
    first = NETWORK.send(brand, Outgoing("reply", "Thanks", in_reply_to=made))
    second = NETWORK.send(brand, Outgoing("reply", "Thank you, Ali", in_reply_to=first.external_id, thread_key=made))
    assert first.external_id != second.external_id
    items, _aside, _cursor = read_everything(brand, {})
    assert {item.text for item in items.values() if item.ours} == {"Thank you, Ali"}
    seen = NETWORK.recheck(brand, [made, first.external_id, second.external_id])
    assert (seen.gone, seen.present) == ({first.external_id}, {made, second.external_id})


def test_our_answer_is_taken_back_and_no_other(practice: Practice, brand: Access) -> None:
    made = review(practice, "hm", 3)
    first = NETWORK.send(brand, Outgoing("reply", "Thanks", in_reply_to=made)).external_id
    second = NETWORK.send(brand, Outgoing("reply", "Thank you, Ali", in_reply_to=made)).external_id
    # Another one took its place: that one is not what was meant.
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.DELETE, first, ours=True)
    assert caught.value.code == "gone"
    assert NETWORK.recheck(brand, [second]).present == {second}
    act_on(NETWORK, brand, DeedKind.DELETE, second, ours=True)
    assert NETWORK.recheck(brand, [made, second]).gone == {second}
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.DELETE, second, ours=True)
    assert caught.value.code == "gone"
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.DELETE, made, ours=True)


def test_stars_without_words_and_people_without_names(practice: Practice, brand: Access) -> None:
    practice.person("nobody", network="google", protected=True)
    silent, hidden = review(practice, "", 5), review(practice, "so so", 3, author="nobody")
    items, _aside, _cursor = read_everything(brand, {})
    assert items[silent].text == "★★★★★"
    author = items[hidden].author
    assert author is not None
    assert (author.name, author.external_id) == ("A Google user", f"review-{hidden}")


def test_an_answer_written_elsewhere_below_an_old_review_is_found(practice: Practice, brand: Access) -> None:
    old = review(practice, "old one")
    moment = int((now() - timedelta(days=1)).timestamp() * 1000)
    base = int(post_of(old))
    rows = [{"id": str(base + n), "author": "ali", "text": f"@brand more {n}", "created_at": moment + n} for n in range(1, 121)]
    practice.call("POST", "/import", {"posts": rows})
    items, _aside, cursor = read_everything(brand, {})
    assert len(items) == 121
    practice.post("brand", "We know.", reply_to=str(base + 1))
    items, _aside, cursor = read_everything(brand, cursor, polls=4)
    assert [item.text for item in items.values()] == ["We know."]


def test_older_reviews_are_read_back_to_a_day(practice: Practice, brand: Access) -> None:
    base = int(post_of(review(practice, "today")))
    days = [int((now() - timedelta(days=day)).timestamp() * 1000) for day in range(1, 140)]
    rows = [{"id": str(base + n + 1), "author": "ali", "text": f"@brand day {n}", "created_at": ms} for n, ms in enumerate(days)]
    practice.call("POST", "/import", {"posts": rows})
    found: set[str] = set()
    cursor: Cursor = {}
    pages = 0
    while True:
        page = NETWORK.fetch_back(brand, cursor, since=now() - timedelta(days=60))
        found |= {envelope.external_id for envelope in page.items}
        cursor, pages = json.loads(json.dumps(page.cursor)), pages + 1
        if not page.more:
            break
    assert {f"AbFvOq{base + n + 1}" for n in range(60)} <= found
    assert pages == 2


def test_customers_write_reviews_and_nothing_below_them(practice: Practice, brand: Access) -> None:
    made = review(practice, "hm", 3)
    with pytest.raises(AssertionError, match="nothing below"):
        practice.post("ali", "and?", reply_to=post_of(made))
    with pytest.raises(AssertionError, match="stars"):
        practice.post("ali", "@brand x", stars=6)


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.fetch(Access(brand.external_id, {**brand.secrets, **practice.tokens("xena")}), {})


class TestLies(overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply",)
    reading = (*overpractice.READING, ("null", {"probability": 0.5, "options": {"where": "items"}}))
    read_group = None
    patience = 200
    by_root = True
    polls = 4

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        return Outgoing("reply", "On our way.", in_reply_to=review(practice, "help"))

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        return {f"AbFvOq{name}" for name in practice.posts("ali", [f"@brand complaint {n}" for n in range(130)])}
