"""Facebook against the practice network: a process of its own that speaks the Graph, and lies when told to."""

from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, Unauthorized
from social.networks.facebook import Facebook
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.overpractice import SINCE
from tests.social.networks.servers import Practice

NETWORK = Facebook(read_seconds=1.5, total_seconds=6.0)


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="facebook")
    practice.person("ali", network="facebook")
    return access_of(practice, "brand")


def access_of(practice: Practice, handle: str) -> Access:
    secrets = {"access_token": practice.tokens(handle)["access_token"], "app_secret": Practice.CLIENT_SECRET}
    return Access(practice.call("GET", f"/people/{handle}")["id"], secrets, handle)


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=120, by_root=True)


def test_the_page_says_who_it_is(practice: Practice, brand: Access) -> None:
    profile = NETWORK.identify(brand)
    assert (profile.external_id, profile.name, profile.handle) == (brand.external_id, "Brand", "brand")
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access(brand.external_id, {**brand.secrets, "app_secret": "wrong-secret"}))


def test_a_comment_is_answered_found_continued_and_deleted(practice: Practice, brand: Access) -> None:
    root = practice.post("brand", "New tents are here.")
    first = practice.post("ali", "میرا آرڈر ابھی تک نہیں آیا & I am <angry> https://example.com/a/long/path", reply_to=root)
    items, _aside, cursor = read_everything(brand, {})
    item = items[f"{root}_{first}"]
    assert item.text == "میرا آرڈر ابھی تک نہیں آیا & I am <angry> https://example.com/a/long/path"
    assert (item.thread_key, item.ours, item.visibility) == (f"{brand.external_id}_{root}", False, "public")
    answer = Outgoing("reply", "We are sorry & help 😀", in_reply_to=item.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    post = practice.call("GET", f"/posts/{receipt.external_id.partition('_')[2]}")
    assert (post["reply_to"], post["text"]) == (first, "We are sorry & help 😀")
    again = practice.post("ali", "still nothing", reply_to=post["id"])
    nested = Outgoing("reply", "Today, promised.", in_reply_to=f"{root}_{again}", thread_key=item.thread_key)
    sent = NETWORK.send(brand, nested)
    assert [r.external_id for r in NETWORK.find_sent(brand, nested, since=now() - SINCE).receipts] == [sent.external_id]
    items, _aside, cursor = read_everything(brand, cursor)
    assert (items[f"{root}_{again}"].thread_key, items[f"{root}_{again}"].parent_id) == (item.thread_key, item.external_id)
    assert items[receipt.external_id].ours
    practice.call("DELETE", f"/posts/{again}")
    seen = NETWORK.recheck(brand, [item.external_id, f"{root}_{again}", receipt.external_id])
    assert (seen.gone, seen.present) == ({f"{root}_{again}"}, {item.external_id, receipt.external_id})
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, nested)
    assert caught.value.code == "parent_gone"


def test_a_visitor_writes_on_the_page(practice: Practice, brand: Access) -> None:
    made = practice.post("ali", "@brand your app crashes")
    items, _aside, cursor = read_everything(brand, {})
    item = items[f"{brand.external_id}_{made}"]
    assert (item.thread_key, item.parent_id) == (item.external_id, "")
    receipt = NETWORK.send(brand, Outgoing("reply", "Which version?", in_reply_to=item.external_id, thread_key=item.thread_key))
    items, _aside, _cursor = read_everything(brand, cursor)
    assert (items[receipt.external_id].parent_id, items[receipt.external_id].thread_key) == (item.external_id, item.thread_key)


def test_messenger_is_a_conversation_for_each_person(practice: Practice, brand: Access) -> None:
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number is 0300 1234567"})
    items, _aside, cursor = read_everything(brand, {})
    (item,) = items.values()
    assert item.author is not None
    assert (item.visibility, item.thread_key, item.author.name) == ("private", f"direct-{item.author.external_id}", "Ali")
    answer = Outgoing(
        "direct", "Thank you <3", to=item.author.external_id, thread_key=item.thread_key, heard_at=item.occurred_at.isoformat()
    )
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    items, _aside, _cursor = read_everything(brand, cursor)
    assert (items[receipt.external_id].ours, items[receipt.external_id].counterpart_id) == (True, item.author.external_id)


def test_who_never_wrote_cannot_be_written_to(practice: Practice, brand: Access) -> None:
    stranger = practice.person("sara", network="facebook")["id"]
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, Outgoing("direct", "Hello!", to=stranger))
    assert caught.value.code == "window_closed"


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access) -> None:
    root = practice.post("brand", "News")
    first = practice.post("ali", "where is my pracel", reply_to=root)
    _items, _aside, cursor = read_everything(brand, {})
    practice.call("PATCH", f"/posts/{first}", {"text": "where is my parcel"})
    items, _aside, cursor = read_everything(brand, cursor)
    (item,) = items.values()
    assert (item.root_id, item.revision >= 1, item.text) == (f"{root}_{first}", True, "where is my parcel")
    assert read_everything(brand, cursor)[0] == {}


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.identify(access_of(practice, "xena"))


def test_comments_are_liked_hidden_mended_and_deleted(practice: Practice, brand: Access) -> None:
    root = practice.post("brand", "News")
    theirs = practice.post("ali", "rubbish", reply_to=root)
    comment = f"{root}_{theirs}"
    for kind, likes in ((DeedKind.LIKE, 1), (DeedKind.LIKE, 1), (DeedKind.UNLIKE, 0), (DeedKind.UNLIKE, 0)):
        act_on(NETWORK, brand, kind, comment)
        assert practice.call("GET", f"/posts/{theirs}")["likes"] == likes
    for kind, hidden in ((DeedKind.HIDE, True), (DeedKind.HIDE, True), (DeedKind.UNHIDE, False)):
        act_on(NETWORK, brand, kind, comment)
        assert practice.call("GET", f"/posts/{theirs}")["hidden"] is hidden
    answer = Outgoing("reply", "Thank yuo.", in_reply_to=comment, thread_key=f"{brand.external_id}_{root}")
    ours = NETWORK.send(brand, answer).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.EDIT, ours, ours=True, text="Thank you.")
    assert practice.call("GET", f"/posts/{ours.partition('_')[2]}")["text"] == "Thank you."
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.EDIT, comment, ours=True, text="I praise you.")
    for identifier, mine in ((ours, True), (comment, False)):
        act_on(NETWORK, brand, DeedKind.DELETE, identifier, ours=mine)
        assert practice.call("GET", f"/posts/{identifier.partition('_')[2]}")["deleted"]
        with pytest.raises(Rejected) as caught:
            act_on(NETWORK, brand, DeedKind.DELETE, identifier, ours=mine)
        assert caught.value.code == "gone"


class TestLies(overpractice.OverPractice):
    network = NETWORK
    refused_kinds = ("reply", "direct")
    reading = (*overpractice.READING, ("null", {"probability": 0.5, "options": {"where": "items"}}))
    read_group = None
    patience = 120
    by_root = True

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        if kind == "reply":
            root = practice.post("brand", "News")
            comment = practice.post("ali", "help", reply_to=root)
            return Outgoing("reply", "On our way.", in_reply_to=f"{root}_{comment}", thread_key=f"{brand.external_id}_{root}")
        practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "help"})
        return Outgoing("direct", "On our way.", to=practice.call("GET", "/people/ali")["id"])

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        made = {f"{brand.external_id}_{name}" for name in super().speak(practice, brand)}
        root = practice.post("brand", "News")
        return made | {f"{root}_{practice.post('ali', f'comment {number}', reply_to=root)}" for number in range(60)}


def test_recommendations_are_answered_and_posts_elsewhere_are_read(practice: Practice, brand: Access) -> None:
    practice.person("other", is_brand=True, network="facebook")
    practice.call("POST", "/posts", {"author": "ali", "text": "@brand quick and kind", "stars": 5})
    practice.call("POST", "/posts", {"author": "ali", "text": "@brand never again", "stars": 1})
    practice.post("ali", "@other is dearer than @brand")
    items, _aside, _cursor = read_everything(brand, {})
    texts = {item.text: item for item in items.values()}
    assert sorted(texts) == [
        "@other is dearer than @brand", "• Does not recommend this Page.\n\n@brand never again",
        "• Recommends this Page.\n\n@brand quick and kind",
    ]  # fmt: skip
    angry = texts["• Does not recommend this Page.\n\n@brand never again"]
    answer = Outgoing("reply", "We are sorry.", in_reply_to=angry.external_id, thread_key=angry.thread_key)
    sent = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([sent.external_id], True)
