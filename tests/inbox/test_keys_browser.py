"""The keyboard and the palette in a real Chromium: physical keys on any layout, own keys, keys while typing."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.folding import DROPPED, PAIRS, fold
from search.services.indexing import index
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk, hear, post
from tests.inbox.test_screens_browser import cast, desk, order, row, screen  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUSED = "document.activeElement?.closest('[data-row]')?.dataset.row ?? document.activeElement?.id"


def press(screen: Page, code: str, letter: str, **modifiers: bool) -> None:  # noqa: F811
    """A key as another layout sends it: the same place, another letter."""
    screen.evaluate(
        "([code, key, more]) => (document.activeElement ?? document.body).dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true, ...more}))",
        [code, letter, modifiers],
    )


def focused(screen: Page) -> Any:  # noqa: F811
    return screen.evaluate(FOCUSED)


def test_keys_are_places_and_walk_past_what_is_loaded(screen: Page, desk: Desk) -> None:  # noqa: F811
    hear(desk.channel, *(post(desk.channel, f"later {n:02}", author=str(9100 + n)) for n in range(25)))
    screen.reload()
    screen.wait_for_selector("html[data-ready] #rows [data-row]")
    rows = order(screen)
    assert len(rows) == 40
    press(screen, "KeyJ", "ت")  # Persian
    press(screen, "KeyJ", "ج")  # Urdu, as CRULP has it
    assert focused(screen) == rows[1]
    press(screen, "KeyK", "ن")
    assert focused(screen) == rows[0]
    # An AltGr letter is a letter, and no shortcut.
    press(screen, "KeyJ", "j", ctrlKey=True, altKey=True)
    assert focused(screen) == rows[0]
    for _ in range(len(rows) + 5):
        screen.keyboard.press("j")
    expect(screen.locator("#rows [data-row]")).to_have_count(57)
    screen.wait_for_function(f"{FOCUSED} === document.querySelectorAll('#rows [data-row]')[44].dataset.row")
    for _ in range(40):
        screen.keyboard.press("j")
    assert focused(screen) == order(screen)[-1]

    # Keys with Alt work while typing, and what is typed stays.
    row(screen, "later 03").click()
    text = screen.locator("#composer-text")
    expect(screen.locator("#thread")).to_contain_text("later 03")
    press(screen, "KeyR", "ق")
    expect(text).to_be_focused()
    screen.keyboard.type("je n'oublie")
    expect(text).to_have_value("je n'oublie")
    screen.keyboard.press("Alt+e")
    expect(screen.locator("#strip")).to_contain_text("Resolved")
    expect(text).to_have_value("je n'oublie")
    expect(text).to_be_focused()
    screen.keyboard.press("Alt+n")
    expect(screen.locator("#composer")).to_have_attribute("data-kind", "note")

    # Other views, then a letter after G.
    screen.keyboard.press("Escape")
    screen.keyboard.press("]")
    screen.wait_for_url("**view=pending*")
    screen.wait_for_selector("html[data-ready]")
    screen.keyboard.press("[")
    screen.wait_for_url("**view=open*")
    screen.wait_for_selector("html[data-ready]")
    press(screen, "KeyG", "گ")
    press(screen, "KeyC", "چ")
    screen.wait_for_url("**/contacts/")


def test_own_keys_and_the_palette_that_teaches_them(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    index(workspace_id=desk.workspace.pk)
    screen.goto("/me/keys/")
    change = screen.locator("#key-resolve [data-learn]")
    change.click()
    screen.keyboard.press("j")
    expect(screen.locator(".toast", has_text="Next conversation")).to_have_count(1)
    change.click()
    screen.keyboard.press("Escape")
    expect(change.locator("span").first).to_have_text("Change")
    change.click()
    screen.keyboard.press("Shift+D")
    expect(screen.locator("#key-resolve > .keycaps")).to_have_text("Shift D")
    expect(change).to_be_focused()

    screen.goto("/w/meridian/inbox/")
    row(screen, "crowd 07").click()
    expect(screen.locator("#thread")).to_contain_text("crowd 07")
    screen.keyboard.press("e")  # nobody's now
    screen.keyboard.press("Shift+D")
    expect(screen.locator("#strip")).to_contain_text("Resolved")
    screen.locator("#thread-actions [data-key=KeyE]").hover()
    expect(screen.locator("#thread-actions [data-key=KeyE]")).to_have_attribute("title", "Reopen (Shift+D)")

    # The palette paints at once what the page can do, says each key, and finds what the server knows.
    screen.keyboard.press("Control+k")
    ask = screen.locator("#palette-input")
    expect(ask).to_be_focused()
    screen.keyboard.type("reopen")
    chosen = screen.locator("#palette [aria-selected=true]")
    expect(chosen).to_contain_text("Resolve or reopen")
    expect(chosen.locator(".keycaps")).to_have_text("Shift D")
    expect(ask).to_have_attribute("aria-activedescendant", "palette-do-resolve")
    screen.keyboard.press("Enter")
    expect(screen.locator("#palette")).to_be_hidden()
    expect(screen.locator("#strip")).not_to_contain_text("Resolved")
    screen.keyboard.press("Control+k")
    screen.keyboard.type("crow 11")
    expect(chosen).to_contain_text("crowd 11")
    screen.keyboard.press("Enter")
    expect(screen.locator("#thread")).to_contain_text("crowd 11")
    screen.keyboard.press("Control+k")
    expect(screen.locator("#palette [data-places] [data-group]").first).to_contain_text("crowd 11")
    screen.keyboard.type("api tok")
    expect(chosen).to_contain_text("API tokens")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/people/tokens/")

    # Letters can be switched off, on the server: another browser of the same person has them off, too; with Alt they go on.
    screen.keyboard.press("Shift+Slash")
    with screen.expect_response("**/me/keys/single/"):
        screen.locator("#keys [data-single-keys]").click()
    screen.keyboard.press("Escape")
    screen.goto("/w/meridian/inbox/")
    first = order(screen)[0]
    screen.keyboard.press("j")
    assert focused(screen) != first
    screen.keyboard.press("Alt+j")
    assert focused(screen) == first
    kept = type(cast.user("owner")).objects.get(pk=cast.user("owner").pk)
    assert (kept.keys, kept.single_keys) == ({"resolve": "Shift+KeyD"}, False)

    # What the browser folds it folds as the server does.
    samples = [*PAIRS, f"a{DROPPED}b", "ﷺ Ａ１ ﻻ İß", "بستهٔ  مي‌خواهم", "ـــ٣۴"]
    script = "async (texts) => { const {fold} = await import('/static/js/folding.js'); return texts.map(fold); }"
    assert screen.evaluate(script, samples) == [fold(text) for text in samples]
