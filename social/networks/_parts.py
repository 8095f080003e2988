"""Cutting a text that is too long for one public answer into several that follow each other."""

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import wcwidth

from social.networks.errors import Text
from social.networks.values import Outgoing

#: More than so many answers below each other are read by nobody.
MAX_PARTS = 25
#: Where a sentence ends, in the scripts our users write; what closes after it belongs to it.
_SENTENCE = re.compile(r"(?:[.!?…؟۔]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』）]*|\n)")
_BLANK = re.compile(r"\s")
#: Thai, Lao, Myanmar, Khmer (Unicode blocks).
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
#: So many letters are looked at first, then twice as many each time: counting all of a long text for each part takes its square.
_NEAR = 1000
#: A sentence's end counts from this share of what fits on: a part of three words is no part.
_LEAST = 0.5


def cut(text: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
    """`text` in parts that all fit, cut where a sentence ends, else between words, in scripts without blanks between characters.

    No word is lost and none is parted; blanks at the cuts go. Empty where it would be more than MAX_PARTS, or cannot be cut. Pure.
    """
    rest = text.strip()
    parts: list[str] = []
    while rest:
        near = _NEAR
        while near < len(rest) and fits(rest[:near].rstrip()):
            near *= 2
        if near >= len(rest) and fits(rest):
            return (*parts, rest)
        if len(parts) + 1 >= MAX_PARTS:
            return ()
        size = _longest(rest, fits, near)
        if not size:
            return ()
        parts.append(rest[:size].rstrip())
        rest = rest[size:].lstrip()
    return tuple(parts)


def _longest(text: str, fits: Callable[[str], bool], near: int) -> int:
    """After how many letters, fewer than `near`, to cut `text`, which does not fit as a whole. 0 where nothing of it does."""
    low, high = 0, min(near, len(text))
    while low + 1 < high:
        middle = (low + high) // 2
        if fits(text[:middle].rstrip()):
            low = middle
        else:
            high = middle
    window = text[: low + 1]
    ends = [found.end() for found in _SENTENCE.finditer(window) if found.end() <= low]
    blanks = [found.start() for found in _BLANK.finditer(window)]
    sentences = [end for end in ends if end >= low * _LEAST]
    # What counts less as a whole than in part (links) makes the search above inexact: each is asked again.
    for size in (*reversed(sentences), *reversed(blanks)):
        if text[:size].strip() and fits(text[:size].rstrip()):
            return size
    size = best = 0
    before = ""
    # Some letters more than fit, so that the last cluster is seen whole.
    for cluster in wcwidth.iter_graphemes(text[: low + 100]):
        if before and (_stands_alone(before) or _stands_alone(cluster)) and fits(text[:size]):
            best = size
        size += len(cluster)
        if size > low:
            break
        before = cluster
    return best


def _stands_alone(cluster: str) -> bool:
    """Whether a character is no part of a word between blanks: a sign, or of a script that writes no blanks. Pure."""
    return unicodedata.east_asian_width(cluster[0]) in ("W", "F") or bool(_UNSPACED.match(cluster))


class Parted:
    """What a network says of answers that are too long for one."""

    #: Whether a public answer that is too long goes as several, each below the one before it.
    threads_replies: ClassVar[bool] = False

    @abstractmethod
    def refusal(self, outgoing: Outgoing) -> Text | None:
        """As in `social.networks.base.Network`."""

    def parts_of(self, text: str) -> tuple[str, ...]:
        """A public answer in parts that all fit, for networks with `threads_replies`. Empty where it cannot be cut so. Pure."""
        return cut(text, lambda part: self.refusal(Outgoing(kind="post", text=part)) is None)
