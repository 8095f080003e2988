"""Sentences that a worker stored, read in the reader's language.

Workers choose no language, so what they keep (why a pull failed, why a reply did not leave) stands in English. A sentence without
gaps is its own key in the catalogue; one with gaps ("{network} cannot be reached.") is recognised by what stands around them.
"""

import re
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.translation import trans_real

#: By another name, so that nobody looks for sentences in its arguments.
look_up = translation.gettext
#: Stands before the sentence that a telephone call is kept as.
CALL = "☎ "
#: Stands before a sentence of ours in somebody's message: what they did instead of writing. The sentence ends with its full stop.
NOTICE = "• "
_NOTICED = re.compile(r"• ([^.]+\.)(\s.*|)", re.DOTALL)
_GAP = re.compile(r"\{(\w+)\}")
#: With fewer letters of its own a sentence could be taken for too many others.
_MIN_LETTERS = 8


def in_words(text: str) -> str:
    """`text` in the language of whoever reads it, or as it is when the catalogue has no such sentence. What fills a gap is
    translated as well where it can be (a network's label); a network's own words stay as they came.
    """
    language = translation.get_language()
    return _translated(text, language) if text and language else text


def call_in_words(text: str) -> str:
    """The same for what a call was kept as, sign and all; whatever else somebody wrote stays as it is."""
    return CALL + in_words(text.removeprefix(CALL)) if text.startswith(CALL) else text


def noticed(text: str) -> tuple[str, str]:
    """Such a sentence that a message begins with, in the reader's language, and the rest of the message; none for any other."""
    found = _NOTICED.fullmatch(text) if text.startswith(NOTICE) else None
    return (in_words(found[1]), found[2].strip()) if found else ("", text)


def notice_in_words(text: str) -> str:
    """The same in one piece."""
    sentence, rest = noticed(text)
    return f"{NOTICE}{sentence} {rest}".rstrip() if sentence else text


@lru_cache(maxsize=4096)
def _translated(text: str, language: str) -> str:
    with translation.override(language):
        whole = look_up(text)
        if whole != text:
            return whole
        for pattern, sentence in _with_gaps(language):
            found = pattern.fullmatch(text)
            if found:
                filled = {name: look_up(value) if value else "" for name, value in found.groupdict().items()}
                return look_up(sentence).format(**filled)
    return text


@lru_cache(maxsize=16)
def _with_gaps(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Every sentence with gaps of a language's catalogue, those with most letters of their own first."""
    catalogue: Any = trans_real.translation(language)._catalog  # type: ignore[attr-defined]
    known = [key for key in catalogue.keys() if isinstance(key, str)]  # noqa: SIM118 - gettext's catalogue is no dict
    sentences = [key for key in known if len(_GAP.sub("", key)) >= _MIN_LETTERS and _GAP.search(key) and "\x04" not in key]
    sentences.sort(key=lambda key: -len(_GAP.sub("", key)))
    return [(_pattern(sentence), sentence) for sentence in sentences]


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces, seen, place = "", set[str](), 0
    for gap in _GAP.finditer(sentence):
        pieces += re.escape(sentence[place : gap.start()])
        pieces += f"(?P={gap[1]})" if gap[1] in seen else f"(?P<{gap[1]}>.*?)"
        seen.add(gap[1])
        place = gap.end()
    return re.compile(pieces + re.escape(sentence[place:]), re.DOTALL)
