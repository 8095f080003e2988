"""What is Instagram's own: threads within posts, the place of an answer, webhooks, and a whole round over the practice network."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.clock import now
from social.networks.errors import Forged, OutcomeUnknown, Rejected, Unauthorized
from social.networks.instagram import Instagram
from social.networks.values import Access, Cursor, DeedKind, Hook, Item, Outgoing
from tests.social.networks.acting import act_on
from tests.social.networks.facebook.shapes import listing, message, problem, talk
from tests.social.networks.instagram.test_contract import ME, POST, comment
from tests.social.networks.servers import Asked, Practice, Says, Scripted

NETWORK = Instagram(read_seconds=1.5, total_seconds=6.0)
ACCESS = Access(ME, {"access_token": "secret-page-token", "app_secret": "secret-of-the-app"}, "brand")
SINCE = timedelta(minutes=5)
TIME = 1795685401


def read_all(access: Access, cursor: Cursor) -> tuple[dict[str, Item], Cursor]:
    items: dict[str, Item] = {}
    for _turn in range(60):
        page = NETWORK.fetch(access, cursor)
        cursor = json.loads(json.dumps(page.cursor))
        for envelope in page.items:
            item = NETWORK.read(json.loads(json.dumps(envelope.payload)), account_id=access.external_id)
            items[item.root_id] = item
        if not page.more:
            return items, cursor
    raise AssertionError("It never came to an end.")


def test_answers_below_a_comment_are_read_to_their_end(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    answers = [comment(100 + n) for n in range(70)]

    def answer(asked: Asked) -> Says:
        edge = asked.path.rsplit("/", 1)[1]
        if edge == "media":
            nested = json.loads(listing(answers[:50], after="50").body)
            return listing(
                [{"id": POST, "timestamp": "2026-01-01T00:00:00+0000", "comments": {"data": [comment(1, replies=nested)]}}]
            )
        if edge == "replies":
            assert (asked.path, asked.query["after"]) == ("/v23.0/1/replies", "50")
            return listing(answers[50:])
        return listing([])

    scripted.says(answer)
    items, cursor = read_all(ACCESS, {})
    assert len(items) == 71
    assert {item.parent_id for item in items.values()} == {POST, "1"}
    assert {item.thread_key for item in items.values()} == {POST}
    # Once more: nobody knows their order, so the end is looked at again.
    assert len(read_all(ACCESS, cursor)[0]) == 20


def test_the_account_is_known_by_its_name_where_its_number_is_another(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    rows = [
        message(1, **{"from": {"id": "7001", "username": "ali"}}),
        message(2, **{"from": {"id": "99", "username": "brand"}, "to": {"data": [{"id": "7001", "username": "ali"}]}}),
    ]
    there = {"data": [{"id": "99", "username": "brand"}, {"id": "7001", "username": "ali"}]}
    conversation = talk(rows, id="aWdfZAG06", participants=there)
    scripted.says(lambda asked: listing([conversation] if asked.path.endswith("conversations") else []))
    items, _cursor = read_all(ACCESS, {})
    assert [(item.ours, item.thread_key) for item in items.values()] == [(False, "direct-7001"), (True, "direct-7001")]
    assert items["m_2"].counterpart_id == "7001"


def test_where_answers_go(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"id": "1070", "message_id": "m_70"}))
    for outgoing, path, field in (
        (Outgoing("reply", "Sorry", in_reply_to="1001", thread_key=POST), "/v23.0/1001/replies", "message"),
        (Outgoing("reply", "Thanks", in_reply_to="800", thread_key="800"), f"/v23.0/{ME}/mentions", "media_id"),
        (Outgoing("direct", "Hello", thread_key="direct-7001"), "/v23.0/me/messages", "messaging_type"),
    ):
        NETWORK.send(ACCESS, outgoing)
        asked = scripted.asked[-1]
        assert asked.path == path
        assert field in dict(parse_qsl(asked.body.decode()))


def test_lengths_are_instagrams() -> None:
    direct = Outgoing("direct", "ے" * 500, thread_key="direct-7001")
    assert NETWORK.refusal(direct) is None
    assert NETWORK.refusal(replace(direct, text="ے" * 501))
    assert NETWORK.refusal(replace(direct, heard_at=(now() - timedelta(days=8)).isoformat()))


def test_an_answer_below_somebody_elses_post_is_looked_up_by_a_person(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(problem(404))
    found = NETWORK.find_sent(ACCESS, Outgoing("reply", "Thanks", in_reply_to="800", thread_key="800"), since=now())
    assert (found.receipts, found.complete) == ((), False)


def test_webhooks_are_proven_and_taken_apart() -> None:
    change = {
        "field": "comments",
        "value": {"id": "1001", "text": "hi", "from": {"id": "7001", "username": "ali"}, "media": {"id": POST}},
    }
    odd = {"field": "comments", "value": {"id": None}}
    said = {"sender": {"id": "7001"}, "recipient": {"id": ME}, "timestamp": TIME * 1000}
    events = [{**said, "message": {"mid": "aWd1", "text": "hi"}}, {**said, "message": {"mid": "aWd2", "is_deleted": True}}]
    entries = [
        {"id": ME, "time": TIME, "changes": [change, odd, {"field": "mentions", "value": {"media_id": "1"}}], "messaging": events},
        {"id": "other", "time": TIME, "changes": [change]},
    ]
    body = json.dumps({"object": "instagram", "entry": entries}).encode()
    made = hmac.new(b"secret-of-the-app", body, hashlib.sha256).hexdigest()
    page = NETWORK.unpack(ACCESS, Hook({"x-hub-signature-256": f"sha256={made}"}, body))
    assert [item.external_id for item in page.items] == ["1001", "aWd1~hook"]
    assert (len(page.broken), page.gone) == (1, ("aWd2", "aWd2~hook"))
    with pytest.raises(Forged):
        NETWORK.unpack(ACCESS, Hook({"x-hub-signature-256": f"sha256={made}"}, body + b" "))


# --- over the practice network ---------------------------------------------------------------------------------------
@pytest.fixture
def brand(practice: Practice) -> Access:
    brand = practice.person("brand", is_brand=True, network="instagram")
    practice.person("ali", network="instagram")
    secrets = {"access_token": practice.tokens("brand")["access_token"], "app_secret": Practice.CLIENT_SECRET}
    return Access(brand["id"], secrets, "brand")


def test_a_round_of_comments_tags_and_messages(practice: Practice, brand: Access) -> None:
    assert NETWORK.identify(brand).external_id == brand.external_id
    root = practice.post("brand", "New tents")
    first = practice.post("ali", "قیمت؟", reply_to=root)
    tagged = practice.post("ali", "@brand look at this")
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number"})
    items, cursor = read_all(brand, {})
    assert {(item.text, item.visibility, item.thread_key == item.root_id) for item in items.values()} == {
        ("قیمت؟", "public", False), ("@brand look at this", "public", True), ("my number", "private", False),
    }  # fmt: skip
    answer = Outgoing("reply", "5,000 🙂", in_reply_to=first, thread_key=root)
    sent = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([sent.external_id], True)
    again = practice.post("ali", "thanks", reply_to=sent.external_id)
    nested = Outgoing("reply", "Welcome", in_reply_to=again, thread_key=root)
    below = NETWORK.send(brand, nested)
    assert [r.external_id for r in NETWORK.find_sent(brand, nested, since=now() - SINCE).receipts] == [below.external_id]
    assert (
        practice.call(
            "GET", f"/posts/{NETWORK.send(brand, Outgoing('reply', 'Wow', in_reply_to=tagged, thread_key=tagged)).external_id}"
        )["reply_to"]
        == tagged
    )
    items, _cursor = read_all(brand, cursor)
    assert (items[again].parent_id, items[again].thread_key, items[sent.external_id].ours) == (first, root, True)
    private = Outgoing("direct", "Got it", to=practice.call("GET", "/people/ali")["id"], heard_at=now().isoformat())
    written = NETWORK.send(brand, private)
    assert [r.external_id for r in NETWORK.find_sent(brand, private, since=now() - SINCE).receipts] == [written.external_id]
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("1", {**brand.secrets, "access_token": "no-such-token"}))
    practice.call("DELETE", f"/posts/{again}")
    with pytest.raises(Rejected):
        NETWORK.send(brand, nested)


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
@pytest.mark.parametrize("kind", ["reply", "direct"])
def test_accepted_without_a_word_is_doubt_and_then_found(practice: Practice, brand: Access, lie: str, kind: str) -> None:
    root = practice.post("brand", "New tents")
    first = practice.post("ali", "price?", reply_to=root)
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "hi"})
    to = practice.call("GET", "/people/ali")["id"]
    outgoing = (
        Outgoing("reply", "5,000", in_reply_to=first, thread_key=root) if kind == "reply" else Outgoing("direct", "5,000", to=to)
    )
    practice.trouble(lie, group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(brand, outgoing)
    practice.calm()
    found = NETWORK.find_sent(brand, outgoing, since=now() - SINCE)
    assert (len(found.receipts), found.complete) == (1, True)


def test_comments_are_hidden_and_deleted(practice: Practice) -> None:
    made = practice.person("brand", is_brand=True, network="instagram")
    practice.person("ali", network="instagram")
    secrets = {"access_token": practice.tokens("brand")["access_token"], "app_secret": Practice.CLIENT_SECRET}
    brand = Access(made["id"], secrets, "brand")
    root = practice.post("brand", "News")
    theirs = practice.post("ali", "rubbish", reply_to=root)
    for kind, hidden in ((DeedKind.HIDE, True), (DeedKind.HIDE, True), (DeedKind.UNHIDE, False)):
        act_on(NETWORK, brand, kind, theirs)
        assert practice.call("GET", f"/posts/{theirs}")["hidden"] is hidden
    ours = NETWORK.send(brand, Outgoing("reply", "Thank you.", in_reply_to=theirs, thread_key=root)).external_id
    for identifier, mine in ((ours, True), (theirs, False)):
        act_on(NETWORK, brand, DeedKind.DELETE, identifier, ours=mine)
        assert practice.call("GET", f"/posts/{identifier}")["deleted"]
    elsewhere = practice.post("ali", "@brand look at this")
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.DELETE, elsewhere)
    assert caught.value.code == "forbidden"
