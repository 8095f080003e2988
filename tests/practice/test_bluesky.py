"""The Bluesky wire, asked by an unmodified client of atproto that is merely told another address."""

from typing import Any

import pytest
from atproto_client import Client, models
from atproto_client.exceptions import BadRequestError, RequestException, UnauthorizedError
from atproto_client.models.utils import get_or_create

from tests.practice.conftest import Network

PASSWORD = "prac-tice-chow-kkkk"


@pytest.fixture
def people(network: Network) -> Network:
    network.person("sky_shop", name="Sky Shop", is_brand=True, network="bluesky", bio="Clouds & more")
    network.person("zoya", name="زویا", network="bluesky", followers=12)
    return network


def client(network: Network, handle: str = "sky-shop.chowk.test") -> Client:
    made = Client(base_url=network.base)
    made.login(handle, PASSWORD, fetch_bsky_profile=False)
    # It believes the DID document and turns to the account's own machine, which is only a name here.
    made.update_base_url(network.base)
    made.me = made.get_profile(handle)
    return made


def test_signing_in_as_the_library_does(people: Network) -> None:
    shop = Client(base_url=people.base)
    with pytest.raises(UnauthorizedError):
        shop.login("sky-shop.chowk.test", "wrong")
    with pytest.raises(UnauthorizedError):
        shop.login("brand.chowk.test", PASSWORD)  # somebody of X
    session = shop.com.atproto.server.create_session({"identifier": "sky-shop.chowk.test", "password": PASSWORD})
    assert session.did_doc["service"][0]["serviceEndpoint"] == "https://pds.chowk.test"  # type: ignore[index]
    again = shop.com.atproto.server.refresh_session(headers={"Authorization": f"Bearer {session.refresh_jwt}"})
    assert (again.did, again.access_jwt != session.access_jwt) == (session.did, True)
    with pytest.raises(BadRequestError, match="InvalidToken"):
        shop.app.bsky.actor.get_profile({"actor": session.did}, headers={"Authorization": f"Bearer {session.access_jwt}"})
    people.call("POST", "/tokens/expire", account="sky_shop")
    with pytest.raises(BadRequestError, match="ExpiredToken"):
        shop.app.bsky.actor.get_profile({"actor": session.did}, headers={"Authorization": f"Bearer {again.access_jwt}"})
    with pytest.raises(UnauthorizedError, match="AuthMissing"):
        shop.app.bsky.actor.get_profile({"actor": session.did})


def test_being_named_answered_and_quoted_is_told(people: Network) -> None:
    shop = client(people)
    first = people.post("zoya", "@sky_shop میرا پارسل؟ https://example.com/a/long/way/to/go")
    own = shop.send_post("We look at once.")
    people.post("zoya", "Really?", reply_to=people.call("GET", "/posts?author=sky_shop")["posts"][0]["id"])
    people.post("zoya", "Ha", quote=people.call("GET", "/posts?author=sky_shop")["posts"][0]["id"])
    told = shop.app.bsky.notification.list_notifications({"reasons": ["mention", "reply", "quote"]}).notifications
    assert [entry.reason for entry in told] == ["quote", "reply", "mention"]
    mention = told[2]
    record = get_or_create(mention.record.model_dump(by_alias=True), models.AppBskyFeedPost.Record)
    assert record.text == "@sky-shop.chowk.test میرا پارسل؟ example.com/a/long/way/to…"  # type: ignore[union-attr]
    raw = record.text.encode()  # type: ignore[union-attr]
    shown = [raw[facet.index.byte_start : facet.index.byte_end].decode() for facet in record.facets or []]  # type: ignore[union-attr]
    assert shown == ["@sky-shop.chowk.test", "example.com/a/long/way/to…"]
    assert told[1].record.reply.root.uri == own.uri  # type: ignore[union-attr]
    quote = shop.get_posts([told[0].uri]).posts[0]
    assert quote.embed.record.uri == own.uri  # type: ignore[union-attr]
    people.call("DELETE", f"/posts/{first['id']}")
    assert shop.get_posts([mention.uri]).posts == []
    with pytest.raises(BadRequestError, match="NotFound"):
        shop.get_post_thread(mention.uri)
    assert len(shop.app.bsky.notification.list_notifications().notifications) == 2


def test_a_key_is_written_once(people: Network) -> None:
    shop = client(people)
    document = {"repo": shop.me.did, "collection": "app.bsky.feed.post", "rkey": "3labcdefghi2a"}  # type: ignore[union-attr]
    record = {"$type": "app.bsky.feed.post", "createdAt": "2026-11-27T10:00:00.000Z", "text": "Hello"}
    made = shop.com.atproto.repo.put_record({**document, "record": record})  # type: ignore[typeddict-item]
    assert made.uri.endswith("/3labcdefghi2a")
    kept = shop.com.atproto.repo.get_record(document)  # type: ignore[arg-type]
    assert (kept.uri, kept.cid, kept.value.text) == (made.uri, made.cid, "Hello")
    with pytest.raises(RequestException, match="InternalServerError"):
        shop.com.atproto.repo.create_record({**document, "record": record})  # type: ignore[typeddict-item]
    with pytest.raises(BadRequestError, match="RecordNotFound"):
        shop.com.atproto.repo.get_record({**document, "rkey": "3labcdefghi2b"})  # type: ignore[typeddict-item]
    assert shop.delete_post(made.uri)
    assert len([entry for entry in people.ledger(kind="post") if entry["origin"] == "api"]) == 1


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"text": "x" * 301}, "300 graphemes"),
        ({"text": "👨‍👩‍👧‍👦" * 200}, "3000 characters"),
        ({"createdAt": "yesterday"}, "datetime"),
        ({"reply": {"root": {"uri": "at://x"}, "parent": {"uri": "at://x"}}}, "cid"),
        (
            {"facets": [{"index": {"byteStart": 1, "byteEnd": 3}, "features": [{"uri": "https://example.com"}]}]},
            "does not stand where it says",
        ),
    ],
)
def test_a_record_that_is_not_as_its_lexicon_has_it_is_refused(people: Network, record: dict[str, Any], words: str) -> None:
    shop = client(people)
    made = {"$type": "app.bsky.feed.post", "createdAt": "2026-11-27T10:00:00.000Z", "text": "Hello", **record}
    document = {"repo": shop.me.did, "collection": "app.bsky.feed.post", "rkey": "3labcdefghi2a", "record": made}  # type: ignore[union-attr]
    answer = people.session.post(
        f"{people.base}/xrpc/com.atproto.repo.putRecord",
        json=document,
        headers=shop.request.get_headers(),
        timeout=5,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert words in answer.json()["message"]


def test_there_are_no_edits(people: Network) -> None:
    made = people.post("zoya", "@sky_shop hello")
    people.call("PATCH", f"/posts/{made['id']}", status=400, text="else")
    people.call("POST", "/posts", status=400, author="zoya", text="@sky_shop psst", visibility="direct")
    # Private words are another service, which a header has to name.
    answer = people.session.get(
        f"{people.base}/xrpc/chat.bsky.convo.listConvos", headers=client(people).request.get_headers(), timeout=5
    )
    assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")


def test_the_address_of_a_post_leads_to_its_thread(people: Network) -> None:
    shop = client(people)
    made = shop.send_post("We open at nine.")
    key = made.uri.rsplit("/", 1)[1]
    answer = people.session.get(f"{people.base}/profile/sky-shop.chowk.test/post/{key}", timeout=5)
    assert (answer.status_code, "We open at nine." in answer.text) == (200, True)
    assert people.session.get(f"{people.base}/profile/nobody.chowk.test/post/{key}", timeout=5).status_code == 404
