"""No thread waits for anybody's line: a request's body is here before one is asked, and an answer is put down for its reader.

A few fixed threads answer everything (config/asgi.py), and each would wait for the body of its request, and for the one who reads a
film: as many slow lines as there are threads, be it one telephone that hands over ten pictures, or half a form, silenced everybody.
"""

import asyncio
import tempfile
from typing import Any

from django.conf import settings

#: What is longer lies on the disk until it was answered.
IN_MEMORY = 262_144
PIECE_BYTES = 65_536
#: So long nothing of a body may arrive, and nothing of an answer leave, in seconds. A film that rests longer is asked for anew.
SILENCE_SECONDS = 20.0
#: So many of the longest bodies may lie here at once in one process.
MOST_HELD = 40


class WholeBodies:
    """Hand requests on once their bodies are here; a sender who falls silent hears 408, one who comes when all room is taken 503.

    No more is taken in than a view would read. What says to be longer is not taken in at all: views refuse it by what it says.
    """

    def __init__(self, inner: Any, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.inner = inner
        self.silence_seconds = silence_seconds
        self._held = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said = dict(scope["headers"])
        length = said.get(b"content-length", b"")
        limit = max(settings.MEDIA_FILE_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE) + 1
        send = self._not_stuck(send)
        if not length and b"transfer-encoding" not in said:
            await self.inner(scope, receive, send)
            return
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
            try:
                refusal = 0 if length.isdigit() and int(length) > limit else await self._taken_in(kept, receive, limit)
                if refusal:
                    headers = [(b"content-length", b"0"), (b"connection", b"close")]
                    await send({"type": "http.response.start", "status": refusal, "headers": headers})
                    await send({"type": "http.response.body", "body": b""})
                    return
                await self.inner(scope, _again(kept, receive), send)
            finally:
                self._held -= kept.seek(0, 2)

    def _not_stuck(self, send: Any) -> Any:
        """`send`, ending with TimeoutError when its reader takes nothing more. What waits for it lies in memory until then."""

        async def sent(message: Any) -> None:
            await asyncio.wait_for(send(message), self.silence_seconds)

        return sent

    async def _taken_in(self, kept: Any, receive: Any, limit: int) -> int:
        """Read a body whole, or as much of it as a view would. Returns the status to refuse it with, 0 for none."""
        more = True
        while more and kept.tell() < limit:
            try:
                message = await asyncio.wait_for(receive(), self.silence_seconds)
            except TimeoutError:
                return 408
            if message["type"] != "http.request":
                return 408  # its sender is gone: nobody hears it
            piece, more = message.get("body", b""), message.get("more_body", False)
            kept.write(piece)
            self._held += len(piece)
            if kept.tell() > IN_MEMORY and self._held > MOST_HELD * limit:
                return 503
        return 0


def _again(kept: Any, receive: Any) -> Any:
    """What gives the kept body piece by piece, and then whatever the connection says."""
    size = kept.seek(0, 2)
    place = 0
    over = False

    async def next_message() -> Any:
        nonlocal place, over
        if over:
            return await receive()
        kept.seek(place)
        piece = kept.read(PIECE_BYTES)
        place += len(piece)
        over = place >= size
        return {"type": "http.request", "body": piece, "more_body": not over}

    return next_message
