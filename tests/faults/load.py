"""The product under load on servers of a fault's own: programs that click, workers that toil, and an end in which all rests."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import OperationalError, connection

from accounts.services.tokens import create_token
from tests.faults import figures
from tests.faults.children import Children, children
from tests.faults.conftest import Ground
from tests.faults.scale import REPLIES, SETTLED_SECONDS, some
from tests.faults.stage import Stage, make_stage
from tests.flows.product import Product
from tests.practice.conftest import free_port

CLICKS = max(30, some(REPLIES, 2))
LOAD_SECONDS = 45.0 + REPLIES


@dataclass
class Load:
    """Two workspaces in which replies are asked for through the API, and two workers, all on one database."""

    ground: Ground
    forge: Children
    stages: list[Stage]
    places: list[dict[str, str]]
    clicking: list[int]
    toiling: list[int]
    enough: Path

    def clicked(self) -> int:
        """How many clicks were acknowledged by now."""
        files = [Path(place["acknowledged"]) for place in self.places]
        return sum(len(file.read_text("utf-8").splitlines()) for file in files if file.exists())

    def until_clicked(self, number: int) -> None:
        """Wait for so many acknowledged clicks."""
        self.until(lambda: self.clicked() >= number, seconds=LOAD_SECONDS)

    def until(self, holds: Callable[[], bool], *, seconds: float) -> None:
        """Wait until something holds."""
        self.ground.until(holds, seconds=seconds, forge=self.forge)

    def complain(self, text: str) -> None:
        """A customer of each workspace says something."""
        for stage in self.stages:
            stage.complain(text)

    def assert_whole(self) -> None:
        """Let everything come to its end: each acknowledged click is one reply on the network."""
        assert [self.forge.wait(pid) for pid in self.clicking] == [0, 0], self.forge.tail()
        assert self.clicked() == 2 * CLICKS
        self.enough.touch()
        assert [self.forge.wait(pid) for pid in self.toiling] == [0, 0], self.forge.tail()
        connection.close()
        began = time.monotonic()
        self.until(self._rested, seconds=SETTLED_SECONDS)
        figures.WAITS.append(time.monotonic() - began)
        for stage in self.stages:
            stage.replies = [f"Answer {turn} of {stage.name}." for turn in range(CLICKS)]
            stage.reckon().assert_whole()

    def _rested(self) -> bool:
        """One more round, and whether everything rests after it."""
        try:
            self.forge.must("work")
            return not any(stage.unsettled() for stage in self.stages)
        except OperationalError:
            connection.close()
            return False


@contextlib.contextmanager
def load(ground: Ground, folder: Path, name: str, **more: str) -> Iterator[Load]:
    """Pages, workers and clicks under way, with `more` in their environment."""
    port = free_port()
    own = {**ground.environment, "RABTA_BASE_URL": f"http://localhost:{port}", **more}
    pages = Product(own, port, folder)
    with children(own, folder / "children.log") as forge, contextlib.closing(pages):
        pages.start("web")
        stages = [make_stage(ground.network, f"{name}{letter}") for letter in "ab"]
        places = [_furnished(stage, pages.base, folder) for stage in stages]
        pids = [
            forge.start("click_on", **place, name=stage.name, number=CLICKS, seconds=LOAD_SECONDS)
            for stage, place in zip(stages, places, strict=True)
        ]
        enough = folder / "enough"
        workers = [forge.start("toil", seconds=2 * LOAD_SECONDS, until=str(enough)) for _ in range(2)]
        yield Load(ground, forge, stages, places, pids, workers, enough)


def _furnished(stage: Stage, base: str, folder: Path) -> dict[str, str]:
    """A connected channel with one conversation; where and how clicks are sent, and where they are written down."""
    stage.connect()
    stage.complain("my parcel is late")
    stage.read()
    _row, token = create_token(by=stage.member, name="Faults")
    return {"url": base + stage.messages_url(), "token": token, "acknowledged": str(folder / f"{stage.name}.txt")}
