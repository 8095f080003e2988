"""Triage: two hundred mixed conversations by keyboard alone, left to right and, on a Persian keyboard, right to left."""

import os
import time
from collections.abc import Callable

from activity.models import Event
from bench import gates
from bench.browsing import missing, seated
from bench.ground import Ground
from bench.keyboard import PERSIAN, Hand, triage
from bench.measure import Report, p50, p95
from bench.pages import PAGE, Pages
from core.marks import current_mark
from core.tenancy import tenant
from inbox.models import Message


def run(report: Report, ground: Ground, pages: Pages, *, say: Callable[[str], object], count: int) -> None:
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
        with tenant(ground.workspace.pk):
            last_event = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
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
        report.gate(report.add(name, "deeds missing afterwards", _missing(ground, mark, last_event, done)), gates.UNDONE)


def _missing(ground: Ground, mark: int, last_event: int, done: dict[str, int]) -> int:
    """How many deeds the database does not show. To whom something was given the page itself has waited to see: an answer and a
    note give it to their writer, too.
    """
    with tenant(ground.workspace.pk):
        written = Message.objects.filter(version__gte=mark, author=ground.member)
        mine = Event.objects.filter(id__gt=last_event, actor_id=ground.member.pk)
        found = {
            "answer": written.filter(direction="out").count(),
            "note": written.filter(direction="note").count(),
            "resolve": mine.filter(kind="conversations.status_changed").count() - done["answer"],
            "unread": mine.filter(kind="conversations.marked_unread").count(),
        }
    return sum(abs(done[kind] - number) for kind, number in found.items())
