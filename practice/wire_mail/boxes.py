"""Mailboxes: any address has one, made by its first mail. Numbers rise over all of them, as UIDs must within each."""

from __future__ import annotations

import email.policy
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from typing import TYPE_CHECKING, Any

from .. import ledger
from ..clock import now_ms
from ..problems import BadField
from . import login

if TYPE_CHECKING:
    from ..world import World

PASSWORD = "practice"
INBOX, SENT = "INBOX", "Sent"
FOLDERS = (INBOX, SENT)
LONGEST_SOURCE = 30 * 1024 * 1024
ORIGIN = "wire"


@dataclass(frozen=True)
class Mail:
    """One mail in one folder. `size` is what the server says it is: a test may claim more than there is."""

    uid: int
    source: bytes
    received_ms: int
    size: int

    @property
    def received(self) -> datetime:
        return datetime.fromtimestamp(self.received_ms / 1000, UTC)


class Boxes:
    """What the wire needs of mailboxes, over the store of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def enters(self, user: str, password: str) -> bool:
        """Whether this is how one signs in: everybody's password is the same here."""
        return "@" in user and password == PASSWORD

    def opens(self, user: str, token: str) -> bool:
        """Whether this token opens that mailbox."""
        return login.opens(self.world, user, token)

    def validity(self, address: str, folder: str) -> int:
        return int(self.world.rules["mail_validity"])

    def next_uid(self) -> int:
        row = self.world.store.one("SELECT seq FROM sqlite_sequence WHERE name = 'mails'")
        return (row["seq"] if row is not None else 0) + 1

    def mails(self, address: str, folder: str) -> list[Mail]:
        rows = self.world.store.all("SELECT * FROM mails WHERE mailbox = ? AND folder = ? ORDER BY id", (address.lower(), folder))
        return [_mail(row) for row in rows]

    def put(self, address: str, folder: str, source: bytes, *, received_ms: int | None = None, origin: str = ORIGIN) -> int:
        """Keep a mail in a folder. Returns its number."""
        if len(source) > LONGEST_SOURCE:
            raise BadField("source", "is larger than 30 MB")
        with self.world.store.write() as db:
            moment = received_ms or now_ms()
            made = db.execute(
                "INSERT INTO mails (mailbox, folder, source, received_ms, size, origin) VALUES (?, ?, ?, ?, ?, ?)",
                (address.lower(), folder, source, moment, len(source), origin),
            )
            return int(made.lastrowid or 0)

    def deliver(self, recipients: list[str], source: bytes, *, identifier: str, trouble: str) -> None:
        """Take a mail that came over the wire: into each recipient's inbox, and into the ledger."""
        with self.world.store.write():
            for recipient in recipients:
                uid = self.put(recipient, INBOX, source)
                ledger.write(self.world, kind="mail", user_id=0, object_id=uid, text=identifier, trouble=trouble, origin=ORIGIN)

    def troubled(self, group: str, *, writes: bool = False) -> dict[str, Any]:
        """The troubles that befall this command."""
        return self.world.trouble.draw(groups=(group,), writes=writes, lists=not writes, documents=False, user_id=None)


def _mail(row: sqlite3.Row) -> Mail:
    return Mail(row["id"], row["source"], row["received_ms"], row["size"])


def written(values: dict[str, Any], *, identifier: str = "", moment: datetime | None = None) -> tuple[str, bytes]:
    """A mail as a person writes it: to whom, and its source. It gets an id and a time unless they are given. Raises `BadField`."""
    for name in ("from", "to"):
        if not isinstance(values[name], str) or "@" not in values[name] or not values[name].isprintable():
            raise BadField(name, "must be an address")
    # Its own line length would break the long ids of mails into encoded words.
    mail = EmailMessage(policy=email.policy.default.clone(max_line_length=990))
    identifier = identifier or make_msgid(domain=values["from"].rpartition("@")[2])
    try:
        mail["From"] = formataddr((str(values["name"]), values["from"]))
        mail["To"] = values["to"]
        mail["Subject"] = " ".join(str(values["subject"]).split())
        mail["Date"] = format_datetime(moment or datetime.fromtimestamp(now_ms() / 1000, UTC))
        mail["Message-ID"] = identifier
        if values["in_reply_to"]:
            mail["In-Reply-To"] = str(values["in_reply_to"])
            mail["References"] = str(values["references"] or values["in_reply_to"])
        for name, value in dict(values["headers"] or {}).items():
            mail[str(name)] = str(value)
        mail.set_content(str(values["text"]) + "\n")
        if values["html"]:
            mail.add_alternative(str(values["html"]), subtype="html")
        for name in values["attachments"] or []:
            mail.add_attachment(b"practice " * 200, maintype="application", subtype="octet-stream", filename=str(name))
    except (ValueError, TypeError) as error:
        raise BadField("text", f"cannot stand in a mail: {error}") from None
    return values["to"], mail.as_bytes()
