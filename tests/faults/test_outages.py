"""Whole parts are away or wrong for a while: the broker, the product itself, a worker's clock, the post that is being answered."""

import contextlib
import time
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import now
from core.tenancy import tenant
from social.models import Delivery
from tests.faults import figures
from tests.faults.acts import answer_all, newest, requests_of, settle, settle_until, stage_of
from tests.faults.children import children
from tests.faults.conftest import RING, TIMES, Ground
from tests.faults.scale import MENTIONS, OUTAGE_SECONDS, REPLIES, SETTLED_SECONDS, some
from tests.faults.servers import Broker
from tests.faults.stage import Stage, make_stage
from tests.flows.product import Product, product_environment
from tests.practice.conftest import free_port

pytestmark = [pytest.mark.faults]


def test_f10_without_the_broker_clicks_are_saved_and_sent_when_it_is_back(ground: Ground, tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    port = free_port()
    own = product_environment(ground.network, port=port, **TIMES, FIELD_KEYS=RING, REDIS_URL=broker.url)
    stage = stage_of(ground, some(REPLIES, 2))
    broker.start()
    with contextlib.closing(Product(own, port, tmp_path)) as running:
        try:
            for name in ("web", "worker", "scheduler"):
                running.start(name)
            broker.stop()
            began = time.monotonic()
            for turn in range(some(REPLIES, 2)):
                clicked = time.monotonic()
                stage.answer(f"Answer {turn} of {stage.name}.", thread=turn)
                assert time.monotonic() - clicked < 5, "a click waits for the broker"
            stage.complain("while the broker is away")
            time.sleep(max(0.0, 4 * OUTAGE_SECONDS - (time.monotonic() - began)))
            broker.start()
            wait_settled(running, stage)
        finally:
            broker.stop()
    stage.reckon().assert_whole()


def wait_settled(running: Product, stage: Stage) -> None:
    """Wait until the real worker has brought everything to rest."""
    began = time.monotonic()
    while left := stage.unsettled():
        assert time.monotonic() < began + SETTLED_SECONDS, (left, running.tail("worker"), running.tail("scheduler"))
        time.sleep(0.2)
    figures.WAITS.append(time.monotonic() - began)


def test_f14_a_post_deleted_while_it_is_answered_is_said_to_the_agent(ground: Ground) -> None:
    stage = stage_of(ground, 3)
    answer_all(stage, 3)
    ground.network.call("DELETE", f"/posts/{stage.mentions[0]}")
    edited = ground.network.call("PATCH", f"/posts/{stage.mentions[1]}", text=f"@{stage.brand} not what I said before")
    settle(ground, stage)
    # An edited post is another one to X: nobody counts it as missing, and a later poll may bring it.
    settle_until(ground, lambda: newest(stage, stage.mentions[1]) == edited["text"])
    found = stage.reckon()
    assert found.states["Answer 0 of " + stage.name + "."] == "failed"
    with tenant(stage.workspace.pk):
        assert Delivery.objects.get(state="failed").error_code == "parent_gone"
    del found.states[f"Answer 0 of {stage.name}."]
    found.wanted.subtract([f"Answer 0 of {stage.name}."])
    assert (+found.wanted, set(found.states.values())) == (found.posted, {"sent"})


def test_f17_after_two_days_away_polling_heals_all(ground: Ground) -> None:
    stage = make_stage(ground.network, "f17")
    long_ago = now() - timedelta(hours=49)
    stage.bring([long_ago])
    stage.connect()
    stage.read()
    assert stage.unsettled() == []
    step = timedelta(hours=48) / MENTIONS
    stage.bring([long_ago + timedelta(minutes=30) + step * number for number in range(MENTIONS)])
    settle(ground, stage)
    stage.reckon().assert_whole()


def test_f18_a_worker_whose_clock_is_wrong_sends_nothing_early_or_twice(ground: Ground) -> None:
    number = some(REPLIES, 2)
    stage = stage_of(ground, number)
    logs = ground.folder / "clocks"
    logs.mkdir()
    with contextlib.ExitStack() as stack:
        wrong = [
            stack.enter_context(children({**ground.environment, "RABTA_CLOCK_SHIFT_SECONDS": shift}, logs / f"{shift}.log"))
            for shift in ("600", "-600")
        ]
        answer_all(stage, number)
        stage.complain("what time is it")
        wait = 8.0 + number / 5
        later = now() + timedelta(seconds=wait)
        with tenant(stage.workspace.pk):
            last = Delivery.objects.order_by("id").last()
            assert last is not None
            Delivery.objects.filter(id=last.id).update(not_before=later)
        pids = [(forge, forge.start("work", seconds=wait / 2)) for forge in [*wrong, ground.children]]
        assert [forge.wait(pid) for forge, pid in pids] == [0] * 3, [forge.tail() for forge in wrong]
        assert len(requests_of(ground, stage, "create")) == number - 1, "something was sent early, or late"
        settle(ground, stage, forge=wrong[0])
    calls = requests_of(ground, stage, "create")
    assert len(calls) == number
    assert calls[-1]["started_ms"] >= later.timestamp() * 1000
    stage.reckon().assert_whole()
