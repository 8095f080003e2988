"""A key in the browser: registered and used in a real Chromium with a virtual authenticator, under our content policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page

from tests.accounts.factories import PASSWORD, make_user, make_workspace
from tests.chromium import chromium_beside_database, end_other_connections

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keyed() -> Iterator[Page]:
    """A page of Chromium with a security key plugged in that says yes."""
    with chromium_beside_database() as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)  # milliseconds; the machine may be busy with other tests
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        yield page
    end_other_connections()


def test_a_key_is_registered_and_then_opens_the_door(transactional_db: None, live_server: Any, keyed: Page) -> None:
    page = keyed
    user = make_user("careful@people.example")
    make_workspace("Careful", owner=user, slug="careful")
    breaches: list[str] = []
    page.on("console", lambda said: breaches.append(said.text) if "Content Security Policy" in said.text else None)

    page.goto(f"{live_server.url}/accounts/login/?next=/me/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").click()
    page.wait_for_url("**/me/")

    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() == 1

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/me/")
    page.wait_for_url("**/accounts/login/**")
    page.click("#passkey_login")
    page.wait_for_url("**/me/")
    assert breaches == []
