"""Triage by keyboard alone: what an agent does with a list of conversations, key by key, on any layout. The tests play it, too."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

#: The letters that a Persian keyboard (ISIRI 9147) writes from these places.
PERSIAN = {
    "KeyJ": "ت", "KeyK": "ن", "KeyR": "ق", "KeyN": "د", "KeyE": "ث", "KeyM": "پ", "KeyA": "ش", "KeyU": "ع",
}  # fmt: skip
#: What is done with one conversation after another. A reply where none can be written becomes a note.
KINDS = ("answer", "resolve", "note", "give", "unread")
ANSWERS = ("We look into it at once.", "همین حالا بررسی می‌کنیم.", "ہم ابھی دیکھتے ہیں۔")


@dataclass(slots=True)
class Hand:
    """Presses keys in a page; with `letters` as another layout sends them."""

    page: Any
    letters: dict[str, str] = field(default_factory=dict)

    def press(self, code: str) -> None:
        """One key by its place."""
        line = self.page.context.new_cdp_session(self.page)
        letter = self.letters.get(code, code.removeprefix("Key").lower())
        key = {"code": code, "key": letter, "text": letter, "windowsVirtualKeyCode": ord(code[-1])}
        line.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
        line.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        line.detach()


def triage(page: Any, hand: Hand, *, count: int, give_to: str) -> Counter[str]:
    """Walk so many conversations of the list from its top, open each and deal with it. Returns what was done how often; what
    does not become visible ends it with Playwright's own error.
    """
    done: Counter[str] = Counter()
    answers = cycle(ANSWERS)
    page.evaluate("document.activeElement?.blur()")
    for number, kind in zip(range(count), cycle(KINDS), strict=False):
        row = _next(page, hand, first=number == 0)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#thread[data-conversation='{row}']")
        _deal(page, hand, kind, row, words=f"{next(answers)} {number}", give_to=give_to)
        done[kind] += 1
    return done


def _next(page: Any, hand: Hand, *, first: bool) -> str:
    """The row below, also past what is loaded."""
    now = "" if first else page.evaluate("document.querySelector('#rows [aria-current=true]')?.dataset.row ?? ''")
    hand.press("KeyJ")
    held = "document.activeElement?.closest?.('#rows [data-row]')?.dataset.row"
    page.wait_for_function(f"(now) => {{ const row = {held}; return row && row !== now; }}", arg=now)
    return str(page.evaluate(held))


def _deal(page: Any, hand: Hand, kind: str, row: str, *, words: str, give_to: str) -> None:
    if kind == "answer":
        _write(page, hand, "KeyR", words, "Control+Shift+Enter")
        page.wait_for_selector("#strip .chip-good")
        page.keyboard.press("Escape")
    elif kind == "note":
        _write(page, hand, "KeyN", words, "Control+Enter")
        page.wait_for_selector(f".msg-note:has-text('{words}')")
        page.keyboard.press("Escape")
        hand.press("KeyM")
        page.wait_for_function("() => document.querySelector('#assign-form [name=expected]')?.value")
    elif kind == "resolve":
        hand.press("KeyE")
        page.wait_for_selector("#strip .chip-good")
    elif kind == "give":
        hand.press("KeyA")
        page.wait_for_selector("#assign:popover-open")
        page.keyboard.type(give_to)
        page.keyboard.press("Enter")
        # It may have been somebody's before: chosen is who was typed when the menu has closed.
        page.wait_for_function("() => !document.querySelector('#assign').matches(':popover-open')")
        page.wait_for_function("() => document.querySelector('#assign-form [name=expected]')?.value")
    else:
        # Reading it comes first, so that leaving it unread is a deed.
        page.wait_for_selector(f"#row-{row}:not([data-unread])", state="attached")
        hand.press("KeyU")
        page.wait_for_selector(f"#row-{row}[data-unread]", state="attached")


def _write(page: Any, hand: Hand, code: str, words: str, send: str) -> None:
    hand.press(code)
    page.wait_for_function("() => document.activeElement?.id === 'composer-text'")
    page.keyboard.insert_text(words)
    page.keyboard.press(send)
    page.wait_for_function("() => document.getElementById('composer-text').value === ''")
