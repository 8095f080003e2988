"""Which way a text runs, and which Arabic-script language it most likely is."""

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]
RTL_LANGUAGES = frozenset({"ar", "fa", "ur", "he", "ps", "sd", "ckb", "ug", "yi"})
_URDU_ONLY = frozenset("ٹڈڑںےہھۓ")
_PERSIAN_ONLY = frozenset("پچژگ")
_PERSIAN_SHAPES = frozenset("یک")
_ARABIC_ONLY = frozenset("ةىيكإأ")


#: Words of Latin letters that stand in any language: links, mail addresses, codes with digits.
_LATIN_THING = re.compile(r"^(https?://\S+|\S+@\S+|[A-Za-z]*[-/_]?\d[\w/-]*)[.,:;!?؟،۔)]*$", re.ASCII)


def direction_of(text: str, *, default: Direction = "ltr") -> Direction:
    """The direction of the first strong character, skipping handles, hashtags, links, addresses and order codes.

    A post that opens with “@brand” or “ZH-584772” would otherwise always run left to right.
    """
    for word in text.split():
        if word[:1] in "@#" or _LATIN_THING.match(word):
            continue
        for character in word:
            kind = unicodedata.bidirectional(character)
            if kind in ("R", "AL"):
                return "rtl"
            if kind == "L":
                return "ltr"
    return default


def script_language(text: str) -> str | None:
    """`ur`, `fa` or `ar` for Arabic-script text by the letters only one of them has; None for other scripts.

    A hint for fonts and the `lang` attribute, not understanding: that is a room of its own.
    """
    letters = [c for c in text if "\u0600" <= c <= "\u06ff" and c.isalpha()]
    if len(letters) * 2 < sum(c.isalpha() for c in text):
        return None
    if not letters:
        return None
    if any(c in _URDU_ONLY for c in letters):
        return "ur"
    if any(c in _ARABIC_ONLY for c in letters):
        return "ar"
    if any(c in _PERSIAN_ONLY or c in _PERSIAN_SHAPES for c in letters):
        return "fa"
    return "ar"
