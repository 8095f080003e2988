"""Showing where the words stand: a piece of a text around the first hit, cut into parts that are marked or not. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.folding import DROPPED, fold
from search.question import Term

#: How much of a text is shown, in characters, and how much of it before the first hit.
SHOWN = 240
BEFORE = 70
#: A word with its marks and joiners, which folding drops.
_WORD = re.compile(rf"[\w{re.escape(DROPPED)}]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, marked or not."""

    text: str
    is_hit: bool = False


def marked(text: str, terms: Iterable[Term]) -> list[Part]:
    """The piece of `text` around the first hit. Joined, the parts are that piece; an ellipsis stands where text was left out."""
    plain = " ".join(text.split())
    spots = _spots(plain, list(terms))
    first = spots[0][0] if spots else 0
    start = 0 if first <= BEFORE else _word_border(plain, first - BEFORE)
    end = min(len(plain), start + SHOWN)
    parts, position = ([Part("… ")] if start else []), start
    for low, high in spots:
        if low < position or high > end:
            continue
        parts += [Part(plain[position:low])] if low > position else []
        parts.append(Part(plain[low:high], is_hit=True))
        position = high
    parts += [Part(plain[position:end])] if end > position else []
    return [*parts, Part(" …")] if end < len(plain) else parts


def _word_border(text: str, position: int) -> int:
    space = text.find(" ", position)
    return position if space < 0 or space - position > BEFORE // 2 else space + 1


def _spots(text: str, terms: list[Term]) -> list[tuple[int, int]]:
    whole, beginnings, runs = set(), set(), []
    for term in terms:
        words = _WORD.findall(term.text)
        for number, word in enumerate(fold(one) for one in words):
            if _UNSPACED.search(word):
                runs.append(word)
            elif term.begins and number == len(words) - 1:
                beginnings.add(word)
            else:
                whole.add(word)
    found = []
    for match in _WORD.finditer(text):
        # An underscore joins a handle for the eye; the index has its parts.
        for low, high in _pieces(match.group(), match.start()):
            word = fold(text[low:high])
            if word in whole or any(word.startswith(beginning) for beginning in beginnings):
                found.append((low, high))
    for run in runs:
        found += [(m.start(), m.end()) for m in re.finditer(re.escape(run), text, re.IGNORECASE)]
    return sorted(found)


def _pieces(word: str, start: int) -> Iterable[tuple[int, int]]:
    for piece in re.finditer(r"[^_]+", word):
        yield start + piece.start(), start + piece.end()
