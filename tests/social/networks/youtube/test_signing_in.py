"""Signing in at Google, as YouTube does it; Google reviews share every line of it."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access
from social.networks.youtube import SCOPE, YouTube
from tests.social.networks.servers import Says, Scripted

NETWORK = YouTube(read_seconds=3.0, total_seconds=12.0)
SECRETS = {"access_token": "old-access", "refresh_token": "secret-refresh", "location": "kept"}


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE = scripted.url
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client", "secret-of-the-client"


def exchange() -> Any:
    return NETWORK.exchange(code="the-code", redirect_uri="https://rabta.example/connect", verifier="v" * 50)


def test_the_consent_page_is_asked_for_a_lasting_sign_in(settings: Any) -> None:
    url = urlsplit(NETWORK.authorize_url(state="st", redirect_uri="https://rabta.example/connect", verifier="v" * 50))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/o/oauth2/v2/auth"
    assert (query["access_type"], query["prompt"], query["scope"], query["state"]) == ("offline", "consent", SCOPE, "st")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
    assert "v" * 50 not in url.query
    settings.GOOGLE_API_BASE = ""
    assert NETWORK.authorize_url(state="s", redirect_uri="u", verifier="v").startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    settings.GOOGLE_CLIENT_ID = ""
    with pytest.raises(Unsupported):
        NETWORK.authorize_url(state="s", redirect_uri="u", verifier="v")


def test_a_code_becomes_tokens(scripted: Scripted) -> None:
    scripted.says(Says.json({"access_token": "a", "refresh_token": "r", "expires_in": 3599, "scope": f"openid {SCOPE}"}))
    tokens = exchange()
    assert (tokens.secrets["access_token"], tokens.secrets["refresh_token"]) == ("a", "r")
    assert tokens.expires_at is not None
    (asked,) = scripted.asked
    assert asked.path == "/token"
    assert dict(parse_qsl(asked.body.decode())) == {
        "grant_type": "authorization_code", "code": "the-code", "redirect_uri": "https://rabta.example/connect",
        "code_verifier": "v" * 50, "client_id": "client", "client_secret": "secret-of-the-client",
    }  # fmt: skip


def test_a_right_that_was_unticked_is_noticed(scripted: Scripted) -> None:
    scripted.says(Says.json({"access_token": "a", "expires_in": 3599, "scope": "openid"}))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == "scope_missing"


@pytest.mark.parametrize("error", ["invalid_grant", "redirect_uri_mismatch", "invalid_client"])
def test_a_refused_code_is_told(scripted: Scripted, error: str) -> None:
    scripted.says(Says.json({"error": error, "error_description": "Bad Request"}, 400))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == error


def test_renewing_keeps_the_refresh_token_and_what_else_is_kept(scripted: Scripted) -> None:
    scripted.says(Says.json({"access_token": "new", "expires_in": 3599, "scope": SCOPE, "token_type": "Bearer"}))
    tokens = NETWORK.refresh(Access(CHANNEL_ID, SECRETS))
    assert dict(tokens.secrets) == {**SECRETS, "access_token": "new", "scope": SCOPE}
    assert NETWORK.renewable(tokens.secrets)
    assert not NETWORK.renewable({"access_token"})


CHANNEL_ID = "UCbrand0000000000000brand"


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (Says.json({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400), Unauthorized),
        # The installation's own mistake parks no account.
        (Says.json({"error": "invalid_client"}, 401), TryLater),
        (Says.json({"error": "internal_failure"}, 500), TryLater),
        (Says.json({"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}, 429), TryLater),
        (Says.html(200), TryLater),
        (Says.json({}), TryLater),
        (Says(drop=True), TryLater),
    ],
)
def test_renewing_fails_for_good_only_when_google_says_so(scripted: Scripted, says: Says, kind: type[Exception]) -> None:
    scripted.says(says)
    with pytest.raises(kind) as caught:
        NETWORK.refresh(Access(CHANNEL_ID, SECRETS))
    assert "secret-refresh" not in repr(caught.value)
    assert len(scripted.asked) == 1


def test_without_a_refresh_token_the_owner_must_sign_in(scripted: Scripted) -> None:
    with pytest.raises(Unauthorized):
        NETWORK.refresh(Access(CHANNEL_ID, {"access_token": "old"}))
