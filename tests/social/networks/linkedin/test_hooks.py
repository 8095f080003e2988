"""What LinkedIn calls us with: proven over the raw bytes, of this page only."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from social.networks.errors import Forged, Malformed
from social.networks.linkedin import LinkedIn
from social.networks.values import Access, Hook
from tests.social.networks.linkedin.shapes import BRAND, SECRETS, told, urn

NETWORK = LinkedIn()
ACCESS = Access(BRAND, SECRETS)
SECRET = "secret-of-the-app"


@pytest.fixture(autouse=True)
def _app(settings: Any) -> None:
    settings.LINKEDIN_CLIENT_SECRET = SECRET


def signed(body: bytes, secret: str = SECRET) -> Hook:
    return Hook({"x-li-signature": hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()}, body)


def document(*rows: Any) -> bytes:
    return json.dumps({"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": list(rows)}).encode()


def test_the_signature_is_made_over_the_bytes(settings: Any) -> None:
    body = document(told(1))
    assert NETWORK.unpack(ACCESS, signed(body)).more
    altered = Hook(signed(body).headers, body + b" ")
    for hook in (Hook({}, body), signed(body, "another"), altered, Hook({"x-li-signature": "é"}, body)):
        with pytest.raises(Forged):
            NETWORK.unpack(ACCESS, hook)
    for nonsense in (b"null", b"[", b'{"notifications": 7}', b"[" * 100_000, b"\xff"):
        with pytest.raises(Malformed):
            NETWORK.unpack(ACCESS, signed(nonsense))
    settings.LINKEDIN_CLIENT_SECRET = ""
    with pytest.raises(Forged):
        NETWORK.unpack(ACCESS, signed(body, ""))


def test_it_tells_what_was_deleted_and_that_there_is_something_to_read() -> None:
    page = NETWORK.unpack(ACCESS, signed(document(told(1, action="COMMENT_DELETE"), None, 7, {"action": []})))
    assert (page.gone, page.more, page.items) == ((urn(1),), False, ())
    assert NETWORK.unpack(ACCESS, signed(document(told(1, action="ADMIN_COMMENT")))).more
    others = told(1, action="COMMENT_DELETE", organizationalEntity="urn:li:organization:7")
    page = NETWORK.unpack(ACCESS, signed(document(others, told(2, organizationalEntity="urn:li:organization:7"))))
    assert (page.gone, page.more) == ((), False)


def test_a_challenge_is_answered_with_its_signature() -> None:
    answer = NETWORK.greet(ACCESS, {"challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0"})
    response = hmac.new(SECRET.encode(), b"890e4665-4dfe-4ab1-b689-ed553bceeed0", hashlib.sha256).hexdigest()
    assert answer.kind == "application/json"
    assert json.loads(answer.text)["challengeResponse"] == response
    for nonsense in ({}, {"challengeCode": ""}, {"challengeCode": "x" * 201}, {"challengeCode": "a\nb"}, {"challengeCode": "é"}):
        with pytest.raises(Forged):
            NETWORK.greet(ACCESS, nonsense)
