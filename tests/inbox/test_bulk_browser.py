"""Choosing many conversations in a real Chromium: by keyboard alone, by pointer, beyond what is loaded."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.tenancy import tenant
from inbox.models import BulkRun, Conversation
from inbox.tasks import bulk as job
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk
from tests.inbox.test_screens_browser import cast, desk, order, row, screen  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def statuses(desk: Desk) -> dict[str, int]:  # noqa: F811
    with tenant(desk.workspace.pk):
        found: dict[str, int] = {}
        for status in Conversation.objects.values_list("status", flat=True):
            found[status] = found.get(status, 0) + 1
    return found


def test_by_keyboard_and_pointer_and_beyond_the_page(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    bar = screen.locator("#bulk")
    before = statuses(desk)
    # By keyboard: X, further with Shift, Esc lets go; the row keeps the focus.
    screen.keyboard.press("j")
    screen.keyboard.press("x")
    expect(bar.locator("[data-bulk-number]")).to_have_text("1 chosen")
    expect(bar.locator("[data-bulk-all]")).to_have_text(f"Choose all {len(order(screen))} of this list")
    screen.keyboard.press("Shift+J")
    screen.keyboard.press("Shift+J")
    expect(bar.locator("[data-bulk-number]")).to_have_text("3 chosen")
    screen.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    assert screen.evaluate("document.activeElement.matches('#rows > [data-row]')")
    # By pointer, from one to another with Shift; resolved at once, and given back.
    picks = screen.locator("#rows > [data-row] [data-pick-row]")
    picks.nth(0).click()
    picks.nth(3).click(modifiers=["Shift"])
    expect(bar.locator("[data-bulk-number]")).to_have_text("4 chosen")
    assert screen.locator("#thread").count() == 0  # choosing opens nothing
    bar.get_by_role("button", name="Resolve").click()
    toast = screen.locator(".toast", has_text="4 conversations changed.")
    expect(toast).to_have_count(1)
    expect(bar).to_be_hidden()
    assert statuses(desk)["resolved"] == before.get("resolved", 0) + 4
    toast.get_by_role("button", name="Undo").click()
    expect(screen.locator(".toast", has_text="4 conversations given back.")).to_have_count(1)
    assert statuses(desk) == before
    # All of the list, asked first, as a job that is watched.
    screen.keyboard.press("Escape")
    picks.nth(0).click()
    bar.locator("[data-bulk-all]").click()
    bar.get_by_role("button", name="Priority").click()
    sheet = screen.locator("#sheet")
    expect(sheet).to_contain_text("conversations")
    sheet.get_by_text("Urgent").click()
    sheet.locator("[data-default]").click()
    expect(sheet).to_be_hidden()
    with tenant(desk.workspace.pk):
        run: Any = BulkRun.objects.latest("id")
    if run.total > 40:
        expect(screen.locator("#bulk-run")).to_contain_text("At work")
        job(desk.workspace.pk, run.pk)
        expect(screen.locator("#bulk-run")).to_contain_text("conversations changed.")
    with tenant(desk.workspace.pk):
        assert Conversation.objects.filter(priority=3).count() == run.total
    screen.set_viewport_size({"width": 390, "height": 800})
    screen.goto("/w/meridian/inbox/")
    screen.wait_for_selector("html[data-ready] #rows [data-row]")
    picks.nth(1).click()
    expect(bar).to_be_visible()
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
