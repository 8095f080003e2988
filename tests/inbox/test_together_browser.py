"""Asking somebody outside, following and handing over in a real Chromium, by keyboard where a key is."""

import pytest
from playwright.sync_api import Page, expect

from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services import triage
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk
from tests.inbox.test_screens_browser import CHANGED, cast, desk, screen  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_guest_answers_and_the_conversation_is_followed_and_handed_over(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    screen.wait_for_selector("html[data-ready] #composer-text")
    screen.keyboard.press("f")
    expect(screen.locator("#followers")).to_contain_text("Owner of Meridian")

    screen.locator("[popovertarget=thread-more]").press("Enter")
    screen.get_by_role("menuitem", name="Ask somebody outside").press("Enter")
    expect(screen.locator("#side-guest")).to_be_focused()
    screen.keyboard.type("Dr. Aslam")
    screen.fill("#side-question", "May she take both?")
    screen.locator("#sheet [name=messages]").first.check()
    expect(screen.locator("#sheet [name=shows][value=selected]")).to_be_checked()
    screen.get_by_role("button", name="Make a link").click()
    expect(screen.locator("#side-link")).to_be_focused()
    guest = screen.context.browser.new_context().new_page()  # type: ignore[union-attr]
    left: list[str] = []
    guest.on("request", lambda asked: left.append(asked.headers.get("referer", "")) if "elsewhere" in asked.url else None)
    guest.goto(screen.input_value("#side-link"))
    expect(guest.locator("main")).to_contain_text("my order number of the parcel")
    guest.fill("#guest-answer", "Both, but not together.")
    guest.get_by_role("button", name="Send to the team").click()  # the form's origin is told, so that forged ones can be refused
    expect(guest.locator(".banner-good")).to_contain_text("Thank you.")
    guest.evaluate("fetch('http://elsewhere.invalid/', {mode: 'no-cors'}).catch(() => {})")
    assert set(left) <= {""}  # where the reader comes from is told to no other site
    guest.context.close()

    screen.keyboard.press("Escape")
    screen.evaluate(CHANGED)
    expect(screen.locator(".msg-guest")).to_contain_text("Both, but not together.")

    screen.locator("#thread").focus()
    screen.keyboard.press("a")
    screen.locator("#assign [data-hand-over]").check()
    screen.locator("#assign [data-give=assignee]", has_text="Sales of Meridian").click()
    note = screen.locator("#handover-note")
    expect(note).to_be_focused()
    assert "my order number of the parcel" in note.input_value()
    note.fill("In my own words.")
    screen.get_by_role("button", name="Hand over").click()
    expect(screen.locator("#sheet")).to_be_hidden()
    expect(screen.locator(".msg-note", has_text="In my own words.")).to_have_count(1)
    expect(screen.locator("#strip")).to_contain_text("With Sales of Meridian")
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.private.pk).assignee_id == cast.member("sales").pk


def test_a_second_claim_by_key_is_a_conflict_and_says_whose_it_is(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    screen.wait_for_selector("html[data-ready] #composer-text")
    with tenant(desk.workspace.pk):
        triage.assign(member=cast.member("agent"), conversation_id=desk.private.pk, assignee_id=cast.member("agent").pk)
    screen.keyboard.press("m")
    expect(screen.locator("#toasts")).to_contain_text("Meanwhile this conversation went to Agent of Meridian.")
    expect(screen.locator("#strip")).to_contain_text("With Agent of Meridian")
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.private.pk).assignee_id == cast.member("agent").pk
