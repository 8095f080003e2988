"""Which mails programs wrote, and what a mail that came back says of ours (RFC 3834, 3464, 3463; read 2026-11)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from social.networks._email_ids import message_ids, ours_in, read_ours
from social.networks._email_mime import Head, Part, address_key, addresses, body_of, body_start, head_of, leaves, text_of
from social.networks.fates import Fate
from social.networks.senders import Program

_ROBOTS = re.compile(r"^(?:mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|noreply|root|auto-?(?:reply|confirm))\b")
_RETURNERS = re.compile(r"^(?:mailer-daemon|postmaster|bounces?|mail-?daemon)\b")
_REPLIERS = frozenset({"x-autoreply", "x-autorespond", "x-auto-reply"})
_LISTS = frozenset({"list-id", "list-unsubscribe"})
#: Who writes this wants no automatic answer; Exchange and others also put it into what people write.
_SILENT = frozenset({"x-auto-response-suppress", "x-loop"})
_AWAY = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|abwesenheitsnotiz|"
    r"réponse automatique|respuesta automática|رد تلقائي|الرد التلقائي|پاسخ خودکار|خودکار جواب)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
MAX_REPORT = 20_000
MAX_RETURNED = 50_000

#: What a status means, by subject and detail (RFC 3463, 3886; IANA's registry). Whole ones first, then by subject alone.
_WHY = {
    "1.1": gettext_noop("There is no mailbox of this name."),
    "1.2": gettext_noop("The domain of this address receives no mail."),
    "1.10": gettext_noop("The domain of this address receives no mail."),
    "4.4": gettext_noop("The domain of this address receives no mail."),
    "2.1": gettext_noop("The mailbox is switched off."),
    "2.2": gettext_noop("The mailbox is full."),
    "2.3": gettext_noop("The mail is too large for its mailbox."),
    "3.4": gettext_noop("The mail is too large for its mailbox."),
    "1": gettext_noop("There is no mailbox of this name."),
    "4": gettext_noop("The other side's server could not be reached."),
    "7": gettext_noop("The other side's server refused it, by its rules or as spam."),
}
_NO_REASON = gettext_noop("The other side gave no reason that can be read.")


@dataclass(frozen=True, slots=True)
class Returned:
    """A report about a mail that we certainly sent: whom it was for, its thread, and what became of it if that is final."""

    recipient: str
    thread_key: str
    fate: Fate | None


def program_of(head: Head, kind: str, *, ours: Collection[str] = ()) -> Program | None:
    """Which kind of program wrote a mail; None for a person. `ours` are our addresses: a list of our own is no newsletter."""
    names = {name for name, _value in head.fields}
    submitted = head.get("auto-submitted").partition(";")[0].strip().lower()
    precedence = head.get("precedence").strip().lower()
    sender = next(iter(addresses(head.get("from"))), ("", ""))[1]
    if kind == "multipart/report" or (_RETURNERS.match(sender) and submitted != "auto-generated"):
        return Program.BOUNCE
    if submitted not in ("", "no"):
        answers = bool(message_ids(head.get("in-reply-to")) or message_ids(head.get("references")))
        away = submitted == "auto-replied" or answers or bool(_AWAY.match(head.words("subject")))
        return Program.AUTO_REPLY if away else Program.NOTICE
    if names & _REPLIERS or precedence in ("auto_reply", "auto-reply"):
        return Program.AUTO_REPLY
    if (precedence in ("bulk", "junk", "list") or names & _LISTS) and not is_own_list(head, ours):
        return Program.BULK
    if head.get("return-path").replace(" ", "") == "<>":
        return Program.AUTO_REPLY
    if _ROBOTS.match(sender):
        others = [address for _shown, address in addresses(head.get("reply-to")) if address != sender]
        by_a_person = any(not _ROBOTS.match(address) and address not in ours for address in others)
        return Program.RELAYED if by_a_person else Program.NOTICE
    return Program.RELAYED if names & _SILENT else None


def is_automatic(head: Head, kind: str) -> bool:
    """Whether a program wrote it, so that no program may answer."""
    return program_of(head, kind) is not None


def is_own_list(head: Head, ours: Collection[str]) -> bool:
    """Whether a list that mail came over is one of our own domain (a group that spreads what customers write)."""
    domains = {address.rpartition("@")[2] for address in ours}
    posts = [found.rpartition("@")[2].lower() for found in re.findall(r"<mailto:([^<>?\s]{1,200})", head.get("list-post")[:2000])]
    return any(domain in domains for domain in posts)


def came_back(source: bytes, mail: Part) -> Returned | None:
    """What a report says about a mail of ours. Only what carries an id that we signed is believed.

    Reports of the standard first; then what older servers write as plain words, when a status stands in it.
    """
    if mail.kind == "multipart/report":
        return _report(source, mail)
    sender = next(iter(addresses(mail.head.get("from"))), ("", ""))[1]
    if not _RETURNERS.match(sender) and mail.head.get("return-path").replace(" ", "") != "<>":
        return None
    words = "\n".join(text_of(source, part)[:MAX_RETURNED] for part in leaves(mail) if part.kind == "text/plain")
    identifier, status = next(iter(ours_in(words)), ""), _STATUS.search(words)
    if not identifier or not status:
        return None
    inside = words[words.find(identifier[:-1]) - MAX_RETURNED // 4 :] if identifier in words else words
    recipient = _recipient_in(inside) or _recipient_in(words)
    if not recipient:
        return None
    return Returned(recipient, read_ours(identifier), fate_of(identifier, status[0]) if status[1] == "5" else None)


def _recipient_in(words: str) -> str:
    """Whom the returned mail was for, by the `To` of it that stands among the words."""
    found = re.search(r"(?mi)^To:[ \t]*(.{3,300})$", words)
    return next((address for _shown, address in addresses(found[1] if found else "")), "")


def _report(source: bytes, mail: Part) -> Returned | None:
    fields: dict[str, str] = {}
    identifier, recipient = "", ""
    for part in leaves(mail):
        if part.kind == "message/delivery-status":
            fields = fields or _worst(body_of(source, part)[:MAX_REPORT].decode("latin-1"))
        elif part.kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            inside = body_of(source, part)[:MAX_RETURNED]
            head = head_of(inside[: body_start(inside, 0, len(inside))])
            identifier = next((one for one in message_ids(head.get("message-id")) if read_ours(one)), identifier)
            # Forwarding changes the final recipient: the customer is whom we wrote to.
            recipient = next((address for _shown, address in addresses(head.get("to"))), recipient)
    recipient = recipient or address_key((fields.get("original-recipient") or fields.get("final-recipient", "")).rpartition(";")[2])
    if not identifier or not recipient:
        return None
    status = fields.get("status", "").strip()
    # Without a word of what was done it is a report of failure: nobody sends others unasked.
    final = fields.get("action", "failed").strip().lower() == "failed"
    said = status or fields.get("diagnostic-code", "")
    # One that is not final (`delayed`) says nothing yet: its server goes on trying.
    return Returned(recipient, read_ours(identifier), fate_of(identifier, said) if final else None)


def _worst(text: str) -> dict[str, str]:
    """The fields of the recipient whom it did not reach, else of the first one (RFC 3464: groups between empty lines)."""
    groups: list[dict[str, str]] = []
    for block in re.split(r"\r?\n[ \t]*\r?\n", text):
        named = (line.partition(":") for line in re.sub(r"\r?\n[ \t]+", " ", block).splitlines())
        fields = {name.strip().lower(): value.strip() for name, colon, value in named if colon}
        if {"final-recipient", "original-recipient"} & fields.keys():
            groups.append(fields)
    failed = (group for group in groups if group.get("action", "").lower() == "failed")
    return next(failed, groups[0] if groups else {})


def fate_of(identifier: str, said: str, *, words: str = "") -> Fate:
    """What a final status means for our mail; `words` are the other side's own, where no status stands in what was said."""
    status = _STATUS.search(said)
    code = status[0] if status else ""
    subject, detail = (status[2], status[3]) if status else ("", "")
    # Translated where it is read: what a worker stores stands in English (core/reasons.py).
    why = _WHY.get(f"{subject}.{detail}") or _WHY.get(subject) or (words if not status else "") or _NO_REASON
    if status and status[1] == "4":
        reason = _("It came back after several tries: {why} Sending it again later may help. ({code})").format(why=why, code=code)
        return Fate(identifier, reason=reason, code="bounced_soft")
    if code:
        return Fate(identifier, reason=_("It came back: {why} ({code})").format(why=why, code=code), code="bounced_hard")
    return Fate(identifier, reason=_("It came back: {why}").format(why=why), code="bounced_hard")
