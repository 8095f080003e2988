"""Every state of the inbox in a real Chromium: nothing serious that axe finds, and the focus is never lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from tests.accounts.factories import Cast
from tests.barriers import barriers
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_browser import CHANGED, cast, desk, row, screen  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HELD = """() => {
  const held = document.activeElement;
  return held && held !== document.body && held.isConnected && held.getClientRects().length > 0;
}"""

#: A list and a thread that somebody walked for hours: what is far from the reader leaves the page, what is read stays where it is.
CROWDED = """async () => {
  const {grown} = await import("/static/js/thread.js");
  const list = document.getElementById("rows"), thread = document.getElementById("message-list");
  const copies = (home, what, id, count) => {
    const one = home.querySelector(what);
    for (let n = home.querySelectorAll(what).length; n < count; n += 1) {
      const copy = one.cloneNode(true);
      copy.id = `${id}-9${n}`;
      if (id === "row") copy.dataset.row = `9${n}`;
      one.after(copy);
    }
  };
  copies(list, "[data-row]", "row", 520);
  document.activeElement.blur();
  list.scrollTop = list.scrollHeight;
  const last = [...list.querySelectorAll("[data-row]")].at(-1), at = last.getBoundingClientRect().top;
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
  const rows = list.querySelectorAll("[data-row]").length, moved = Math.round(last.getBoundingClientRect().top - at);
  list.scrollTop = 0;
  await new Promise((done) => setTimeout(done, 300));
  const back = list.querySelectorAll("[data-row]").length;
  copies(thread, ":scope > [data-message]", "m", 340);
  document.getElementById("later")?.remove();
  grown("earlier");
  const messages = thread.querySelectorAll(":scope > [data-message]").length;
  return {rows, moved, back, messages, later: Boolean(document.querySelector("#later [hx-get*='after=']"))};
}"""


def states(screen: Page, desk: Desk) -> dict[str, Callable[[], object]]:  # noqa: F811
    """How each state is reached from the one before."""
    keys = screen.keyboard

    def closed(selector: str) -> None:
        keys.press("Escape")
        expect(screen.locator(selector)).to_be_hidden()

    def palette() -> None:
        keys.press("Control+k")
        screen.wait_for_selector("#palette [data-places] [role=option]")
        keys.type("cro")

    return {
        "thread": lambda: (screen.goto(f"/w/meridian/inbox/{desk.conversation.pk}/"), screen.wait_for_selector("html[data-ready]")),
        "more": lambda: screen.click("[popovertarget=thread-more]"),
        "travel": lambda: (closed("#thread-more"), screen.click("[popovertarget=travel]")),
        "assign": lambda: (closed("#travel"), keys.press("a"), screen.wait_for_selector("#assign [data-give]")),
        "note": lambda: (closed("#assign"), keys.press("n"), keys.type("An internal word")),
        "palette": lambda: (keys.press("Escape"), palette()),
        "palette, nothing found": lambda: keys.type("zzzzz"),
        "keys": lambda: (closed("#palette"), keys.press("?"), screen.wait_for_selector("#keys[open]")),
        "error": lambda: (
            closed("#keys"), screen.route("**/write/", lambda route: route.abort()), keys.press("n"), keys.press("Control+Enter"),
            expect(screen.locator("#composer-error")).to_be_visible(),
        ),
        "unread, all with the contact": lambda: (
            hear(desk.channel, direct(desk.channel, "and one more", author="71")),
            screen.goto(f"/w/meridian/inbox/{desk.private.pk}/?scope=contact"), screen.wait_for_selector("#unread-line"),
        ),
        "offline": lambda: screen.evaluate("document.documentElement.dataset.fresh = 'no'"),
        "empty": lambda: (screen.goto("/w/meridian/inbox/?view=pending"), screen.wait_for_selector("#rows-empty")),
    }  # fmt: skip


def found(screen: Page, desk: Desk, *names: str) -> dict[str, list[str]]:  # noqa: F811
    """State → what axe finds there."""
    here = {"list": barriers(screen)}
    for name, reach in states(screen, desk).items():
        reach()
        if not names or name in names:
            here[name] = barriers(screen)
    return {name: what for name, what in here.items() if what}


def test_no_state_keeps_anybody_out(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    screen.emulate_media(reduced_motion="reduce")
    assert found(screen, desk) == {}
    for address in ("/me/keys/", "/w/meridian/inbox/999999/"):
        screen.goto(address)
        assert barriers(screen) == [], address

    person = cast.user("owner")
    person.language, person.theme = "fa", "dark"
    person.save(update_fields=["language", "theme"])
    screen.goto("/w/meridian/inbox/")
    assert found(screen, desk, "thread", "palette", "unread, all with the contact") == {}

    screen.set_viewport_size({"width": 390, "height": 800})
    for address in ("/w/meridian/inbox/", f"/w/meridian/inbox/{desk.private.pk}/"):
        screen.goto(address)
        screen.wait_for_selector("html[data-ready]")
        assert barriers(screen) == [], address
    screen.click("[popovertarget=travel]")
    assert barriers(screen) == []


def test_the_focus_outlives_every_action(screen: Page, desk: Desk) -> None:  # noqa: F811
    """Each control is pressed with Enter where it has the focus; what it draws anew must not drop that to nowhere."""
    hear(desk.channel, *(direct(desk.channel, f"line {n}") for n in range(130)))
    screen.goto(f"/w/meridian/inbox/{desk.conversation.pk}/")
    screen.wait_for_selector("html[data-ready]")
    lost = []

    def press(selector: str, done: Callable[[], object], *, back_to: str = "") -> None:
        screen.locator(selector).first.focus()
        screen.keyboard.press("Enter")
        done()
        try:
            screen.wait_for_function(HELD, timeout=4000)
            if back_to:
                expect(screen.locator(back_to)).to_be_focused(timeout=4000)
        except (AssertionError, PlaywrightError) as trouble:
            lost.append(f"{selector}: {str(trouble).splitlines()[0]}")

    strip = screen.locator("#strip")
    resolve, give = "#thread-actions [data-key=KeyE]", "#thread-actions [data-key=KeyA]"
    press(resolve, lambda: expect(strip).to_contain_text("Resolved"), back_to=resolve)
    press("#toasts [data-undo]", lambda: expect(strip).not_to_contain_text("Resolved"))
    for message, deed in ((desk.queued, "take-back"), (desk.failed, "retry"), (desk.doubtful, "decide")):
        form = f"#m-{message.pk} form[action$='/{deed}/']"
        press(f"{form} button", lambda form=form: expect(screen.locator(form)).to_have_count(0))
    screen.locator(give).focus()
    screen.keyboard.press("Enter")
    screen.wait_for_selector("#assign [data-give]")
    screen.keyboard.type("agent")
    press("#assign [data-filter-menu]", lambda: expect(strip).to_contain_text("With Agent"), back_to=give)
    screen.locator("[popovertarget=thread-more]").focus()
    screen.keyboard.press("Enter")
    with screen.expect_response("**/unread/"):
        screen.locator("[data-key=KeyU]").focus()
        screen.keyboard.press("Enter")
    screen.wait_for_function(HELD, timeout=4000)

    # Through a long thread and back.
    screen.goto(f"/w/meridian/inbox/{desk.private.pk}/")
    screen.wait_for_selector("html[data-ready]")
    news = screen.locator("#thread-news")
    expect(news).to_have_text("To the newest messages")
    before = screen.locator("#message-list [data-message]").count()
    hear(desk.channel, direct(desk.channel, "while you read above"))
    screen.evaluate(CHANGED)
    expect(news).to_have_text("New message")
    assert screen.locator("#message-list [data-message]").count() == before
    press("#later button", lambda: expect(screen.locator("#message-list")).to_contain_text("line 110"), back_to="#messages")
    press("#thread-news", lambda: expect(screen.locator("#message-list")).to_contain_text("while you read above"))
    expect(news).to_be_hidden()
    press("#earlier button", lambda: expect(screen.locator("#message-list")).to_contain_text("line 40"), back_to="#messages")
    screen.locator("[popovertarget=travel]").focus()
    screen.keyboard.press("Enter")
    press("#travel nav a:nth-child(2)", lambda: screen.wait_for_selector("#thread[data-scope=contact]"))

    # The list: a banner, older rows, a list that is drawn anew.
    hear(desk.channel, direct(desk.channel, "a newcomer", author="5"))
    row(screen, "crowd 20").focus()
    screen.evaluate(CHANGED)
    expect(screen.locator("#news")).to_be_visible()
    press("#news", lambda: expect(row(screen, "a newcomer")).to_have_count(1))
    row(screen, "crowd 20").focus()
    screen.evaluate("document.dispatchEvent(new CustomEvent('rabta:rows-anew'))")
    screen.wait_for_function(HELD, timeout=4000)
    expect(row(screen, "crowd 20")).to_be_focused()
    assert "\n".join(lost) == ""
    assert screen.evaluate(CROWDED) == {"rows": 400, "moved": 0, "back": 480, "messages": 300, "later": True}
