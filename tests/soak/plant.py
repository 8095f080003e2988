"""The machinery of a soak: the practice network, real workers, and what tells that nothing is left for them to do."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import redis

from config.boot import services
from tests.flows.product import Product

QUEUES = services.QUEUES.split(",")
#: Each with two hands.
WORKERS = ("steady", "second", "third", "victim")
#: A job is killed after 120 seconds, and begins at once.
STUCK_SECONDS = 150.0
#: After so long living workers are asked what they hold.
ASK_SECONDS = 20.0
LOOK_SECONDS = 0.02


class Plant:
    """`steady` works from the first to the last minute; `victim` is killed now and then. All take jobs from every queue."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.product = Product(environment, 0, folder)
        self.broker = redis.Redis.from_url(environment["REDIS_URL"], decode_responses=True)
        #: Bells that died in a killed worker's hands: nobody will ever hear them.
        self.dead: set[str] = set()
        self.kills = 0
        #: Bells that were not heard within a job's longest life.
        self.given_up = 0

    def start(self) -> None:
        """Start all of them, one after the other."""
        for name in WORKERS:
            self.product.start(name, like="worker")

    def close(self) -> None:
        self.product.close()
        self.broker.close()

    def ring(self, tasks: Iterable[str]) -> None:
        """Ring bells as the scheduler does."""
        from celery import current_app

        for task in tasks:
            current_app.send_task(task, ignore_result=True)

    def waiting(self) -> int:
        """How many bells are unheard or under way."""
        lines = self.broker.pipeline(transaction=True)
        for queue in QUEUES:
            lines.llen(queue)
        lines.hkeys("unacked")
        *lengths, taken = lines.execute()
        return sum(lengths) + len(set(taken) - self.dead)

    def rest(self, meanwhile: Callable[[int], None] = lambda left: None) -> None:
        """Wait until no bell is left. `meanwhile` is told how many there are."""
        began = asked = time.monotonic()
        quiet = 0
        # A bell is on its way from the queue to those taken for a moment: nothing twice in a row is nothing.
        while quiet < 2:
            left = self.waiting()
            quiet = 0 if left else quiet + 1
            meanwhile(left)
            moment = time.monotonic()
            if moment > began + STUCK_SECONDS:
                # No job lives so long (CELERY_TASK_TIME_LIMIT): whoever held these is gone.
                self.given_up += left
                self.dead |= set(self.broker.hkeys("unacked"))
                began = moment
            if moment > asked + ASK_SECONDS:
                self.bury()
                asked = moment
            time.sleep(LOOK_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the victim and its children, whatever they are doing; a new one starts at once."""
        self.product.kill("victim")
        self.kills += 1
        self.bury()
        self.product.begin("victim", like="worker")

    def bury(self) -> None:
        """Find the bells that no living worker holds: they were in a killed one's hands. Sweeps find their work."""
        from celery import current_app

        taken: dict[str, str] = self.broker.hgetall("unacked")
        names = [f"{name}@test" for name in WORKERS if name in self.product.running]
        asked = current_app.control.inspect(destination=names, timeout=10, limit=len(names))
        answers: list[dict[str, Any]] = [asked.active() or {}, asked.reserved() or {}]
        if any(set(answer) != set(names) for answer in answers):
            return  # one is starting, or busy: its silence proves nothing
        held = {job["id"] for answer in answers for jobs in answer.values() for job in jobs}
        self.dead |= {tag for tag, bell in taken.items() if json.loads(bell)[0]["headers"]["id"] not in held}

    def forget(self) -> None:
        """Empty the broker under work."""
        self.broker.flushdb()

    def memory(self, name: str) -> int:
        """Kilobytes that a worker and its children have for themselves alone, and half of what two share (Pss, proc(5))."""
        pid = self.product.running[name].pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return sum(_pss(Path(f"/proc/{one}/smaps_rollup")) for one in (str(pid), *children))


def _pss(file: Path) -> int:
    for line in file.read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def environment(network: Any, database: Mapping[str, str], clock: Path, **more: str) -> dict[str, str]:
    """What every process of the product gets."""
    bases = ("PRACTICE_URL", "X_API_BASE", "MASTODON_API_BASE", "BLUESKY_API_BASE", "TELEGRAM_API_BASE", "GRAPH_API_BASE")
    return {
        **dict.fromkeys((*bases, "TWILIO_API_BASE"), network.base),
        **database,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": os.environ["REDIS_URL"],
        "RABTA_BASE_URL": "http://localhost:8420",
        "RABTA_CLOCK_FILE": str(clock),
        "X_CLIENT_ID": network.client_id,
        "X_CLIENT_SECRET": network.client_secret,
        "LOG_LEVEL": "WARNING",
        **more,
    }
