"""Triage: two hundred mixed conversations by keyboard alone, left to right and, on a Persian keyboard, right to left."""

import os
import time
from collections.abc import Callable

from bench import gates
from bench.browsing import missing, seated
from bench.ground import Ground
from bench.keyboard import PERSIAN, Hand, triage
from bench.measure import Report, p50, p95
from bench.pages import PAGE, Pages
from core.marks import current_mark
from core.tenancy import tenant
from inbox.models import Conversation, Message, Status

CONVERSATIONS = 200


def run(report: Report, ground: Ground, pages: Pages, *, say: Callable[[str], object], count: int = CONVERSATIONS) -> None:
    """Figures of both runs. Where there is no browser it says so and measures nothing."""
    lack = missing()
    if lack:
        say(f"triage: not measured, {lack}.")
        return
    for language, letters in (("en", {}), ("fa", PERSIAN)):
        for page in pages.pages(count * 3 // PAGE + 1):
            ground.store(page)
        ground.digest()
        mark = current_mark()
        with seated(ground, language=language) as seat:
            began = time.monotonic()
            done = triage(seat.page, Hand(seat.page, dict(letters)), count=count, give_to=ground.user.name)
            seconds = time.monotonic() - began
            paints = seat.paints()
        name = f"triage {language}"
        note = f"{count} conversations: " + ", ".join(f"{number} {kind}" for kind, number in done.items())
        report.add(name, "conversations a minute", count / seconds * 60, note=note)
        note = f"p50 {p50(paints):.0f}, worst {max(paints):.0f} of {len(paints)} keys, load {os.getloadavg()[0]:.1f}"
        report.gate(report.add(name, "key → paint, p95", p95(paints), unit="ms", note=note), gates.KEY_PAINT_MS)
        report.gate(report.add(name, "deeds missing afterwards", _missing(ground, mark, done)), gates.UNDONE)


def _missing(ground: Ground, mark: int, done: dict[str, int]) -> int:
    """How many deeds the database does not show."""
    with tenant(ground.workspace.pk):
        changed = Conversation.objects.filter(version__gte=mark)
        written = Message.objects.filter(version__gte=mark, author=ground.member)
        found = {
            "answer": written.filter(direction="out").count(),
            "note": written.filter(direction="note").count(),
            "resolve": changed.filter(status=Status.RESOLVED).count() - done["answer"],
            "give": changed.filter(assignee=ground.member).count() - done["note"],
            "unread": done["unread"] if changed.filter(status=Status.OPEN, unread_count__gt=0).count() >= done["unread"] else 0,
        }
    return sum(abs(number - found[kind]) for kind, number in done.items())
