"""What can be seen of a text, and names fit to stand in a list."""

import re
import unicodedata

#: Letters that draw nothing, used for names that cannot be seen: Hangul fillers and the blank Braille pattern.
_UNSEEN = "\u115f\u1160\u3164\uffa0\u2800"
_LETTER = re.compile(f"[^\\W{_UNSEEN}]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean_name(text: str, *, limit: int = 200) -> str:
    """A name fit to show: control and direction-override characters out, blanks joined, cut to `limit` characters.

    Override characters would turn the rest of a line around; ordinary marks such as ZWNJ belong to Persian names and stay.
    Empty when nothing of it could be seen: a row without a name cannot be told from its neighbour.
    """
    name = " ".join(_UNFIT.sub("", text).split())[:limit]
    return name if shows_something(name) else ""


def shows_something(text: str) -> bool:
    """Whether any sign of a text leaves a mark on the screen. Blanks, joiners, direction marks and fillers do not."""
    if _LETTER.search(text):
        return True
    return any(unicodedata.category(sign)[0] not in "CMZ" and sign not in _UNSEEN for sign in text)


def addressed(handle: str) -> str:
    """A handle as people write it: with an @ in front, unless it is a telephone number."""
    return f"@{handle}" if handle and not handle.startswith("+") else handle
