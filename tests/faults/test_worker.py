"""The real worker and scheduler under fire: killed jobs, a killed worker, an emptied broker, two schedulers (F1, F9, F20)."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Pull
from social.networks.values import Tokens
from social.services import credentials
from tests.faults import figures
from tests.faults.conftest import RING, TIMES, Ground
from tests.faults.scale import REPLIES, SETTLED_SECONDS, some
from tests.faults.stage import Stage, make_stage
from tests.flows.product import Product, product

pytestmark = [pytest.mark.faults]

#: What trust.md promises after the broker was emptied.
RESUMED_SECONDS = 10.0
CROWD = 200


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
    figures.WAITS.append(time.monotonic() - began)
    return figures.WAITS[-1]


def test_f1_killed_again_and_again_at_work(ground: Ground, running: Product) -> None:
    turns = some(REPLIES, 3)
    stages = [stage_of(ground, f"w{number}", 2 * turns) for number in range(3)]
    wait_settled(running, *stages, seconds=SETTLED_SECONDS)
    for turn in range(turns):
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
    turns = some(REPLIES, 3)
    stage = stage_of(ground, "w9", turns)
    wait_settled(running, stage, seconds=SETTLED_SECONDS)
    for turn in range(turns):
        stage.answer(f"Answer {turn}.", thread=turn)
        stage.complain(f"while the broker is emptied, {turn}")
        running.flush()
    wait_settled(running, stage, seconds=RESUMED_SECONDS)
    stage.reckon().assert_whole()


def test_f20_two_schedulers_ring_twice_and_nothing_happens_twice(ground: Ground, running: Product) -> None:
    running.start("second", like="scheduler")
    try:
        turns = some(REPLIES, 3)
        stage = stage_of(ground, "w20", turns)
        wait_settled(running, stage, seconds=SETTLED_SECONDS)
        for turn in range(turns):
            stage.answer(f"Answer {turn}.", thread=turn)
            stage.complain(f"while two ring, {turn}")
        wait_settled(running, stage, seconds=SETTLED_SECONDS)
        stage.reckon().assert_whole()
    finally:
        running.kill("second")


def test_f20_a_deploy_amid_the_work_ends_nothing_halfway(ground: Ground, running: Product) -> None:
    turns = some(REPLIES, 3)
    stage = stage_of(ground, "wdeploy", turns)
    wait_settled(running, stage, seconds=SETTLED_SECONDS)
    for turn in range(turns):
        stage.answer(f"Answer {turn}.", thread=turn)
        stage.complain(f"while a new version comes, {turn}")
        if turn % some(turns, 2) == 0:
            # In the order of a deployment: the old ones finish what they run, then new ones start.
            running.end("scheduler", "worker")
            running.start("worker")
            running.start("scheduler")
    wait_settled(running, stage, seconds=SETTLED_SECONDS)
    stage.reckon().assert_whole()


def test_a_crowd_of_slow_channels_does_not_keep_another_workspace_waiting(ground: Ground, running: Product) -> None:
    """Two hands, a workspace with two hundred due channels on a network that takes its time, and one with a single channel."""
    crowd, lonely = make_stage(ground.network, "crowd"), stage_of(ground, "lonely", 1)
    crowd.connect()
    slow = ground.network.trouble("slow", account=crowd.brand, group="read", options={"ms": 1500})
    try:
        with tenant(crowd.workspace.pk):
            copy_channels(crowd, CROWD)
        wait_settled(running, lonely, seconds=SETTLED_SECONDS)
        waits = []
        for turn in range(5):
            lonely.complain(f"is anybody there, {turn}")
            waits.append(wait_settled(running, lonely, seconds=SETTLED_SECONDS))
        with tenant(crowd.workspace.pk):
            unread = Pull.objects.filter(last_finished_at=None).count()
        assert unread, "the crowd was read in no time: this shows nothing"
        # One call of the crowd's, the poll's own pause and a sweep; alone in line it would be minutes.
        assert max(waits) < 12, waits
    finally:
        ground.network.call("DELETE", f"/trouble/{slow['id']}")
        with tenant(crowd.workspace.pk):
            Channel.objects.update(state="paused")


def copy_channels(stage: Stage, number: int) -> None:
    """More channels with the same tokens, all of them due for long. Readers cannot tell them from real ones."""
    original = Channel.objects.get()
    access = credentials.open_access(workspace_id=stage.workspace.pk, channel_id=original.pk)
    for copy in range(number):
        moment = now()
        channel = Channel.objects.create(
            network="x", external_id=f"{original.external_id}0{copy}", name=f"Copy {copy}", connected_at=moment, created_at=moment
        )
        credentials.store_tokens(channel=channel, tokens=Tokens(secrets=dict(access.secrets)))
        Pull.objects.create(channel=channel, due_at=moment - timedelta(hours=1))
