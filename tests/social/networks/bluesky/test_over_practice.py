"""Bluesky against the practice network: a process of its own that speaks a server's wire, and lies when told to."""

from dataclasses import replace
from typing import Any

import pytest

from core.clock import now
from social.networks.bluesky import Bluesky
from social.networks.errors import OutcomeUnknown, Rejected, Unauthorized
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.overpractice import SINCE
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


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor)


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
    found = NETWORK.find_sent(brand, outgoing, since=now() - SINCE)
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


def test_a_post_is_liked_and_ours_is_deleted(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand help")
    (uri,) = read_everything(brand, {})[0]
    for kind, likes in ((DeedKind.LIKE, 1), (DeedKind.LIKE, 1), (DeedKind.UNLIKE, 0), (DeedKind.UNLIKE, 0)):
        act_on(NETWORK, brand, kind, uri)
        assert practice.call("GET", f"/posts/{complaint}")["likes"] == likes
    ours = NETWORK.send(brand, Outgoing("reply", "On our way.", in_reply_to=uri, key="1-7")).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.DELETE, ours, ours=True)
    assert practice.call("GET", "/posts", author="brand")["posts"] == []
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.DELETE, uri, ours=True)
    practice.call("DELETE", f"/posts/{complaint}")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.LIKE, uri)
    assert caught.value.code == "gone"


def test_an_answer_below_our_post_is_hidden_and_shown_again(practice: Practice, brand: Access) -> None:
    NETWORK.send(brand, Outgoing("post", "We deliver in two days.", key="1-1"))
    ours = practice.call("GET", "/posts", author="brand")["posts"][0]["id"]
    made = [practice.post("ali", text, reply_to=ours) for text in ("liars", "thieves")]
    rude, ruder = sorted(read_everything(brand, {})[0], key=lambda name: name)
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.HIDE, rude)
    act_on(NETWORK, brand, DeedKind.HIDE, ruder)
    assert [practice.call("GET", f"/posts/{post}")["hidden"] for post in made] == [True, True]
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.UNHIDE, rude)
    assert sorted(practice.call("GET", f"/posts/{post}")["hidden"] for post in made) == [False, True]
    act_on(NETWORK, brand, DeedKind.UNHIDE, ruder)
    practice.post("ali", "@brand elsewhere")
    elsewhere = next(name for name, item in read_everything(brand, {})[0].items() if item.text.endswith("elsewhere"))
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.HIDE, elsewhere)
    assert caught.value.code == "not_ours"


def test_likes_and_quotes_are_counted(practice: Practice, brand: Access) -> None:
    ours = NETWORK.send(brand, Outgoing("post", "We deliver in two days.", key="1-1")).external_id
    number = practice.call("GET", "/posts", author="brand")["posts"][0]["id"]
    practice.call("POST", f"/posts/{number}/like", {"by": "ali"})
    practice.post("ali", "Is this a joke?", quote=number)
    (told,) = NETWORK.recheck(brand, [ours]).reactions
    assert (told.message_id, told.signs) == (ours, {"❤": 1, "💬": 1})


def test_a_direct_message_is_answered_in_its_talk(practice: Practice, brand: Access) -> None:
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "My number is 0300 <1234567>"})
    items, _aside, cursor = read_everything(brand, {})
    (item,) = items.values()
    assert (item.visibility, item.ours, item.text) == ("private", False, "My number is 0300 <1234567>")
    assert item.author is not None
    assert (item.author.handle, item.author.name, item.counterpart_id) == ("ali.chowk.test", "Ali", item.author.external_id)
    assert read_everything(brand, cursor)[0] == {}
    answer = Outgoing("direct", "Thank you 😀 https://example.com", to=item.author.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    assert NETWORK.find_sent(brand, replace(answer, text="Something else"), since=now() - SINCE).receipts == ()
    items, _aside, cursor = read_everything(brand, cursor)
    assert items[receipt.external_id].ours
    assert items[receipt.external_id].counterpart_id == item.author.external_id
    assert [row["text"] for row in practice.call("GET", "/dms", account="ali")["dms"]][-1] == answer.text
    # Without its key the talk is found by who is in it.
    assert NETWORK.send(brand, replace(answer, text="And more", thread_key="")).external_id.startswith(item.thread_key)


def test_an_app_password_without_messages_is_told_and_mentions_go_on(practice: Practice, brand: Access) -> None:
    practice.call("PATCH", "/rules", {"bluesky_no_messages": True})
    try:
        practice.post("ali", "@brand help")
        items, _aside, cursor = read_everything(brand, {})
        assert len(items) == 1
        assert "app password does not cover" in str(NETWORK.remarks(cursor)[0])
        with pytest.raises(Rejected) as caught:
            NETWORK.send(brand, Outgoing("direct", "Hello", to=access_of("ali").external_id))
        assert caught.value.code == "no_permission"
    finally:
        practice.call("PATCH", "/rules", {"bluesky_no_messages": False})
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "psst"})
    assert read_everything(brand, cursor)[0] == {}
    assert [item.text for item in read_everything(brand, NETWORK.reconnected(cursor))[0].values()] == ["psst"]


class TestLies(overpractice.MeetsLate, overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply", "direct", "post")
    reading = (*overpractice.READING, ("null", {"probability": 0.5, "options": {"where": "items"}}))

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        if kind == "post":
            return Outgoing("post", "From Monday on we open at nine: https://example.com/hours", key="1-7")
        if kind == "direct":
            practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "help"})
            return Outgoing("direct", "On our way.", to=access_of("ali").external_id)
        practice.post("ali", "@brand help")
        (uri,) = read_everything(brand, {})[0]
        return Outgoing("reply", "On our way.", in_reply_to=uri, key="1-7")

    def nothing_is_lost(self, made: set[str], items: dict[str, Item], aside: list[Any]) -> None:
        # The network names posts by addresses, the wall by numbers.
        missing = len(made) - len(items)
        assert (len(made), missing <= len(aside)) == (90, True), f"{missing} of 90 were lost, {len(aside)} set aside"


def test_who_tries_again_without_looking_is_told_that_it_stands(practice: Practice, brand: Access) -> None:
    outgoing = TestLies().outgoing(practice, brand, "reply")
    practice.trouble("swallow", group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    (receipt,) = overpractice.found_in_the_end(NETWORK, brand, outgoing).receipts
    assert NETWORK.send(brand, outgoing).external_id == receipt.external_id
    assert len(overpractice.accepted_by_api(practice)) == 1
