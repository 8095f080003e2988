"""A key in the browser: registered and used in a real Chromium with a virtual authenticator, under our content policy."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from tests.accounts.factories import PASSWORD, make_user, make_workspace

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page of Chromium with a security key plugged in that says yes."""
    # Playwright's own event loop runs in this thread; Django would refuse its queries beside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    path = os.environ.get("RABTA_CHROMIUM") or shutil.which("chromium")
    assert path, "`python3 manage.py test` finds or installs a browser and names it in RABTA_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
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
        browser.close()
    with connection.cursor() as cursor:
        # The server's threads are gone; connections they kept open would hold the test's database.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def test_a_key_is_registered_and_then_opens_the_door(transactional_db: None, live_server: Any, chromium: Page) -> None:
    page = chromium
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
