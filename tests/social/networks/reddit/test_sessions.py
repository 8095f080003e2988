"""Signing in at Reddit: by its page, with a refresh token that stays, or with a script app's password."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.clock import now
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.reddit import Reddit
from social.networks.values import Access
from tests.social.networks.reddit.shapes import BRAND, SECRETS
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Reddit(read_seconds=10.0, total_seconds=30.0)
TYPED = {name: value for name, value in SECRETS.items() if name != "access_token"}
SIGNED_IN = Access(BRAND, {"access_token": "old", "refresh_token": "stays"}, "Meridian_Help")
BACK = "https://rabta.example/connect/reddit/callback"


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.REDDIT_API_BASE = scripted.url
    settings.REDDIT_CLIENT_ID, settings.REDDIT_CLIENT_SECRET = "rabta-app", "secret-of-rabta"


def session(**fields: Any) -> Says:
    body = {"access_token": "new-token", "token_type": "bearer", "expires_in": 86_400, "scope": "identity read"}
    return Says.json({**body, **fields})


def form(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}


def app(asked: Asked) -> str:
    return base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()


def answers(token: Says, me: Says | None = None) -> Any:
    shown = me or Says.json({"name": "Meridian_Help", "id": "abc9", "is_suspended": False})
    return lambda asked: token if asked.path.endswith("access_token") else shown


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_an_app_in_letters_that_cannot_be_sent_is_none(scripted: Scripted, name: str) -> None:
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {**TYPED, name: "тест"}))
    assert scripted.asked == []


def test_a_script_apps_password_opens_a_session_and_is_kept(scripted: Scripted) -> None:
    scripted.says(answers(session()))
    profile = NETWORK.identify(Access("", TYPED))
    assert (profile.external_id, profile.handle) == (BRAND, "Meridian_Help")
    assert profile.tokens is not None
    assert dict(profile.tokens.secrets) == {**TYPED, "access_token": "new-token"}
    assert profile.tokens.expires_at is not None
    assert abs(profile.tokens.expires_at - now() - timedelta(days=1)) < timedelta(minutes=1)
    token, me = scripted.asked
    assert app(token) == "script-app:secret-of-the-app"
    assert form(token) == {"grant_type": "password", "username": "Meridian_Help", "password": "secret-password"}
    assert me.headers["authorization"] == "bearer new-token"
    assert "secret-password" not in repr(profile)
    assert NETWORK.renewable(set(profile.tokens.secrets))


@pytest.mark.parametrize(
    "says", [Says.json({"error": "invalid_grant"}), Says.json({"message": "Unauthorized", "error": 401}, 401)], ids=["200", "401"]
)
def test_a_wrong_password_and_a_wrong_app_are_refused(scripted: Scripted, says: Says) -> None:
    scripted.says(answers(says))
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", TYPED))
    assert len(scripted.asked) == 1


def test_what_is_no_subreddit_is_told_before_anything_is_asked(scripted: Scripted) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access("", {**TYPED, "subreddits": "پاکستان"}))
    assert (caught.value.field, scripted.asked) == ("subreddits", [])


def test_a_suspended_account_is_told(scripted: Scripted) -> None:
    scripted.says(answers(session(), Says.json({"name": "Meridian_Help", "is_suspended": True})))
    with pytest.raises(Rejected):
        NETWORK.identify(Access("", TYPED))


def test_the_sign_in_page_asks_for_a_sign_in_that_stays(settings: Any) -> None:
    url = urlsplit(NETWORK.authorize_url(state="s t", redirect_uri=BACK, verifier="v"))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/api/v1/authorize"
    assert (asked["duration"], asked["response_type"], asked["state"], asked["redirect_uri"]) == ("permanent", "code", "s t", BACK)
    assert set(asked["scope"].split()) == {"identity", "read", "history", "privatemessages", "submit", "edit", "modposts"}
    settings.REDDIT_API_BASE = ""
    assert NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v").startswith("https://www.reddit.com/api/v1/authorize?")
    settings.REDDIT_CLIENT_ID = ""
    with pytest.raises(Unsupported):
        NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v")


def test_a_code_becomes_a_session(scripted: Scripted) -> None:
    scripted.says(session(refresh_token="stays"))
    tokens = NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v")
    assert dict(tokens.secrets) == {"access_token": "new-token", "refresh_token": "stays"}
    (asked,) = scripted.asked
    assert app(asked) == "rabta-app:secret-of-rabta"
    assert form(asked) == {"grant_type": "authorization_code", "code": "c0de", "redirect_uri": BACK}
    assert asked.headers["user-agent"].startswith("web:rabta:0.1 (at http")
    scripted.says(Says.json({"error": "invalid_grant"}))
    with pytest.raises(Rejected):
        NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v")


def test_the_refresh_token_stays_good(scripted: Scripted) -> None:
    scripted.says(session())
    tokens = NETWORK.refresh(SIGNED_IN)
    assert dict(tokens.secrets) == {"access_token": "new-token", "refresh_token": "stays"}
    assert form(scripted.asked[0]) == {"grant_type": "refresh_token", "refresh_token": "stays"}
    assert app(scripted.asked[0]) == "rabta-app:secret-of-rabta"


@pytest.mark.parametrize("status", [400, 401])
def test_a_sign_in_that_was_taken_back_needs_its_owner(scripted: Scripted, status: int) -> None:
    scripted.says(Says.json({"message": "Bad Request", "error": status}, status))
    with pytest.raises(Unauthorized):
        NETWORK.refresh(SIGNED_IN)
    with pytest.raises(Unauthorized) as caught:
        NETWORK.refresh(Access(BRAND, {"access_token": "old"}))
    assert caught.value.code == "not_refreshable"
    assert not NETWORK.renewable({"access_token"})


def test_trouble_while_renewing_costs_no_session(scripted: Scripted) -> None:
    limit = Says.json({"message": "Too Many Requests", "error": 429}, 429, x_ratelimit_reset="77")
    for trouble in (Says(500, b"{}"), Says(drop=True), Says.html(200), limit, Says.json([]), Says.json({"scope": "x"})):
        scripted.says(trouble)
        with pytest.raises(TryLater):
            NETWORK.refresh(SIGNED_IN)
        assert len(scripted.asked) == 1


def test_whom_to_write_to_stands_in_every_question(scripted: Scripted, settings: Any) -> None:
    settings.REDDIT_CONTACT = "rabta_operator"
    scripted.says(answers(session()))
    NETWORK.identify(Access("", TYPED))
    agents = {asked.headers["user-agent"].partition(" PRAW")[0].partition(" prawcore")[0] for asked in scripted.asked}
    assert agents == {"web:rabta:0.1 (by /u/rabta_operator)"}


def test_without_a_session_one_has_to_be_opened(scripted: Scripted) -> None:
    with pytest.raises(Unauthorized) as caught:
        NETWORK.fetch(Access(BRAND, TYPED), {})
    assert (caught.value.code, scripted.asked) == ("no_session", [])
