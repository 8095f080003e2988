"""Calls and texts in a real Chromium: who rings is seen on any page and goes again; parts are counted as they are paid for."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.tenancy import tenant
from inbox.models import Conversation
from social.networks._sms_text import parts
from tests.inbox.factories import Desk
from tests.inbox.phones import make_phone, rings
from tests.inbox.test_screens_browser import cast, desk, screen  # noqa: F401 - fixtures
from tests.social.networks.sms.shapes import form, voice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RINGS = "document.dispatchEvent(new CustomEvent('rabta:rings'))"


def test_who_rings_is_seen_on_any_page_until_it_is_over(screen: Page, desk: Desk, settings: Any) -> None:  # noqa: F811
    phone = make_phone(desk)
    screen.goto("/w/meridian/contacts/")
    screen.wait_for_selector("html[data-ready]")
    rings(phone, settings, voice(7, CallerName="Ali <b>Raza</b>"))
    for _time in range(2):  # told twice, shown once
        screen.evaluate(RINGS)
    notice = screen.locator("[data-ring]")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("Ali <b>Raza</b>")
    expect(screen.locator("#announcer")).to_contain_text("is calling")
    with tenant(phone.workspace_id):
        conversation = Conversation.objects.get(channel=phone)
    expect(notice.get_by_role("link")).to_have_attribute("href", f"/w/meridian/inbox/{conversation.pk}/")
    rings(phone, settings, voice(7, "no-answer"))
    screen.evaluate(RINGS)
    expect(notice).to_have_count(0)


TEXTS = ("", "x" * 160, "x" * 161, "€" * 81, "ک" * 70, "ک" * 71, "😀" * 36, "line\nline", "x" * 159 + "’", "[" * 80 + "x")


def test_parts_are_counted_as_the_server_counts_them(screen: Page, desk: Desk, settings: Any) -> None:  # noqa: F811
    phone = make_phone(desk)
    rings(phone, settings, form(1))
    with tenant(phone.workspace_id):
        conversation = Conversation.objects.get(channel=phone)
    screen.goto(f"/w/meridian/inbox/{conversation.pk}/")
    screen.wait_for_selector("html[data-ready] #composer-text")
    for text in TEXTS:
        screen.fill("#composer-text", text)
        expect(screen.locator("[data-part-count]")).to_have_text(str(parts(text)))
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    screen.wait_for_selector("html[data-ready] #composer-text")
    expect(screen.locator("[data-part-count]")).to_have_count(0)
