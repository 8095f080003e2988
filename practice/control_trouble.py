"""The control API's switches: troubles, limits used up at will, and the network's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import clock, people
from .problems import BadField
from .trouble import GROUPS, KINDS

if TYPE_CHECKING:
    from .control import Order


def list_troubles(order: Order) -> Any:
    kinds = [{"name": k.name, "title": k.title, "does": k.does, "needs": k.needs, "options": k.options} for k in KINDS.values()]
    return {"on": order.world.trouble.describe(), "kinds": kinds, "groups": list(GROUPS)}


def add_trouble(order: Order) -> Any:
    account = order.fields.get("account")
    account_id = people.get(order.world, account)["id"] if account is not None else None
    return order.world.trouble.add(order.fields, account=account_id).describe()


def set_troubles(order: Order) -> Any:
    switches = order.take("on")["on"]
    if not isinstance(switches, list) or not all(isinstance(switch, dict) for switch in switches):
        raise BadField("on", "must be a list of switches")
    order.world.trouble.clear()
    for switch in switches:
        account = switch.get("account")
        order.world.trouble.add(switch, account=people.get(order.world, account)["id"] if account is not None else None)
    return {"on": order.world.trouble.describe()}


def remove_troubles(order: Order) -> Any:
    which = order.path.get("which")
    if which is None:
        count = len(order.world.trouble.describe())
        order.world.trouble.clear()
        return {"removed": count}
    by_name = order.world.trouble.remove(name=which)
    return {"removed": by_name or (order.world.trouble.remove(switch_id=int(which)) if which.isdigit() else 0)}


def exhaust_limit(order: Order) -> Any:
    given = order.take("account", "endpoint", seconds=60)
    if not isinstance(given["seconds"], int) or isinstance(given["seconds"], bool) or given["seconds"] < 1:
        raise BadField("seconds", "must be a whole number above 0")
    person = people.get(order.world, given["account"])
    order.world.limits.exhaust(user_id=person["id"], endpoint=given["endpoint"], seconds=given["seconds"])
    return {"exhausted": True}


def show_clock(order: Order) -> Any:
    return {"now_ms": clock.now_ms()}


def set_clock(order: Order) -> Any:
    """The network lives ahead of real time, so that days pass in minutes."""
    ahead_ms = order.take("ahead_ms")["ahead_ms"]
    if not isinstance(ahead_ms, int) or isinstance(ahead_ms, bool) or ahead_ms < 0:
        raise BadField("ahead_ms", "must be a whole number of milliseconds, 0 or more")
    clock.set_ahead(ahead_ms)
    return show_clock(order)


TROUBLE_WORK: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/trouble", list_troubles),
    ("POST", "/trouble", add_trouble),
    ("PUT", "/trouble", set_troubles),
    ("DELETE", "/trouble", remove_troubles),
    ("DELETE", "/trouble/{which}", remove_troubles),
    ("POST", "/limits/exhaust", exhaust_limit),
    ("GET", "/clock", show_clock),
    ("PUT", "/clock", set_clock),
)
