"""Signing in at Meta, as Facebook does it; Instagram and WhatsApp share every line of it. Each step lied to."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from social.networks.errors import NetworkError, Rejected, TryLater, Unsupported
from social.networks.facebook import Facebook
from social.networks.instagram import Instagram
from social.networks.values import Access
from social.networks.whatsapp import WhatsApp
from tests.social.networks.contract import ReadingContract
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Facebook(read_seconds=0.6, total_seconds=3.0)
BACK = "https://rabta.example/connect/facebook/callback"
SHORT = Says.json({"access_token": "short-secret", "expires_in": 3600})
LONG = Says.json({"access_token": "long-secret", "expires_in": 5_184_000})
GRANTED = Says.json({"data": [{"permission": right, "status": "granted"} for right in Facebook.rights]})


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "app-id", "secret-of-the-app"


def meta(short: Says = SHORT, longer: Says = LONG, rights: Says = GRANTED, **more: Says) -> Any:
    """Meta, answering so."""

    def says(asked: Asked) -> Says:
        name = asked.path.rpartition("/")[2]
        if name == "access_token":
            return longer if "fb_exchange_token" in asked.query else short
        return {"permissions": rights, **more}[name]

    return says


def exchange(network: Any = NETWORK) -> Any:
    return network.exchange(code="c0de", redirect_uri=BACK, verifier="v" * 50)


def test_the_page_is_asked_for_all_rights_and_again_for_those_once_left_out(settings: Any) -> None:
    url = urlsplit(NETWORK.authorize_url(state="s t", redirect_uri=BACK, verifier="v"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == f"/{settings.GRAPH_VERSION}/dialog/oauth"
    assert (query["state"], query["auth_type"], query["scope"]) == ("s t", "rerequest", ",".join(Facebook.rights))
    settings.FACEBOOK_CONFIG_ID, settings.GRAPH_API_BASE = "123", ""
    address = NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v")
    assert address.startswith("https://www.facebook.com/v")
    assert "config_id=123" in address
    assert "scope=" not in address
    settings.FACEBOOK_APP_SECRET = ""
    with pytest.raises(Unsupported):
        NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v")


def test_a_code_becomes_a_long_token_and_the_end_is_kept_where_the_token_is(scripted: Scripted) -> None:
    scripted.says(meta())
    tokens = exchange()
    assert (dict(tokens.secrets), tokens.expires_at) == ({"access_token": "long-secret"}, None)
    first, second, third = scripted.asked
    assert (first.query["code"], first.query["client_secret"]) == ("c0de", "secret-of-the-app")
    assert second.query["fb_exchange_token"] == "short-secret"
    assert third.query["appsecret_proof"]
    scripted.says(meta(rights=Says.json({"data": [{"permission": right, "status": "granted"} for right in WhatsApp.rights]})))
    number = exchange(WhatsApp(read_seconds=0.6, total_seconds=3.0))
    assert number.expires_at is not None


@pytest.mark.parametrize("rows", [[], [{"permission": "pages_messaging", "status": "declined"}], [None, 7, {"permission": None}]])
def test_missing_rights_are_named_in_words(scripted: Scripted, rows: list[Any]) -> None:
    kept = [{"permission": right, "status": "granted"} for right in Facebook.rights if right != "pages_messaging"]
    scripted.says(meta(rights=Says.json({"data": [*kept, *rows]})))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == "scope_missing"
    assert ": reading and answering messages." in str(caught.value.reason)


@pytest.mark.parametrize("step", ["short", "longer"])
@pytest.mark.parametrize(("code", "subcode"), [(100, 36009), (100, 36007), (190, 463), (101, 0)])
def test_a_refusal_is_told_at_either_step(scripted: Scripted, step: str, code: int, subcode: int) -> None:
    fault = {"error": {"message": "This code has been used.", "type": "OAuthException", "code": code, "error_subcode": subcode}}
    scripted.says(meta(**{step: Says.json(fault, 400)}))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert "This code has been used." in str(caught.value.reason)


@pytest.mark.parametrize("step", ["short", "longer", "rights"])
@pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
def test_nothing_usable_at_any_step_is_try_later_and_shows_no_secret(scripted: Scripted, step: str, ending: str) -> None:
    scripted.says(meta(**{step: ReadingContract.NOTHING_SAID[ending]}))
    with pytest.raises(TryLater) as caught:
        exchange()
    shown = repr(caught.value) + repr(caught.value.__cause__) + str(caught.value.reason)
    assert not [secret for secret in ("c0de", "secret-of-the-app", "short-secret", "long-secret") if secret in shown]


def pages(*rows: Any, after: str = "") -> Says:
    paging = {"cursors": {"after": after}, "next": "https://graph.facebook.com/…"} if after else {}
    return Says.json({"data": list(rows), "paging": paging})


def test_pages_are_listed_to_the_end_and_odd_rows_left_out(scripted: Scripted) -> None:
    good = [{"id": str(number), "name": f"Page {number}", "access_token": f"token-{number}"} for number in (1, 2)]
    scripted.says(pages(good[0], None, {"id": "9"}, {"id": {}, "access_token": "t"}, after="A"), pages(good[1]))
    found = NETWORK.accounts(Access("", {"access_token": "long-secret"}))
    assert [(profile.external_id, profile.name) for profile in found] == [("1", "Page 1"), ("2", "Page 2")]
    assert [dict(profile.tokens.secrets) for profile in found if profile.tokens] == [
        {"page_id": "1", "access_token": "token-1"}, {"page_id": "2", "access_token": "token-2"},
    ]  # fmt: skip
    assert scripted.asked[1].query["after"] == "A"
    # A list that never ends is left after some pages.
    scripted.says(pages(good[0], after="A"))
    NETWORK.accounts(Access("", {"access_token": "long-secret"}))
    assert len(scripted.asked) == 5


def test_instagram_is_found_through_its_page_and_keeps_that_pages_token(scripted: Scripted) -> None:
    account = {"id": "17841400000000001", "username": "anar", "name": "Anar"}
    row = {"id": "1", "name": "Page", "access_token": "page-token", "instagram_business_account": account}
    scripted.says(pages(row, {"id": "2", "name": "Without", "access_token": "other"}))
    (found,) = Instagram(read_seconds=0.6, total_seconds=3.0).accounts(Access("", {"access_token": "long-secret"}))
    assert (found.external_id, found.handle) == (account["id"], "anar")
    assert found.tokens is not None
    assert dict(found.tokens.secrets) == {"access_token": "page-token"}


NUMBERS = Says.json({"data": [{"id": "55", "display_phone_number": "+44 20 7946 0000", "verified_name": "Anar"}, None, {"id": []}]})


@pytest.mark.parametrize("named", [True, False])
def test_whatsapps_numbers_are_found_by_what_the_token_says_or_by_the_businesses(scripted: Scripted, named: bool) -> None:
    granular = [{"scope": "whatsapp_business_management", **({"target_ids": ["77"]} if named else {})}]
    businesses = {"data": [{"id": "1", "owned_whatsapp_business_accounts": {"data": [{"id": "77"}, {"id": None}]}}]}
    answers = {
        "debug_token": Says.json({"data": {"granular_scopes": granular}}),
        "businesses": Says.json(businesses),
        "phone_numbers": NUMBERS,
    }
    scripted.says(lambda asked: answers[asked.path.rpartition("/")[2]])
    (found,) = WhatsApp(read_seconds=0.6, total_seconds=4.0).accounts(Access("", {"access_token": "long-secret"}))
    assert (found.external_id, found.name, found.handle) == ("55", "Anar", "+44 20 7946 0000")
    assert found.tokens is not None
    kept = dict(found.tokens.secrets)
    assert len(kept.pop("verify_token")) > 16
    assert kept == {"phone_number_id": "55", "business_account_id": "77", "access_token": "long-secret"}


@pytest.mark.parametrize("kind", [Facebook, Instagram, WhatsApp])
@pytest.mark.parametrize("says", [Says.html(503), Says.json([]), Says(drop=True), Says.json({"data": None})])
def test_a_list_that_is_none_is_no_empty_list(scripted: Scripted, kind: type[Facebook], says: Says) -> None:
    scripted.says(says)
    with pytest.raises(NetworkError) as caught:
        kind(read_seconds=0.6, total_seconds=4.0).accounts(Access("", {"access_token": "long-secret"}))
    assert isinstance(caught.value, TryLater)
