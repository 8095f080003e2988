"""The control API's part of X: who is told by webhook, and what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import calling, people
from .wire import hooks

if TYPE_CHECKING:
    from .control import Order


async def set_hook(order: Order) -> Any:
    given = order.take("url", consumer_secret=order.world.settings.client_secret)
    brand = people.get(order.world, order.path["who"])
    await hooks.subscribe(order.world, brand, url=str(given["url"]), consumer_secret=str(given["consumer_secret"]))
    return {"subscribed": bool(given["url"])}


def list_calls_made(order: Order) -> Any:
    return calling.bell(order.world).describe(people.get(order.world, order.path["who"]))


X_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/x/{who}/hook", set_hook),
    ("GET", "/x/{who}/calls", list_calls_made),
)
