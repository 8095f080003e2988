"""Both ends of the mail wire on ports of their own, in the one event loop of the process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from .boxes import Boxes
from .imap import LONGEST_LINE, ImapTalk
from .smtp import door

if TYPE_CHECKING:
    from ..world import World

#: The square's switches, in the words of the two wires. After "Accepts the write" comes what may be accepted and is never said.
READING = {"hang": "hang", "401": "no", "429": "busy", "500": "no", "html": "garbage", "garble": "garbage", "slow": "slow"}
IDLING = {"hang": "hang", "500": "drop", "html": "garbage", "garble": "garbage"}
BEFORE = {"hang": "hang", "500": "later", "429": "later", "html": "garbage"}
AFTER = {"swallow": "swallow", "late": "late", "after500": "away", "after429": "away", "garble": "odd"}


class Talking:
    """What befalls one talk: drawn once, when one signs in, so that a switch which counts counts talks."""

    def __init__(self, boxes: Boxes) -> None:
        self.boxes = boxes
        self.drawn: list[str] = []
        self.idling = ""

    def reading(self, command: str) -> str:
        """What befalls an IMAP command. A refused sign-in is refused where one signs in, the rest where mails are asked for."""
        if command in ("LOGIN", "AUTHENTICATE"):
            self.drawn = list(self.boxes.troubled("read"))
            return READING["401"] if "401" in self.drawn else ""
        if command in ("CAPABLE", "IDLE", "IDLING"):
            # Those who wait are troubled by the group `stream`, when they begin to.
            kinds = self.boxes.troubled("stream") if command == "IDLE" else []
            self.idling = next((IDLING[name] for name in kinds if name in IDLING), "") if command == "IDLE" else self.idling
            return self.idling if command == "IDLING" else ""
        found = [READING[name] for name in self.drawn if name in READING]
        return found[0] if found and command == "UID SEARCH" else ""

    def sending(self, step: str) -> str:
        """What befalls a step of SMTP."""
        if step == "AUTH":
            self.drawn = list(self.boxes.troubled("write", writes=True))
            return "auth" if "401" in self.drawn else ""
        table = {"MAIL": BEFORE, "DATA": AFTER}.get(step, {})
        return next((table[name] for name in self.drawn if name in table), "")


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[None]:
    """Listen while the square is open; without ports there is no mail here."""
    settings = world.settings
    if not settings.imap_port or not settings.smtp_port:
        yield
        return
    # aiosmtpd tells each step, and warns of each connection that its password is not encrypted: on this machine it need not be.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
    boxes, loop = Boxes(world), asyncio.get_running_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ImapTalk(reader, writer, boxes, Talking(boxes).reading).serve()

    imap = await asyncio.start_server(talk, settings.host, settings.imap_port, limit=LONGEST_LINE)
    smtp = await loop.create_server(lambda: door(boxes, Talking(boxes).sending), settings.host, settings.smtp_port)
    try:
        yield
    finally:
        imap.close()
        smtp.close()
