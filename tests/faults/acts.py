"""What the scenes of faults have in common: stages with something to read and to send, troubles, and waiting until all rests."""

import itertools
import time
from typing import Any

from core.tenancy import tenant
from inbox.models import Message
from tests.faults import figures
from tests.faults.children import Children
from tests.faults.conftest import Ground
from tests.faults.scale import SEED, SETTLED_SECONDS
from tests.faults.stage import Stage, make_stage

_names = itertools.count(1)


def stage_of(ground: Ground, mentions: int = 0) -> Stage:
    """A connected workspace in which `mentions` customers' posts were read."""
    stage = make_stage(ground.network, f"q{next(_names)}")
    stage.connect()
    for number in range(mentions):
        stage.complain(f"complaint {number}")
    if mentions:
        stage.read()
    return stage


def answer_all(stage: Stage, number: int) -> None:
    """Put replies in the outbox, one in each thread."""
    for turn in range(number):
        stage.answer(f"Answer {turn} of {stage.name}.", thread=turn)


def settle(
    ground: Ground, *stages: Stage, workers: int = 2, seconds: float = SETTLED_SECONDS, forge: Children | None = None
) -> None:
    """Let several workers at once do what is due until everything rests."""
    children = forge or ground.children
    began = time.monotonic()
    while left := [(stage.name, stage.unsettled()) for stage in stages if stage.unsettled()]:
        assert time.monotonic() < began + seconds, left
        pids = [children.start("work", seconds=0.5) for _ in range(workers)]
        assert [children.wait(pid) for pid in pids] == [0] * workers, children.tail()
    figures.WAITS.append(time.monotonic() - began)


def trouble(ground: Ground, stage: Stage, name: str, **fields: Any) -> int:
    """Turn a switch on for this stage's account; returns its id."""
    return int(ground.network.trouble(name, account=stage.brand, seed=SEED, **fields)["id"])


def clear(ground: Ground, switch: int) -> dict[str, Any]:
    """Turn a switch off; returns what it did."""
    did = next(on for on in ground.network.call("GET", "/trouble")["on"] if on["id"] == switch)
    ground.network.call("DELETE", f"/trouble/{switch}")
    return dict(did)


def requests_of(ground: Ground, stage: Stage, endpoint: str) -> list[dict[str, Any]]:
    """The account's requests to one endpoint, oldest first."""
    user = ground.network.call("GET", f"/people/{stage.brand}")["id"]
    asked = ground.network.call("GET", f"/requests?endpoint={endpoint}")["requests"]
    return sorted((entry for entry in asked if entry["user_id"] == user), key=lambda entry: entry["started_ms"])


def newest(stage: Stage, external_id: str) -> str:
    """What a message says now."""
    with tenant(stage.workspace.pk):
        return Message.objects.get(external_id=external_id).body


def settle_until(ground: Ground, holds: Any, *, seconds: float = 30.0) -> None:
    """Let fresh processes work until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        ground.children.must("work")
