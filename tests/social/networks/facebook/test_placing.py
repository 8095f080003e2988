"""Our address at Meta: entered by itself at our app or at the owner's, and never in the place of somebody else's."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from social.networks import _graph_place
from social.networks.facebook import Facebook
from social.networks.instagram import Instagram
from social.networks.values import Access, Cursor
from social.networks.whatsapp import WhatsApp
from tests.social.networks.servers import Asked, Practice, Says, Scripted

NETWORK = Facebook(read_seconds=1.5, total_seconds=9.0)
OURS = "https://rabta.example/hooks/abcdefghijklmnopqrstuv/"
SHARED = "https://rabta.example/hooks/app/facebook/"


@pytest.fixture
def led(scripted: Scripted, settings: Any) -> Scripted:
    settings.GRAPH_API_BASE, settings.BASE_URL = scripted.url, "https://rabta.example"
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "app-id", "secret-of-our-app"
    return scripted


def meta(*rows: Any, subscribe: Says = Says.json({"success": True}), **more: Says) -> Any:  # noqa: B008 - it is never changed
    """Meta, with an app that calls these addresses."""

    def says(asked: Asked) -> Says:
        name = asked.path.rpartition("/")[2]
        if name == "subscriptions":
            return Says.json({"data": list(rows)}) if asked.method == "GET" else subscribe
        return more.get(name) or {"app": Says.json({"id": "their-app"})}.get(name, Says.json({"success": True, "data": []}))

    return says


def row(url: str, *fields: str) -> dict[str, Any]:
    return {"object": "page", "callback_url": url, "active": True, "fields": [{"name": name} for name in fields]}


def changes(server: Scripted) -> dict[str, dict[str, str]]:
    """What was written, by its edge."""
    posted = [asked for asked in server.asked if asked.method == "POST"]
    return {asked.path.rpartition("/")[2]: {k: v[0] for k, v in parse_qs(asked.body.decode()).items()} for asked in posted}


def said(network: Any, cursor: Cursor) -> str:
    return " ".join(str(words) for words in network.remarks(cursor))


def test_our_own_app_has_one_address_for_all_channels(led: Scripted) -> None:
    led.says(meta())
    access = Access("1", {"access_token": "page-token", "page_id": "1"}, hook_url=OURS)
    page = NETWORK.fetch(access, {"kept": 1})
    assert (page.items, page.more, page.cursor["kept"]) == ((), True, 1)
    made = changes(led)
    assert (made["subscriptions"]["callback_url"], made["subscriptions"]["object"]) == (SHARED, "page")
    assert made["subscriptions"]["verify_token"] == _graph_place.verify_token()
    assert made["subscriptions"]["access_token"] == "app-id|secret-of-our-app"
    assert set(made["subscribed_apps"]["subscribed_fields"].split(",")) == set(Facebook.hook_fields)
    assert "by itself" in said(NETWORK, page.cursor)
    # Standing as it should, only the Page is added.
    led.says(meta(row(SHARED, *Facebook.hook_fields)))
    NETWORK.fetch(access, {})
    assert set(changes(led)) == {"subscribed_apps"}
    led.says(meta())
    NETWORK.fetch(access, page.cursor)
    assert changes(led) == {}


def test_an_owners_app_calls_the_channel_unless_it_calls_somebody_else(led: Scripted) -> None:
    access = Access("1", {"access_token": "t", "app_secret": "their-secret", "verify_token": "word"}, hook_url=OURS)
    led.says(meta())
    page = NETWORK.fetch(access, {})
    made = changes(led)["subscriptions"]
    assert (made["callback_url"], made["verify_token"], made["access_token"]) == (OURS, "word", "their-app|their-secret")
    for other in ("https://other.example/in", "https://rabta.example/hooks/another-channel/"):
        led.says(meta(row(other)))
        refused = NETWORK.fetch(access, {})
        assert changes(led) == {}
        assert "another address" in said(NETWORK, refused.cursor)
    # The channel's own address from before it was changed may be replaced.
    led.says(meta(row(OURS)))
    NETWORK.fetch(Access("1", access.secrets, hook_url=OURS.replace("abc", "xyz")), page.cursor)
    assert changes(led)["subscriptions"]["callback_url"] == OURS.replace("abc", "xyz")


def test_without_a_verify_token_and_after_a_refusal_it_is_said_why(led: Scripted) -> None:
    led.says(meta())
    page = NETWORK.fetch(Access("1", {"access_token": "t", "app_secret": "their-secret"}, hook_url=OURS), {})
    assert "verify token" in said(NETWORK, page.cursor)
    fault = {"error": {"message": "(#2200) Callback verification failed", "code": 2200, "type": "OAuthException"}}
    led.says(meta(subscribe=Says.json(fault, 400)))
    page = NETWORK.fetch(Access("1", {"access_token": "t"}, hook_url=OURS), {})
    assert "Callback verification failed" in said(NETWORK, page.cursor)


@pytest.mark.parametrize(
    ("network", "secrets", "owner"),
    [
        (Instagram(read_seconds=1.5, total_seconds=9.0), {}, "me"),
        (WhatsApp(read_seconds=1.5, total_seconds=9.0), {"phone_number_id": "5", "business_account_id": "77"}, "77"),
    ],
)
def test_the_others_are_heard_through_what_they_belong_to(led: Scripted, network: Any, secrets: dict[str, str], owner: str) -> None:
    led.says(meta())
    page = network.fetch(Access("5", {"access_token": "t", **secrets}, hook_url=OURS), {})
    assert [asked.path.split("/")[-2] for asked in led.asked if asked.path.endswith("/subscribed_apps")] == [owner]
    assert "by itself" in said(network, page.cursor)


def test_on_practice_a_page_rings_at_once(practice: Practice, scripted: Scripted, settings: Any) -> None:
    """The practice network asks our door for its challenge, and tells it from then on."""
    settings.BASE_URL = scripted.url
    scripted.says(lambda asked: Says(200, asked.query.get("hub.challenge", "").encode()))
    brand = practice.person("brand", is_brand=True, network="facebook")
    access = Access(brand["id"], {"access_token": practice.tokens("brand")["access_token"]}, hook_url=f"{scripted.url}/hooks/k/")
    page = NETWORK.fetch(access, {})
    assert "by itself" in said(NETWORK, page.cursor)
    practice.person("ali", network="facebook")
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "hello"})
    told = practice.call("GET", "/graph/brand/calls")
    assert told["waiting"] or told["made"] or scripted.asked
    assert scripted.asked[0].path == "/hooks/app/facebook/"
    assert NETWORK.fetch(access, page.cursor).cursor["placed"] == page.cursor["placed"]
