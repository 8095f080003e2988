"""What one stored mail means. Pure; every mail gives an item or a sentence why not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _

from social.networks._email_ids import external_id, is_ours, message_id, message_ids, thread_key
from social.networks._email_mime import (
    MAX_HEAD,
    Head,
    Part,
    address_key,
    addresses,
    head_of,
    leaves,
    safe_name,
    split,
    text_of,
)
from social.networks._email_programs import came_back, program_of
from social.networks._email_quotes import Folded, folded, html_folded
from social.networks._shapes import mappings, string
from social.networks._text import clean, text_of_html
from social.networks.errors import Malformed
from social.networks.senders import Program
from social.networks.values import Author, Item, Media

INBOX, SENT = "inbox", "sent"
MAX_TEXT = 60_000
MAX_SUBJECT = 300
MAX_MEDIA = 50
_ANSWERED = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|ref|rif|res|fwd?|wg|tr|enc|رد|إعادة توجيه|پاسخ|جواب|ارسال|ynt|odp|回复|答复|转发)\s*"
    r"(?:\[\d{1,3}\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
#: Where a mail says which of our addresses it was for. What the servers add comes first: it names tags, and whom a copy was for.
_FOR_WHOM = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
#: A mail that claims to be of later than this after it arrived does not know what time it is.
_AHEAD = timedelta(days=1)


def read_mail(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand one stored mail. Raises Malformed for what holds no source."""
    source = source_of(payload)
    mail = split(source)
    if not mail.head.fields:
        raise Malformed(_("This is no mail: it has no fields."), code="no_fields")
    arrived = moment_of(payload.get("received"))
    moment = _date(mail.head, arrived)
    if moment is None:
        raise Malformed(_("The mail says no time, and neither did the server."), code="no_time")
    ours_too = {address_key(account_id), *(address_key(string(entry)) for entry in _list(payload.get("addresses")))} - {""}
    identifier = external_id(mail.head, source[mail.start :])
    from_sent = payload.get("folder") == SENT
    # What arrives in the name of our own address proves nothing: only what we keep, or have signed, is ours.
    ours = from_sent or is_ours(identifier)
    returned = None if ours else came_back(source, mail)
    program = None if ours else _program(mail, ours_too, returned=returned is not None)
    author, counterpart, key = _people(mail, ours=ours, ours_too=ours_too, identifier=identifier, program=program)
    if returned is not None:
        # A bounce of our own mail belongs where the mail went, or nobody would see that it never arrived.
        author, key = Author(returned.recipient, returned.recipient), returned.thread_key
    words = _words(source, mail)
    return Item(
        external_id=identifier,
        root_id=identifier,
        revision=0,
        visibility="private",
        ours=ours,
        author=author,
        counterpart_id=counterpart,
        text=words.text,
        lang="",
        occurred_at=moment,
        thread_key=key,
        parent_id=_parent(mail.head),
        media=_media(payload),
        program=program,
        above=words.above,
        below=words.below,
        has_original=any(part.kind == "text/html" and not part.attached for part in leaves(mail)),
        written_to="" if ours else written_to(mail.head, ours_too, main=address_key(account_id)),
        fate=returned.fate if returned else None,
        # The copy of what was answered by itself stands in the inbox since it was queued; as words of ours it would end waiting.
        silent=is_ours(identifier) and program_of(mail.head, mail.kind) is not None,
    )


def _program(mail: Part, ours_too: set[str], *, returned: bool) -> Program | None:
    """Which kind of program wrote it. Under our own address in the inbox it is at most somebody's words through one."""
    if returned:
        return Program.BOUNCE
    found = program_of(mail.head, mail.kind, ours=ours_too)
    own = next(iter(addresses(mail.head.get("from"))), ("", ""))[1] in ours_too
    return Program.RELAYED if own and found in (None, Program.NOTICE) else found


def written_to(head: Head, ours: set[str] | tuple[str, ...], *, main: str) -> str:
    """Which of our addresses a mail was written to, without its tag: the answer comes from there. The main one if it names none."""
    for name in _FOR_WHOM:
        for value in head.all(name):
            for _shown, address in addresses(value):
                local, _at, domain = address.rpartition("@")
                for candidate in (address, f"{local.partition('+')[0]}@{domain}"):
                    # Servers name the mailbox itself in every mail, whatever address it was written to.
                    if candidate in ours and (candidate != main or name in ("to", "cc")):
                        return candidate
    return main


def source_of(payload: Mapping[str, Any]) -> bytes:
    """The source as it was stored: a character for each byte. Raises Malformed."""
    text = payload.get("source")
    if not isinstance(text, str) or not text.strip():
        raise Malformed(_("This is no mail: it has no source."), code="no_source")
    return text.encode("latin-1", "replace")


def moment_of(value: Any) -> datetime | None:
    """A time of ours, or None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _date(head: Head, arrived: datetime | None) -> datetime | None:
    """When it was written, as far as that can be believed; else when it arrived."""
    try:
        moment = parsedate_to_datetime(head.get("date")[:200])
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return arrived
    if moment < _OLDEST or (arrived is not None and moment > arrived + _AHEAD):
        return arrived
    return min(moment, arrived) if arrived is not None else moment


# --- who --------------------------------------------------------------------------------------------------------------
def _people(
    mail: Part, *, ours: bool, ours_too: set[str], identifier: str, program: Program | None
) -> tuple[Author | None, str, str]:
    """The author, the customer when it is our own mail, and the thread."""
    head, key = mail.head, thread_key(mail.head, identifier)
    sender = next(iter(addresses(head.get("from")) or addresses(head.get("sender")) or addresses(head.get("return-path"))), None)
    if ours:
        everybody = [address for name in ("to", "cc", "bcc") for _shown, address in addresses(head.get(name))]
        counterpart = next((address for address in everybody if address not in ours_too), "")
        return (Author(sender[1], sender[1], sender[0]) if sender else None), counterpart, key
    if sender is None:
        return None, "", key
    name, address = sender
    person, reply_to = next(
        ((shown, found) for shown, found in addresses(head.get("reply-to")) if found != address and found not in ours_too), ("", "")
    )
    if program == Program.RELAYED and reply_to:
        # A form wrote it for somebody, whom it names: the answer is for them.
        return Author(reply_to, reply_to, person or (name if address not in ours_too else "")), "", key
    if address in ours_too:
        # Our own address is nobody's contact.
        return None, "", key
    return Author(address, address, name, {"reply_to": reply_to} if reply_to else {}), "", key


def _parent(head: Head) -> str:
    """The mail this one answers, when it is one of ours: of others the Message-ID alone is not their whole name."""
    for candidate in (*message_ids(head.get("in-reply-to"))[:1], *message_ids(head.get("references"))[-1:]):
        if is_ours(candidate):
            return candidate
    return ""


def is_answer(head: Head) -> bool:
    """Whether a mail says that it answers another."""
    return bool(message_ids(head.get("in-reply-to")) or message_ids(head.get("references")))


# --- what -------------------------------------------------------------------------------------------------------------
def _words(source: bytes, mail: Part) -> Folded:
    """What was written, apart from what is quoted; above a mail that begins a conversation stands its subject."""
    taken = _text(source, mail)
    found = folded(taken.text)
    text = found.text[:MAX_TEXT]
    subject = "" if is_answer(mail.head) else mail.head.words("subject")[:MAX_SUBJECT]
    if subject and not text.startswith(subject):
        text = f"{subject}\n\n{text}" if text else subject
    above, below = _joined(taken.above, found.above), _joined(found.below, taken.below)
    return Folded(clean(above[:MAX_TEXT]), clean(text), clean(below[:MAX_TEXT]))


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text.strip())


def base_subject(head: Head) -> str:
    """The subject without what answering and forwarding put in front."""
    return _ANSWERED.sub("", head.words("subject")).strip()[:MAX_SUBJECT]


def _text(source: bytes, part: Part) -> Folded:
    """The words of a part; apart from them what its program marked as quoted in its HTML."""
    if part.kind == "multipart/alternative":
        plain = [child for child in part.children if _plain(child)]
        texts = (_text(source, child) for child in (*plain, *reversed(part.children)))
        return next((found for found in texts if found.text.strip()), Folded())
    if part.kind == "multipart/report":
        return next((found for found in (_text(source, child) for child in part.children) if found.text.strip()), Folded())
    if part.children:
        several = [_text(source, child) for child in part.children]
        return Folded(*(_joined(*texts) for texts in zip(*several, strict=True)))
    if part.attached:
        return Folded()
    text = text_of(source, part)
    if part.kind == "text/html":
        return Folded(*(text_of_html(piece) if piece else "" for piece in html_folded(text)))
    flowed = "flowed" in part.head.get("content-type")[:500].lower()
    return Folded(text=_flowed(text) if flowed else text if part.kind == "text/plain" else "")


def _plain(part: Part) -> bool:
    return part.kind == "text/plain" and not part.children


def _flowed(text: str) -> str:
    """Soft line breaks (RFC 3676) made whole again; quoted lines keep theirs."""
    lines: list[str] = []
    soft = False
    for raw in text.split("\n"):
        line = raw[1:] if raw.startswith(" ") else raw
        if soft and not line.startswith(">") and line != "-- ":
            lines[-1] += line
        else:
            lines.append(line)
        soft = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)


def attachments(source: bytes, mail: Part) -> list[dict[str, Any]]:
    """What is attached: name, type, and bytes as they stand in the source."""
    found = []
    for part in leaves(mail):
        if part.attached and not (mail.kind == "multipart/report" and part.kind.startswith("message/")):
            name = part.file_name or safe_name(part.kind.replace("/", "."))
            found.append({"name": name, "type": part.kind[:100], "bytes": part.end - part.start})
    return found[:MAX_MEDIA]


def _media(payload: Mapping[str, Any]) -> tuple[Media, ...]:
    kinds = {"image": "image", "video": "video", "audio": "audio"}
    listed = mappings(payload.get("attachments"))
    # Their contents stay in the mailbox: by the mail's own id and their place in it they are found there again.
    mail = message_id(head_of(string(payload.get("source"))[:MAX_HEAD].encode("latin-1", "replace")))
    return tuple(
        Media(
            kind=kinds.get(string(entry.get("type")).partition("/")[0], "file"),
            alt=safe_name(string(entry.get("name"))),
            reference=f"{number} {mail}" if mail else "",
        )
        for number, entry in enumerate(listed[:MAX_MEDIA])
        if isinstance(entry.get("name"), str)
    )
