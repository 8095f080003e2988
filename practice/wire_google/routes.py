"""The table of Google's endpoints: signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import oauth
from .gate import GoogleGate

if TYPE_CHECKING:
    from ..world import World

ENDPOINTS = (Endpoint("o_token", "POST", "/token", oauth.token, ("token",), 900, writes=True, open=True),)


def google_routes(world: World) -> list[Route]:
    """Routes of Google's sign-in."""
    return [Route(e.path, GoogleGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
