"""The whole OAuth 2 dance with tweepy's own handler, tokens that die, and rate limits."""

from __future__ import annotations

import html
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tweepy

from .conftest import CALLBACK, HOSTS, Network, Redirect

SCOPES = ["tweet.read", "tweet.write", "users.read", "dm.read", "dm.write", "offline.access"]


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib insists on https even for a redirect to this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def handler(network: Network) -> tweepy.OAuth2UserHandler:
    oauth = tweepy.OAuth2UserHandler(
        client_id=network.client_id, client_secret=network.client_secret, redirect_uri=f"{CALLBACK}/connect/x", scope=SCOPES
    )
    for host in HOSTS:
        oauth.mount(host, Redirect(network.base, 5))
    return oauth


def consent(network: Network, url: str, **decision: str) -> requests.Response:
    """What a person does in the browser: read the page, choose, press the button."""
    browser = requests.Session()
    page = browser.get(url.replace("https://twitter.com", network.base), timeout=5)
    assert page.status_code == 200, page.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    form = {name: html.unescape(value) for name, value in hidden.items()} | decision
    return browser.post(f"{network.base}/i/oauth2/authorize", data=form, allow_redirects=False, timeout=5)


def brand_id(network: Network) -> str:
    return str(network.call("GET", "/people/brand")["id"])


def dance(network: Network) -> tuple[tweepy.OAuth2UserHandler, dict[str, Any]]:
    oauth = handler(network)
    answer = consent(network, oauth.get_authorization_url(), account=brand_id(network), decision="allow")
    assert answer.status_code == 303
    return oauth, oauth.fetch_token(answer.headers["location"])


def test_the_whole_dance(network: Network) -> None:
    _, token = dance(network)
    assert token["token_type"] == "bearer"
    assert token["expires_in"] == 7200
    assert network.client(token=token["access_token"]).get_me(user_auth=False)["data"]["username"] == "brand"
    assert [entry["kind"] for entry in network.ledger()] == ["token"]


def test_the_page_offers_every_account_and_says_what_is_asked(network: Network) -> None:
    network.person("evil", name='<script>alert("x")</script>')
    page = requests.get(handler(network).get_authorization_url().replace("https://twitter.com", network.base), timeout=5)
    assert "@brand" in page.text
    assert "Send direct messages in its name" in page.text
    assert "<script>" not in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert f"form-action 'self' {CALLBACK}" in policy


def test_saying_no_goes_back_with_an_error(network: Network) -> None:
    answer = consent(network, handler(network).get_authorization_url(), decision="deny")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["error"] == ["access_denied"]
    assert query["state"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"client_id": "somebody"}, "client_id"),
        ({"redirect_uri": "http://evil.example/cb"}, "redirect_uri"),
        ({"redirect_uri": CALLBACK + "@evil.example/"}, "redirect_uri"),
        ({"redirect_uri": CALLBACK + "0/"}, "redirect_uri"),
        ({"response_type": "token"}, "response_type"),
        ({"code_challenge_method": "plain"}, "code_challenge"),
        ({"scope": "tweet.read everything"}, "everything"),
        ({"state": ""}, "state"),
    ],
)
def test_a_wrong_request_is_never_redirected(network: Network, change: dict[str, str], named: str) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(handler(network).get_authorization_url()).query).items()}
    answer = requests.get(f"{network.base}/i/oauth2/authorize", params=query | change, allow_redirects=False, timeout=5)
    assert answer.status_code == 400
    assert named in answer.text


def test_a_decision_from_another_site_is_refused(network: Network) -> None:
    answer = requests.post(
        f"{network.base}/i/oauth2/authorize", data={"decision": "allow"}, headers={"Origin": "http://evil.example"}, timeout=5
    )
    assert answer.status_code == 403


def test_a_code_works_once_and_only_with_its_verifier(network: Network) -> None:
    oauth = handler(network)
    location = consent(network, oauth.get_authorization_url(), account=brand_id(network), decision="allow").headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]

    def trade(verifier: str) -> requests.Response:
        return requests.post(
            f"{network.base}/2/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": f"{CALLBACK}/connect/x",
                "code_verifier": verifier,
            },
            auth=(network.client_id, network.client_secret),
            timeout=5,
        )

    assert trade("x" * 128).json()["error"] == "invalid_request"
    assert trade(oauth._client.code_verifier).status_code == 400


def test_refreshing_rotates_both_tokens(network: Network) -> None:
    oauth, old = dance(network)
    fresh = oauth.refresh_token(
        "https://api.twitter.com/2/oauth2/token",
        refresh_token=old["refresh_token"],
        auth=(network.client_id, network.client_secret),
    )
    assert fresh["access_token"] != old["access_token"]
    assert network.client(token=fresh["access_token"]).get_me(user_auth=False)["data"]["username"] == "brand"
    with pytest.raises(tweepy.Unauthorized):
        network.client(token=old["access_token"]).get_me(user_auth=False)
    again = requests.post(
        f"{network.base}/2/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": old["refresh_token"], "client_id": network.client_id},
        timeout=5,
    )
    assert (again.status_code, again.json()["error_description"]) == (400, "Value passed for the token was invalid.")
    wrong = requests.post(
        f"{network.base}/2/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": fresh["refresh_token"]},
        auth=(network.client_id, "wrong"),
        timeout=5,
    )
    assert wrong.status_code == 401


def test_revoked_expired_and_foreign_tokens_are_401(network: Network) -> None:
    _, pair = dance(network)
    client = network.client(token=pair["access_token"])
    network.call("POST", "/tokens/expire", account="brand")
    with pytest.raises(tweepy.Unauthorized) as refused:
        client.get_me(user_auth=False)
    assert refused.value.response.json() == {
        "title": "Unauthorized",
        "detail": "Unauthorized",
        "type": "about:blank",
        "status": 401,
    }
    assert network.call("GET", "/tokens?account=brand")["expired"] == 1
    token = network.access("brand")
    answer = requests.post(
        f"{network.base}/2/oauth2/revoke", data={"token": token}, auth=(network.client_id, network.client_secret), timeout=5
    )
    assert answer.json() == {"revoked": True}
    with pytest.raises(tweepy.Unauthorized):
        network.client(token=token).get_me(user_auth=False)
    with pytest.raises(tweepy.Unauthorized):
        network.client(token="nonsense").get_me(user_auth=False)


def test_missing_scopes_and_suspension_are_403(network: Network) -> None:
    reader = network.client(token=network.access("brand", scopes=["tweet.read", "users.read"]))
    with pytest.raises(tweepy.Forbidden, match="oauth2 app permissions"):
        reader.create_tweet(text="hello", user_auth=False)
    network.call("PATCH", "/people/brand", suspended=True)
    with pytest.raises(tweepy.Forbidden, match="suspended"):
        reader.get_me(user_auth=False)


def test_rate_limits_count_down_and_end_in_429_with_a_reset(network: Network) -> None:
    network.call("PATCH", "/rules", limit_factor=0.05)  # 300 mentions become 15
    client = network.client()
    client.return_type = requests.Response
    left = [int(client.get_users_mentions(brand_id(network)).headers["x-rate-limit-remaining"]) for _ in range(15)]
    assert left == list(range(14, -1, -1))
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.get_users_mentions(brand_id(network))
    assert refused.value.response.json()["title"] == "Too Many Requests"
    assert refused.value.response.headers["x-rate-limit-limit"] == "15"
    assert 0 < refused.value.reset_time - time.time() <= 900
    assert client.get_users_tweets(brand_id(network)).status_code == 200, "other endpoints have their own window"
    network.person("other", is_brand=True)
    assert network.client("other").get_users_mentions(brand_id(network)), "other accounts have their own window"


def test_a_window_can_be_used_up_on_purpose(network: Network) -> None:
    client = network.client()
    network.call("POST", "/limits/exhaust", account="brand", endpoint="create", seconds=30)
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.create_tweet(text="hello", user_auth=False)
    assert 0 <= refused.value.reset_time - time.time() <= 31
    assert network.ledger(kind="post") == []
