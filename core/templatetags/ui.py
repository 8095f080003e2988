"""Template tags of the look: icons, faces, network marks, times, sparklines, form fields, message bodies.

Nothing here knows a customer or a network: whatever has the named attributes can be drawn.
"""

import json
import re
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, override
from django.utils.translation import gettext as _

from core.dates import ago_words, day_in, digits, moment_in
from core.direction import direction_of, script_language
from core.folding import fold
from core.names import addressed
from core.reasons import CALL, call_in_words, in_words, notice_in_words, noticed

register = template.Library()
register.filter(in_words)
register.filter(addressed)

HUES = 8
#: Drawings that point along the line of text and therefore turn round in right-to-left pages.
TURNING = frozenset(
    {
        "arrow-back-up",
        "arrow-left",
        "arrow-narrow-right",
        "arrow-right",
        "chevron-left",
        "chevron-right",
        "external-link",
        "layout-sidebar",
        "layout-sidebar-right",
        "list",
        "logout",
        "message",
        "message-circle",
        "messages",
        "note",
        "send",
    }
)
_LINK = re.compile(r"https?://[^\s<>\"'\u200e\u200f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
#: On some networks a handle is a domain name, or has one behind it; a full stop that ends a sentence is part of neither.
_NAME = r"@[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*"
_HANDLE = re.compile(rf"(?<![\w@/.]){_NAME}(?:{_NAME})?")
_OPENING_HANDLES = re.compile(rf"^(?:{_NAME}(?:{_NAME})?[,:]?\s+)+")
#: What ends a sentence around a link and is not part of it, in four scripts' punctuation.
_TRAILING = ".,;:!?)]}»\u2019\u201d\u060c\u061b\u061f\u06d4"


@register.filter
def isolated(text: object) -> str:
    """A name in a plain text, such as a placeholder, where no `bdi` can stand: its direction is its own (Unicode UAX 9, FSI)."""
    return f"\u2068{text}\u2069"


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """One drawing of the sprite. Without `label` it is decoration; sizes: s, l, xl."""
    css = "icon" + (f" icon-{size}" if size else "") + (" icon-turn" if name in TURNING else "")
    sprite = static("vendor/tabler/sprite.svg")
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, sprite, name
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name)


@register.filter
def initials(name: str | None) -> str:
    """Up to two letters for a face without a picture: `Ayesha Khan` → AK, `@k_tanaka` → KT."""
    words = [w for w in re.split(r"[^\w]+|_+", name or "", flags=re.UNICODE) if w and w[0].isalpha()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def hue(seed: object) -> int:
    """A stable number from 0 to 7: the same person keeps the same colour on every screen and machine."""
    return zlib.crc32(str(seed).encode()) % HUES


@register.simple_tag
def net(network: Any, size: str = "") -> SafeString:
    """The mark of a network: its icon on its own colour. Wants `label`, `icon`, `color`.

    The colour is an SVG attribute because the content security policy refuses style attributes.
    """
    if not network:
        return SafeString("")
    return format_html(
        '<svg class="net{}" viewBox="0 0 24 24" role="img" aria-label="{}"><title>{}</title>'
        '<rect width="24" height="24" fill="{}"/>'
        '<use href="{}#{}" x="5" y="5" width="14" height="14" color="#fff" stroke-width="2.25"/></svg>',
        f" net-{size}" if size else "",
        network.label,
        network.label,
        network.color,
        static("vendor/tabler/sprite.svg"),
        network.icon,
    )


@register.simple_tag
def face(
    name: str | None,
    seed: object = None,
    *,
    network: Any = None,
    vip: bool = False,
    size: str = "",
    picture: str = "",
) -> SafeString:
    """A face: a picture if we serve one, else initials on a stable colour; with network mark and VIP ring."""
    css = "face" + (f" face-{size}" if size else "") + (" face-vip" if vip else "")
    inside: SafeString = (
        format_html('<img src="{}" alt="" loading="lazy">', picture)
        if picture
        else format_html('<span aria-hidden="true">{}</span>', initials(name))
    )
    return format_html(
        '<span class="{}" data-hue="{}">{}{}</span>',
        css,
        hue(seed if seed is not None else name),
        inside,
        net(network),
    )


@register.simple_tag(takes_context=True)
def moment(context: template.Context, value: datetime | None, style: str = "ago") -> SafeString:
    """A `<time>`. Styles: ago (short, kept fresh by the browser), clock, day, date, full.

    Drawn in the person's calendar, zone and digits here, so that nothing jumps when the script takes over.
    """
    if value is None:
        return SafeString("")
    calendar = str(context.get("calendar") or "gregorian")
    local = timezone.localtime(value)
    language = get_language() or "en"
    full = moment_in(local, calendar=calendar, style="full", language=language)
    text = moment_in(local, calendar=calendar, style=style, language=language)
    return format_html('<time datetime="{}" data-when="{}" title="{}">{}</time>', value.isoformat(), style, full, text)


@register.simple_tag
def ago_attributes() -> SafeString:
    """The words for how long ago, as data attributes for the script that keeps times fresh."""
    return format_html_join("", ' data-ago-{}="{}"', ago_words().items())


@register.filter
def day(value: datetime) -> str:
    """The day a moment falls on in the person's time zone, as a key for day separators."""
    return day_in(value)


@register.filter
def weekday(value: datetime) -> str:
    """The name of the day a moment falls on in the person's time zone."""
    return str(WEEKDAYS[timezone.localtime(value).weekday()])


@register.filter
def first_letters(name: str) -> str:
    """A day's name as short as a narrow column wants it: two letters, or one where they join."""
    return name[:2] if name.isascii() else name.removeprefix("ال")[:1]


@register.filter
def num(value: object) -> str:
    """A whole number with the digits of the page's language and grouped thousands."""
    if value is None or value == "":
        return ""
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return digits(text, language=get_language() or "en")


@register.filter
def pretty(value: object) -> str:
    """Something JSON-like, indented for reading; letters of all scripts as they are."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """A small line of values drawn as SVG, oldest first. `label` says in words what it shows."""
    points = list(values)
    if len(points) < 2:
        return SafeString("")
    top = max(*points, 1)
    step = 100 / (len(points) - 1)
    line = " ".join(f"{i * step:.1f},{38 - 34 * v / top:.1f}" for i, v in enumerate(points))
    return format_html(
        '<svg class="spark" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polygon class="area" points="0,40 {} 100,40"/><polyline class="line" points="{}"/></svg>',
        label,
        line,
        line,
    )


@register.filter
def text_dir(text: str | None) -> str:
    """`rtl` or `ltr` by the first real word, skipping handles, hashtags and links."""
    return direction_of(notice_in_words(call_in_words(text or "")))


@register.filter
def words_dir(text: str | None) -> str:
    """The direction of a stored reason as `in_words` shows it: the page's where it is translated, whatever name it begins with, and
    its own where it stands as it came.
    """
    if in_words(text or "") != (text or ""):
        return "rtl" if get_language_bidi() else "ltr"
    return text_dir(text)


_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*(?![\w*])")
_SLANTED = re.compile(r"(?<![\w_])_(?=\S)([^_\n]{1,200}?)(?<=\S)_(?![\w_])")


@register.filter
def signed(text: str) -> SafeString:
    """A signature as its reader sees it: *bold* and _slanted_."""
    return mark_safe(_SLANTED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escape(text))))  # noqa: S308 - escaped first


@register.filter
def is_quotation(text: str) -> bool:
    """Whether what is folded away quotes somebody; else it is a signature: one line, or what stands below two dashes."""
    lines = text.strip().split("\n")
    return lines[0].startswith(">") or (len(lines) > 1 and not lines[0].startswith(("--", "—")))


@register.filter
def text_lang(text: str | None) -> str:
    """`ur`, `fa` or `ar` for Arabic-script text, else empty: the `lang` attribute that picks the typeface."""
    return script_language(text or "") or ""


@register.filter
def language_name(code: str | None) -> str:
    """A language by its name, as settings name it; the code where Rabta does not speak it."""
    base, _separator, script = (code or "").partition("-")
    name = dict(settings.LANGUAGES).get(base)
    if name is None or script not in ("", "Latn"):
        return code or ""
    # Translators: a language written in Latin letters, such as "Urdu in Latin letters".
    return _("%(language)s in Latin letters") % {"language": name} if script else str(name)


@register.filter
def call_words(text: str | None) -> str:
    """What a telephone call says, in the reader's language and without its sign: a drawing stands beside it."""
    return call_in_words(text or "").removeprefix(CALL)


@register.filter
def opening(text: str | None) -> SafeString:
    """A snippet, escaped, without the handles it opens with: whom a post is addressed to, the list shows by other means."""
    if (text or "").startswith(CALL):
        return escape(call_in_words(text or ""))
    text = notice_in_words(text or "")
    return mark_safe(_with_handles(_OPENING_HANDLES.sub("", text) or text))  # noqa: S308 - escaped piece by piece


def _with_handles(text: str) -> str:
    """Escaped text in which handles run left to right whatever runs around them; else an @ jumps to their other end."""
    out, last = [], 0
    for found in _HANDLE.finditer(text):
        out.append(escape(text[last : found.start()]))
        out.append(format_html('<bdi dir="ltr">{}</bdi>', found.group()))
        last = found.end()
    return "".join([*out, escape(text[last:])])


@register.filter
def linked(text: str | None) -> SafeString:
    """Escape a message body and turn its web addresses into links that carry nothing along."""
    sentence, text = noticed(text or "")
    out: list[str] = []
    last = 0
    if sentence:
        out.append(format_html('<span class="msg-notice" lang="" dir="auto">{}</span>', sentence))
    for found in _LINK.finditer(text):
        address = found.group().rstrip(_TRAILING)
        out.append(_with_handles(text[last : found.start()]))
        out.append(
            format_html(
                '<a href="{}" rel="nofollow noopener noreferrer" target="_blank" dir="ltr">{}</a>',
                address,
                address,
            )
        )
        last = found.start() + len(address)
    out.append(_with_handles(text[last:]))
    return mark_safe("".join(out))  # noqa: S308 - every piece above is escaped


@register.filter
def naming(text: str | None, mentions: Sequence[dict[str, Any]]) -> SafeString:
    """A text as `linked` draws it, in which the names of `mentions` stand out."""
    names = sorted({re.escape(f"@{each['name']}") for each in mentions}, key=len, reverse=True)
    if not names or not text:
        return linked(text)
    pieces = re.split(rf"(?<![\w/])({'|'.join(names)})", text)
    drawn = [format_html('<b class="mention">{}</b>', piece) if n % 2 else linked(piece) for n, piece in enumerate(pieces)]
    return mark_safe("".join(drawn))  # noqa: S308 - every piece above is escaped


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with label, hint and errors, wired for screen readers."""
    kind = getattr(bound.field.widget, "input_type", "") or bound.field.widget.__class__.__name__.lower()
    described = " ".join(
        name
        for name, there in (
            (f"{bound.id_for_label}_hint", hint or bound.help_text),
            (f"{bound.id_for_label}_error", bound.errors),
        )
        if there
    )
    attributes: dict[str, str | bool] = {}
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "bound": bound,
        "widget": bound.as_widget(attrs=attributes),
        "kind": kind,
        "hint": hint or bound.help_text,
        "optional": not bound.field.required and kind not in ("checkbox", "hidden"),
        "optional_word": _("optional"),
    }


@register.filter
def folded(text: object) -> str:
    """A text as search sees it; a sentence of ours in English, too, for whoever knows only that word."""
    words = fold(str(text))
    with override("en"):
        english = fold(str(text))
    return words if english == words else f"{words} {english}"
