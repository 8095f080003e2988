"""What of a mail is new: quoted text and signatures fold away and stand beside it, to be unfolded in the thread.

Own rules, because the libraries for this know no Urdu, Persian or Arabic (docs/adr/email.md). In doubt nothing is folded: a mail
that would be empty afterwards, or in which somebody answers between the quoted lines, stays whole.
"""

import re
from typing import NamedTuple

MAX_TEXT = 100_000
_QUOTED = re.compile(r"^\s{0,3}(?:>|\|\s)")
#: How the line above a quotation ends, by language; what stands before it must hold a date or an address.
_WROTE = re.compile(
    r"(?:wrote|writes|schrieb(?: .{1,100})?|a écrit|escribió|escreveu|ha scritto|schreef(?: .{1,100})?|skrev(?: .{1,100})?|yazdı|"
    r"napisał\(?a?\)?|пишет|написал\(?а?\)?|(?:قام|قامت)? ?.{0,60}(?:كتب|كتبت|بكتابة)(?: .{1,100})?|نوشت|نوشته است|نوشته‌است|"
    r"نے لکھا(?: ہے)?|نے تحریر کیا|لکھتے ہیں|כתב(?:ה)?(?: .{1,100})?|写道|寫道|のメール)\s{0,3}[:：؛]\s*$",
    re.IGNORECASE,
)
_DATE = re.compile(r"[0-9۰-۹٠-٩]")
_ORIGINAL = re.compile(
    r"^\s*[-_]{2,}\s*(?:original message|original appointment|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"mensagem original|messaggio originale|oorspronkelijk bericht|الرسالة الأصلية|پیام اصلی|پیغام اصلی|اصل پیغام|orijinal mesaj)"
    r"\s*[-_]{2,}\s*$",
    re.IGNORECASE,
)
_FIELDS = re.compile(
    r"^\s*\**\s*(?:from|sent|date|to|cc|subject|von|gesendet|an|betreff|de|envoyé|à|objet|enviado|para|asunto|assunto|"
    r"من|تم الإرسال|التاريخ|إلى|الموضوع|از|فرستنده|ارسال شده|تاریخ|به|گیرنده|موضوع|منجانب|بھیجا گیا|بتاریخ|بنام|عنوان)"
    r"\s*\**\s*[:：]",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from (?:my|mail for|outlook|yahoo|proton)|get outlook for|von meinem .{1,30} gesendet|envoyé de mon|"
    r"enviado desde mi|أُرسلت من|أرسلت من|مرسل من|ارسال شده از|از .{1,30} من ارسال شد|میرے .{1,30} سے بھیجا گیا|"
    r"بھیجا گیا از).{0,80}$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^--\s?$|^—\s?$|^_{2}\s?$")
_RULE = re.compile(r"^\s*_{10,}\s*$")
#: Where a program's HTML begins to quote.
_HTML_QUOTES = re.compile(
    r"<(?:div|blockquote)\b[^>]{0,300}(?:class=[\"']?[^\"'>]{0,80}(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|"
    r"zmail_extra)|type=[\"']?cite|id=[\"']?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference))",
    re.IGNORECASE,
)
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b[^>]{0,2000}>", re.IGNORECASE)


class Folded(NamedTuple):
    """A text in three: what is new, and what stood above and below it."""

    above: str = ""
    text: str = ""
    below: str = ""


def folded(text: str) -> Folded:
    """What the writer wrote, and around it quotations and signatures. Nothing is lost but blanks."""
    whole = text[:MAX_TEXT].strip()
    lines = whole.split("\n")
    first = _answer_below(lines)
    cut = _quotation(lines) if not first else None
    last = len(lines) if cut is None else cut
    last = first + len(_without_signature(lines[first:last]))
    kept = "\n".join(lines[first:last]).strip()
    if not kept:
        return Folded(text=whole)
    return Folded("\n".join(lines[:first]).strip(), kept, "\n".join(lines[last:]).strip("\n").rstrip())


def fresh(text: str) -> str:
    """The part of `text` that its writer wrote, without blanks around it."""
    return folded(text).text


def html_folded(html: str) -> Folded:
    """HTML in the same three, cut where its program begins to quote; all of it is new when nothing stands around that."""
    found = _HTML_QUOTES.search(html)
    if not found:
        return Folded(text=html)
    if _says_something(html[: found.start()]):
        return Folded(text=html[: found.start()], below=html[found.start() :])
    end = _end_of_quote(html, found.start())
    answered_below = _says_something(html[end:]) and not _HTML_QUOTES.search(html, end) and "<blockquote" not in html[end:].lower()
    return Folded(above=html[:end], text=html[end:]) if answered_below else Folded(text=html)


def _says_something(html: str) -> bool:
    return bool(re.sub(r"<style\b.{0,100000}?</style>|<[^>]{0,2000}>|&nbsp;|\s", "", html, flags=re.DOTALL))


def _end_of_quote(html: str, start: int) -> int:
    """Where the first quotation from `start` on is closed; the end when it never is."""
    depth = 0
    for tag in _BLOCKQUOTE.finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth <= 0:
            return tag.end()
    return len(html)


def _answer_below(lines: list[str]) -> int:
    """Where the answer begins that was written below everything quoted; 0 when it was not. Nothing quoted may follow it."""
    marked = [place for place, line in enumerate(lines) if _QUOTED.match(line)]
    if not marked or any(line.strip() for line in lines[marked[-1] + 1 :]) is False:
        return 0
    first, last = marked[0], marked[-1]
    if any(lines[place].strip() and not _QUOTED.match(lines[place]) for place in range(first, last)):
        return 0
    before = next((place for place in range(first - 1, -1, -1) if lines[place].strip()), -1)
    if before >= 0:
        above = _attribution(lines, before)
        if above is None or any(line.strip() for line in lines[:above]):
            return 0
    rest = [line for line in lines[last + 1 :] if line.strip()]
    return 0 if _SIGNATURE.match(rest[0]) else last + 1


def _quotation(lines: list[str]) -> int | None:
    """The line with which the quotation begins that goes on to the end; None without one."""
    for place, line in enumerate(lines):
        if place and _ORIGINAL.match(line):
            return place
        if place and _RULE.match(line) and _header_block(lines, place + 1):
            return place
        if place and _header_block(lines, place) and not lines[place - 1].strip():
            return place
        above = _attribution(lines, place)
        if above is None or above == 0:
            continue
        following = [text for text in lines[place + 1 :] if text.strip()]
        quoted = [bool(_QUOTED.match(text)) for text in following]
        # Without marks the program has quoted by indenting, and all of it; with marks somebody may have answered below them.
        if not any(quoted) or all(quoted) or _only_signature(following, quoted):
            return above
        return None
    last = len(lines)
    while last and (not lines[last - 1].strip() or _QUOTED.match(lines[last - 1])):
        last -= 1
    marked = any(_QUOTED.match(line) for line in lines[last:])
    interleaved = any(_QUOTED.match(line) for line in lines[:last])
    return last if marked and last and not interleaved else None


def _attribution(lines: list[str], place: int) -> int | None:
    """Where a “… wrote:” that ends on this line begins: programs break it over up to three lines."""
    if not lines[place].rstrip().endswith((":", "：", "؛")):
        return None
    found: int | None = None
    for first in range(place, max(place - 3, -1), -1):
        if not lines[first].strip() or _QUOTED.match(lines[first]):
            return found
        joined = " ".join(line.strip() for line in lines[first : place + 1])
        if len(joined) > 400 or not _WROTE.search(joined):
            return found
        if _DATE.search(joined):
            return first
        if "@" in joined:
            # The date may stand on the line above.
            found = first
    return found


def _header_block(lines: list[str], place: int) -> bool:
    """Whether the fields of an older mail stand here, as Outlook puts them: at least three of them in six lines."""
    if place >= len(lines) or not _FIELDS.match(lines[place]):
        return False
    return sum(bool(_FIELDS.match(line)) for line in lines[place : place + 6]) >= 3


def _only_signature(following: list[str], quoted: list[bool]) -> bool:
    """Whether nothing but a signature follows the last quoted line."""
    last = max(number for number, mark in enumerate(quoted) if mark)
    begun = all(quoted[: last + 1])
    return begun and last + 1 < len(following) and bool(_SIGNATURE.match(following[last + 1]))


def _without_signature(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        if place and _SIGNATURE.match(line) and len(lines) - place <= 30:
            return lines[:place]
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[: end - 1] if end > 1 and _SENT_FROM.match(lines[end - 1]) else lines
