"""What changed between two texts, word by word."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")
#: Looking for what two texts share costs, for each run found, as many steps as there are pairs of equal words: a text of one word
#: took minutes. So many steps are a blink.
MOST_STEPS = 30_000_000
Run = tuple[str, str]


def words(before: str, after: str) -> list[Run]:
    """Runs of the two texts in reading order, as (`same`, `gone` or `new`, the run). Texts of which comparing the words would take
    long are compared by lines, and where that would too, what stands between their common beginning and end is gone and new. Pure.
    """
    by_lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    for old, new in ((_WORDS.findall(before), _WORDS.findall(after)), by_lines):
        head = _shared(old, new)
        tail = _shared(old[head:][::-1], new[head:][::-1])
        left, right = old[head : len(old) - tail], new[head : len(new) - tail]
        if _steps(left, right) <= MOST_STEPS:
            between = _compared(left, right)
            break
    else:
        between = [_run("gone", left), _run("new", right)]
    return [run for run in (_run("same", old[:head]), *between, _run("same", old[len(old) - tail :])) if run[1]]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces both begin with."""
    return next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)))


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    here, there = Counter(old), Counter(new)
    pairs = sum(count * there[word] for word, count in here.items() if not word.isspace())
    return pairs * min(len(old), len(new)) // 2


def _compared(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    found: list[Run] = []
    # Blanks stand between all words: as places to begin from they would be pairs without number.
    for kind, a, b, c, d in SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(_run("same", old[a:b]))
        else:
            found += [_run("gone", old[a:b]), _run("new", new[c:d])]
    return found


def _run(kind: str, pieces: Sequence[str]) -> Run:
    return kind, "".join(pieces)
