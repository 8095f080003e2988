"""The door for outgoing mail: aiosmtpd, a password, and every mail into the inbox of whom it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from . import login
from .imap import decoded, fields

MAX_BYTES = 30 * 1024 * 1024
#: What happens at a point of the talk (AUTH, MAIL, RCPT, DATA) instead of a good answer: hang, drop, swallow, away, later, refuse,
#: auth, odd; or nothing.
Trouble = Callable[[str], str]


class Takes(Protocol):
    """What the door needs of mailboxes."""

    def enters(self, user: str, password: str) -> bool: ...
    def opens(self, user: str, token: str) -> bool: ...
    def deliver(self, recipients: list[str], source: bytes, *, identifier: str, trouble: str) -> None: ...


class Handler:
    """What the door does with each step."""

    def __init__(self, boxes: Takes, trouble: Trouble) -> None:
        self.boxes, self.trouble = boxes, trouble

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """AUTH XOAUTH2 (developers.google.com/gmail/imap/xoauth2-protocol): a refused token is asked about first."""
        return await self._with_token(server, args)

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """AUTH OAUTHBEARER (RFC 7628)."""
        return await self._with_token(server, args)

    async def _with_token(self, server: SMTP, args: list[str]) -> AuthResult:
        kind = self.trouble("AUTH")
        if kind == "later":
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")
        user, token = login.said_in(decoded(args[1].encode() if len(args) > 1 else b""))
        if self.boxes.opens(user, token) and kind != "auth":
            return AuthResult(success=True, auth_data=user)
        await server.push(f"334 {login.FAULT}")
        reader: Any = server._reader
        await reader.readline()
        return AuthResult(success=False, handled=False)

    async def stumble(self, server: SMTP, step: str) -> str:
        """The answer this step's trouble gives, if any."""
        kind = self.trouble(step)
        transport: Any = server.transport
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind == "drop":
            transport.abort()
        if kind == "garbage":
            transport.write(b"<!doctype html><title>Busy</title>\r\n")
            transport.close()
        if kind == "endless":
            while not transport.is_closing():
                transport.write(b"250-" + b"x" * 400 + b"\r\n")
                await asyncio.sleep(0)
        answers = {"later": "451 4.7.1 Greylisted, come back later", "refuse": "550 5.1.1 There is nobody of that name"}
        return answers.get(kind, "")

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        refusal = await self.stumble(server, "MAIL")
        if not refusal:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        refusal = await self.stumble(server, "RCPT")
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        kind = self.trouble("DATA")
        if kind in ("hang", "drop", "later", "refuse", "garbage", "endless"):
            return await self._instead(server, kind)
        source = envelope.content if isinstance(envelope.content, bytes) else b""
        identifier = fields(source, "message-id").strip()
        self.boxes.deliver(envelope.rcpt_tos, source, identifier=identifier, trouble=kind)
        if kind == "swallow":
            server.transport.abort()  # type: ignore[union-attr]
        if kind == "late":
            await asyncio.sleep(3600)
        answers = {"away": "421 4.3.2 The server goes away", "odd": "299 Hm"}
        return answers.get(kind, "250 OK")

    async def _instead(self, server: SMTP, kind: str) -> str:
        told = iter([kind])
        return await Handler(self.boxes, lambda _step: next(told)).stumble(server, "DATA") or "451 4.3.0 Something broke"


def door(boxes: Takes, trouble: Trouble) -> SMTP:
    """One connection's end of the talk."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        kind = trouble("AUTH")
        said = (data.login, data.password) if isinstance(data, LoginPassword) else (b"", b"")
        known = boxes.enters(*(word.decode("utf-8", "replace") for word in said))
        if kind == "later":
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")
        return AuthResult(success=known and kind != "auth", handled=False)

    return SMTP(
        Handler(boxes, trouble), data_size_limit=MAX_BYTES, hostname="practice.example", ident="Chowk", authenticator=check,
        auth_required=True, auth_require_tls=False, timeout=60,
    )  # fmt: skip
