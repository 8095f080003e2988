"""What the composer knows of the customer's language: how they wrote last."""

import json
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.direction import script_language
from core.templatetags.ui import language_name
from inbox.models import Direction, Message
from inbox.views.shown import language_of

#: So much of the customer's words is enough to know their script by.
SAMPLE = 120


def heard_in(messages: Iterable[Message]) -> dict[str, str] | None:
    """The language and some words of the customer's newest message that has any, and what languages and scripts are called."""
    spoken = [row for row in messages if row.direction == Direction.IN and row.shown_body.strip() and not row.call]
    if not spoken:
        return None
    body = spoken[-1].shown_body
    lang = script_language(body) or language_of(spoken[-1].lang, body)
    named = {"ur", "fa", "ar", "en", lang} - {""}
    names = {code: language_name(code) for code in sorted(named)} | {str(code): str(name) for code, name in _scripts().items()}
    return {"lang": lang, "sample": body[:SAMPLE], "names": json.dumps(names)}


def _scripts() -> dict[str, str]:
    return {
        "Latin": _("Latin letters"), "Arabic": _("Arabic letters"), "Cyrillic": _("Cyrillic letters"), "Greek": _("Greek letters"),
        "Hebrew": _("Hebrew letters"), "Devanagari": _("Devanagari letters"), "Bengali": _("Bengali letters"),
        "Gurmukhi": _("Gurmukhi letters"), "Thai": _("Thai letters"), "Han": _("Chinese or Japanese"), "Hangul": _("Korean"),
    }  # fmt: skip
