"""Signing in at Google and Microsoft for a mailbox: the page, the code, the address, renewal, and the servers' own sign-in."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from social.networks.email import Email
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access, Outgoing, Tokens
from tests.social.networks.contract import ReadingContract
from tests.social.networks.servers import Practice, Says, Scripted

NETWORK = Email(read_seconds=0.6, total_seconds=3.0)
BACK = "https://rabta.example/connect/email/callback"
GOOGLE = "https://mail.google.com/"
MICROSOFT = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
SCOPES = {"google": f"{GOOGLE} openid https://www.googleapis.com/auth/userinfo.email", "microsoft": MICROSOFT}
PROVIDERS = sorted(SCOPES)


@pytest.fixture
def led(scripted: Scripted, settings: Any) -> Scripted:
    settings.GOOGLE_API_BASE = settings.MICROSOFT_API_BASE = scripted.url
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client", "secret-of-the-client"
    settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET = "client", "secret-of-the-client"
    return scripted


def id_token(**claims: Any) -> str:
    body = json.dumps({"aud": "client", "email": "Help@Anar.example", **claims}).encode()
    return f"e30.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.signature"


def given(provider: str, **more: Any) -> Says:
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 3599, "scope": SCOPES[provider], "id_token": id_token()}
    return Says.json({**body, **more})


def exchange(provider: str = "google") -> Tokens:
    asked = {"provider": provider, "sender_name": "Anar Help"}
    return NETWORK.exchange(code="c0de", redirect_uri=BACK, verifier="v" * 50, asked=asked)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_page_is_asked_for_a_lasting_sign_in_with_a_challenge(led: Scripted, settings: Any, provider: str) -> None:
    def address() -> str:
        return NETWORK.authorize_url(state="s t", redirect_uri=BACK, verifier="v" * 50, asked={"provider": provider})

    query = {name: values[0] for name, values in parse_qs(urlsplit(address()).query).items()}
    assert set(SCOPES[provider].split()[:1]) <= set(query["scope"].split())
    assert query.get("access_type") == "offline" or "offline_access" in query["scope"].split()
    assert (query["state"], query["code_challenge_method"], len(query["code_challenge"])) == ("s t", "S256", 43)
    assert "v" * 50 not in address()
    settings.GOOGLE_API_BASE = settings.MICROSOFT_API_BASE = ""
    assert address().startswith(("https://accounts.google.com/o/oauth2/v2/auth?", "https://login.microsoftonline.com/common/oauth2/"))
    settings.GOOGLE_CLIENT_ID = settings.MICROSOFT_CLIENT_ID = ""
    with pytest.raises(Unsupported):
        address()
    assert NETWORK.sign_in_lacks() == ("GOOGLE_CLIENT_ID", "MICROSOFT_CLIENT_ID")


def test_only_providers_that_are_set_up_can_be_chosen(led: Scripted, settings: Any) -> None:
    assert [value for value, _words in NETWORK.sign_in_fields()[0].choices] == ["google", "microsoft"]
    settings.GOOGLE_CLIENT_ID = ""
    assert [value for value, _words in NETWORK.sign_in_fields()[0].choices] == ["microsoft"]
    assert NETWORK.sign_in_lacks() == ()
    with pytest.raises(Rejected):
        NETWORK.authorize_url(state="s", redirect_uri=BACK, verifier="v", asked={"provider": "aol"})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_code_becomes_tokens_and_the_address(led: Scripted, provider: str) -> None:
    led.says(given(provider))
    tokens = exchange(provider)
    assert dict(tokens.secrets) == {
        "provider": provider, "address": "help@anar.example", "sender_name": "Anar Help", "access_token": "a", "refresh_token": "r",
        "scope": SCOPES[provider],
    }  # fmt: skip
    assert tokens.expires_at is not None
    assert NETWORK.renewable(tokens.secrets)
    assert not NETWORK.renewable({"address", "password"})
    sent = dict(parse_qsl(led.asked[0].body.decode()))
    assert (sent["code"], sent["code_verifier"], sent["client_secret"]) == ("c0de", "v" * 50, "secret-of-the-client")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"scope": "openid email"}, "scope_missing"),
        ({"refresh_token": None}, "no_refresh_token"),
        ({"id_token": None}, "no_address"),
        ({"id_token": "a.b.c"}, "no_address"),
        ({"id_token": "a." + "e" * 30_000}, "no_address"),
        ({"id_token": id_token(aud="somebody-else")}, "no_address"),
        ({"id_token": id_token(email="no address")}, "no_address"),
        ({"id_token": id_token(email={"a": 1})}, "no_address"),
    ],
)
def test_half_a_sign_in_is_none(led: Scripted, body: dict[str, Any], code: str) -> None:
    led.says(given("google", **body))
    with pytest.raises(Rejected) as caught:
        exchange()
    assert caught.value.code == code


def test_microsofts_name_of_the_mailbox_serves_where_there_is_no_other(led: Scripted) -> None:
    led.says(given("microsoft", id_token=id_token(email=None, preferred_username="sales@anar.example")))
    assert exchange("microsoft").secrets["address"] == "sales@anar.example"


def test_a_refused_code_is_told_in_one_line(led: Scripted) -> None:
    words = "AADSTS70008: The code has expired.\r\nTrace ID: 1\r\nCorrelation ID: 2"
    led.says(Says.json({"error": "invalid_grant", "error_description": words}, 400))
    with pytest.raises(Rejected) as caught:
        exchange("microsoft")
    assert str(caught.value.reason).endswith("AADSTS70008: The code has expired.")


@pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
def test_nothing_usable_is_try_later_and_shows_no_secret(led: Scripted, ending: str) -> None:
    led.says(ReadingContract.NOTHING_SAID[ending])
    with pytest.raises(TryLater) as caught:
        exchange()
    with pytest.raises(TryLater) as renewing:
        NETWORK.refresh(Access("", {"provider": "google", "refresh_token": "secret-refresh"}))
    shown = repr(caught.value) + repr(caught.value.__cause__) + repr(renewing.value) + repr(renewing.value.__cause__)
    assert not [secret for secret in ("c0de", "secret-of-the-client", "secret-refresh") if secret in shown]


@pytest.mark.parametrize(
    ("error", "kind"), [("invalid_grant", Unauthorized), ("interaction_required", Unauthorized), ("invalid_client", TryLater)]
)
def test_renewing_fails_for_good_only_when_the_owner_must_mend_it(led: Scripted, error: str, kind: type[NetworkError]) -> None:
    led.says(Says.json({"error": error}, 400))
    with pytest.raises(kind):
        NETWORK.refresh(Access("", {"provider": "microsoft", "refresh_token": "secret-refresh"}))
    with pytest.raises(Unauthorized):
        NETWORK.refresh(Access("", {"address": "a@b.example", "password": "p"}))


def test_renewing_keeps_what_is_not_replaced(led: Scripted) -> None:
    old = {"provider": "google", "address": "a@b.example", "refresh_token": "r", "access_token": "old", "aliases": "c@b.example"}
    led.says(Says.json({"access_token": "new", "expires_in": 3599}))
    assert dict(NETWORK.refresh(Access("", old)).secrets) == {**old, "access_token": "new", "scope": ""}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_mailbox_is_read_and_answered_with_a_token_until_it_is_taken_back(practice: Practice, provider: str) -> None:
    network = Email(read_seconds=2.0, total_seconds=9.0)
    practice.person("support", is_brand=True, network="email")
    address = network.authorize_url(state="s", redirect_uri=Practice.CALLBACK, verifier="v" * 60, asked={"provider": provider})
    code = practice.consent(address, "support")["code"]
    tokens = network.exchange(code=code, redirect_uri=Practice.CALLBACK, verifier="v" * 60, asked={"provider": provider})
    access = Access("support@practice.example", tokens.secrets)
    (profile,) = network.accounts(access)
    assert profile.external_id == "support@practice.example"
    practice.mail("Where is my parcel?")
    (item,) = [network.read(one.payload, account_id=profile.external_id) for one in network.fetch(access, {}).items]
    assert item.author is not None
    place = {"in_reply_to": item.external_id, "to": item.author.external_id, "thread_key": item.thread_key}
    answer = Outgoing("direct", "On its way.", key="1", **place)
    network.send(access, answer)
    assert "On its way." in practice.mails("sara@people.example")[-1]["text"]
    practice.call("POST", "/tokens/expire", {"account": "support"})
    for question in (lambda: network.fetch(access, {}), lambda: network.send(access, answer)):
        with pytest.raises(Unauthorized):
            question()
    fresh = Access(access.external_id, network.refresh(access).secrets)
    assert network.fetch(fresh, {}) is not None
    stranger = Access("other@practice.example", {**fresh.secrets, "address": "other@practice.example"})
    with pytest.raises(Rejected) as caught:
        network.accounts(stranger)
    assert "other@practice.example" in str(caught.value.reason)
