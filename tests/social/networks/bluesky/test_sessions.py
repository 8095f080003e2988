"""Sessions: opened with an app password, renewed with their refresh token, and never believed to be somebody else's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from social.networks._bluesky_session import expiry_of
from social.networks.bluesky import Bluesky
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.values import Access, Profile
from tests.social.networks.bluesky.shapes import ALI, BRAND, SECRETS, listing, refusal, says, token
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Bluesky(read_seconds=0.6, total_seconds=2.4)
ACCESS = Access(BRAND, SECRETS, "brand.bsky.social")
TYPED = {"handle": "@Brand.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"}


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.BLUESKY_API_BASE = scripted.url


def session(did: str = BRAND, **fields: Any) -> dict[str, Any]:
    """com.atproto.server.createSession#output."""
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://puffball.example"}
    return {
        "did": did,
        "handle": "brand.bsky.social",
        "accessJwt": token(1_800_000_000),
        "refreshJwt": "new-refresh-token",
        "active": True,
        "didDoc": {"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "service": [service]},
        **fields,
    }


def connect(scripted: Scripted, answer: Says, **typed: str) -> Profile:
    profile = says({"did": BRAND, "handle": "brand.bsky.social", "displayName": " برانڈ "})
    scripted.says(lambda asked: answer if asked.method == "POST" else profile)
    return NETWORK.identify(Access("", {**TYPED, **typed}))


def test_connecting_opens_one_session_and_keeps_it(scripted: Scripted) -> None:
    profile = connect(scripted, says(session()))
    assert (profile.external_id, profile.handle, profile.name) == (BRAND, "brand.bsky.social", "برانڈ")
    assert profile.tokens is not None
    kept = profile.tokens.secrets
    assert (kept["handle"], kept["pds"], kept["refresh_jwt"]) == ("brand.bsky.social", "puffball.example", "new-refresh-token")
    assert profile.tokens.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert "new-refresh-token" not in repr(profile)
    first, second = scripted.asked
    assert first.json() == {"identifier": "brand.bsky.social", "password": "abcd-efgh-ijkl-mnop"}
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == f"Bearer {kept['access_jwt']}"


def test_the_name_is_no_reason_to_fail(scripted: Scripted) -> None:
    """The AppView may lag behind a new account: only the server knows it then (networks.md, seen)."""
    scripted.says(lambda asked: says(session()) if asked.method == "POST" else refusal("InvalidRequest", "Profile not found"))
    assert NETWORK.identify(Access("", TYPED)).name == "brand.bsky.social"


@pytest.mark.parametrize("handle", ["brand", "brand@example.com", "bsky.social/x", "-.com", "did:plc:", "a b.c"])
def test_what_is_no_handle_is_not_sent_anywhere(scripted: Scripted, handle: str) -> None:
    with pytest.raises(Rejected) as caught:
        connect(scripted, says(session()), handle=handle)
    assert (caught.value.code, caught.value.field, scripted.asked) == ("bad_handle", "handle", [])


def test_a_server_of_ones_own_is_asked(scripted: Scripted, settings: Any) -> None:
    assert connect(scripted, says(session(didDoc=None)), service="https://pds.example/").tokens.secrets["service"]  # type: ignore[union-attr]
    with pytest.raises(Rejected) as caught:
        connect(scripted, says(session()), service="localhost")
    assert caught.value.field == "service"
    settings.BLUESKY_API_BASE = ""
    with pytest.raises(TryLater) as refused:
        NETWORK.identify(Access("", {**TYPED, "service": "rabta-nobody.invalid"}))
    assert refused.value.code == "unreachable"


def test_the_accounts_own_password_is_recognised(scripted: Scripted) -> None:
    with pytest.raises(Rejected) as caught:
        connect(scripted, refusal("AuthFactorTokenRequired", "A sign in code has been sent to your email address", 401))
    assert (caught.value.code, caught.value.field) == ("not_an_app_password", "app_password")
    with pytest.raises(Unauthorized):
        connect(scripted, refusal("AuthenticationRequired", "Invalid identifier or password", 401))
    with pytest.raises(Rejected):
        connect(scripted, says(session(active=False, status="deactivated")))


@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken"])
def test_a_token_that_ended_is_a_400_and_means_signed_out(scripted: Scripted, name: str) -> None:
    scripted.says(refusal(name, "Token has expired"))
    with pytest.raises(Unauthorized):
        NETWORK.fetch(ACCESS, {})
    with pytest.raises(Unauthorized):
        NETWORK.recheck(ACCESS, [f"at://{ALI}/app.bsky.feed.post/3labc"])


def test_a_session_is_renewed_with_its_refresh_token_on_its_own_machine(scripted: Scripted) -> None:
    scripted.says(says(session()))
    tokens = NETWORK.refresh(ACCESS)
    (asked,) = scripted.asked
    assert asked.path == "/xrpc/com.atproto.server.refreshSession"
    assert asked.headers["authorization"] == "Bearer secret-refresh-token"
    assert (tokens.secrets["refresh_jwt"], tokens.secrets["app_password"]) == ("new-refresh-token", SECRETS["app_password"])


def test_without_a_good_refresh_token_the_app_password_opens_a_new_session(scripted: Scripted) -> None:
    gone = refusal("ExpiredToken", "Token has been revoked")
    scripted.says(lambda asked: gone if asked.path.endswith("refreshSession") else says(session()))
    assert NETWORK.refresh(ACCESS).secrets["access_jwt"] == token(1_800_000_000)
    # By the DID: handles change.
    assert scripted.asked[-1].json()["identifier"] == BRAND
    scripted.says(lambda asked: gone if asked.path.endswith("refreshSession") else refusal("AuthenticationRequired", status=401))
    with pytest.raises(Unauthorized):
        NETWORK.refresh(ACCESS)


def test_trouble_while_renewing_costs_no_session(scripted: Scripted) -> None:
    for trouble in (Says(500, b"{}"), Says(drop=True), Says.html(200), refusal("RateLimitExceeded", status=429), says([])):
        scripted.says(trouble)
        with pytest.raises(TryLater):
            NETWORK.refresh(ACCESS)
        assert [asked.path.rsplit(".", 1)[1] for asked in scripted.asked] == ["refreshSession"]


def test_the_session_of_another_account_is_not_taken(scripted: Scripted) -> None:
    scripted.says(says(session(ALI)))
    with pytest.raises(Unauthorized) as caught:
        NETWORK.refresh(ACCESS)
    assert caught.value.code == "another_account"


def test_without_a_session_one_has_to_be_opened(scripted: Scripted) -> None:
    with pytest.raises(Unauthorized) as caught:
        NETWORK.fetch(Access(BRAND, TYPED), {})
    assert (caught.value.code, scripted.asked) == ("no_session", [])


def test_the_library_renews_nothing_by_itself(scripted: Scripted) -> None:
    """A client of atproto that was logged in would, behind the lock that lets one worker do it."""

    def answer(asked: Asked) -> Says:
        assert asked.method == "GET"
        return listing([])

    scripted.says(answer)
    NETWORK.fetch(Access(BRAND, {**SECRETS, "access_jwt": token(1_000_000_000)}), {})
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("odd", ["", "a", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJleHAiOiJ4In0.c", "a.eyJleHAiOjllOTl9.c", "a.ÿ.c"])
def test_an_odd_token_says_nothing_of_its_end(odd: str) -> None:
    assert expiry_of(odd) is None
