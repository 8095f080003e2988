"""The table of Twilio's resources. Asking has no window there, so the figure here is generous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import calls, work
from .files import file_routes
from .gate import TwilioGate

if TYPE_CHECKING:
    from ..world import World

CALLS = 9_000
ACCOUNT = "/2010-04-01/Accounts/{account}"
NUMBER = ACCOUNT + "/IncomingPhoneNumbers/{number}.json"

ENDPOINTS = (
    Endpoint("s_numbers", "GET", ACCOUNT + "/IncomingPhoneNumbers.json", work.numbers, ("read",), CALLS),
    Endpoint("s_number", "POST", NUMBER, work.change_number, ("write",), CALLS, writes=True),
    Endpoint("s_messages", "GET", ACCOUNT + "/Messages.json", work.list_messages, ("read",), CALLS, lists=True),
    Endpoint("s_media", "GET", ACCOUNT + "/Messages/{message}/Media.json", work.list_media, ("read",), CALLS),
    Endpoint("s_send", "POST", ACCOUNT + "/Messages.json", work.create_message, ("write", "dm"), CALLS, writes=True),
    Endpoint("s_calls", "GET", ACCOUNT + "/Calls.json", calls.list_calls, ("read",), CALLS, lists=True),
    Endpoint("s_recordings", "GET", ACCOUNT + "/Calls/{call}/Recordings.json", calls.list_recordings, ("read",), CALLS),
    Endpoint("s_service", "GET", "/v1/Services/{service}", work.service, ("read",), CALLS),
)


def twilio_routes(world: World) -> list[Route]:
    """Routes of Twilio's API."""
    gates = [Route(e.path, TwilioGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
    return [*gates, *file_routes(world)]
