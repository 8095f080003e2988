"""X against the practice network: a process of its own that speaks X's wire, and lies when told to."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from core.clock import now
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from social.networks.x import X
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.overpractice import SINCE
from tests.social.networks.servers import Practice

NETWORK = X(read_seconds=1.5, total_seconds=3.0)


@pytest.fixture
def brand(practice: Practice) -> Access:
    made = practice.person("brand", is_brand=True)
    practice.person("ali")
    return Access(made["id"], practice.tokens("brand"), "brand")


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor)


def test_a_complaint_and_its_answer(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>")
    items, _aside, _cursor = read_everything(brand, {})
    item = items[complaint]
    assert item.text == "@brand میرا آرڈر ابھی تک نہیں آیا & I am <angry>"
    assert item.author is not None
    assert (item.author.handle, item.thread_key, item.ours) == ("ali", complaint, False)
    assert item.url == f"{practice.url}/ali/status/{complaint}"
    began = now() - SINCE
    answer = Outgoing("reply", "We are sorry & help: https://example.com/help?a=1 😀", in_reply_to=complaint)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=began)
    assert [r.external_id for r in found.receipts] == [receipt.external_id]
    assert found.complete
    assert practice.call("GET", f"/posts/{receipt.external_id}")["reply_to"] == complaint
    practice.call("DELETE", f"/posts/{complaint}")
    seen = NETWORK.recheck(brand, [complaint, receipt.external_id])
    assert (seen.gone, seen.present) == ({complaint}, {receipt.external_id})
    with pytest.raises(Rejected):
        NETWORK.send(brand, Outgoing("reply", "Are you still there?", in_reply_to=complaint))


def test_a_direct_message_and_its_answer(practice: Practice, brand: Access) -> None:
    sent = practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number is https://example.com/x"})
    items, _aside, _cursor = read_everything(brand, {})
    item = items[f"dm-{sent['id']}"]
    assert item.visibility == "private"
    assert item.text == "my number is https://example.com/x"
    answer = Outgoing("direct", "Thank you <3", to=item.counterpart_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert [r.external_id for r in found.receipts] == [receipt.external_id]
    items, _aside, _cursor = read_everything(brand, {})
    ours = items[receipt.external_id]
    assert ours.ours
    assert (ours.counterpart_id, ours.thread_key) == (item.counterpart_id, item.thread_key)


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access) -> None:
    first = practice.post("ali", "@brand where is my pracel")
    second = str(practice.call("PATCH", f"/posts/{first}", {"text": "@brand where is my parcel"})["id"])
    items, _aside, _cursor = read_everything(brand, {})
    assert (items[second].root_id, items[second].revision) == (first, 1)


def test_only_those_who_named_us_are_answered(practice: Practice, brand: Access) -> None:
    stranger = practice.post("ali", "nobody is named here")
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, Outgoing("reply", "hello", in_reply_to=stranger))
    assert caught.value.code == "not_mentioned"


@pytest.mark.parametrize("rule", ["post_dialect", "fractionless"])
def test_both_dialects_and_both_kinds_of_time(practice: Practice, brand: Access, rule: str) -> None:
    parent = practice.post("ali", "@brand first")
    child = practice.post("ali", "@brand second", reply_to=parent)
    practice.call("PATCH", "/rules", {rule: True})
    try:
        items, aside, _cursor = read_everything(brand, {})
        assert not aside
        assert items[child].parent_id == parent
        assert items[child].thread_key == parent
        answer = Outgoing("reply", "sorry", in_reply_to=child)
        receipt = NETWORK.send(brand, answer)
        found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
        assert [r.external_id for r in found.receipts] == [receipt.external_id]
    finally:
        practice.call("PATCH", "/rules", {rule: False})


def test_a_post_is_liked_hidden_and_ours_is_deleted(practice: Practice, brand: Access) -> None:
    root = practice.post("brand", "News")
    complaint = practice.post("ali", "@brand where is it?", reply_to=root)
    for kind, likes in ((DeedKind.LIKE, 1), (DeedKind.LIKE, 1), (DeedKind.UNLIKE, 0), (DeedKind.UNLIKE, 0)):
        act_on(NETWORK, brand, kind, complaint)
        assert practice.call("GET", f"/posts/{complaint}")["likes"] == likes
    for kind, hidden in ((DeedKind.HIDE, True), (DeedKind.HIDE, True), (DeedKind.UNHIDE, False)):
        act_on(NETWORK, brand, kind, complaint)
        assert practice.call("GET", f"/posts/{complaint}")["hidden"] is hidden
    elsewhere = practice.post("ali", "@brand below nobody's post")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.HIDE, elsewhere)
    assert caught.value.code == "not_permitted"
    ours = NETWORK.send(brand, Outgoing("reply", "It left.", in_reply_to=complaint)).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.DELETE, ours, ours=True)
    assert practice.call("GET", f"/posts/{ours}")["deleted"]
    practice.call("DELETE", f"/posts/{complaint}")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.LIKE, complaint)
    assert caught.value.code == "gone"


class TestLies(overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply", "direct", "post")
    write_group: ClassVar[dict[str, str]] = {"reply": "write", "direct": "dm", "post": "write"}
    accepted = tuple((name, {"options": {"ms": 2000}} if name == "late" else how) for name, how in overpractice.ACCEPTED)
    reading = (
        *overpractice.READING,
        ("twice", {"options": {"mode": "page"}}),
        ("future_cursor", {}),
        ("null", {"probability": 0.5, "options": {"where": "item"}}),
    )

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        if kind == "post":
            return Outgoing("post", "From Monday on we open at nine: https://example.com/hours")
        complaint = practice.post("ali", "@brand help")
        if kind == "reply":
            return Outgoing("reply", "On our way.", in_reply_to=complaint)
        return Outgoing("direct", "On our way.", to=practice.call("GET", "/people/ali")["id"])

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        return practice.posts("ali", [f"@brand complaint {number}" for number in range(130)])


def test_a_refused_token_while_sending(practice: Practice, brand: Access) -> None:
    complaint = practice.post("ali", "@brand help")
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.send(brand, Outgoing("reply", "On our way.", in_reply_to=complaint))
    fresh = NETWORK.refresh(brand)
    assert fresh.expires_at is not None
    again = Access(brand.external_id, fresh.secrets, brand.handle)
    NETWORK.send(again, Outgoing("reply", "On our way.", in_reply_to=complaint))
    with pytest.raises(Unauthorized):
        NETWORK.refresh(brand)
    assert len([entry for entry in practice.ledger() if entry["text"].endswith("On our way.")]) == 1


def test_the_whole_sign_in(practice: Practice) -> None:
    practice.person("brand", is_brand=True)
    verifier, back = "v" * 64, f"{Practice.CALLBACK}/x/callback"
    url = NETWORK.authorize_url(state="state-1", redirect_uri=back, verifier=verifier)
    assert url.startswith(practice.url)
    query = practice.consent(url, "brand")
    assert query["state"] == "state-1"
    with pytest.raises(Rejected):
        NETWORK.exchange(code=query["code"], redirect_uri=back, verifier="wrong" * 12)
    query = practice.consent(url, "brand")
    tokens = NETWORK.exchange(code=query["code"], redirect_uri=back, verifier=verifier)
    assert set(tokens.secrets) == {"access_token", "refresh_token", "scope"}
    assert tokens.expires_at is not None
    assert timedelta(hours=1) < tokens.expires_at - now() <= timedelta(hours=2, minutes=1)
    profile = NETWORK.identify(Access("", tokens.secrets))
    assert profile.handle == "brand"
    with pytest.raises(Rejected):
        NETWORK.exchange(code=query["code"], redirect_uri=back, verifier=verifier)


def test_trouble_at_the_token_desk_is_no_reason_to_sign_in_again(practice: Practice, brand: Access) -> None:
    for lie in ("500", "html", "hang", "429"):
        practice.trouble(lie, group="token", count=1)
        with pytest.raises(TryLater):
            NETWORK.refresh(brand)
    practice.calm()
    assert NETWORK.refresh(brand).secrets["access_token"]
