"""Mastodon against the practice network: a process of its own that speaks an instance's wire, and lies when told to."""

from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, Unauthorized
from social.networks.mastodon import Mastodon
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.mastodon.shapes import INSTANCE
from tests.social.networks.overpractice import SINCE
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


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor)


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
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
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


def test_a_quote_of_ours_is_heard_with_what_it_quotes(practice: Practice, brand: Access) -> None:
    ours = practice.post("brand", "We deliver in two days & everywhere.")
    plain = practice.post("ali", "Nine days, in fact.", quote=ours)
    named = practice.post("ali", "@brand nine days!", quote=ours)
    practice.post("brand", "Nobody hears of this one.", quote=ours)
    items, _aside, cursor = read_everything(brand, {})
    assert set(items) == {plain, named}
    assert {items[name].text for name in items} == {"Nine days, in fact.", "@brand nine days!"}
    for name in items:
        quoted = items[name].quoted
        assert quoted is not None
        assert (quoted.text, quoted.ours) == ("We deliver in two days & everywhere.", True)
        assert quoted.url.endswith(f"/@brand/{ours}")
    assert read_everything(brand, cursor)[0] == {}
    receipt = NETWORK.send(brand, Outgoing("reply", "We are sorry.", in_reply_to=plain))
    assert practice.call("GET", f"/posts/{receipt.external_id}")["reply_to"] == plain
    practice.call("DELETE", f"/posts/{ours}")
    items, _aside, _cursor = read_everything(brand, {})
    assert named in items
    assert items[named].quoted is None


def test_a_direct_message_is_answered_directly(practice: Practice, brand: Access) -> None:
    sent = practice.post("ali", "@brand my number is 0300 1234567", visibility="direct")
    items, _aside, _cursor = read_everything(brand, {})
    item = items[sent]
    assert (item.visibility, item.thread_key) == ("private", f"direct-{sent}")
    assert item.author is not None
    answer = Outgoing("direct", "Thank you <3", to=item.author.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    assert practice.call("GET", f"/posts/{receipt.external_id}")["visibility"] == "direct"
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
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


def test_a_post_is_liked_and_ours_is_mended_and_deleted(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand where is it?")
    for kind, likes in ((DeedKind.LIKE, 1), (DeedKind.LIKE, 1), (DeedKind.UNLIKE, 0), (DeedKind.UNLIKE, 0)):
        act_on(NETWORK, brand, kind, complaint)
        assert practice.call("GET", f"/posts/{complaint}")["likes"] == likes
    ours = NETWORK.send(brand, Outgoing("reply", "It left yestreday.", in_reply_to=complaint)).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.EDIT, ours, ours=True, text="It left yesterday.")
    assert practice.call("GET", f"/posts/{ours}")["text"] == "@ali It left yesterday."
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.EDIT, complaint, ours=True, text="I praise you.")
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.DELETE, ours, ours=True)
    assert practice.call("GET", f"/posts/{ours}")["deleted"]
    practice.call("DELETE", f"/posts/{complaint}")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.LIKE, complaint)
    assert caught.value.code == "gone"


def test_favourites_are_counted_where_deletions_are_looked_for(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand where is it?")
    ours = NETWORK.send(brand, Outgoing("reply", "It left.", in_reply_to=complaint)).external_id
    practice.call("POST", f"/posts/{ours}/like", {"by": "ali"})
    told = {reaction.message_id: dict(reaction.signs) for reaction in NETWORK.recheck(brand, [complaint, ours]).reactions}
    assert told == {complaint: {}, ours: {"❤": 1}}


class TestLies(overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply", "direct", "post")

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        if kind == "post":
            return Outgoing("post", "From Monday on we open at nine: https://example.com/hours")
        complaint = practice.post("ali", "@brand help", visibility="direct" if kind == "direct" else "public")
        if kind == "reply":
            return Outgoing("reply", "On our way.", in_reply_to=complaint)
        return Outgoing("direct", "On our way.", in_reply_to=complaint, to=f"ali@{INSTANCE}")
