"""Signing in at an instance: the app registered there, the page, the code; every step of it lied to."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.mastodon import Mastodon
from tests.social.networks.contract import ReadingContract
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Mastodon(read_seconds=0.6, total_seconds=3.0)
BACK = "https://rabta.example/connect/mastodon/callback"
HOST = "toots.example"
APP = {"client_id": "the-id", "client_secret": "the-secret-of-the-app"}
KEPT = {**APP, "redirect_uri": BACK, "scopes": "read write:statuses write:media write:favourites", "pkce": "S256"}
TOKEN = Says.json({"access_token": "secret-access", "token_type": "Bearer", "scope": KEPT["scopes"], "created_at": 1})
REGISTERED = Says.json(APP)
OFFERS = Says.json({"code_challenge_methods_supported": ["S256"]})


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.MASTODON_API_BASE = scripted.url


def instance(app: Says = REGISTERED, token: Says = TOKEN, offers: Says = OFFERS) -> Any:
    """An instance that answers so."""

    def says(asked: Asked) -> Says:
        return {"/api/v1/apps": app, "/oauth/token": token}.get(asked.path, offers)

    return says


def exchange(app: dict[str, str] = KEPT) -> Any:
    return NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v" * 50, asked={"instance": HOST, **app})


def test_an_app_is_registered_once_and_kept(scripted: Scripted) -> None:
    scripted.says(instance())
    app = NETWORK.app_at(HOST, {}, redirect_uri=BACK)
    assert dict(app) == KEPT
    registered = dict(parse_qsl(next(asked for asked in scripted.asked if asked.path == "/api/v1/apps").body.decode()))
    assert (registered["redirect_uris"], registered["scopes"], registered["client_name"]) == (BACK, KEPT["scopes"], "Rabta")
    scripted.says(instance(app=Says(500)))
    assert dict(NETWORK.app_at(HOST, app, redirect_uri=BACK)) == KEPT
    assert [asked.path for asked in scripted.asked] == ["/oauth/token", "/.well-known/oauth-authorization-server"]


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://elsewhere.example/"}, {"scopes": "read"}, {"client_id": "forgotten"}, {"client_id": ""}]
)
def test_an_app_that_fits_no_more_is_replaced(scripted: Scripted, change: dict[str, str]) -> None:
    """Another address of ours, other rights, or an instance that threw the app away: the way would end on its error page."""
    scripted.says(instance(token=Says.json({"error": "invalid_client", "error_description": "unknown client"}, 401)))
    assert NETWORK.app_at(HOST, {**KEPT, **change}, redirect_uri=BACK)["client_id"] == "the-id"


def test_in_doubt_the_kept_app_stands(scripted: Scripted) -> None:
    scripted.says(instance(token=Says(503), app=Says(500), offers=Says(404)))
    assert dict(NETWORK.app_at(HOST, KEPT, redirect_uri=BACK)) == {**KEPT, "pkce": ""}


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (Says.html(200), Rejected),
        (Says.html(404), Rejected),
        (Says.json({"error": "Not here"}, 403), Rejected),
        (Says.json({"error": "Validation failed"}, 422), Rejected),
        (Says.json({"client_id": "x" * 9000, "client_secret": "y"}), Rejected),
        (Says.json({"client_id": "two words\n", "client_secret": "y"}), Rejected),
        (Says.json({"client_id": None}), Rejected),
        (Says.json([]), Rejected),
        (Says(500), TryLater),
        (Says.json({"error": "slow"}, 429), TryLater),
        (Says(drop=True), TryLater),
        (Says(hang=True), TryLater),
    ],
)
def test_a_server_that_is_none_is_told_at_its_field(scripted: Scripted, says: Says, kind: type[NetworkError]) -> None:
    scripted.says(instance(app=says))
    with pytest.raises(kind) as caught:
        NETWORK.app_at(HOST, {}, redirect_uri=BACK)
    assert kind is TryLater or caught.value.field == "instance"


@pytest.mark.parametrize("typed", ["", "localhost", "10.0.0.1", "[::1]", "a b.example", "http://x", "-.example", "x" * 300, "مثال"])
def test_odd_names_of_servers_are_refused_before_anything_is_asked(scripted: Scripted, typed: str) -> None:
    scripted.says(instance())
    with pytest.raises(Rejected) as caught:
        NETWORK.app_place({"instance": typed})
    assert caught.value.field == "instance"
    assert scripted.asked == []


@pytest.mark.parametrize("typed", ["Toots.Example", "https://toots.example/@me", "@me@toots.example", "toots.example."])
def test_addresses_as_people_write_them_name_one_place(typed: str) -> None:
    assert NETWORK.app_place({"instance": typed}) == HOST


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"])
def test_a_name_that_leads_inside_is_not_called(settings: Any, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    settings.MASTODON_API_BASE = ""
    family = 10 if ":" in address else 2
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: [(family, 1, 6, "", (address, 443))])
    with pytest.raises(Rejected) as caught:
        NETWORK.app_at(HOST, {}, redirect_uri=BACK)
    assert (caught.value.code, caught.value.field) == ("not_allowed", "instance")


def test_the_page_is_asked_with_a_challenge_where_the_instance_knows_one(settings: Any) -> None:
    asked = {"instance": HOST, **KEPT}
    url = urlsplit(NETWORK.authorize_url(state="s t", redirect_uri=BACK, verifier="v" * 50, asked=asked))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.path, query["state"], query["scope"], query["client_id"]) == ("/oauth/authorize", "s t", KEPT["scopes"], "the-id")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
    assert not [word for word in ("v" * 50, APP["client_secret"]) if word in url.query]
    plain = NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v", asked={**asked, "pkce": ""})
    assert "code_challenge" not in plain
    settings.MASTODON_API_BASE = ""
    assert NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v", asked=asked).startswith(f"https://{HOST}/oauth/authorize?")


def test_a_code_becomes_a_token_that_has_no_end(scripted: Scripted) -> None:
    scripted.says(instance())
    tokens = exchange()
    assert dict(tokens.secrets) == {"instance": HOST, "access_token": "secret-access", "scope": KEPT["scopes"]}
    assert tokens.expires_at is None
    sent = dict(parse_qsl(scripted.asked[0].body.decode()))
    assert (sent["code"], sent["code_verifier"], sent["client_secret"]) == ("c0de", "v" * 50, APP["client_secret"])
    scripted.says(instance())
    exchange({**KEPT, "pkce": ""})
    assert "code_verifier" not in scripted.asked[0].body.decode()


@pytest.mark.parametrize("scope", ["read", "read write:statuses write:media", "write"])
def test_half_a_grant_is_none(scripted: Scripted, scope: str) -> None:
    scripted.says(instance(token=Says.json({"access_token": "a", "scope": scope})))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == "scope_missing"
    scripted.says(instance(token=Says.json({"access_token": "a", "scope": "read write"})))
    assert exchange().secrets["access_token"] == "a"


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
def test_a_refused_code_is_told(scripted: Scripted, error: str) -> None:
    scripted.says(instance(token=Says.json({"error": error, "error_description": "The grant is expired."}, 400)))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == error
    assert "The grant is expired." in str(caught.value.reason)


@pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
def test_an_instance_that_says_nothing_usable_is_asked_again_later(scripted: Scripted, ending: str) -> None:
    scripted.says(instance(token=ReadingContract.NOTHING_SAID[ending]))
    with pytest.raises(TryLater) as caught:
        exchange()
    assert not [word for word in ("c0de", APP["client_secret"]) if word in repr(caught.value) + repr(caught.value.__cause__)]
