"""Length as X counts it, so that what the demo shows as public could have been posted."""

from __future__ import annotations

import re

#: Source: twitter-text configuration v3. Code points in these ranges weigh 1, all others 2.
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_URL = re.compile(r"https?://\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|co|net|org|pk|ir|uk|example)\b\S*")
_URL_WEIGHT = 23
#: What modifies or joins an emoji weighs nothing of its own.
_EMOJI_TAIL = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d(?=[\u2190-\U0001ffff])")

PUBLIC_LIMIT = 280


def weighted_length(text: str) -> int:
    """Characters as X weighs them: a link 23, Latin and Arabic scripts 1, emoji and ideographs 2."""
    without_links, links = _URL.subn("", text)
    plain = _EMOJI_TAIL.sub("", without_links)
    return links * _URL_WEIGHT + len(plain) + len(_HEAVY.findall(plain))
