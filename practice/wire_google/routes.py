"""The table of Google's endpoints: signing in, and the reviews of Business Profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import oauth, pushing, work
from .gate import GoogleGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, CALLS = ("read",), ("write",), 900
PLACE = "/v4/accounts/{account}/locations/{location}/reviews"

ENDPOINTS = (
    Endpoint("o_token", "POST", "/token", oauth.token, ("token",), CALLS, writes=True, open=True),
    Endpoint("o_certs", "GET", "/oauth2/v3/certs", pushing.certs, ("token",), CALLS, open=True),
    Endpoint("r_accounts", "GET", "/v1/accounts", work.accounts, READ, CALLS),
    Endpoint("r_places", "GET", "/v1/accounts/{account}/locations", work.locations, READ, CALLS),
    Endpoint("r_told", "GET", "/v1/accounts/{account}/notificationSetting", pushing.setting, READ, CALLS),
    Endpoint("r_tell", "PATCH", "/v1/accounts/{account}/notificationSetting", pushing.set_setting, WRITE, CALLS, writes=True),
    Endpoint("r_reviews", "GET", PLACE, work.reviews, READ, CALLS, lists=True),
    Endpoint("r_review", "GET", PLACE + "/{review}", work.review, READ, CALLS),
    Endpoint("r_answer", "PUT", PLACE + "/{review}/reply", work.reply, WRITE, CALLS, writes=True),
    Endpoint("r_unanswer", "DELETE", PLACE + "/{review}/reply", work.unreply, WRITE, CALLS, writes=True),
)


def google_routes(world: World) -> list[Route]:
    """Routes of Google's sign-in and of Business Profile."""
    return [Route(e.path, GoogleGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
