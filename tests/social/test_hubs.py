"""WebSub: a feed's hub is found, asked, asks back, calls and is left again. The hub is the practice blog's, or played by hand."""

import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from django.test import Client

from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Credential, Pull, Subscription
from social.networks import network_of
from social.networks._feed_hub import LEASE_SECONDS, hub_of
from social.networks._feed_parse import parse
from social.networks._feed_wire import Document
from social.services import connecting, credentials, ears, pulling, subscribing
from tests.accounts.factories import Cast
from tests.social.networks.feed import documents
from tests.social.networks.servers import Practice, Says, Scripted

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Any) -> Any:
    made = Scripted()
    settings.PRACTICE_URL, settings.BASE_URL = made.url, "http://localhost"
    made.says(lambda asked: Says(202) if asked.method == "POST" else feed(made))
    yield made
    made.close()


def feed(site: Scripted, *, hub: str = "/hub", topic: str = "/the-feed") -> Says:
    links = f'<{site.url}{hub}>; rel="hub", <{site.url}{topic}>; rel=self'
    return documents.says(documents.rss([documents.item(1)]), link=links)


@pytest.fixture
def channel(site: Scripted, cast: Cast) -> Channel:
    made = connecting.connect_with_tokens(
        network="feed", values={"address": f"{site.url}/feed.xml"}, workspace_id=cast.meridian.pk, actor_id=None
    )
    read(made)
    return made


def place(channel: Channel) -> dict[str, int]:
    return {"workspace_id": channel.workspace_id, "channel_id": channel.pk}


def read(channel: Channel) -> None:
    with tenant(channel.workspace_id):
        pulling.make_due(channel_id=channel.pk)
    pulling.pull(**place(channel))


def row(channel: Channel) -> Subscription:
    with tenant(channel.workspace_id):
        return Subscription.objects.get(channel_id=channel.pk)


def secret_of(channel: Channel) -> str:
    return credentials.open_access(**place(channel)).secrets["hub_secret"]


def verify(channel: Channel, site: Scripted, **changed: str) -> Any:
    asked = {"mode": "subscribe", "topic": f"{site.url}/the-feed", "challenge": "abc", "lease_seconds": "86400", **changed}
    return Client().get(f"/hooks/{channel.hook_key}/", {f"hub.{name}": value for name, value in asked.items()})


def ping(channel: Channel, body: bytes = b"<rss/>", *, secret: str | None = None, method: str = "sha256") -> Any:
    made = hmac.new((secret or secret_of(channel)).encode(), body, getattr(hashlib, method, hashlib.sha256)).hexdigest()
    headers = {"x-hub-signature": f"{method}={made}"}
    return Client().post(f"/hooks/{channel.hook_key}/", body, content_type="application/rss+xml", headers=headers)


def subscribed(channel: Channel, site: Scripted) -> None:
    assert subscribing.subscribe(**place(channel))
    assert verify(channel, site).status_code == 200


def test_a_hub_is_found_asked_and_asks_back(site: Scripted, channel: Channel) -> None:
    assert (channel.workspace_id, channel.pk) in subscribing.due()
    assert verify(channel, site).status_code == 401, "nobody asked for anything yet"
    assert subscribing.subscribe(**place(channel))
    [asked] = [request for request in site.asked if request.method == "POST"]
    said = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    assert asked.path == "/hub"
    assert said == {
        "hub.callback": f"http://localhost/hooks/{channel.hook_key}/",
        "hub.mode": "subscribe",
        "hub.topic": f"{site.url}/the-feed",
        "hub.lease_seconds": str(LEASE_SECONDS),
        "hub.secret": secret_of(channel),
    }
    with tenant(channel.workspace_id):
        sealed = Credential.objects.get(channel_id=channel.pk, field="hub_secret").sealed
    assert said["hub.secret"] not in sealed
    answer = verify(channel, site)
    assert (answer.status_code, answer.content) == (200, b"abc")
    found = row(channel)
    assert found.until is not None
    assert timedelta(hours=23) < found.until - now() < timedelta(hours=25)
    assert found.due_at < found.until, "it is renewed before it ends"
    assert (channel.workspace_id, channel.pk) not in subscribing.due()
    read(channel)
    assert row(channel).until == found.until, "what is wanted already is not asked for again"


@pytest.mark.parametrize(
    "changed", [{"topic": "https://elsewhere.example/"}, {"mode": "unsubscribe"}, {"challenge": ""}, {"mode": ""}]
)
def test_what_was_not_asked_for_is_not_confirmed(site: Scripted, channel: Channel, changed: dict[str, str]) -> None:
    subscribed(channel, site)
    before = row(channel).until
    assert verify(channel, site, **changed).status_code == 401
    assert row(channel).until == before


def test_a_denial_and_a_refusal_are_kept_and_tried_again_much_later(site: Scripted, channel: Channel) -> None:
    subscribed(channel, site)
    assert verify(channel, site, mode="denied").status_code == 200
    assert (row(channel).until, row(channel).error_code) == (None, "denied")
    assert row(channel).due_at > now() + timedelta(days=1)
    with tenant(channel.workspace_id):
        Subscription.objects.update(due_at=now())
    site.says(Says(500, b"x" * 1000))
    assert not subscribing.subscribe(**place(channel))
    assert row(channel).error_code == "http_500"
    assert row(channel).due_at > now() + timedelta(minutes=4)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_ping_asks_the_site_at_once_although_it_wished_for_rest(site: Scripted, channel: Channel, method: str) -> None:
    subscribed(channel, site)
    with tenant(channel.workspace_id):
        pull = Pull.objects.get(channel_id=channel.pk)
        rested = {**pull.cursor, "not_before": int(now().timestamp()) + 3600}
        long_ago = now() - timedelta(minutes=5)
        Pull.objects.filter(pk=pull.pk).update(cursor=rested, last_started_at=long_ago, due_at=now() + timedelta(hours=1))
    site.asked.clear()
    assert ping(channel, method=method).status_code == 202
    pulling.pull(**place(channel))
    assert [request.path for request in site.asked] == ["/feed.xml"]


def test_a_forged_ping_rings_nothing_and_many_ring_once(site: Scripted, channel: Channel) -> None:
    subscribed(channel, site)
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel_id=channel.pk).update(rung=False, due_at=now() + timedelta(hours=1))
    for forged in ({"secret": "guessed"}, {"method": "md5"}, {"method": "sha256, sha1"}):
        assert ping(channel, **forged).status_code == 401
    unsigned = Client().post(f"/hooks/{channel.hook_key}/", b"<rss/>", content_type="application/rss+xml")
    assert unsigned.status_code == 401
    with tenant(channel.workspace_id):
        assert not Pull.objects.get(channel_id=channel.pk).rung
    for _time in range(3):
        assert ping(channel).status_code == 202
    with tenant(channel.workspace_id):
        pull = Pull.objects.get(channel_id=channel.pk)
    assert pull.rung
    assert pull.last_started_at is not None
    assert pull.due_at == pull.last_started_at + timedelta(seconds=ears.CALLED_SECONDS), "the site was asked just now"


def test_another_hub_or_new_secrets_are_asked_anew(site: Scripted, channel: Channel) -> None:
    subscribed(channel, site)
    site.says(lambda asked: Says(202) if asked.method == "POST" else feed(site, hub="/other"))
    read(channel)
    assert row(channel).hub == f"{site.url}/other"
    assert row(channel).until is None
    subscribed(channel, site)
    connecting.connect_with_tokens(
        network="feed", values={"address": f"{site.url}/feed.xml"}, workspace_id=channel.workspace_id, actor_id=None
    )
    assert (channel.workspace_id, channel.pk) in subscribing.due()


def test_disconnecting_asks_the_hub_to_stop(site: Scripted, channel: Channel) -> None:
    subscribed(channel, site)
    hub = network_of("feed").hub({"hub": row(channel).hub, "topic": row(channel).topic})
    assert hub is not None
    with tenant(channel.workspace_id):
        connecting.disconnect(channel_id=channel.pk, actor_id=None)
        assert not Subscription.objects.exists()
    site.asked.clear()
    assert subscribing.unsubscribe(**place(channel), hub=hub)
    said = parse_qs(site.asked[0].body.decode())
    assert (said["hub.mode"], "hub.secret" in said) == (["unsubscribe"], False)
    assert verify(channel, site, mode="unsubscribe").content == b"abc"
    assert verify(channel, site).status_code == 401
    assert ping(channel, secret="whatever").status_code == 404


def test_hubs_are_found_in_headers_and_documents() -> None:
    links = '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://blog.example/feed"/>'
    rss = documents.rss([documents.item(1)], head=links)
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><title/><link rel="hub" href="/hub"/><entry><id>1</id></entry></feed>'
    as_json = b'{"version":"https://jsonfeed.org/version/1.1","items":[],"hubs":[{"type":"WebSub","url":"https://hub.example/"}]}'
    address = "https://blog.example/f.xml"
    cases: list[tuple[bytes, dict[str, str], dict[str, str]]] = [
        (rss, {}, {"hub": "https://hub.example/", "topic": "https://blog.example/feed"}),
        (atom, {}, {"hub": "https://blog.example/hub", "topic": address}),
        (as_json, {}, {"hub": "https://hub.example/", "topic": address}),
        (rss, {"link": '<https://b.example/>; rel="a hub"'}, {"hub": "https://b.example/", "topic": "https://blog.example/feed"}),
        (documents.rss([]), {"link": "<javascript:x>; rel=hub, garbage <<<>;;"}, {}),
        (documents.rss([]), {}, {}),
    ]
    for body, headers, wanted in cases:
        kind = {"content-type": "application/json" if body.startswith(b"{") else "application/xml"}
        document = Document(address, False, {**kind, **headers}, body)
        found = parse(document)
        assert found is not None
        assert hub_of(document, found) == wanted


def test_the_practice_blog_has_a_hub_that_asks_back_calls_signed_and_stops(practice: Practice) -> None:
    called = Scripted()
    try:
        called.says(lambda asked: Says(200, asked.query.get("hub.challenge", "").encode(), {"content-type": "text/plain"}))
        topic, hub = f"{practice.url}/blog/feed.xml", f"{practice.url}/blog/hub"
        head = requests.get(topic, timeout=10).text
        assert f'rel="hub" href="{hub}"' in head
        form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": called.url, "hub.secret": "s3cret"}
        assert requests.post(hub, data={**form, "hub.callback": "https://elsewhere.example/"}, timeout=10).status_code == 400
        assert requests.post(hub, data={**form, "hub.topic": "x"}, timeout=10).status_code == 400
        assert requests.post(hub, data=form, timeout=10).status_code == 202
        wait_for(lambda: [asked for asked in called.asked if asked.query.get("hub.lease_seconds")])
        posted: dict[str, Any] = {"headers": {"Origin": practice.url}, "timeout": 10, "allow_redirects": False}

        def pings() -> list[Any]:
            return [asked for asked in called.asked if asked.method == "POST"]

        def write() -> None:
            requests.post(f"{practice.url}/blog/", data={"name": "Parisa", "title": "Lid", "text": "It rattles."}, **posted)

        wait_for(lambda: write() or pings())
        [ping] = pings()[:1]
        assert ping.headers["x-hub-signature"] == "sha256=" + hmac.new(b"s3cret", ping.body, hashlib.sha256).hexdigest()
        assert b"It rattles." in ping.body
        requests.post(hub, data={**form, "hub.mode": "unsubscribe"}, timeout=10)
        wait_for(lambda: [asked for asked in called.asked if asked.query.get("hub.mode") == "unsubscribe"])
    finally:
        called.close()


def wait_for(found: Any) -> Any:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError("It never came to that.")
