"""The inbox in a real Chromium: nothing moves under the reader, nothing typed is lost, one press sends one reply.

The test's server speaks no websockets, so the page is told by hand what the socket would say: that something changed.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import filling, triage
from inbox.services.tagging import change_tags
from tests.accounts.factories import PASSWORD, Cast, make_cast
from tests.chromium import chromium_beside_database, end_other_connections
from tests.inbox.factories import Desk, direct, hear, make_desk, post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 60_000  # milliseconds; the machine may be busy with other tests
CHANGED = "document.dispatchEvent(new CustomEvent('rabta:changed', {detail: {ids: [], why: 'changed'}}))"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    desk = make_desk(cast.meridian, cast.member("owner"))
    hear(desk.channel, *(post(desk.channel, f"crowd {n:02}", author=str(9000 + n)) for n in range(30)))
    return desk


@pytest.fixture
def screen(live_server: Any, cast: Cast, desk: Desk) -> Iterator[Page]:
    """A page of Chromium, signed in as the owner, at the inbox. What the content policy refuses fails the test."""
    breaches: list[str] = []
    with chromium_beside_database() as browser:
        page = browser.new_page(base_url=live_server.url, viewport={"width": 1440, "height": 800})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("console", lambda said: breaches.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: breaches.append(str(error)))
        page.goto("/accounts/login/?next=/w/meridian/inbox/")
        page.fill("[name=login]", cast.user("owner").email)
        page.fill("[name=password]", PASSWORD)
        page.locator("form:has([name=password]) button[type=submit]").click()
        page.wait_for_selector("html[data-ready] #rows [data-row]")
        yield page
    # The socket's address is not served here, which the browser reports; everything else must be silent.
    assert [breach for breach in breaches if "/ws/" not in breach] == []
    end_other_connections()


def order(screen: Page) -> list[str]:
    """Ids of the rows from the top."""
    return screen.locator("#rows [data-row]").evaluate_all("rows => rows.map((row) => row.dataset.row)")


def row(screen: Page, words: str) -> Any:
    return screen.locator("#rows [data-row]", has_text=words)


def written(desk: Desk, body: str) -> int:
    with tenant(desk.workspace.pk):
        return Message.objects.filter(body=body).count()


def test_nothing_moves_under_the_reader(screen: Page, cast: Cast, desk: Desk) -> None:
    screen.locator("#rows").evaluate("list => { list.scrollTop = 300; }")
    before = order(screen)
    hear(desk.channel, post(desk.channel, "a newcomer", author="5"), direct(desk.channel, "the same person again"))
    with tenant(desk.workspace.pk):
        resolved = int(before[3])
        triage.set_status(member=cast.member("owner"), conversation_id=resolved, status="resolved")
    screen.evaluate(CHANGED)

    expect(screen.locator("#news")).to_have_text("1 new")
    assert order(screen) == before
    assert screen.locator("#rows").evaluate("list => list.scrollTop") == 300
    expect(row(screen, "the same person again")).to_have_count(1)  # the row that was there says so in its place
    expect(screen.locator(f"#row-{resolved}[data-gone]")).to_have_count(1)

    screen.click("#news")
    expect(screen.locator("#news")).to_be_hidden()
    expect(row(screen, "a newcomer")).to_have_count(1)
    expect(screen.locator(f"#row-{resolved}")).to_have_count(0)
    after = order(screen)
    assert str(desk.private.pk) in after[:2]
    screen.reload()
    assert order(screen) == after


def test_at_the_top_a_newcomer_settles_by_itself(screen: Page, desk: Desk) -> None:
    hear(desk.channel, post(desk.channel, "a newcomer", author="5"))
    screen.evaluate(CHANGED)
    expect(screen.locator("#rows [data-row]").first).to_contain_text("a newcomer")
    expect(screen.locator("#news")).to_be_hidden()
    expect(screen.locator("#count-open")).to_have_text("33")


def test_nothing_typed_is_lost(screen: Page, desk: Desk) -> None:
    row(screen, "crowd 07").click()
    screen.wait_for_selector("#thread")
    screen.keyboard.press("r")
    screen.keyboard.type("Half an answer")
    hear(desk.channel, post(desk.channel, "more from them", author="9007"))
    screen.evaluate(CHANGED)
    expect(screen.locator("#news")).to_be_visible()
    text = screen.locator("#composer-text")
    expect(text).to_have_value("Half an answer")
    expect(text).to_be_focused()

    row(screen, "crowd 08").click()
    expect(screen.locator("#thread")).to_contain_text("crowd 08")
    expect(text).to_have_value("")
    row(screen, "crowd 07").click()
    expect(text).to_have_value("Half an answer")
    screen.reload()
    expect(text).to_have_value("Half an answer")


def test_pressing_twice_and_trying_again_sends_once(screen: Page, desk: Desk) -> None:
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    text, send = screen.locator("#composer-text"), screen.locator("#composer [type=submit]").first
    text.fill("Once is enough.")
    send.dblclick()
    expect(screen.locator(".msg-out", has_text="Once is enough.")).to_have_count(1)
    expect(text).to_have_value("")
    assert written(desk, "Once is enough.") == 1

    text.fill("Through a bad line.")
    # The request arrives and its answer is lost: the page cannot know, says so, and keeps the text.
    screen.route("**/write/", lambda route: (route.fetch(), route.abort()))
    send.click()
    expect(screen.locator("#composer-error")).to_be_visible()
    expect(text).to_have_value("Through a bad line.")
    assert written(desk, "Through a bad line.") == 1
    screen.unroute("**/write/")
    send.click()
    expect(text).to_have_value("")
    expect(screen.locator(".msg-out", has_text="Through a bad line.")).to_have_count(1)
    assert written(desk, "Through a bad line.") == 1


def test_the_keyboard_is_enough(screen: Page, desk: Desk) -> None:
    wanted = order(screen)[2]
    for key in ("j", "j", "j", "k", "j"):
        screen.keyboard.press(key)
    screen.keyboard.press("Enter")
    expect(screen.locator("#thread")).to_have_attribute("data-conversation", wanted)
    screen.keyboard.press("n")
    screen.keyboard.type("from the keyboard")
    screen.keyboard.press("Control+Enter")
    expect(screen.locator(".msg-note", has_text="from the keyboard")).to_have_count(1)
    screen.keyboard.press("Escape")
    screen.keyboard.press("m")
    expect(screen.locator("#strip")).to_contain_text("With Owner of Meridian")
    screen.keyboard.press("e")
    expect(screen.locator("#strip")).to_contain_text("Resolved")
    expect(screen.locator("#toasts .toast", has_text="Resolved.")).to_have_count(1)
    screen.keyboard.press("z")
    expect(screen.locator("#strip")).not_to_contain_text("Resolved")
    screen.keyboard.press("a")
    screen.keyboard.type("agent")  # faster than the names come: what was asked for is chosen when they do
    screen.keyboard.press("Enter")
    expect(screen.locator("#strip")).to_contain_text("With Agent of Meridian")


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (390, "ur"), (768, "fa"), (1440, "ar")])
def test_every_screen_fits_its_width(screen: Page, cast: Cast, desk: Desk, width: int, language: str) -> None:
    user = cast.user("owner")
    user.language = language
    user.save(update_fields=["language"])
    screen.set_viewport_size({"width": width, "height": 800})
    paths = ["inbox/", f"inbox/{desk.conversation.pk}/", "contacts/", f"contacts/{desk.contact.pk}/", "channels/"]
    paths += [f"channels/{desk.channel.pk}/", "channels/connect/", "people/"]
    for path in paths:
        screen.goto(f"/w/meridian/{path}")
        wide = screen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        assert screen.locator("html").get_attribute("dir") == ("ltr" if language == "en" else "rtl")
        assert ("Inbox" in screen.locator("nav").first.inner_text()) == (language == "en")


@pytest.mark.parametrize("address", ["/w/meridian/inbox/", "/w/meridian/people/", "/w/meridian/channels/", "/me/"])
def test_only_what_is_inside_the_frame_scrolls(screen: Page, address: str) -> None:
    for width, height in ((1440, 800), (390, 400)):
        screen.set_viewport_size({"width": width, "height": height})
        screen.goto(address)
        root = "document.documentElement"
        spare = screen.evaluate(f"[{root}.scrollHeight - innerHeight, {root}.scrollWidth - innerWidth]")
        assert spare == [0, 0], (address, width)


def test_an_empty_field_waits_at_the_pages_side_and_counts_in_its_digits(screen: Page, cast: Cast) -> None:
    person = cast.user("owner")
    person.language = "ar"
    person.save(update_fields=["language"])
    screen.goto("/w/meridian/inbox/")
    row(screen, "crowd 07").click()
    text = screen.locator("#composer-text")
    expect(text).to_have_css("direction", "rtl")
    expect(screen.locator("[data-length]")).to_have_text("٠")
    text.fill("Hello")
    expect(text).to_have_css("direction", "ltr")
    expect(screen.locator("[data-length]")).to_have_text("٥")


def test_sleeping_and_what_is_asked_before_resolving_by_keyboard(screen: Page, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        asks = [{"label": "About", "kind": "text", "required": True}]
        filling.save_form(member=desk.member, name="Question", subject="conversation", fields=asks)
    screen.keyboard.press("j")
    screen.keyboard.press("Enter")
    expect(screen.locator("#thread")).to_have_attribute("data-conversation", order(screen)[0])
    screen.keyboard.press("h")
    screen.keyboard.type("tomorrow 5")  # faster than the sheet comes: what was typed stands in it when it does
    expect(screen.locator("#snooze-understood")).to_contain_text("17:00")
    screen.keyboard.press("Enter")
    expect(screen.locator("#strip")).to_contain_text("Sleeps until")
    expect(screen.locator("#rows [data-row]:focus")).to_have_count(1)
    screen.keyboard.press("z")
    expect(screen.locator("#strip")).not_to_contain_text("Sleeps until")
    screen.keyboard.press("e")
    expect(screen.locator("#sheet")).to_contain_text("Before it is resolved")
    screen.keyboard.press("Enter")
    expect(screen.locator("#sheet .error >> visible=true")).to_contain_text("This must be filled in.")
    screen.keyboard.type("A tent")
    screen.keyboard.press("Enter")
    expect(screen.locator("#strip")).to_contain_text("Resolved")
    expect(screen.locator("#sheet")).to_be_hidden()


def test_narrowing_tagging_and_keeping_by_keyboard(screen: Page, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        Conversation.objects.filter(snippet__in=["crowd 03", "crowd 04"]).update(priority=3)
    row(screen, "crowd 03").focus()
    screen.keyboard.press("Enter")
    expect(screen.locator("#thread")).to_contain_text("crowd 03")
    screen.keyboard.press("l")
    for name in ("Refund", "Late"):
        expect(screen.locator("[data-tag-words]")).to_be_focused()
        screen.keyboard.type(name)
        expect(screen.locator("[data-tag-make]")).to_be_visible()
        screen.keyboard.press("Enter")
        expect(screen.locator("#thread-tags")).to_contain_text(name)
    screen.keyboard.press("Escape")
    expect(row(screen, "crowd 03")).to_be_focused()
    expect(row(screen, "crowd 03").locator(".row-tags")).to_contain_text("Refund")

    screen.keyboard.press("s")
    for words in ("urgent", "refund"):
        expect(screen.locator("[data-filters-words]")).to_be_focused()
        expect(screen.locator("#filters .filter-group").first).to_be_visible()
        screen.keyboard.type(words)
        screen.keyboard.press("Enter")
    screen.keyboard.press("Enter")
    expect(screen.locator(".filter-on")).to_have_count(2)
    expect(screen.locator("#rows [data-row]")).to_have_count(1)
    expect(screen.locator("#view-count")).to_have_text("1")

    screen.locator("[data-keep='']").press("Enter")
    expect(screen.locator("#keep-name")).to_be_focused()
    screen.keyboard.type("Urgent refunds")
    screen.keyboard.press("Enter")
    expect(screen.locator("#list h2")).to_have_text("Urgent refunds")
    line = screen.locator("#views .view[aria-current=page]")
    expect(line).to_contain_text("Urgent refunds")
    expect(line.locator(".count")).to_have_text("1")
    # Another urgent refund comes: the kept list hears of it.
    with tenant(desk.workspace.pk):
        other = Conversation.objects.get(snippet="crowd 04")
        change_tags(member=desk.member, conversation_id=other.pk, names=["Refund"])
    screen.evaluate(CHANGED)
    expect(line.locator(".count")).to_have_text("2")
    expect(screen.locator("#rows [data-row]")).to_have_count(2)
    screen.locator('[data-fold="channels"] > summary').press("Enter")
    screen.wait_for_function("document.cookie.includes('folds=channels')")
    screen.reload()
    expect(screen.locator('[data-fold="channels"]')).not_to_have_attribute("open", "")
