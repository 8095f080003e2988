"""LinkedIn against the practice network: a process of its own that speaks LinkedIn's wire, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Rejected, Unauthorized
from social.networks.linkedin import PRACTICE_TOKEN, LinkedIn
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
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


def read_everything(access: Access, cursor: Cursor) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=90)


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
    assert (item.author.handle, item.thread_key) == ("", f"urn:li:activity:{post}")
    assert item.author.name == f"LinkedIn member {item.author.external_id[-4:]}"
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


def test_what_can_be_done_to_comments(practice: Practice, brand: Access, post: str) -> None:
    complaint = practice.post("ali", "help", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    for kind, likes in ((DeedKind.LIKE, 1), (DeedKind.LIKE, 1), (DeedKind.UNLIKE, 0), (DeedKind.UNLIKE, 0)):
        act_on(NETWORK, brand, kind, item.external_id)
        assert practice.call("GET", f"/posts/{complaint}")["likes"] == likes
        assert sum(NETWORK.recheck(brand, [item.external_id]).reactions[0].signs.values()) == likes
    ours = NETWORK.send(brand, Outgoing("reply", "It left yestreday.", in_reply_to=item.root_id)).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.EDIT, ours, ours=True, text="It left yesterday.")
    assert practice.call("GET", "/posts", author="brand")["posts"][-1]["text"] == "It left yesterday."
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.EDIT, item.external_id, ours=True, text="I praise you.")
    assert caught.value.code == "forbidden"
    for name, is_ours in ((ours, True), (item.external_id, False)):
        act_on(NETWORK, brand, DeedKind.DELETE, name, ours=is_ours)
        with pytest.raises(Rejected) as caught:
            act_on(NETWORK, brand, DeedKind.DELETE, name, ours=is_ours)
        assert caught.value.code == "gone"
    assert practice.call("GET", f"/posts/{complaint}")["deleted"]
    elsewhere = practice.post("ali", "unrelated", reply_to=practice.post("ali", "my own post"))
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.DELETE, item.external_id.replace(complaint, elsewhere))


def test_older_comments_are_read_back_over_all_posts(practice: Practice, brand: Access) -> None:
    made = {}
    for number in range(25):
        below = practice.post("brand", f"News {number}")
        first = practice.post("ali", f"comment {number}", reply_to=below)
        made |= {first: "", practice.post("ali", f"answer {number}", reply_to=first): ""}
    found: set[str] = set()
    cursor: Cursor = {}
    for _turn in range(200):
        page = NETWORK.fetch_back(brand, cursor, since=now() - timedelta(days=2))
        found |= {envelope.external_id.partition(",")[2].rstrip(")") for envelope in page.items}
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            break
    else:
        raise AssertionError("It never came to an end.")
    assert found == set(made)
    place = {"start": 0, "queue": [[f"urn:li:share:{below}", 0]], "over": True}
    none = NETWORK.fetch_back(brand, place, since=now() + timedelta(days=1))
    assert (none.items, none.more) == ((), True)


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


def test_a_garbled_answer_still_names_what_was_made(practice: Practice, brand: Access, post: str) -> None:
    practice.post("ali", "help", reply_to=post)
    (item,) = read_everything(brand, {})[0].values()
    practice.trouble("garble", group="write", count=1, options={"mode": "broken"})
    receipt = NETWORK.send(brand, Outgoing("reply", "On our way.", in_reply_to=item.root_id))
    last = practice.call("GET", "/posts", author="brand")["posts"][-1]
    assert receipt.external_id.endswith(f",{last['id']})")


class TestLies(overpractice.MeetsLate, overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply",)
    # What LinkedIn made stands in a header as well, which is not garbled.
    accepted = tuple(lie for lie in overpractice.ACCEPTED if lie[0] != "garble")
    patience = 90
    by_root = True

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        practice.post("ali", "help", reply_to=practice.post("brand", "We deliver in two days"))
        (item,) = read_everything(brand, {})[0].values()
        return Outgoing("reply", "On our way.", in_reply_to=item.root_id)

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        return {f"urn:li:share:{name}" for name in super().speak(practice, brand)}
