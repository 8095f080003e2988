"""Drafts in a real Chromium: what was typed survives leaving, another window, a line that is away, and being taken back."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from core.clock import now
from core.tenancy import tenant
from inbox.models import Draft, PlannedReply
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk
from tests.inbox.test_screens_browser import cast, desk, row, screen  # noqa: F401 - fixtures
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def kept(desk: Desk) -> list[tuple[str, str, int]]:  # noqa: F811
    with tenant(desk.workspace.pk):
        rows = Draft.objects.filter(is_empty=False).order_by("kind")
        return [(draft.kind, draft.body, len(draft.files)) for draft in rows]


def soon(screen: Page, desk: Desk, wanted: list[tuple[str, str, int]]) -> None:  # noqa: F811
    """The server has these drafts once the requests under way are over."""
    for _try in range(200):
        if kept(desk) == wanted:
            return
        screen.wait_for_timeout(100)
    assert kept(desk) == wanted


def test_what_was_typed_survives(screen: Page, desk: Desk) -> None:  # noqa: F811
    address = f"/w/meridian/inbox/{desk.private.pk}/"
    screen.goto(address)
    text, state = screen.locator("#composer-text"), screen.locator("[data-draft-state]")
    pencil = screen.locator(f"#row-{desk.private.pk} .row-draft")
    expect(pencil).to_be_hidden()
    text.fill("Half a reply")
    expect(pencil).to_be_visible()
    expect(state).to_have_text("Draft kept")
    screen.locator("[data-attach-input]").set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": picture()})
    expect(screen.locator("#composer-files [data-ready]")).to_have_count(1)
    # Each kind has its own words: what was meant for colleagues is never sent to a customer by a turned switch.
    screen.keyboard.press("Escape")
    screen.keyboard.press("n")
    expect(text).to_have_value("")
    text.type("between us")
    screen.keyboard.press("Escape")
    screen.keyboard.press("r")
    expect(text).to_have_value("Half a reply")
    expect(state).to_have_text("Draft kept")
    note = ("note", "between us", 0)
    soon(screen, desk, [note, ("reply", "Half a reply", 1)])

    # Another window of the same person, which began from the same words.
    browser = screen.context.browser
    assert browser
    other = browser.new_page(base_url=screen.url.partition("/w/")[0], storage_state=screen.context.storage_state())
    other.goto(address)
    expect(other.locator("#composer-text")).to_have_value("between us")  # what was written last
    other.keyboard.press("r")
    expect(other.locator("#composer-text")).to_have_value("Half a reply")
    expect(other.locator("#composer-files [data-ready]")).to_have_count(1)
    other.locator("#composer-text").fill("Half a reply, from there")
    expect(other.locator("[data-draft-state]")).to_have_text("Draft kept")
    text.fill("Half a reply, from here")
    conflict = screen.locator("[data-draft-conflict]")
    expect(conflict).to_be_visible()
    expect(conflict).to_contain_text("Half a reply, from there")
    expect(text).to_have_value("Half a reply, from here")
    screen.locator("[data-draft-keep]").click()
    expect(conflict).to_be_hidden()
    expect(state).to_have_text("Draft kept")
    soon(screen, desk, [note, ("reply", "Half a reply, from here", 1)])
    other.close()

    # The line goes away, and the page with it: what the server never heard comes back, then the server hears it.
    screen.route("**/drafts/**", lambda route: route.abort())
    text.fill("Written without a line")
    expect(state).to_contain_text("Kept on this device")
    screen.goto("about:blank")
    assert kept(desk)[1][1] == "Half a reply, from here"
    screen.unroute("**/drafts/**")
    screen.goto(address)
    expect(text).to_have_value("Written without a line")
    expect(state).to_have_text("Draft kept")
    soon(screen, desk, [note, ("reply", "Written without a line", 1)])

    # Sent, taken back, there again with its file; then sent for good.
    screen.locator("#composer [type=submit]").first.click()
    bubble = screen.locator(".msg-out", has_text="Written without a line")
    expect(bubble).to_have_count(1)
    expect(text).to_have_value("")
    expect(pencil).to_be_visible()  # the note
    soon(screen, desk, [note])
    screen.keyboard.press("Escape")
    screen.keyboard.press("z")
    expect(bubble).to_contain_text("Taken back")
    expect(text).to_have_value("Written without a line")
    expect(screen.locator("#composer-files [data-ready]")).to_have_count(1)
    soon(screen, desk, [note, ("reply", "Written without a line", 1)])


def test_a_conversation_that_is_closed_to_the_writer_keeps_the_words(screen: Page, desk: Desk) -> None:  # noqa: F811
    row(screen, "crowd 07").click()
    text, state = screen.locator("#composer-text"), screen.locator("[data-draft-state]")
    answers: list[int] = [404]

    def refuse(route: Any) -> None:
        route.fulfill(status=answers[0], body="")

    screen.route("**/drafts/**", refuse)
    expect(screen.locator("#thread")).to_contain_text("crowd 07")
    text.fill("Far too long for one. " * 20)
    expect(screen.locator(".composer-parts li")).to_have_count(2)
    text.fill("Long and dear words")
    expect(state).to_contain_text("Kept on this device only")
    expect(text).to_have_value("Long and dear words")
    screen.unroute("**/drafts/**")
    screen.reload()
    expect(text).to_have_value("Long and dear words")
    expect(state).to_have_text("Draft kept")


def test_a_planned_reply_stands_in_the_thread_and_comes_back(screen: Page, desk: Desk) -> None:  # noqa: F811
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    text = screen.locator("#composer-text")
    text.fill("Tomorrow, then.")
    screen.locator("[data-send-later]").press("Enter")
    screen.get_by_role("menuitem", name="Tomorrow morning at nine").press("Enter")
    waiting = screen.locator("#planned [data-planned]")
    expect(waiting).to_contain_text("Tomorrow, then.")
    expect(text).to_have_value("")
    waiting.get_by_role("button", name="Take back and edit").press("Enter")
    expect(waiting).to_have_count(0)
    expect(text).to_have_value("Tomorrow, then.")
    expect(text).to_be_focused()


def test_a_day_is_chosen_in_ones_own_calendar_and_resolving_leads_on(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    User.objects.filter(pk=cast.user("owner").pk).update(calendar="jalali", time_zone="Asia/Tehran", advance="next")
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    screen.locator("#composer-text").fill("On that day.")
    screen.locator("[data-send-later]").press("Enter")
    menu = screen.locator("#send-later")
    menu.locator("[data-later-open]").press("Enter")
    grid = menu.locator("[data-later-grid]")
    expect(grid.locator("b")).to_have_text(re.compile(r"14\d\d"))
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        grid.locator("[tabindex='0']").press(key)
    expect(grid).to_be_hidden()
    expect(menu.locator("[data-later-shown]")).to_have_text(re.compile(r"14\d\d"))
    menu.get_by_role("button", name="Plan").press("Enter")
    expect(screen.locator("#planned [data-planned]")).to_contain_text("On that day.")
    with tenant(desk.workspace.pk):
        planned = PlannedReply.objects.get()
    days = timezone.localtime(planned.send_at, ZoneInfo("Asia/Tehran")).date() - timezone.localdate(now(), ZoneInfo("Asia/Tehran"))
    assert days.days == 8

    row(screen, "crowd 20").click()
    expect(screen.locator("#thread")).to_contain_text("crowd 20")
    screen.keyboard.press("Escape")
    screen.keyboard.press("e")
    expect(screen.locator("#thread")).to_contain_text("crowd 19")
