"""The table of a desk's addresses: below `/rabta/<desk>`, as its channel in the product names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import work
from .gate import DeskGate

if TYPE_CHECKING:
    from ..world import World

DESK = "/rabta/{desk}"
CALLS = 9_000

ENDPOINTS = (
    Endpoint("c_account", "GET", DESK + "/account", work.account, ("read",), CALLS),
    Endpoint("c_items", "GET", DESK + "/items", work.items, ("read",), CALLS, lists=True),
    Endpoint("c_replies", "GET", DESK + "/replies", work.replies, ("read",), CALLS, lists=True),
    Endpoint("c_reply", "POST", DESK + "/replies", work.take, ("write", "dm"), CALLS, writes=True),
    Endpoint("c_deed", "POST", DESK + "/deeds", work.deeds, ("write",), CALLS, writes=True),
)


def custom_routes(world: World) -> list[Route]:
    """Routes of all desks."""
    return [Route(e.path, DeskGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
