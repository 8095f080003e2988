"""`python -m tests.soak.play`: a day of simulated time. `manage.py soak` starts this on servers of its own.

Time goes in steps of a minute or more. Customers speak in the middle of one; at its end the bells that are due by then are rung,
and the workers work until no bell is left. Nothing waits for a moment: a day is over as soon as its work is done. So the lag of a
message is the simulated time until it was stored, with the real seconds that the step's work took.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from config.boot.soak import parser
from tests.practice.conftest import Network
from tests.soak.clocks import Clocks, connected, shade

if TYPE_CHECKING:
    from tests.soak.day import Day
    from tests.soak.plant import Plant

ROOT = Path(__file__).resolve().parents[2]
#: A step is this part of the time between two polls of a channel.
STEPS = 5
#: The day begins at six in the morning, so that its night lies within it.
MORNING = 6
#: After the day, so much time for what is still on its way.
EVENING = timedelta(minutes=40)
#: A sweep rings fifty or a hundred bells at most; in a minute of real time it would ring sixty times.
ROUNDS = 60
BELLS = 100
TIMES = {"RABTA_CALL_SECONDS": "10", "RABTA_LEASE_MARGIN_SECONDS": "20"}


def main(arguments: list[str]) -> int:
    """Live through what was asked for, print what it came to. Returns 1 when anything was lost, doubled or late."""
    asked = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rabta-soak-") as name, ExitStack() as stack:
        folder = Path(name)
        names = _database(os.environ["CLUSTER_URL"])
        cursor = stack.enter_context(connected(os.environ["CLUSTER_URL"], "soak"))
        network = Network(folder / "practice", "--no-cast")
        network.start()
        stack.callback(network.stop)
        clocks = Clocks(folder / "clock")
        moment = datetime.now(UTC) + timedelta(days=1)
        clocks.go_to(moment.replace(hour=MORNING, minute=0, second=0, microsecond=0), cursor, network)
        _begin(folder, network, names, clocks, poll=60 * asked.poll)
        return _live(asked, folder, network, clocks, cursor, stack)


def _database(cluster: str) -> dict[str, str]:
    """A database of its own in which time can be moved, with all tables. Returns the addresses of both roles."""
    with connected(cluster, "postgres") as cursor:
        cursor.execute("CREATE DATABASE soak OWNER rabta_owner")
    with connected(cluster, "soak") as cursor:
        shade(cursor)
    names = {name: urlsplit(os.environ[name])._replace(path="/soak").geturl() for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True,
        env={**os.environ, **names, "RABTA_BOOTED": "1"},
    )  # fmt: skip
    return names


def _begin(folder: Path, network: Network, names: dict[str, str], clocks: Clocks, *, poll: int) -> None:
    """Make this process one of the product's."""
    from tests.soak.plant import environment

    os.environ.update(
        environment(network, names, clocks.file, RABTA_STATE_DIR=str(folder / "state"), RABTA_POLL_SECONDS=str(poll), **TIMES)
    )
    import django

    django.setup()


def _live(asked: Any, folder: Path, network: Network, clocks: Clocks, cursor: Any, stack: ExitStack) -> int:
    from tests.soak import counting
    from tests.soak.day import POISON, Day
    from tests.soak.plant import Plant
    from tests.soak.town import build

    real = time.monotonic()
    dice = random.Random(asked.seed)
    cursor.execute(f"ALTER TABLE inbox_message ADD CONSTRAINT soak_refuse CHECK (body NOT LIKE '%{POISON}%')")
    network.call("PATCH", "/rules", limit_factor=1)
    houses = build(network, channels=asked.channels, workspaces=asked.workspaces, dice=dice)
    sizes = counting.table_sizes(cursor)
    plant = Plant(os.environ, folder)
    stack.callback(plant.close)
    plant.start()
    day = Day(network, houses, clocks.now(), timedelta(hours=asked.hours), dice, clocks.now)
    print(
        f"{len(houses)} channels connected after {time.monotonic() - real:.0f} s; the day begins at {day.began:%H:%M}", flush=True
    )
    poll = timedelta(minutes=asked.poll)
    soak = Soak(day, plant, clocks, cursor, real, poll / STEPS)
    soak.live()
    print(f"{len(day.houses)} channels lived through {(clocks.now() - day.began) / timedelta(hours=1):.1f} hours, evening included")
    plant.rest()
    tally = counting.counted(day, cursor)
    # 95 of 100 messages of each sound channel: a poll's time, a step's, and another for a poll that failed.
    gate = poll + 2 * soak.step
    late, unnoticed = counting.late(day, tally, gate), counting.unnoticed(tally, gate)
    print("\n".join([
        *counting.lag_lines(day, tally), *counting.cost_lines(day, cursor, sizes), *soak.lines(),
        *counting.deletion_lines(tally), f"edits that stand: {tally.edits[0]} of {tally.edits[1]}",
        f"{len(day.answers)} answers: {dict(tally.answer_states)}",
        f"of {len(day.heard)} messages lost {len(tally.lost)}, doubled {len(tally.doubled)}, strayed {len(tally.strayed)}",
        f"broken when they were read, and set aside for a person: {len(tally.aside)}",
        (f"of {len(day.answers)} answers lost {len(tally.answers_lost)}, doubled {len(tally.answers_doubled)}, "
        f"belied {len(tally.belied)}"),
        f"gate: p95 of each sound channel at most {gate.total_seconds():.0f} s; above it: {', '.join(late) or 'none'}",
        f"deletions belong below it too, where the network can be asked; not so: {', '.join(unnoticed) or 'none'}",
        *(f"  {kind}: {_places(day, tokens)}" for kind, tokens in vars(tally).items() if tokens and kind in TROUBLING),
    ]))  # fmt: skip
    return 0 if tally.whole and not late and not unnoticed and not soak.left else 1


TROUBLING = ("lost", "doubled", "strayed", "answers_lost", "answers_doubled", "belied")


def _places(day: "Day", tokens: list[str]) -> str:
    words = [(token, (day.heard | day.answers)[token]) for token in tokens[:10]]
    return "; ".join(f"{token} on {w.house.network} ({w.house.number}) at {w.at:%H:%M:%S}" for token, w in words)


@dataclass
class Soak:
    """The day as it goes by."""

    day: "Day"
    plant: "Plant"
    clocks: Clocks
    cursor: Any
    real: float
    step: timedelta
    rung: dict[str, datetime] = field(default_factory=dict)
    newest: int = 0
    steps: int = 0
    slowest: float = 0.0
    memory: dict[str, list[int]] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)

    def live(self) -> None:
        """All of it, and the evening, in which the network is honest and everything comes to rest."""
        day, end = self.day, self.day.began + self.day.length
        moment, hour = day.began, -1
        while moment < end:
            self._go(moment + self.step / 2)
            for deed in day.misfortunes():
                getattr(self.plant, deed)()
            day.customers_speak(self.step)
            day.agents_answer(self._fresh())
            moment += self.step
            self._go(moment)
            passed = int((moment - day.began) / timedelta(hours=1))
            self._work(kill=passed > hour)
            if passed > hour:
                hour = passed
                self._note(hour)
        day.honest()
        while moment < end + EVENING and (moment < end + (STEPS + 1) * self.step or any(self._left())):
            moment += self.step
            self._go(moment)
            self._work(kill=False)
        self.left = [number for number in self._left() if number]
        self._note(hour + 1)

    def lines(self) -> list[str]:
        """What it took."""
        took = time.monotonic() - self.real
        pss = self.memory["steady"]
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        return [
            (
                f"{self.steps} steps in {took:.0f} s on {os.cpu_count()} cores (load {load}), the slowest {self.slowest:.1f} s; "
                f"{self.plant.kills} workers killed, the broker emptied once, {self.plant.given_up} bells given up"
            ),
            "memory of the worker that lived through it, MB each hour: " + " ".join(f"{kb / 1024:.0f}" for kb in pss),
            f"left over (pages not digested, answers on their way, channels not connected): {self._left()}",
        ]

    def _go(self, moment: datetime) -> None:
        self.clocks.go_to(moment, self.cursor, self.day.network)

    def _work(self, *, kill: bool) -> None:
        """Ring what is due by now, and again until nothing is; with `kill` a worker dies amid the first."""
        began = time.monotonic()
        self.plant.ring(self._scheduled())
        fatal = [self.day.dice.random()] if kill else []
        most = 0

        def watch(left: int) -> None:
            nonlocal most
            most = max(most, left)
            if fatal and most > 3 and left <= most * fatal[0]:
                fatal.clear()
                self.plant.kill()

        self.plant.rest(watch)
        if fatal:
            self.plant.kill()
        # In the minutes of a step the scheduler asks for these many times, each time for as many as a queue takes.
        for _ in range(len(self.day.houses) // BELLS):
            self.plant.ring(["social.tasks.sweep_rechecks"])
            self.plant.rest()
        for _ in range(ROUNDS):
            if not self._due():
                break
            self.plant.ring(EACH_SECOND)
            self.plant.rest()
        self.steps += 1
        self.slowest = max(self.slowest, time.monotonic() - began)

    def _scheduled(self) -> Iterator[str]:
        """The scheduler's entries whose turn came since the last step."""
        from django.conf import settings

        now = self.clocks.now()
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            task, schedule = entry["task"], entry["schedule"]
            if isinstance(schedule, float):
                if now - self.rung.get(task, now - timedelta(days=1)) < timedelta(seconds=schedule) - self.step / 2:
                    continue
            elif now.hour not in schedule.hour:
                continue
            self.rung[task] = now
            yield task

    def _due(self) -> bool:
        """Whether the doors that sweeps ask show anything."""
        from activity.services import fan_out
        from activity.subscribers import subscribers
        from inbox.services import counting
        from social.services import deeds, delivering, pulling

        return bool(
            pulling.due_channels(limit=1) or counting.stored_channels(limit=1) or delivering.due_deliveries(limit=1)
            or deeds.due_deeds(limit=1) or any(fan_out.pending(subscriber, limit=1) for subscriber in subscribers())
        )  # fmt: skip

    def _fresh(self) -> list[tuple[int, int]]:
        """(workspace, message) of what came since the last time."""
        self.cursor.execute(
            "SELECT workspace_id, id FROM inbox_message WHERE direction = 'in' AND deleted_at IS NULL AND id > %s ORDER BY id",
            [self.newest],
        )
        rows: list[tuple[int, int]] = self.cursor.fetchall()
        self.newest = max([self.newest, *(row[1] for row in rows)])
        return rows

    def _left(self) -> list[int]:
        from tests.soak.counting import LEFT

        self.cursor.execute(LEFT)
        return list(self.cursor.fetchone())

    def _note(self, hour: int) -> None:
        for name in ("steady", "victim"):
            self.memory.setdefault(name, []).append(self.plant.memory(name))
        took, said = time.monotonic() - self.real, f"{len(self.day.heard)} said, {len(self.day.answers)} answered"
        print(f"hour {hour:>2}: {took:>5.0f} s, {said}, worker {self.memory['steady'][-1] / 1024:.0f} MB", flush=True)


#: What the scheduler rings for each second, or each five.
EACH_SECOND = (
    "social.tasks.sweep_due_channels", "social.tasks.sweep_deliveries", "social.tasks.sweep_deeds",
    "inbox.tasks.sweep_stored_items", "activity.tasks.sweep_events",
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
