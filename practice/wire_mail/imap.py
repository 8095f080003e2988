"""IMAP4rev1 (RFC 3501) as far as IMAPClient needs it to read a mailbox and to keep copies: one talk.

CAPABILITY, NOOP, LOGIN, LIST, SELECT, EXAMINE, UNSELECT, UID SEARCH, UID FETCH, APPEND, IDLE (RFC 2177), LOGOUT;
SPECIAL-USE for Sent.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from . import login
from .boxes import FOLDERS, INBOX, SENT, Mail

CAPABILITIES = "IMAP4rev1 SPECIAL-USE UNSELECT LITERAL+ AUTH=XOAUTH2 AUTH=OAUTHBEARER"
#: How often one who idles is told what changed, and that we are still here (Dovecot does it every two minutes).
LOOK_SECONDS = 0.1
ALIVE_SECONDS = 120.0
LONGEST_LINE = 64 * 1024
LONGEST_LITERAL = 32 * 1024 * 1024
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|\x00(\d+)\x00|([()])|([^\s()"\[\x00]*\[[^\]]*\](?:<[\d.]+>)?|[^\s()"\x00]+)')
_LITERAL = re.compile(rb"\{(\d{1,10})(\+?)\}$")
_PARTIAL = re.compile(r"^(BODY(?:\.PEEK)?)\[(.*)\](?:<(\d+)\.(\d+)>)?$")


class Mailboxes(Protocol):
    """What a talk needs to know."""

    def enters(self, user: str, password: str) -> bool: ...
    def opens(self, user: str, token: str) -> bool: ...
    def validity(self, address: str, folder: str) -> int: ...
    def next_uid(self) -> int: ...
    def mails(self, address: str, folder: str) -> list[Mail]: ...
    def put(self, address: str, folder: str, source: bytes) -> int: ...


#: What happens to a command instead of an answer: hang, drop, garbage, drip, endless, half, huge, slow, no, busy, bad; or nothing.
Trouble = Callable[[str], str]


class Parting(Exception):
    """The talk is over."""


class ImapTalk:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, boxes: Mailboxes, trouble: Trouble
    ) -> None:
        self.reader, self.writer, self.boxes, self.trouble = reader, writer, boxes, trouble
        self.user = ""
        self.folder = ""
        self.literals: list[bytes] = []

    async def serve(self) -> None:
        """Talk until one side has had enough."""
        with contextlib.suppress(Parting, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.stumble("GREETING", "*")
            await self.say(f"* OK [CAPABILITY {self.capabilities()}] Chowk is listening")
            while True:
                await self.command()
        self.writer.close()

    def capabilities(self) -> str:
        """What it can do; with the trouble `no` it cannot idle."""
        return CAPABILITIES if self.trouble("CAPABLE") == "no" else f"{CAPABILITIES} IDLE"

    async def say(self, line: str | bytes) -> None:
        self.writer.write((line.encode("utf-8") if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    async def command(self) -> None:
        tokens = await self.tokens()
        if len(tokens) < 2:
            await self.say("* BAD what?")
            return
        tag, name, rest = tokens[0].decode("latin-1"), tokens[1].decode("latin-1").upper(), tokens[2:]
        if name == "UID" and rest:
            name, rest = f"UID {rest[0].decode('latin-1').upper()}", rest[1:]
        if await self.stumble(name, tag):
            return
        work = self.WORK.get(name)
        if work is None:
            await self.say(f"{tag} BAD {name} is not spoken here")
        elif not self.user and name not in ("CAPABILITY", "NOOP", "LOGIN", "AUTHENTICATE", "LOGOUT"):
            await self.say(f"{tag} BAD sign in first")
        elif name.startswith("UID") and not self.folder:
            await self.say(f"{tag} BAD select a folder first")
        else:
            await work(self, tag, rest)

    async def tokens(self) -> list[bytes]:
        """One command, its literals read along the way."""
        self.literals = []
        whole = b""
        while True:
            line = await self.reader.readuntil(b"\n")
            line = line.rstrip(b"\r\n").replace(b"\x00", b"")
            found = _LITERAL.search(line)
            if not found:
                whole += line
                break
            size = int(found[1])
            if size > LONGEST_LITERAL:
                raise Parting
            if not found[2]:
                await self.say("+ go on")
            whole += line[: found.start()] + b"\x00%d\x00" % len(self.literals)
            self.literals.append(await self.reader.readexactly(size))
        tokens: list[bytes] = []
        for found in _TOKEN.finditer(whole):
            if found[1] is not None:
                tokens.append(re.sub(rb"\\(.)", rb"\1", found[1]))
            elif found[2] is not None:
                tokens.append(self.literals[int(found[2])])
            else:
                tokens.append(found[3] or found[4])
        return tokens

    async def stumble(self, name: str, tag: str) -> bool:
        """Let the trouble of this command happen. Returns whether it was answered that way."""
        kind = self.trouble(name)
        if kind == "hang":
            await self.reader.read()  # until the caller has had enough
            raise Parting
        if kind == "drop":
            raise Parting
        if kind in ("garbage", "half", "huge"):
            rubbish = {
                "garbage": b"<!doctype html><title>Busy</title>\r\n\xff\xfe\x00 ( { [ \" \r\n",
                "half": b"* 1 FETCH (UID 1 BODY[] {100}\r\nonly so mu",
                "huge": b"* 1 FETCH (UID 1 BODY[] {1000000000}\r\n",
            }
            self.writer.write(rubbish[kind])
            await self.writer.drain()
            raise Parting
        while kind in ("drip", "endless"):
            self.writer.write(b"x" if kind == "drip" else b"* OK " + b"x" * 60_000 + b"\r\n")
            await self.writer.drain()
            await asyncio.sleep(0.05 if kind == "drip" else 0)
        if kind == "slow":
            await asyncio.sleep(2)
        refusals = {"no": "NO it does not work", "busy": "NO [UNAVAILABLE] come back later", "bad": "BAD that is no command"}
        if kind in refusals:
            await self.say(f"{tag} {refusals[kind]}")
            return True
        return False

    # --- what it can do -----------------------------------------------------------------------------------------------
    async def capability(self, tag: str, rest: list[bytes]) -> None:
        await self.say(f"* CAPABILITY {self.capabilities()}")
        await self.say(f"{tag} OK done")

    async def noop(self, tag: str, rest: list[bytes]) -> None:
        await self.say(f"{tag} OK done")

    async def enter(self, tag: str, rest: list[bytes]) -> None:
        user, password = [*rest, b"", b""][:2]
        if not self.boxes.enters(user.decode("utf-8", "replace"), password.decode("utf-8", "replace")):
            await self.say(f"{tag} NO [AUTHENTICATIONFAILED] wrong user name or password")
            return
        self.user = user.decode("utf-8").lower()
        await self.say(f"{tag} OK welcome")

    async def authenticate(self, tag: str, rest: list[bytes]) -> None:
        """With a token; a refused one is asked about first, as Google and Microsoft do (RFC 7628)."""
        if not rest or rest[0].upper() not in (b"XOAUTH2", b"OAUTHBEARER"):
            await self.say(f"{tag} NO that way is not known")
            return
        await self.say("+ ")
        user, token = login.said_in(decoded(await self.reader.readuntil(b"\n")))
        if not self.boxes.opens(user, token):
            await self.say(f"+ {login.FAULT}")
            await self.reader.readuntil(b"\n")
            await self.say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")
            return
        self.user = user.lower()
        await self.say(f"{tag} OK welcome")

    async def logout(self, tag: str, rest: list[bytes]) -> None:
        await self.say("* BYE until soon")
        await self.say(f"{tag} OK done")
        raise Parting

    async def folders(self, tag: str, rest: list[bytes]) -> None:
        await self.say(f'* LIST () "/" {INBOX}')
        await self.say(f'* LIST (\\Sent) "/" {SENT}')
        await self.say(f"{tag} OK done")

    async def select(self, tag: str, rest: list[bytes]) -> None:
        name = rest[0].decode("latin-1") if rest else ""
        folder = INBOX if name.upper() == INBOX else name
        if folder not in FOLDERS:
            await self.say(f"{tag} NO there is no such folder")
            return
        self.folder = folder
        mails = self.boxes.mails(self.user, folder)
        await self.say("* FLAGS (\\Seen)")
        await self.say(f"* {len(mails)} EXISTS")
        await self.say("* 0 RECENT")
        await self.say(f"* OK [UIDVALIDITY {self.boxes.validity(self.user, folder)}] the same as ever")
        if self.boxes.next_uid():
            await self.say(f"* OK [UIDNEXT {self.boxes.next_uid()}] the next one")
        await self.say(f"{tag} OK [READ-ONLY] done")

    async def unselect(self, tag: str, rest: list[bytes]) -> None:
        self.folder = ""
        await self.say(f"{tag} OK done")

    async def search(self, tag: str, rest: list[bytes]) -> None:
        words = [token.decode("utf-8", "replace") for token in rest]
        if words[:1] and words[0].upper() == "CHARSET":
            words = words[2:]
        mails = self.boxes.mails(self.user, self.folder)
        while words:
            key = words.pop(0).upper()
            if key == "ALL" or key in ("(", ")"):
                continue
            if key == "UID" and words:
                wanted = chosen(words.pop(0), [mail.uid for mail in mails])
                mails = [mail for mail in mails if mail.uid in wanted]
            elif key == "HEADER" and len(words) > 1:
                field, value = words.pop(0), words.pop(0)
                mails = [mail for mail in mails if value.lower() in fields(mail.source, field).lower()]
            elif key == "FROM" and words:
                value = words.pop(0)
                mails = [mail for mail in mails if value.lower() in fields(mail.source, "from").lower()]
            else:
                await self.say(f"{tag} BAD a search for {key} is not spoken here")
                return
        await self.say(" ".join(["* SEARCH", *(str(mail.uid) for mail in mails)]))
        await self.say(f"{tag} OK done")

    async def fetch(self, tag: str, rest: list[bytes]) -> None:
        mails = self.boxes.mails(self.user, self.folder)
        wanted = chosen(rest[0].decode("latin-1"), [mail.uid for mail in mails]) if rest else set()
        items = [token.decode("latin-1") for token in rest[1:] if token not in (b"(", b")")]
        for number, mail in enumerate(mails, 1):
            if mail.uid not in wanted:
                continue
            pieces = [b"UID %d" % mail.uid]
            for item in items:
                piece = fetched(mail, item.upper() if "[" not in item else item)
                if piece is None:
                    await self.say(f"{tag} BAD {item} is not spoken here")
                    return
                pieces.append(piece)
            await self.say(b"* %d FETCH (%s)" % (number, b" ".join(piece for piece in pieces if piece)))
        await self.say(f"{tag} OK done")

    async def idle(self, tag: str, rest: list[bytes]) -> None:
        """Tell of new mails until the other side is done. `IDLING` is where a trouble meets one who waits."""
        if not self.folder:
            await self.say(f"{tag} BAD select a folder first")
            return
        seen, there = self.boxes.next_uid(), len(self.boxes.mails(self.user, self.folder))
        await self.say("+ idling")
        await self.stumble("IDLING", "*")
        done = asyncio.create_task(self.reader.readuntil(b"\n"))
        quiet = 0.0
        try:
            while not done.done():
                await asyncio.wait({done}, timeout=LOOK_SECONDS)
                quiet += LOOK_SECONDS
                if self.boxes.next_uid() != seen:
                    seen, before, there = self.boxes.next_uid(), there, len(self.boxes.mails(self.user, self.folder))
                    if there != before:
                        await self.say(f"* {there} EXISTS")
                        quiet = 0.0
                if quiet >= ALIVE_SECONDS:
                    quiet = 0.0
                    await self.say("* OK Still here")
            await self.say(f"{tag} OK done" if (await done).strip().upper() == b"DONE" else f"{tag} BAD say DONE")
        finally:
            done.cancel()

    async def append(self, tag: str, rest: list[bytes]) -> None:
        folder = rest[0].decode("latin-1") if rest else ""
        if folder not in FOLDERS or not self.literals:
            await self.say(f"{tag} NO [TRYCREATE] there is no such folder")
            return
        self.boxes.put(self.user, folder, self.literals[-1])
        await self.say(f"{tag} OK done")

    WORK: dict[str, Any] = {
        "CAPABILITY": capability, "NOOP": noop, "LOGIN": enter, "AUTHENTICATE": authenticate,
        "LOGOUT": logout, "LIST": folders, "SELECT": select,
        "EXAMINE": select, "UNSELECT": unselect, "CLOSE": unselect, "UID SEARCH": search, "UID FETCH": fetch, "APPEND": append,
        "IDLE": idle,
    }  # fmt: skip


def decoded(line: bytes) -> bytes:
    """A line of base64; nothing for anything else."""
    try:
        return base64.b64decode(line.strip(), validate=True)
    except ValueError:
        return b""


def chosen(text: str, uids: list[int]) -> set[int]:
    """The numbers a set names. A star is the last one there is, also when the set begins behind it."""
    last = max(uids, default=0)
    found: set[int] = set()
    for piece in text.split(","):
        low, _, high = piece.partition(":")
        ends = sorted(last if end == "*" else int(end) if end.isdigit() else 0 for end in (low, high or low))
        found |= {uid for uid in uids if ends[0] <= uid <= ends[1]}
    return found


def fields(source: bytes, name: str) -> str:
    """The values of a field, unfolded, one after the other."""
    head = re.split(rb"\r?\n\r?\n", source, maxsplit=1)[0]
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).decode("latin-1").splitlines()
    return "\n".join(line.partition(":")[2] for line in lines if line.partition(":")[0].strip().lower() == name.lower())


def fetched(mail: Mail, item: str) -> bytes | None:
    """One thing asked about a mail; None for what is not spoken here."""
    if item == "UID":
        return b""
    if item == "FLAGS":
        return b"FLAGS ()"
    if item == "RFC822.SIZE":
        return b"RFC822.SIZE %d" % mail.size
    if item == "INTERNALDATE":
        return f'INTERNALDATE "{mail.received.astimezone(UTC):%d-%b-%Y %H:%M:%S} +0000"'.encode()
    found = _PARTIAL.match(item)
    if not found or found[2].upper() not in ("", "HEADER"):
        return None
    data = mail.source
    if found[2]:
        end = re.search(rb"\r?\n\r?\n", data)
        data = data[: end.end()] if end else data
    place = ""
    if found[3]:
        low, size = int(found[3]), int(found[4])
        data, place = data[low : low + size], f"<{low}>"
    return b"BODY[%s]%s {%d}\r\n%s" % (found[2].upper().encode(), place.encode(), len(data), data)


def at(moment: datetime) -> int:
    """A time in milliseconds, as mails are stored with it."""
    return int(moment.timestamp() * 1000)
