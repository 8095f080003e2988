"""A mail server on loopback for tests: the practice network's two wires over mailboxes in memory, with trouble at any step."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from practice.wire_mail.boxes import INBOX, Mail
from practice.wire_mail.imap import LONGEST_LINE, ImapTalk, at
from practice.wire_mail.smtp import door

ADDRESS, PASSWORD = "support@anar.example", "a-secret-password"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def mail(number: int, text: str = "Where is my parcel?", **fields: str) -> bytes:
    """A plain mail; fields by name, with _ for -, and an empty value to leave one out."""
    named = {
        "from": "Sara Khan <Sara@people.example>",
        "to": ADDRESS,
        "subject": f"Parcel {number}",
        "date": f"Mon, 2 Nov 2026 11:{number % 60:02d}:00 +0000",
        "message_id": f"<m{number}@people.example>",
        **fields,
    }
    lines = [f"{name.replace('_', '-').title()}: {value}" for name, value in named.items() if value]
    return "\r\n".join([*lines, "", text, ""]).encode()


class Boxes:
    """Mailboxes in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], list[Mail]] = {}
        self.delivered: list[tuple[list[str], bytes]] = []
        self.validities: dict[str, int] = {}
        self.said = 0
        self._uid = 0

    def enters(self, user: str, password: str) -> bool:
        return user == ADDRESS and password == PASSWORD

    def opens(self, user: str, token: str) -> bool:
        return False

    def validity(self, _address: str, folder: str) -> int:
        return self.validities.get(folder, 7)

    def next_uid(self) -> int:
        return self._uid + 1

    def mails(self, address: str, folder: str) -> list[Mail]:
        return list(self.kept.get((address, folder), []))

    def put(self, address: str, folder: str, source: bytes, *, size: int = 0, received: datetime = NOON) -> int:
        self._uid += 1
        self.kept.setdefault((address, folder), []).append(Mail(self._uid, source, at(received), size or len(source)))
        return self._uid

    def skip(self, numbers: int) -> None:
        """As if so many mails had come and gone."""
        self._uid += numbers

    def deliver(self, recipients: list[str], source: bytes, *, identifier: str, trouble: str) -> None:
        self.delivered.append((recipients, source))


class MailServer:
    """IMAP and SMTP on two ports, in a thread. `trouble` maps a step (`UID FETCH`, `smtp DATA`, …) to what happens there."""

    def __init__(self) -> None:
        self.boxes = Boxes()
        self.trouble: dict[str, str | Callable[[], str]] = {}
        self.commands: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._servers: list[Any] = []
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        ports = [server.sockets[0].getsockname()[1] for server in self._servers]
        self.imap, self.smtp = f"imap://127.0.0.1:{ports[0]}", f"smtp://127.0.0.1:{ports[1]}"

    def inbox(self, *sources: bytes) -> list[int]:
        """Put mails into the inbox. Returns their numbers."""
        return [self.boxes.put(ADDRESS, INBOX, source) for source in sources]

    def lead(self, settings: Any) -> None:
        """Lead the product's mail here."""
        settings.EMAIL_IMAP_BASE, settings.EMAIL_SMTP_BASE = self.imap, self.smtp

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _befalls(self, step: str) -> str:
        self.commands.append(step)
        kind = self.trouble.get(step, "")
        return kind() if callable(kind) else kind

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        ready.set()
        self._loop.run_forever()
        for server in self._servers:
            server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ImapTalk(reader, writer, self.boxes, self._befalls).serve()

        self._servers.append(await asyncio.start_server(talk, "127.0.0.1", 0, limit=LONGEST_LINE))
        made = self._loop.create_server(lambda: door(self.boxes, lambda step: self._befalls(f"smtp {step}")), "127.0.0.1", 0)
        self._servers.append(await made)
