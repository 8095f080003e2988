"""The real worker and scheduler under fire: killed jobs, a killed worker, an emptied broker, two schedulers (F1, F9, F20)."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import RING, TIMES, Ground
from tests.faults.stage import Stage, make_stage
from tests.flows.product import Product, product

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("worker")]

#: What trust.md promises after the last kill, and after the broker was emptied.
SETTLED_SECONDS = 60.0
RESUMED_SECONDS = 10.0


@pytest.fixture(scope="module")
def running(ground: Ground) -> Iterator[Product]:
    """The product on the ground of these tests."""
    folder = ground.folder / "product"
    folder.mkdir()
    with product(ground.network, folder, **TIMES, FIELD_KEYS=RING) as found:
        yield found


def stage_of(ground: Ground, name: str, mentions: int) -> Stage:
    stage = make_stage(ground.network, name)
    for number in range(mentions):
        stage.complain(f"complaint {number}")
    stage.connect()
    return stage


def wait_settled(running: Product, *stages: Stage, seconds: float) -> float:
    """Wait until everything rests; returns how many seconds it took."""
    began = time.monotonic()
    while left := [(stage.name, stage.unsettled()) for stage in stages if stage.unsettled()]:
        assert time.monotonic() < began + seconds, (left, running.tail("worker"))
        time.sleep(0.2)
    return time.monotonic() - began


def test_f1_killed_again_and_again_at_work(ground: Ground, running: Product) -> None:
    stages = [stage_of(ground, f"w{number}", 14) for number in range(3)]
    wait_settled(running, *stages, seconds=SETTLED_SECONDS)
    for turn in range(7):
        for stage in stages:
            stage.answer(f"Answer {turn} of {stage.name}.", thread=turn)
            stage.complain(f"while workers die, {turn}")
            stage.whisper(f"in private, {turn}")
        for _ in range(2):
            for pid in running.pool()[:1]:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.4)
    running.kill("worker")
    running.start("worker")
    wait_settled(running, *stages, seconds=SETTLED_SECONDS)
    for stage in stages:
        stage.reckon().assert_whole()


def test_f9_an_emptied_broker_costs_seconds_only(ground: Ground, running: Product) -> None:
    stage = stage_of(ground, "w9", 6)
    wait_settled(running, stage, seconds=SETTLED_SECONDS)
    for turn in range(6):
        stage.answer(f"Answer {turn}.", thread=turn)
        stage.complain(f"while the broker is emptied, {turn}")
        running.flush()
    wait_settled(running, stage, seconds=RESUMED_SECONDS)
    stage.reckon().assert_whole()


def test_f20_two_schedulers_ring_twice_and_nothing_happens_twice(ground: Ground, running: Product) -> None:
    running.start("second", like="scheduler")
    try:
        stage = stage_of(ground, "w20", 6)
        wait_settled(running, stage, seconds=SETTLED_SECONDS)
        for turn in range(6):
            stage.answer(f"Answer {turn}.", thread=turn)
            stage.complain(f"while two ring, {turn}")
        wait_settled(running, stage, seconds=SETTLED_SECONDS)
        stage.reckon().assert_whole()
    finally:
        running.kill("second")
