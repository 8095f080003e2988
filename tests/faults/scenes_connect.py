"""An admin connects a channel, by pasted tokens or on the network's page, and begins anew after the process died."""

from typing import Any

from tests.faults.scenes import Case
from tests.practice.conftest import CALLBACK


def connecting(case: Case) -> None:
    """An admin pastes tokens, and again after the process died."""
    stage = case.stage
    stage.complain("is anybody there")
    case.kill("connect", workspace=stage.workspace.pk, values=stage.tokens())
    case.afterwards.append(stage.connect)


def signing_in(case: Case) -> None:
    """An admin signs in on the network's page."""
    case.stage.complain("is anybody there")
    place = _place(case)
    case.kill("sign_in", **place)

    def again() -> None:
        case.ground.children.must("sign_in", **place)
        case.stage.find_channel()

    case.afterwards.append(again)


def signing_in_anew(case: Case) -> None:
    """An admin signs in for a channel that is there already."""
    stage = case.stage
    stage.connect()
    stage.complain("is anybody still there")
    place = {**_place(case), "channel": stage.ids["channel_id"]}
    case.kill("sign_in", **place)
    case.afterwards.append(lambda: case.ground.children.must("sign_in", **place))


def signing_in_elsewhere(case: Case) -> None:
    """An admin signs in at a server at which nobody did before, and again after the process died while registering there."""
    stage = case.stage
    stage.connect()
    stage.complain("is anybody there")
    place = {name: value for name, value in _place(case).items() if name != "account"}
    case.kill("begin_elsewhere", **place)
    case.afterwards.append(lambda: case.ground.children.must("begin_elsewhere", **place))


def _place(case: Case) -> dict[str, Any]:
    stage = case.stage
    return {
        "workspace": stage.workspace.pk,
        "slug": stage.workspace.slug,
        "user": stage.owner.pk,
        "account": stage.network.call("GET", f"/people/{stage.brand}")["id"],
        "callback": CALLBACK,
    }
