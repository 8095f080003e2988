"""The publishing page in a real Chromium, by keyboard alone: every channel counts for itself, and one press publishes once."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.tenancy import tenant
from social.models import Channel, Delivery
from tests.accounts.factories import PASSWORD, Cast, make_cast
from tests.chromium import chromium_beside_database, end_other_connections
from tests.inbox.factories import make_channel
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 60_000  # milliseconds; the machine may be busy with other tests


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = make_cast()
    make_channel(cast.meridian, name="Rabta Shop")
    blue = make_channel(cast.meridian, account="did:plc:abcdefghijklmnopqrstuvwx", name="Anar")
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=blue.pk).update(network="bluesky")
    return cast


@pytest.fixture
def screen(live_server: Any, cast: Cast) -> Iterator[Page]:
    breaches: list[str] = []
    with chromium_beside_database() as browser:
        page = browser.new_page(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("console", lambda said: breaches.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: breaches.append(str(error)))
        page.goto("/accounts/login/?next=/w/meridian/posts/")
        page.fill("[name=login]", cast.user("owner").email)
        page.fill("[name=password]", PASSWORD)
        page.locator("form:has([name=password]) button[type=submit]").click()
        page.wait_for_selector("html[data-ready] form[data-publish]")
        yield page
    assert [breach for breach in breaches if "/ws/" not in breach] == []
    end_other_connections()


def test_a_post_is_written_counted_and_published_by_keyboard(screen: Page, cast: Cast) -> None:
    button = screen.locator("form[data-publish] [type=submit]")
    expect(button).to_be_disabled()
    screen.locator("[data-target] input").first.focus()
    screen.keyboard.press("Space")
    screen.keyboard.press("Tab")
    screen.keyboard.press("Space")
    screen.keyboard.press("Tab")
    # A link counts 23 on X and its letters on Bluesky; a Persian letter two and one.
    screen.keyboard.insert_text("سلام https://example.com/a/very/long/path/to/the/hours")
    blue, x = screen.locator("[data-target]").all()
    expect(x.locator("[data-length]")).to_have_text("28")
    expect(blue.locator("[data-length]")).to_have_text("54")
    screen.locator("[data-attach-input]").set_input_files(
        {"name": "shop.png", "mimeType": "image/png", "buffer": picture(size=(640, 400))}
    )
    expect(screen.locator("[data-file][data-ready]")).to_have_count(1)
    screen.locator("#publish-text").focus()
    screen.keyboard.insert_text("x" * 250)
    expect(x.locator("[data-why]")).to_be_hidden()
    expect(blue.locator("[data-why]")).to_be_visible()
    expect(button).to_be_disabled()
    screen.keyboard.press("Control+A")
    screen.keyboard.insert_text("From Monday on we open at nine.")
    expect(blue.locator("[data-why]")).to_be_hidden()
    screen.keyboard.press("Control+Enter")
    expect(screen.locator(".published")).to_have_count(1)
    expect(screen.locator(".published")).to_contain_text("From Monday on we open at nine.")
    expect(screen.locator(".published img")).to_be_visible()
    with tenant(cast.meridian.pk):
        assert Delivery.objects.count() == 2
    screen.keyboard.press("Escape")
    screen.locator("main").focus()
    screen.keyboard.press("z")
    expect(screen.locator(".published-places")).to_contain_text("Taken back")


def test_a_refusal_of_the_server_keeps_what_was_typed(screen: Page, cast: Cast) -> None:
    screen.locator("[data-target] input").first.check()
    screen.locator("#publish-text").fill("Hello.")
    with tenant(cast.meridian.pk):
        Channel.objects.update(state="disconnected")
    screen.locator("form[data-publish] [type=submit]").click()
    expect(screen.locator("#publish-error")).to_be_visible()
    expect(screen.locator("#publish-text")).to_have_value("Hello.")
    expect(screen.locator("form[data-publish] [type=submit]")).to_be_enabled()
