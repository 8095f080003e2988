"""generate(): the conversations of a demo workspace over its last six weeks, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from random import Random

from demo.conversation import ConversationMaker
from demo.corpus.library import Scenario, library
from demo.people import People
from demo.rhythm import DAY, Rhythm, local
from demo.shapes import Thread, WorkspacePlan


def generate(seed: int, workspace: WorkspacePlan, conversations: int, now: datetime) -> Iterator[Thread]:
    """Yield exactly so many threads, oldest first, none with a turn after `now` (which has a zone).

    A public thread that moves to direct messages counts as two. Raises ValueError for a naive `now`
    or a negative number.
    """
    if now.tzinfo is None:
        raise ValueError("now: needs a time zone")
    if conversations < 0:
        raise ValueError(f"conversations: must not be negative, got {conversations}")
    made = _all_threads(seed, workspace, conversations, now)
    yield from _exactly(made, conversations, now, Random(f"{seed}/{workspace.slug}/kept"))


def _all_threads(seed: int, plan: WorkspacePlan, conversations: int, now: datetime) -> list[Thread]:
    rng = Random(f"{seed}/{plan.slug}")
    rhythm = Rhythm(plan, now, rng)
    people = People(rng=rng, today=now.date())
    maker = ConversationMaker(plan=plan, rhythm=rhythm, people=people, rng=rng)
    choice = _ScenarioChoice(plan, rng)
    shares = list(accumulate(market.share for market in plan.markets))
    markets = rng.choices(plan.markets, cum_weights=shares, k=conversations)
    threads: list[Thread] = []
    for start, market in rhythm.starts(markets):
        place = plan.places[market.place]
        scenario = choice.draw(market.language, launch=rhythm.is_launch_day(start, place))
        hour = local(start, place)
        threads.extend(maker.threads(scenario, market, start, hour, number=len(threads)))
    return threads


def _exactly(threads: list[Thread], wanted: int, now: datetime, rng: Random) -> Iterator[Thread]:
    """Leave out, evenly over the weeks before the last day, what moving to direct messages added."""
    surplus = len(threads) - wanted
    droppable = [
        index
        for index, thread in enumerate(threads)
        if not _in_pair(threads, index) and (now - thread.turns[-1].at).total_seconds() > DAY
    ]
    dropped = set(rng.sample(droppable, min(surplus, len(droppable))))
    kept = (thread for index, thread in enumerate(threads) if index not in dropped)
    for _, thread in zip(range(wanted), kept, strict=False):
        yield thread


def _in_pair(threads: list[Thread], index: int) -> bool:
    """Whether a thread is one half of a public question and the direct messages it moved to."""
    stem = threads[index].key.rstrip("d")
    return any(0 <= other < len(threads) and threads[other].key.rstrip("d") == stem for other in (index - 1, index + 1))


class _ScenarioChoice:
    """Draws scenarios by weight, others on the day of a launch."""

    def __init__(self, plan: WorkspacePlan, rng: Random) -> None:
        self._plan = plan
        self._rng = rng
        self._tables: dict[tuple[str, bool], tuple[tuple[Scenario, ...], list[float]]] = {}

    def draw(self, language: str, *, launch: bool) -> Scenario:
        table = self._tables.get((language, launch))
        if table is None:
            rows = library(language).scenarios_for(self._plan.domain)
            weights = [row.weight * (row.launch if launch else 1.0) for row in rows]
            table = self._tables[language, launch] = (rows, list(accumulate(weights)))
        rows, cumulative = table
        return self._rng.choices(rows, cum_weights=cumulative)[0]
