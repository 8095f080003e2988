"""Reading a mailbox page by page, oldest first: the inbox, then what was sent from elsewhere in our name. The cursor, all JSON:

    {"inbox": {"validity": 7, "next": 1042},    mails below this number have been read, as long as the folder is the same
     "sent": {"name": "Sent", "validity": 3, "next": 12},
     "held": ["inbox", 1042, 2]}                a mail that cannot be fetched, and how often that was tried

Numbers are the server's UIDs. They only rise, until the server says with another UIDVALIDITY that it counts anew; then the last
mails are read again, and those that are known stay as they are. A search for `n:*` always gives the last mail, whatever n is.
"""

import imaplib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from social.networks._email_box import Box
from social.networks._email_ids import external_id
from social.networks._email_imap import Talk
from social.networks._email_mime import leaves, split
from social.networks._email_read import INBOX, SENT, attachments
from social.networks._shapes import mapping, string
from social.networks.values import Cursor, Envelope, Page

PAGE_ROWS = 25
PAGE_BYTES = 8 * 1024 * 1024
#: How far the first reading goes back.
BACKFILL = 1000
#: How many numbers one search spans; most of them may be of mails that are gone.
WINDOW = 20_000
#: Of a longer mail only the beginning is fetched: the words stand in front of the attachments.
READ_BYTES = 2 * 1024 * 1024
#: A mail larger than this is set aside unread, with its beginning to look at.
HUGE_BYTES = 50 * 1024 * 1024
PEEK_BYTES = 64 * 1024
#: What is kept of the source, once attachments are taken out.
KEPT_BYTES = 256 * 1024
TRIES = 5


@dataclass
class _Folder:
    """One folder on its way."""

    kind: str
    name: str
    validity: int
    next: int
    #: The number behind the last mail there is; None when the server does not say.
    end: int | None

    def state(self) -> dict[str, Any]:
        return {"name": self.name, "validity": self.validity, "next": self.next}


def fetch_page(talk: Talk, box: Box, cursor: Cursor, *, until: float) -> Page:
    """The next page. `until`, on the monotonic clock, ends it early. Raises what `talk` turns into words."""
    following = {name: dict(mapping(cursor.get(name))) for name in (INBOX, SENT) if mapping(cursor.get(name))}
    page = _read(talk, box, _opened(talk, INBOX, "INBOX", following.get(INBOX, {})), cursor, until)
    following[INBOX] = page.cursor[INBOX]
    items, broken, more, held = page.items, page.broken, page.more, page.cursor.get("held")
    if not more and not held and time.monotonic() < until:
        folder = _sent(talk, following.get(SENT, {}))
        if folder is not None:
            second = _read(talk, box, folder, cursor, until)
            following[SENT] = second.cursor[SENT]
            # The same mail may lie in both, when somebody writes to themselves.
            known = {item.external_id for item in items}
            items += tuple(item for item in second.items if item.external_id not in known)
            broken, more, held = broken + second.broken, second.more, second.cursor.get("held")
    return Page(items=items, cursor={**following, **({"held": held} if held else {})}, more=more, broken=broken)


def _sent(talk: Talk, state: dict[str, Any]) -> _Folder | None:
    """The folder of sent mails, open. None without one, or when it cannot be opened: the inbox is what must be read."""
    try:
        name = talk.sent_folder()
        return _opened(talk, SENT, name, state) if name else None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return None


def _opened(talk: Talk, kind: str, name: str, state: dict[str, Any]) -> _Folder:
    """Open a folder for reading. Begins anew when it is another than last time."""
    said = talk.client.select_folder(name, readonly=True)
    validity, end = _number(said.get(b"UIDVALIDITY")), _number(said.get(b"UIDNEXT"))
    known, reached = _number(state.get("validity")), _number(state.get("next"))
    same = known == (validity or 0) and reached is not None and string(state.get("name")) == name
    if same and reached is not None and (end is None or reached <= end):
        return _Folder(kind, name, validity or 0, reached, end)
    if end is None:
        last = talk.client.search(["UID", "*"])
        end_known = max((uid for uid in last if isinstance(uid, int)), default=0) + 1
        return _Folder(kind, name, validity or 0, max(1, end_known - BACKFILL), None)
    return _Folder(kind, name, validity or 0, max(1, end - BACKFILL), end)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32 else None


def _read(talk: Talk, box: Box, folder: _Folder, cursor: Cursor, until: float) -> Page:
    """The next mails of an open folder, as many as fit."""
    uids, rest = _numbers(talk, folder)
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    sizes = _sizes(talk, uids)
    budget = PAGE_BYTES
    held: list[Any] | None = None
    cut = False
    for uid in uids:
        size, arrived = sizes.get(uid, (None, None))
        if size is None:
            folder.next = uid + 1  # gone since the search
            continue
        takes = min(size, READ_BYTES if size <= HUGE_BYTES else PEEK_BYTES)
        if items and (takes > budget or time.monotonic() > until):
            cut = True
            break
        tries = _tries(cursor, folder, uid)
        about = {"folder": folder.kind, "uid": uid, "validity": folder.validity, "size": size, "received": _text(arrived)}
        if tries >= TRIES:
            broken.append(("The mail server does not hand this mail over.", about))
        else:
            try:
                source = _source(talk, uid, takes)
            except (imaplib.IMAP4.error, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
                # One mail at which the server or the talk breaks must not hold up the others for ever.
                held, cut = [folder.kind, uid, tries + 1], False
                break
            payload = _payload(box, about, source)
            if size > HUGE_BYTES:
                broken.append(("The mail is larger than 50 MB.", payload))
            else:
                envelope = Envelope(_name(payload["source"]), payload)
                items.setdefault(envelope.external_id, envelope)
        budget -= takes
        folder.next = uid + 1
    more = not held and (cut or rest)
    if not uids and folder.end is not None and not held:
        folder.next = max(folder.next, min(folder.next + WINDOW, folder.end))
        more = folder.next < folder.end
    following: Cursor = {folder.kind: folder.state(), **({"held": held} if held else {})}
    return Page(items=tuple(items.values()), cursor=following, more=more, broken=tuple(broken))


def _numbers(talk: Talk, folder: _Folder) -> tuple[list[int], bool]:
    """The next numbers to read, and whether there are more behind them."""
    if folder.end is not None and folder.next >= folder.end:
        return [], False
    top = "*" if folder.end is None else str(min(folder.next + WINDOW, folder.end) - 1)
    found = talk.client.search(["UID", f"{folder.next}:{top}"])
    uids = sorted({uid for uid in found if isinstance(uid, int) and uid >= folder.next})
    beyond = folder.end is not None and folder.next + WINDOW < folder.end
    return uids[:PAGE_ROWS], len(uids) > PAGE_ROWS or (bool(uids) and beyond)


def _sizes(talk: Talk, uids: list[int]) -> dict[int, tuple[int, datetime | None]]:
    """Size and arrival of some mails. One the answer leaves out is asked for again, by itself."""
    if not uids:
        return {}
    found = dict(talk.client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]))
    for uid in uids:
        if _number(mapping_of(found.get(uid)).get(b"RFC822.SIZE")) is None:
            found.update(talk.client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]))
    sizes: dict[int, tuple[int, datetime | None]] = {}
    for uid in uids:
        answer = mapping_of(found.get(uid))
        size, arrived = _number(answer.get(b"RFC822.SIZE")), answer.get(b"INTERNALDATE")
        if size is not None:
            sizes[uid] = (size, arrived if isinstance(arrived, datetime) else None)
    return sizes


def mapping_of(value: Any) -> dict[Any, Any]:
    """What IMAPClient says of one mail, or nothing. (Its dictionaries are of its own kinds.)"""
    return dict(value) if isinstance(value, dict) else {}


def _source(talk: Talk, uid: int, takes: int) -> bytes:
    """The first `takes` bytes of a mail. PEEK: that we read it is nobody's business. Raises KeyError when it does not come."""
    answer = mapping_of(talk.client.fetch([uid], [f"BODY.PEEK[]<0.{max(takes, 1)}>"]).get(uid))
    source = answer.get(b"BODY[]<0>", answer.get(b"BODY[]"))
    if not isinstance(source, bytes):
        raise KeyError(uid)
    return source[:takes]


def _tries(cursor: Cursor, folder: _Folder, uid: int) -> int:
    held = cursor.get("held")
    if isinstance(held, list) and len(held) == 3 and held[:2] == [folder.kind, uid] and isinstance(held[2], int):
        return held[2]
    return 0


def _text(arrived: datetime | None) -> str:
    if arrived is None:
        return ""
    aware = arrived if arrived.tzinfo else arrived.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="seconds")


def _payload(box: Box, about: dict[str, Any], source: bytes) -> dict[str, Any]:
    """What is stored of a mail: its source, a character for each byte, without what attachments hold and without NUL."""
    whole = source.replace(b"\x00", b"")
    mail = split(whole)
    listed = attachments(whole, mail)
    pieces, end = [], 0
    for part in sorted(leaves(mail), key=lambda part: part.start):
        if part.attached and part.end - part.start > 1000 and part.start >= end and mail.kind != "multipart/report":
            pieces.append(whole[end : part.start])
            end = part.end
    kept = b"".join([*pieces, whole[end:]])[:KEPT_BYTES]
    return {**about, "addresses": list(box.addresses), "attachments": listed, "source": kept.decode("latin-1")}


def _name(source: str) -> str:
    data = source.encode("latin-1")
    mail = split(data)
    return external_id(mail.head, data[mail.start :])
