"""Reddit against the practice network: a process of its own that speaks Reddit's wire, and lies when told to."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.reddit import PRACTICE_OFFER, Reddit
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.servers import Practice

NETWORK = Reddit(read_seconds=1.5, total_seconds=6.0)
APP, SECRET, _ACCOUNT, PASSWORD, SUBREDDIT = PRACTICE_OFFER


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="reddit")
    practice.person("ali", network="reddit")
    return access_of(practice, "brand")


def access_of(practice: Practice, handle: str) -> Access:
    secrets = {"access_token": practice.tokens(handle)["access_token"], "subreddits": SUBREDDIT}
    return Access(handle, secrets, handle)


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=80)


def thing(number: str) -> str:
    """The name of a submission, whose number Reddit writes in base 36."""
    left, digits = int(number), ""
    while left:
        left, digit = divmod(left, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"t3_{digits}"


def by_text(items: dict[str, Item], text: str) -> Item:
    return next(item for item in items.values() if item.text == text)


def test_the_account_signs_in_with_what_is_offered(practice: Practice, brand: Access) -> None:
    typed = {"client_id": APP, "client_secret": SECRET, "username": "Brand", "password": PASSWORD, "subreddits": SUBREDDIT}
    profile = NETWORK.identify(Access("", typed))
    assert (profile.external_id, profile.name) == ("brand", "u/brand")
    assert profile.tokens is not None
    opened = Access("brand", profile.tokens.secrets, "brand")
    assert NETWORK.fetch(opened, {}).items == ()
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.fetch(opened, {})
    assert NETWORK.fetch(Access("brand", NETWORK.refresh(opened).secrets, "brand"), {}).items == ()
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {**typed, "password": "wrong"}))
    assert NETWORK.practice_offer() == f"{APP} · {SECRET} · anarreddit · {PASSWORD} · {SUBREDDIT}"


def test_the_sign_in_page_leads_to_tokens_that_stay(practice: Practice, brand: Access) -> None:
    url = NETWORK.authorize_url(state="s", redirect_uri=Practice.CALLBACK, verifier="v")
    back = practice.consent(url, "brand")
    tokens = NETWORK.exchange(code=back["code"], redirect_uri=Practice.CALLBACK, verifier="v")
    opened = Access("brand", tokens.secrets, "brand")
    assert NETWORK.identify(opened).external_id == "brand"
    # No subreddits were typed: the account's own feed is watched.
    practice.post("ali", "A post in the square")
    assert {item.text for item in read_everything(opened, {})[0].values()} == {"A post in the square"}
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    for _time in range(2):
        tokens = NETWORK.refresh(Access("brand", tokens.secrets, "brand"))
        assert NETWORK.identify(Access("brand", tokens.secrets, "brand")).external_id == "brand"
    with pytest.raises(Rejected):
        NETWORK.exchange(code=back["code"], redirect_uri=Practice.CALLBACK, verifier="v")
    practice.call("POST", "/tokens/revoke", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.refresh(Access("brand", tokens.secrets, "brand"))


def test_a_complaint_and_its_answer(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>\nsee https://example.com/a/very/long/path")
    items, _aside, _cursor = read_everything(brand, {})
    (item,) = items.values()
    assert item.text == "u/brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>\n\nsee https://example.com/a/very/long/path"
    assert item.author is not None
    assert (item.author.external_id, item.thread_key, item.visibility) == ("ali", item.external_id, "public")
    answer = Outgoing("reply", "We are sorry & help: https://example.com/help?a=1&b=2 😀 5 < 6", in_reply_to=item.root_id)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - timedelta(minutes=5))
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    ours = practice.call("GET", "/posts", author="brand")["posts"][0]
    assert (ours["reply_to"], ours["text"]) == (complaint, answer.text)
    practice.post("ali", "still nothing", reply_to=ours["id"])
    items, _aside, _cursor = read_everything(brand, {})
    again = by_text(items, "still nothing")
    assert (again.thread_key, again.parent_id) == (item.external_id, receipt.external_id)
    assert items[receipt.external_id].ours
    practice.call("DELETE", f"/posts/{complaint}")
    seen = NETWORK.recheck(brand, [item.external_id, receipt.external_id])
    assert (seen.gone, seen.present) == ({item.external_id}, {receipt.external_id})
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, Outgoing("reply", "Are you still there?", in_reply_to=item.root_id))
    assert caught.value.code == "deleted_link"


def test_a_private_message_is_answered_privately(practice: Practice, brand: Access) -> None:
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number is 0300 1234567"})
    (item,) = read_everything(brand, {})[0].values()
    assert (item.visibility, item.thread_key, item.text) == ("private", item.external_id, "my number is 0300 1234567")
    answer = Outgoing("direct", "Thank you <3", in_reply_to=item.external_id, to="ali", thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - timedelta(minutes=5))
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    told = read_everything(access_of(practice, "ali"), {})[0][receipt.external_id]
    assert (told.text, told.thread_key, told.parent_id) == ("Thank you <3", item.external_id, item.external_id)
    assert practice.call("GET", "/posts", author="brand")["posts"] == []
    practice.call("PATCH", "/people/ali", {"dm_open": False})
    with pytest.raises(Rejected):
        NETWORK.send(brand, answer)


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access) -> None:
    own = practice.post("brand", "We deliver in two days")
    first = practice.post("ali", "where is my pracel", reply_to=own)
    items, _aside, cursor = read_everything(brand, {})
    before = by_text(items, "where is my pracel")
    practice.call("PATCH", f"/posts/{first}", {"text": "where is my parcel"})
    items, _aside, cursor = read_everything(brand, cursor)
    (item,) = items.values()
    assert (item.root_id, item.revision >= 1, item.text) == (before.root_id, True, "where is my parcel")
    assert read_everything(brand, cursor)[0] == {}


def test_a_moderator_removes_and_approves(practice: Practice, brand: Access) -> None:
    made = practice.post("ali", "@brand you are all thieves")
    post = thing(made)
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.HIDE, post)
    seen = NETWORK.recheck(brand, [post])
    assert (seen.gone, seen.present) == (frozenset(), {post})
    items, _aside, _cursor = read_everything(brand, {})
    assert (items[post].withheld, items[post].text) == (True, "u/brand you are all thieves")
    # Others see its place only.
    assert NETWORK.recheck(access_of(practice, "ali"), [post]).gone == {post}
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.UNHIDE, post)
    assert not read_everything(brand, {})[0][post].withheld
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, access_of(practice, "ali"), DeedKind.HIDE, post)
    assert caught.value.code == "not_moderator"
    practice.call("DELETE", f"/posts/{made}")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.HIDE, post)
    assert caught.value.code == "gone"


def test_our_comment_is_mended_and_deleted_and_votes_are_counted(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand where is it?")
    ours = NETWORK.send(brand, Outgoing("reply", "It left yestreday.", in_reply_to=thing(complaint))).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.EDIT, ours, ours=True, text="It left yesterday.")
    number = practice.call("GET", "/posts", author="brand")["posts"][-1]["id"]
    assert practice.call("GET", f"/posts/{number}")["text"] == "It left yesterday."
    practice.call("POST", f"/posts/{number}/like", {"by": "ali"})
    (told,) = NETWORK.recheck(brand, [ours]).reactions
    assert (told.message_id, told.signs) == (ours, {"⬆": 1})
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.EDIT, thing(complaint), ours=True, text="I praise you.")
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.DELETE, ours, ours=True)
    assert NETWORK.recheck(brand, [ours]).gone == {ours}


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.identify(access_of(practice, "xena"))


def test_a_new_accounts_pause_and_a_locked_thread_are_told(practice: Practice, brand: Access) -> None:
    practice.post("ali", "@brand help")
    (item,) = read_everything(brand, {})[0].values()
    answer = Outgoing("reply", "On our way.", in_reply_to=item.root_id)
    practice.call("PATCH", "/rules", {"reddit_ratelimit": True})
    with pytest.raises(TryLater) as caught:
        NETWORK.send(brand, answer)
    assert caught.value.seconds == 540
    practice.call("PATCH", "/rules", {"reddit_ratelimit": False, "reddit_locked": True})
    with pytest.raises(Rejected):
        NETWORK.send(brand, answer)
    practice.call("PATCH", "/rules", {"reddit_locked": False})
    assert [entry for entry in practice.ledger(kind="post") if entry["origin"] == "api"] == []


class TestLies(overpractice.MeetsLate, overpractice.OverPractice):
    network = NETWORK
    reading = (*overpractice.READING, ("null", {"probability": 0.5, "options": {"where": "items"}}))
    patience = 80
    by_root = True

    def outgoing(self, practice: Practice, brand: Access, kind: Any) -> Outgoing:
        if kind == "direct":
            practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "help"})
        else:
            practice.post("ali", "@brand help")
        (item,) = read_everything(brand, {})[0].values()
        return Outgoing(kind, "On our way.", in_reply_to=item.root_id, to="ali", thread_key=item.thread_key)

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        return {thing(name) for name in super().speak(practice, brand)}
