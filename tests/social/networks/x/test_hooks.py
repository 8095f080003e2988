"""What X calls us with: proven over the raw bytes, of this account only, under the ids that polls give."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from social.networks.errors import Forged, Malformed
from social.networks.values import Access, Hook
from social.networks.x import X
from tests.social.networks.payloads import mutated
from tests.social.networks.x.test_contract import ACCOUNT, BASE, post
from tests.social.networks.x.test_cursors import event

NETWORK = X()
SECRET = "secret-of-the-app"
ACCESS = Access(ACCOUNT, {"access_token": "x", "consumer_secret": SECRET}, "brand")


def proof(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def signed(document: Any, secret: str = SECRET) -> Hook:
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return Hook({"x-twitter-webhooks-signature": proof(body, secret)}, body)


def activity(kind: str, payload: Any, *, user: str = ACCOUNT, **includes: Any) -> dict[str, Any]:
    """docs.x.com/x-api/activity/event-payloads, read 2026-11: the envelope, a post with the twins of its numbers."""
    data = {"event_uuid": "2080761390344937796", "event_type": kind, "filter": {"user_id": user}, "payload": payload}
    return {"data": data | {"includes": includes}}


ALI = {"id": "500", "username": "ali", "name": "Ali"}


def mention(number: int = 7, **fields: Any) -> dict[str, Any]:
    counts = {"like_count": 0, "like_count_str": "0"}
    return activity("post.mention.create", post(number, text="@brand کہاں؟ &amp;", public_metrics=counts, **fields), users=[ALI])


def test_the_signature_is_made_over_the_bytes() -> None:
    good = signed(mention())
    assert [item.external_id for item in NETWORK.unpack(ACCESS, good).items] == [str(BASE + 7)]
    rewritten = json.dumps(json.loads(good.body)).encode()
    assert rewritten != good.body
    for hook in (
        Hook(good.headers, rewritten), Hook({}, good.body), signed(mention(), "another"),
        Hook({"x-twitter-webhooks-signature": "sha256=é"}, good.body),
    ):  # fmt: skip
        with pytest.raises(Forged):
            NETWORK.unpack(ACCESS, hook)
    # Without a secret nothing is proven, least of all by an empty one.
    with pytest.raises(Forged):
        NETWORK.unpack(Access(ACCOUNT, {"access_token": "x"}), signed(mention(), ""))


def test_a_token_is_answered_with_its_proof(settings: Any) -> None:
    greeting = NETWORK.greet(ACCESS, {"crc_token": "some-token"})
    assert (json.loads(greeting.text), greeting.kind) == ({"response_token": proof(b"some-token")}, "application/json")
    for query in ({}, {"crc_token": ""}, {"crc_token": "x" * 501}, {"hub.challenge": "1"}):
        with pytest.raises(Forged):
            NETWORK.greet(ACCESS, query)
    bare = Access(ACCOUNT, {"access_token": "x"})
    with pytest.raises(Forged):
        NETWORK.greet(bare, {"crc_token": "some-token"})
    # An account that signed in through this installation's app has that app's.
    settings.X_CONSUMER_SECRET = SECRET
    assert json.loads(NETWORK.greet(bare, {"crc_token": "some-token"}).text)["response_token"] == proof(b"some-token")


def test_a_mention_is_what_a_poll_would_have_brought() -> None:
    (envelope,) = NETWORK.unpack(ACCESS, signed(mention())).items
    item = NETWORK.read(json.loads(json.dumps(envelope.payload)), account_id=ACCOUNT)
    assert (item.external_id, item.text, item.visibility, item.ours) == (str(BASE + 7), "@brand کہاں؟ &", "public", False)
    assert item.author is not None
    assert item.author.handle == "ali"


def test_replies_and_messages_come_too_and_nothing_else() -> None:
    quoted = {"id": str(BASE + 1), "text": "We deliver.", "author_id": ACCOUNT}
    quote = post(9, referenced_tweets=[{"type": "quoted", "id": str(BASE + 1)}])
    for kind, payload, name in (
        ("post.reply.create", post(8), str(BASE + 8)),
        ("post.mention.create", quote, str(BASE + 9)),
        ("dm.received", event(5), f"dm-{BASE + 5}"),
    ):
        (envelope,) = NETWORK.unpack(ACCESS, signed(activity(kind, payload, users=[ALI], tweets=[quoted]))).items
        assert envelope.external_id == name
        item = NETWORK.read(envelope.payload, account_id=ACCOUNT)
        assert (item.visibility == "private") == (kind == "dm.received")
        assert (item.quoted is not None) == (kind == "post.mention.create")
    for kind in ("post.create", "post.quote.create", "post.delete", "like.create", "dm.sent", "dm.read", "", None):
        page = NETWORK.unpack(ACCESS, signed(activity(kind, post(8))))  # type: ignore[arg-type]
        assert (page.items, page.broken) == ((), ())


def test_what_is_about_another_account_is_not_ours_to_keep() -> None:
    other = activity("post.mention.create", post(8), user="999")
    assert NETWORK.unpack(ACCESS, signed(other)).items == ()


def older(**more: Any) -> dict[str, Any]:
    """developer.x.com/en/docs/x-api/enterprise/account-activity-api/guides/account-activity-data-objects, read 2026-11."""
    status = {
        "created_at": "Thu Jan 01 00:00:01 +0000 2026", "id": BASE + 7, "id_str": str(BASE + 7), "text": "@brand where is my…",
        "extended_tweet": {"full_text": "@brand where is my parcel?", "entities": {"urls": []}}, "timestamp_ms": "1767225601000",
        "user": {"id": 500, "id_str": "500", "screen_name": "ali", "name": "Ali", "verified": False}, "lang": "en",
        "in_reply_to_status_id_str": str(BASE + 1),
    }  # fmt: skip
    own = {**status, "id_str": str(BASE + 8), "user": {"id_str": ACCOUNT}}
    said = {"target": {"recipient_id": ACCOUNT}, "sender_id": "500", "message_data": {"text": "hello", "entities": {"urls": []}}}
    message = {"type": "message_create", "id": str(BASE + 5), "created_timestamp": "1767225602000", "message_create": said}
    return {
        "for_user_id": ACCOUNT, "tweet_create_events": [status, own, {**status, "retweeted_status": {}}],
        "direct_message_events": [message, {"type": "other"}], "users": {"500": {"id": "500", "screen_name": "ali", "name": "Ali"}},
        **more,
    }  # fmt: skip


def test_the_older_shape_says_the_same() -> None:
    page = NETWORK.unpack(ACCESS, signed(older()))
    items = {envelope.external_id: NETWORK.read(envelope.payload, account_id=ACCOUNT) for envelope in page.items}
    assert set(items) == {str(BASE + 7), f"dm-{BASE + 5}"}
    post_item, message = items[str(BASE + 7)], items[f"dm-{BASE + 5}"]
    assert (post_item.text, post_item.parent_id) == ("@brand where is my parcel?", str(BASE + 1))
    assert (message.text, message.thread_key) == ("hello", "-".join(sorted(("500", ACCOUNT), key=int)))
    for item in items.values():
        assert item.author is not None
        assert (item.author.handle, item.occurred_at.year) == ("ali", 2026)
    assert NETWORK.unpack(ACCESS, signed(older(for_user_id="999"))).items == ()


def test_signed_nonsense_is_told_from_what_is_odd_inside() -> None:
    for nonsense in (b"null", b"[", b"[]", b"7", b"[" * 100_000, b"\xff"):
        with pytest.raises(Malformed):
            NETWORK.unpack(ACCESS, signed(nonsense))
    for document in (mention(), activity("dm.received", event(5)), older()):
        for odd in mutated(document):
            page = NETWORK.unpack(ACCESS, signed(odd))
            for envelope in page.items:
                try:
                    NETWORK.read(json.loads(json.dumps(envelope.payload)), account_id=ACCOUNT)
                except Malformed:
                    continue


def test_a_renewed_sign_in_keeps_the_secret_that_proves_calls(practice: Any) -> None:
    practice.person("brand", is_brand=True)
    access = Access("1", {**practice.tokens("brand"), "consumer_secret": SECRET}, "brand")
    assert NETWORK.refresh(access).secrets["consumer_secret"] == SECRET
