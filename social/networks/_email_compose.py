"""Writing a mail: plain text and HTML of the same words, under a subject, below what it answers."""

import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils.translation import gettext as _

from social.networks._email_box import Box
from social.networks._text import clean
from social.networks.values import Attachment

MAX_SUBJECT = 200
#: Python breaks a longer word of a field into pieces that only it reads, and ids of mails are long words. RFC 5322 allows 998.
_POLICY = SMTP.clone(max_line_length=990)
#: RFC 5322 advises lines under 998 characters; older references are left out from the middle.
MAX_REFERENCES = 20
_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of the mail that is answered: its id, those it refers to, its subject, and which of our addresses it names."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    our_address: str = ""


def composed(
    box: Box, *, to: str, text: str, message_id: str, answered: Answered, at: datetime, files: tuple[Attachment, ...] = ()
) -> bytes:
    """The mail as it is sent: seven-bit, lines of CRLF."""
    mail = EmailMessage(policy=_POLICY)
    sender = answered.our_address or box.address
    mail["From"] = Address(display_name=_one_line(box.sender_name), addr_spec=sender)
    mail["To"] = Address(addr_spec=ascii_address(to))
    subject = _one_line(answered.subject)[:MAX_SUBJECT].strip()
    mail["Subject"] = f"Re: {subject}" if subject else _("Your message")
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    if answered.message_id:
        mail["In-Reply-To"] = answered.message_id
        mail["References"] = " ".join(_chain(answered))
    words = clean(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    mail.set_content(f"{words}\n", cte=_encoding(words))
    mail.add_alternative(as_html(words), subtype="html", cte=_encoding(words))
    for file in files:
        kind, _slash, inner = file.mime.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=inner, filename=_one_line(file.name) or None)
    return mail.as_bytes()


def ascii_address(address: str) -> str:
    """An address as every server takes it: the domain in its ASCII form. Raises ValueError for one that has none."""
    local, _at, domain = address.rpartition("@")
    if not local.isascii() or not local:
        raise ValueError("This address needs SMTPUTF8, which few servers speak.")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"


def as_html(text: str) -> str:
    """The words as HTML: each paragraph runs in its own direction."""
    paragraphs = re.split(r"\n{2,}", text)
    shown = "\n".join(f'<p dir="auto">{_linked(paragraph)}</p>' for paragraph in paragraphs)
    return f"<!doctype html>\n<html><body>\n{shown}\n</body></html>\n"


def _linked(text: str) -> str:
    pieces, end = [], 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(".,;:!?)…،؛؟")
        pieces.append(html.escape(text[end : found.start()]))
        pieces.append(f'<a href="{html.escape(address)}">{html.escape(address)}</a>')
        end = found.start() + len(address)
    pieces.append(html.escape(text[end:]))
    return "".join(pieces).replace("\n", "<br>\n")


def _chain(answered: Answered) -> list[str]:
    chain = [*(found for found in answered.references if found != answered.message_id), answered.message_id]
    return chain if len(chain) <= MAX_REFERENCES else [chain[0], *chain[-(MAX_REFERENCES - 1) :]]


def _encoding(text: str) -> str:
    return "quoted-printable" if text.isascii() else "base64"


def _one_line(text: str) -> str:
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", clean(text)).split())
