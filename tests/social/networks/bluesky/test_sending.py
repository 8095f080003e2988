"""Where an answer stands, what its facets cover, and what the key of a record proves."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks import _bluesky_files
from social.networks._bluesky_text import MAX_GRAPHEMES, key_of, length
from social.networks.bluesky import Bluesky
from social.networks.errors import DUPLICATE, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.values import Access, Deed, DeedKind, Outgoing
from tests.social.networks.bluesky.shapes import (
    ALI,
    BRAND,
    SECRETS,
    cid,
    feed,
    iso,
    own,
    post,
    record,
    ref,
    refusal,
    says,
    uri,
)
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.uploads import attachment

NETWORK = Bluesky(read_seconds=0.6, total_seconds=2.4)
ACCESS = Access(BRAND, SECRETS, "brand.bsky.social")
REPLY = Outgoing("reply", "We are sorry.", in_reply_to=uri(1001), key="7-42")
KEY = key_of(BRAND, REPLY)
MADE = {"uri": f"at://{BRAND}/app.bsky.feed.post/{KEY}", "cid": cid(9)}


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.BLUESKY_API_BASE = scripted.url


def server(put: Says, **answers: Says) -> Any:
    """A server that answers each question by the last word of its name."""

    def answer(asked: Asked) -> Says:
        if asked.method == "POST":
            return put
        name = asked.path.rsplit(".", 1)[1]
        return answers.get(name) or says({"posts": [post(1001)]} if name == "getPosts" else {"did": f"did:plc:{'c' * 24}"})

    return answer


def sent(scripted: Scripted, outgoing: Outgoing, **parent: Any) -> dict[str, Any]:
    """What was put when the post answered looks like `parent`."""
    made = {"uri": f"at://{BRAND}/app.bsky.feed.post/{key_of(BRAND, outgoing)}", "cid": cid(9)}
    scripted.says(server(says(made), getPosts=says({"posts": [post(1001, **parent)]})))
    receipt = NETWORK.send(ACCESS, outgoing)
    assert receipt.url == f"https://bsky.app/profile/brand.bsky.social/post/{key_of(BRAND, outgoing)}"
    assert receipt.quota[outgoing.kind].remaining == 2999
    (put,) = [asked for asked in scripted.asked if asked.method == "POST"]
    assert put.path == "/xrpc/com.atproto.repo.putRecord"
    document: dict[str, Any] = put.json()
    return document


def test_an_answer_names_what_it_answers_and_the_first_of_the_thread(scripted: Scripted) -> None:
    put = sent(scripted, REPLY)
    assert put["record"]["reply"] == {"root": ref(1001), "parent": ref(1001)}
    below = {"root": ref(900), "parent": ref(950)}
    put = sent(scripted, REPLY, record=record("still nothing", reply=below))
    assert put["record"]["reply"] == {"root": ref(900), "parent": ref(1001)}
    assert (put["repo"], put["collection"], put["record"]["$type"]) == (BRAND, "app.bsky.feed.post", "app.bsky.feed.post")
    assert "facets" not in put["record"]


def test_a_post_of_our_own_answers_nothing(scripted: Scripted) -> None:
    put = sent(scripted, Outgoing("post", "We open at nine.", key="7-43"))
    assert "reply" not in put["record"]
    assert len(scripted.asked) == 1


def test_only_where_nothing_stands_is_written(scripted: Scripted) -> None:
    """`swapRecord: null` must be there: without it a second try would replace what stands, and the library would drop it."""
    put = sent(scripted, REPLY)
    assert put["swapRecord"] is None
    assert "swapRecord" in put
    assert put["rkey"] == KEY


def test_the_key_is_one_sendings_own(scripted: Scripted) -> None:
    assert sent(scripted, REPLY)["rkey"] == sent(scripted, REPLY)["rkey"]
    others = [
        key_of(BRAND, replace(REPLY, key="7-43")),
        key_of(BRAND, replace(REPLY, text="We are sorry!")),
        key_of(BRAND, replace(REPLY, in_reply_to=uri(1002))),
        key_of(ALI, REPLY),
    ]
    assert len({KEY, *others}) == 5
    # As atproto.com/specs/tid has it: 13 digits, the first one of the lower half.
    for key in (KEY, *others):
        assert len(key) == 13
        assert key[0] in "234567abcdefghij"
        assert set(key) <= set("234567abcdefghijklmnopqrstuvwxyz")


def test_links_and_people_are_marked_in_bytes(scripted: Scripted) -> None:
    text = "سلام @ali.bsky.social 👨‍👩‍👧‍👦 دیکھیں https://example.com/a?b=1&c=2. اور #مدد @nobody.bsky.social"
    answers = {"resolveHandle": refusal("InvalidRequest", "Unable to resolve handle")}
    made = {"uri": f"at://{BRAND}/app.bsky.feed.post/{key_of(BRAND, replace(REPLY, text=text))}", "cid": cid(9)}
    scripted.says(server(says(made), **answers))
    NETWORK.send(ACCESS, replace(REPLY, text=text))
    # The author of the post answered is known; only the other one is asked for.
    assert [asked.query["handle"] for asked in scripted.asked if "resolveHandle" in asked.path] == ["nobody.bsky.social"]
    (put,) = [asked.json() for asked in scripted.asked if asked.method == "POST"]
    raw = text.encode()
    found = {}
    for facet in put["record"]["facets"]:
        assert set(facet["index"]) >= {"byteStart", "byteEnd"}
        shown = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found[shown] = {name: value for name, value in facet["features"][0].items() if name != "$type"}
    assert found == {
        "@ali.bsky.social": {"did": ALI},
        "https://example.com/a?b=1&c=2": {"uri": "https://example.com/a?b=1&c=2"},
        "#مدد": {"tag": "مدد"},
    }


def test_asking_before_sending_is_not_sending(scripted: Scripted) -> None:
    named = replace(REPLY, text="@else.bsky.social look")
    for trouble in (Says(500, b"{}"), Says(drop=True), Says.html(200), Says.json({"error": "x"}, 429)):
        for outgoing, answers in ((REPLY, {"getPosts": trouble}), (named, {"resolveHandle": trouble})):
            scripted.says(server(says(MADE), **answers))
            with pytest.raises(TryLater):
                NETWORK.send(ACCESS, outgoing)
            assert not [asked for asked in scripted.asked if asked.method == "POST"]
    for answers, code in (
        ({"getPosts": says({"posts": []})}, "parent_gone"),
        ({"getPosts": says({"posts": [post(1001, viewer={"replyDisabled": True})]})}, "reply_forbidden"),
    ):
        scripted.says(server(says(MADE), **answers))
        with pytest.raises(Rejected) as caught:
            NETWORK.send(ACCESS, REPLY)
        assert caught.value.code == code


def test_a_second_try_finds_the_first(scripted: Scripted) -> None:
    stands = says({**MADE, "value": record("We are sorry.", iso(now()), reply={"root": ref(1001), "parent": ref(1001)})})
    taken = refusal("InvalidSwap", "Record was at bafyrei")
    scripted.says(server(taken, getRecord=stands))
    receipt = NETWORK.send(ACCESS, REPLY)
    assert receipt.external_id == MADE["uri"]
    for odd in (says({**MADE, "value": record("Something else")}), Says(500, b"{}"), refusal("RecordNotFound")):
        scripted.says(server(taken, getRecord=odd))
        with pytest.raises(OutcomeUnknown) as caught:
            NETWORK.send(ACCESS, REPLY)
        assert caught.value.code == DUPLICATE


@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken"])
def test_an_ended_session_is_no_doubt(scripted: Scripted, name: str) -> None:
    scripted.says(server(refusal(name, "Token has expired")))
    with pytest.raises(Unauthorized):
        NETWORK.send(ACCESS, REPLY)


def test_the_key_proves_what_was_sent_and_what_was_not(scripted: Scripted) -> None:
    since = now() - timedelta(minutes=5)
    stands = says({**MADE, "value": record("We are sorry.", iso(now()), reply={"root": ref(1001), "parent": ref(1001)})})
    scripted.says(server(says({}), getRecord=stands))
    found = NETWORK.find_sent(ACCESS, REPLY, since=since)
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([MADE["uri"]], True)
    assert len(scripted.asked) == 1
    # Somebody may have written the very same words by hand, under a key of the app's.
    byhand = own(5, "We  are sorry.", now(), root=ref(1001), parent=ref(1001))
    elsewhere = own(4, "We are sorry.", now(), root=ref(1001), parent=ref(1002))
    shared = {"post": post(3, "We are sorry."), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    rows = says({"feed": [shared, {"post": byhand}, {"post": elsewhere}]})
    scripted.says(server(says({}), getRecord=refusal("RecordNotFound"), getAuthorFeed=rows))
    found = NETWORK.find_sent(ACCESS, REPLY, since=since)
    assert ([receipt.external_id for receipt in found.receipts], found.complete) == ([uri(5, BRAND)], True)
    # What cannot be read, or no end, is doubt.
    broken = feed([{**byhand, "uri": "nonsense"}])
    endless = feed([own(6, "else", now())], following="more")
    for answer in (broken, endless):
        scripted.says(server(says({}), getRecord=refusal("RecordNotFound"), getAuthorFeed=answer))
        assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete
    other = says({**MADE, "value": record("Something else")})
    scripted.says(server(says({}), getRecord=other, getAuthorFeed=feed([])))
    assert not NETWORK.find_sent(ACCESS, REPLY, since=since).complete


def test_only_what_is_said_to_be_missing_is_gone(scripted: Scripted) -> None:
    kind = "app.bsky.feed.defs#"
    singles = {
        2: refusal("NotFound", "Post not found"),
        3: says({"thread": {"$type": kind + "threadViewPost", "post": post(3)}}),
        4: Says(500, b"{}"),
        5: Says.html(400),
        6: says({"thread": {"$type": kind + "blockedPost", "uri": uri(6), "blocked": True, "author": {"did": ALI}}}),
        7: refusal("InvalidRequest", "Error: uri must be valid"),
    }

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("getPosts"):
            return says({"posts": [post(1)]})
        return next(says for number, says in singles.items() if asked.query["uri"] == uri(number))

    scripted.says(answer)
    seen = NETWORK.recheck(ACCESS, [uri(number) for number in range(1, 8)])
    assert seen.present == {uri(1), uri(3)}
    assert seen.gone == {uri(2)}


def test_a_person_sees_three_hundred_characters() -> None:
    family = "👨‍👩‍👧‍👦"
    assert length(family * 100) == 100
    assert length("زَبَر") == 3
    assert length("🇵🇰🇮🇷") == 2
    assert length("a\r\nb") == 3
    assert NETWORK.refusal(replace(REPLY, text="e\u0301" * MAX_GRAPHEMES)) is None
    assert NETWORK.refusal(replace(REPLY, text=family * 121))  # 121 characters, and more than 3,000 bytes


def test_a_direct_message_needs_somebody_and_may_be_longer(scripted: Scripted) -> None:
    assert NETWORK.refusal(Outgoing("direct", "Your number, please.", to=ALI)) is None
    assert NETWORK.refusal(Outgoing("direct", "x" * 1000, thread_key="chat:talk1")) is None
    assert NETWORK.refusal(Outgoing("direct", "x" * 1001, to=ALI))
    assert NETWORK.refusal(Outgoing("direct", "Hello", to="ali", thread_key="at://x"))
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refusal("InvalidToken", "Bad token method"), Rejected, "no_permission"),
        (refusal("InvalidRequest", "recipient has disabled incoming messages"), Rejected, "invalid_request"),
        (refusal("ExpiredToken", "Token has expired"), Unauthorized, "unauthorized"),
        (refusal("AuthMissing", "Authentication Required", 401), TryLater, "no_token"),
        (refusal("UpstreamFailure", "no", 502), OutcomeUnknown, "http_502"),
        (says({}), OutcomeUnknown, "http_200"),
    ],
)
def test_what_refusals_of_direct_messages_mean(scripted: Scripted, answer: Says, kind: type[Exception], code: str) -> None:
    scripted.says(answer)
    with pytest.raises(kind) as caught:
        NETWORK.send(ACCESS, Outgoing("direct", "Hello", to=ALI, thread_key="chat:talk1"))
    assert caught.value.code == code  # type: ignore[attr-defined]
    (asked,) = scripted.asked
    assert asked.json() == {"convoId": "talk1", "message": {"text": "Hello"}}



def test_pictures_stand_in_the_record_and_are_counted_when_it_is_read_back(scripted: Scripted) -> None:
    blob = {"$type": "blob", "ref": {"$link": "bafkrei7"}, "mimeType": "image/png", "size": 7}
    file = attachment(handle=json.dumps(blob), alt="A parcel", width=2, height=1)
    embed = sent(scripted, replace(REPLY, media=(file,)))["record"]["embed"]
    image = {"image": blob, "alt": "A parcel", "aspectRatio": {"width": 2, "height": 1}}
    assert embed == {"$type": "app.bsky.embed.images", "images": [image]}
    for record_of, fits in (({"embed": embed}, True), ({}, False), ({"embed": {"media": embed}}, True), ({"embed": 7}, False)):
        assert _bluesky_files.fits(record_of, replace(REPLY, media=(file,))) is fits
    assert _bluesky_files.fits({}, REPLY)
    assert not _bluesky_files.fits({"embed": embed}, REPLY)


def test_who_may_answer_stays_as_it_was_when_an_answer_is_hidden(scripted: Scripted) -> None:
    ours = ref(900, BRAND)
    below = post(1001, record=record("complaint", reply={"root": ours, "parent": ours}))
    allow = [{"$type": "app.bsky.feed.threadgate#mentionRule"}]
    value = {"$type": "app.bsky.feed.threadgate", "post": ours["uri"], "createdAt": "2026-01-01T00:00:00Z", "allow": allow}
    gate = says({"uri": "at://x", "cid": cid(7), "value": value})
    made = says({"uri": "at://x", "cid": cid(8)})
    seen = says({"posts": [below]})
    scripted.says(lambda asked: made if asked.method == "POST" else gate if asked.path.endswith("getRecord") else seen)
    NETWORK.act(ACCESS, Deed(DeedKind.HIDE, uri(1001), "public", ours=False))
    written = scripted.asked[-1].json()
    assert (written["record"]["allow"], written["record"]["hiddenReplies"], written["swapRecord"]) == (allow, [uri(1001)], cid(7))
    scripted.says(
        lambda asked: refusal("InvalidSwap") if asked.method == "POST" else gate if asked.path.endswith("getRecord") else seen
    )
    with pytest.raises(TryLater):
        NETWORK.act(ACCESS, Deed(DeedKind.HIDE, uri(1001), "public", ours=False))
