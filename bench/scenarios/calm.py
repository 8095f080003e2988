"""Calm: eight hours of an open inbox in a real browser. Ten thousand changes arrive as they do in life, and now and then a key is
pressed: how soon it paints, and what the page holds at the end.
"""

import os
import time
from collections.abc import Callable
from itertools import cycle

from bench import gates
from bench.browsing import Seat, missing, seated
from bench.ground import Ground
from bench.measure import Report, p50, p95
from bench.pages import PAGE, Pages
from social.networks.values import Page

KEY_EVERY = 20
LOOK_EVERY = 500
#: A working day's mix: walking, opening, writing and leaving. Escape leaves the composer.
KEYS = ("j", "j", "Enter", "r", "a", "b", "Escape", "k", "j", "n", "c", "Escape", "Enter")


def run(report: Report, ground: Ground, pages: Pages, *, say: Callable[[str], object], pushes: int) -> None:
    """Figures of one long sitting. Where there is no browser it says so and measures nothing."""
    lack = missing()
    if lack:
        say(f"calm: not measured, {lack}.")
        return
    with seated(ground) as seat:
        seat.page.keyboard.press("j")
        seat.page.keyboard.press("Enter")
        seat.page.wait_for_selector("#thread[data-conversation]")
        seat.paints()
        began, first, start = time.monotonic(), seat.counts(), seat.renderer_mb()
        paints, sizes = _sit(seat, ground, pages, pushes)
        last = seat.counts()
        seconds = time.monotonic() - began
        load = os.getloadavg()[0]
        rows, messages = (seat.page.locator(what).count() for what in ("#rows [data-row]", "#message-list [data-message]"))
    note = f"p50 {p50(paints):.0f}, worst {max(paints):.0f} of {len(paints)} keys, load {load:.1f}"
    report.gate(report.add("calm", "key → paint, p95", p95(paints), unit="ms", note=note), gates.KEY_PAINT_MS)
    note = f"from {start:.0f}, {pushes} pushes in {seconds:.0f} s; proportional share of what it shares"
    report.gate(report.add("calm", "renderer's memory, most", max(sizes), unit="MB", note=note), gates.RENDERER_MB)
    report.add("calm", "renderer's memory, at the end", sizes[-1], unit="MB")
    for name, unit in (("nodes", ""), ("listeners", ""), ("heap MB", "MB")):
        report.add("calm", f"{name.removesuffix(' MB')} at the end", last[name], unit=unit, note=f"from {first[name]:.0f}")
    report.add("calm", "rows in the page", rows, note=f"and {messages} messages")


def _sit(seat: Seat, ground: Ground, pages: Pages, pushes: int) -> tuple[list[float], list[float]]:
    """Let changes come, each a stored mention that is digested and announced, and press a key now and then."""
    keys = cycle(KEYS)
    paints: list[float] = []
    sizes: list[float] = []
    number = 0
    for page in pages.pages(pushes // PAGE + 1):
        for item in page.items:
            if number >= pushes:
                break
            number += 1
            ground.store(Page(items=(item,), cursor=page.cursor))
            ground.digest()
            if number % KEY_EVERY == 0:
                seat.page.keyboard.press(next(keys))
            if number % LOOK_EVERY == 0:
                paints += seat.paints()
                sizes.append(seat.renderer_mb())
    paints += seat.paints()
    sizes.append(seat.renderer_mb())
    return paints, sizes
