"""Writing a mail: plain text and HTML of the same words, under a subject, below what it answers."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils.translation import gettext as _

from core.direction import direction_of
from social.networks._email_box import Box
from social.networks._text import clean
from social.networks.values import Attachment

MAX_SUBJECT = 200
#: Python breaks a longer word of a field into pieces that only it reads, and ids of mails are long words. RFC 5322 allows 998.
_POLICY = SMTP.clone(max_line_length=990)
#: RFC 5322 advises lines under 998 characters; older references are left out from the middle.
MAX_REFERENCES = 20
_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")
#: What a signature may look like: *bold* and _slanted_, within a line.
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*(?![\w*])")
_SLANTED = re.compile(r"(?<![\w_])_(?=\S)([^_\n]{1,200}?)(?<=\S)_(?![\w_])")
#: What a program writes says so, to programs of every house (RFC 3834; Microsoft's own field besides).
AUTOMATIC = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of the mail that is answered: its id, those it refers to, its subject, and which of our addresses it names."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    our_address: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says: the words, the signature below them, and what is quoted below that."""

    text: str
    signature: str = ""
    quote: Mapping[str, str] = field(default_factory=dict)
    automatic: bool = False


def composed(
    box: Box, *, to: str, letter: Letter, message_id: str, answered: Answered, at: datetime, files: tuple[Attachment, ...] = ()
) -> EmailMessage:
    """The mail as it is sent; its bytes are seven-bit, in lines of CRLF."""
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
    for name, value in AUTOMATIC.items() if letter.automatic else ():
        mail[name] = value
    plain = as_plain(letter)
    mail.set_content(f"{plain}\n", cte=_encoding(plain))
    mail.add_alternative(as_html(letter), subtype="html", cte=_encoding(plain))
    for file in files:
        kind, _slash, inner = file.mime.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=inner, filename=_one_line(file.name) or None)
    return mail


def ascii_address(address: str) -> str:
    """An address as every server takes it: the domain in its ASCII form. Raises ValueError for one that has none."""
    local, _at, domain = address.rpartition("@")
    if not local.isascii() or not local:
        raise ValueError("This address needs SMTPUTF8, which few servers speak.")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"


def as_plain(letter: Letter) -> str:
    """The letter as plain text: the signature below two dashes (RFC 3676, 4.3), the original marked line by line."""
    pieces = [_lines(letter.text)]
    if letter.signature:
        pieces.append("-- \n" + _SLANTED.sub(r"\1", _BOLD.sub(r"\1", _lines(letter.signature))))
    if letter.quote:
        marked = "\n".join(f"> {line}" if line else ">" for line in _lines(letter.quote.get("text", "")).split("\n"))
        pieces.append(f"{_lines(letter.quote.get('above', ''))}\n{marked}")
    return "\n\n".join(pieces)


def as_html(letter: Letter) -> str:
    """The letter as HTML: each paragraph runs in its own direction."""
    shown = [_paragraphs(_lines(letter.text))]
    if letter.signature:
        shown.append(f'<div class="signature">\n{_paragraphs(_lines(letter.signature), marked=True)}\n</div>')
    if letter.quote:
        above = _paragraphs(_lines(letter.quote.get("above", "")))
        shown.append(f'{above}\n<blockquote type="cite">\n{_paragraphs(_lines(letter.quote.get("text", "")))}\n</blockquote>')
    return "<!doctype html>\n<html><body>\n" + "\n".join(shown) + "\n</body></html>\n"


def _lines(text: str) -> str:
    return clean(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _paragraphs(text: str, *, marked: bool = False) -> str:
    # "auto" is HTML 5, which programs of mail without it read as from left to right.
    return "\n".join(
        f'<p dir="{"rtl" if direction_of(paragraph) == "rtl" else "auto"}">{_linked(paragraph, marked=marked)}</p>'
        for paragraph in re.split(r"\n{2,}", text)
    )


def _linked(text: str, *, marked: bool) -> str:
    """The text with its addresses as links; with `marked`, *bold* and _slanted_ as such."""

    def shown(words: str) -> str:
        escaped = html.escape(words)
        return _SLANTED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escaped)) if marked else escaped

    pieces, end = [], 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(".,;:!?)…،؛؟")
        pieces.append(shown(text[end : found.start()]))
        pieces.append(f'<a href="{html.escape(address)}">{html.escape(address)}</a>')
        end = found.start() + len(address)
    pieces.append(shown(text[end:]))
    return "".join(pieces).replace("\n", "<br>\n")


def _chain(answered: Answered) -> list[str]:
    chain = [*(found for found in answered.references if found != answered.message_id), answered.message_id]
    return chain if len(chain) <= MAX_REFERENCES else [chain[0], *chain[-(MAX_REFERENCES - 1) :]]


def _encoding(text: str) -> str:
    return "quoted-printable" if text.isascii() else "base64"


def _one_line(text: str) -> str:
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", clean(text)).split())
