"""A process killed with SIGKILL at every named commit and call of both lines loses nothing and doubles nothing.

Each (point, scene) has a workspace of its own on one practice network. First every process is killed, then others finish
the work of all workspaces together, so that leases are waited for once; then every workspace is counted up.
"""

import time

import pytest

from tests.faults.children import KILLED
from tests.faults.conftest import Ground
from tests.faults.scale import EACH
from tests.faults.scenes import Case
from tests.faults.stage import make_stage
from tests.faults.steps import all_steps
from tests.faults.table import SCENES, UNPLAYED

pytestmark = [pytest.mark.faults]

#: Everything rests within so many seconds after the last kill: a lease, a retry and a look for deletions lie within.
FINISH_SECONDS = 90.0
POINTS = [
    (point, scene.__name__) for step in all_steps() for point in step.points for scene in SCENES.get(step.name, ())[:EACH]
]
Cases = dict[tuple[str, str], Case]


@pytest.fixture(scope="module")
def cases(ground: Ground, request: pytest.FixtureRequest) -> Cases:
    """Kill at every point that is asked for, finish everything, count everything."""
    asked = {item.name for item in request.session.items}
    found: Cases = {}
    scenes = {scene.__name__: scene for listed in SCENES.values() for scene in listed}
    for number, (point, name) in enumerate(POINTS):
        if f"test_killed[{point}-{name}]" not in asked:
            continue
        once = ground.folder / f"once{number}"
        once.mkdir()
        case = found[point, name] = Case(ground, make_stage(ground.network, str(number)), point, once)
        scenes[name](case)
    for case in found.values():
        case.stage.mark()
        for action in case.afterwards:
            action()
    _finish(ground, list(found.values()))
    for case in found.values():
        case.reckoning = case.stage.reckon()
    return found


def _finish(ground: Ground, cases: list[Case]) -> None:
    """Let fresh processes work until everything rests. Where a channel waits for its owner, the owner connects it again."""
    left = cases
    deadline = time.monotonic() + FINISH_SECONDS
    while left and time.monotonic() < deadline:
        ground.children.must("work")
        for case in left:
            case.thaw()
            case.stage.mend()
        left = [case for case in left if case.frozen or case.pending() or case.stage.unsettled()]


@pytest.mark.parametrize(("point", "scene"), POINTS)
def test_killed(cases: Cases, point: str, scene: str) -> None:
    case = cases[point, scene]
    assert case.status == KILLED, "the process did not die at its failpoint"
    assert [mark.name for mark in case.once.iterdir() if mark.name == case.point] == [case.point]
    assert case.stage.unsettled() == []
    assert not case.pending()
    assert case.reckoning is not None
    case.reckoning.assert_whole()
    for check in case.checks:
        check(case.reckoning)


def test_every_step_of_both_lines_is_killed_somewhere() -> None:
    assert {step.name for step in all_steps()} == set(SCENES) | UNPLAYED
    assert not UNPLAYED & set(SCENES)
    played = {point for step in all_steps() if step.name not in UNPLAYED for point in step.points}
    assert {point for point, _scene in POINTS} == played
