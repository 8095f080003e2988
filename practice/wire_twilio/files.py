"""Pictures of texts and recordings of calls: taken from where a message says they lie, and handed out to whoever has the keys."""

from __future__ import annotations

import base64
import math
import sqlite3
import struct
from typing import TYPE_CHECKING, Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .. import media
from ..calling import near
from ..problems import BadField
from ..wire.gate import Call
from .gate import Refusal, refusal
from .numbers import account_of, number_in, sid

if TYPE_CHECKING:
    from ..world import World

FETCH_SECONDS = 10.0
MOST = 10
RATE = 8000


def taken(call: Call) -> list[int]:
    """The files of a new message, fetched from each MediaUrl. Raises Refusal as Twilio words it (docs/api/errors/21620, 11751)."""
    urls = call.repeated.get("MediaUrl", [])
    if len(urls) > MOST:
        raise Refusal(400, 21623, "Number of media files exceeds allowed limit")
    found = []
    for url in urls:
        if not near(url):
            raise Refusal(400, 21620, f"Invalid media URL(s): {url[:100]}")
        try:
            answer = httpx.get(url, timeout=FETCH_SECONDS, trust_env=False)
            if answer.status_code != 200:
                raise Refusal(400, 21620, f"Invalid media URL(s): status {answer.status_code}")
            mime = answer.headers.get("content-type", "")
            row = media.take(call.world, owner_id=call.me["id"], data=answer.content, otherwise=mime)
        except (httpx.HTTPError, BadField) as error:
            raise Refusal(400, 21620, f"Invalid media URL(s): {type(error).__name__}") from None
        found.append(int(row["id"]))
    return found


def tone(seconds: int) -> bytes:
    """A message that somebody left, as a telephone would carry it: a quiet tone, in WAV, eight bits a sample."""
    wave = bytes(128 + round(12 * math.sin(n * 2 * math.pi * 440 / RATE)) for n in range(RATE)) * min(max(seconds, 1), 120)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(wave), b"WAVE") + form + struct.pack("<4sI", b"data", len(wave)) + wave


def file_routes(world: World) -> list[Route]:
    """Where media and recordings lie, behind the account's keys."""

    def brand_of(request: Request) -> sqlite3.Row | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return None
        account = request.path_params["account"]
        return account_of(world, account, password) if scheme.lower() == "basic" and user == account else None

    def gone(status: int, code: int, words: str) -> Response:
        return JSONResponse(refusal(status, code, words), status)

    async def medium(request: Request) -> Response:
        brand = brand_of(request)
        if brand is None:
            return gone(401, 20003, "Authenticate")
        message = world.store.one("SELECT * FROM dms WHERE id = ?", (number_in(request.path_params["message"]),))
        row: Any = media.get(world, number_in(request.path_params["medium"]))
        ours = message is not None and str(brand["id"]) in message["conversation"].split("-")
        if not ours or row is None or str(row["id"]) not in message["media"]:
            return gone(404, 20404, "The requested resource was not found")
        return Response(media.read(world, row["id"]), media_type=row["mime"])

    async def recording(request: Request) -> Response:
        brand = brand_of(request)
        if brand is None:
            return gone(401, 20003, "Authenticate")
        own = number_in(request.path_params["recording"].partition(".")[0])
        row = world.store.one("SELECT * FROM phone_calls WHERE id = ? AND brand_id = ?", (own, brand["id"]))
        if row is None or not row["recording_seconds"] or not request.path_params["recording"].startswith(sid("RE", own)):
            return gone(404, 20404, "The requested resource was not found")
        return Response(tone(row["recording_seconds"]), media_type="audio/wav")

    account = "/2010-04-01/Accounts/{account}"
    return [
        Route(account + "/Messages/{message}/Media/{medium}", medium),
        Route(account + "/Recordings/{recording}", recording),
    ]
