"""What of a mail is new: quoted text and signatures fold away; the whole mail stays in the stored source.

Own rules, because the libraries for this know no Urdu, Persian or Arabic (docs/adr/email.md). In doubt nothing is cut: a mail
that would be empty afterwards, or in which somebody answers between the quoted lines, stays whole.
"""

import re

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


def fresh(text: str) -> str:
    """The part of `text` that its writer wrote, without blanks around it."""
    whole = text[:MAX_TEXT].strip()
    lines = whole.split("\n")
    cut = _quotation(lines)
    kept = lines[:cut] if cut is not None else lines
    kept = _without_signature(kept)
    return "\n".join(kept).strip() or whole


def unquoted_html(html: str) -> str:
    """HTML up to where its program begins to quote, unless nothing stands before that."""
    found = _HTML_QUOTES.search(html)
    before = html[: found.start()] if found else ""
    return before if re.sub(r"<style\b.{0,100000}?</style>|<[^>]{0,2000}>|&nbsp;|\s", "", before, flags=re.DOTALL) else html


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
