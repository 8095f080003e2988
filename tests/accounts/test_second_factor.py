"""Second factors: an app's code, recovery codes used once, a key in the browser."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from accounts.models import User
from tests.accounts.factories import PASSWORD, make_user, signed_in

pytestmark = pytest.mark.django_db


def code_now(secret: str) -> str:
    """What an authenticator app shows (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def user(db: None) -> User:
    return make_user("careful@people.example")


@pytest.fixture
def secret(user: User) -> str:
    """Switch the app's codes on, as a person does."""
    browser = signed_in(user)
    page = browser.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret: str = page.context["form"].secret
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)})
    assert answer.status_code == 302, answer.content
    # A code is good for one use; the tests below start with a fresh one.
    from django.core.cache import cache

    cache.clear()
    return secret


def password_only(user: User) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert browser.get("/me/").status_code == 302
    return browser


def test_the_password_alone_no_longer_opens(user: User, secret: str) -> None:
    browser = password_only(user)
    wrong = "000000" if code_now(secret) != "000000" else "111111"
    assert browser.post("/accounts/2fa/authenticate/", {"code": wrong}).status_code == 200
    assert browser.get("/me/").status_code == 302
    assert browser.post("/accounts/2fa/authenticate/", {"code": code_now(secret)}).status_code == 302
    assert browser.get("/me/").status_code == 200


def test_a_code_is_good_once(user: User, secret: str) -> None:
    code = code_now(secret)
    assert password_only(user).post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    again = password_only(user)
    assert again.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert again.get("/me/").status_code == 302


def test_a_recovery_code_is_good_once(user: User, secret: str) -> None:
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    codes = row.wrap().get_unused_codes()
    assert len(codes) == 10
    browser = password_only(user)
    assert browser.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert browser.get("/me/").status_code == 200
    again = password_only(user)
    assert again.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 200
    assert again.post("/accounts/2fa/authenticate/", {"code": codes[1]}).status_code == 302


def test_guessing_codes_is_throttled(user: User, secret: str) -> None:
    browser = password_only(user)
    code = code_now(secret)
    statuses = [browser.post("/accounts/2fa/authenticate/", {"code": f"{number:06d}"}).status_code for number in range(12)]
    assert 200 in statuses
    last = browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert browser.get("/me/").status_code == 302, last.status_code


def test_secrets_are_sealed_in_the_database(user: User, secret: str) -> None:
    for row in Authenticator.objects.filter(user=user):
        assert secret not in str(row.data)
        assert re.search(r"'k\w+\.[\w+/=]+'", str(row.data)), row.data


def test_switching_it_on_asks_for_the_password_after_a_while(user: User) -> None:
    browser = signed_in(user)
    session = browser.session
    session["account_authentication_methods"] = [
        {**record, "at": time.time() - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()
    answer: Any = browser.get("/accounts/2fa/totp/activate/")
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
