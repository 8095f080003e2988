"""How a text is finished: habits of a writer, mentions, emoji, signatures, tidy spaces."""

from __future__ import annotations

import re
from random import Random

from demo.corpus.library import Library
from demo.shapes import Person, Staff, WorkspacePlan

_SPACES = re.compile(r"[ \u00a0]{2,}")
_BEFORE_MARK = re.compile(r" +([,.!?،؟؛۔])")
_DOUBLED = re.compile(r"([,،؛])\s*([.!?؟۔])")
#: The first letter of a sentence, unless it starts an address.
_SENTENCE = re.compile(r"(^|[.!?] )([a-z])(?![A-Z]|[a-z-]*(?:\.[a-z]|@))")
_LATIN = ("en", "ur-Latn", "fa-Latn")
_ZWNJ = "\u200c"
_EMOJI_SHARE = {"happy": 0.42, "annoyed": 0.13, "angry": 0.16, "curious": 0.12, "neutral": 0.07}
_HASHTAG_SHARE = {"happy": 0.16, "annoyed": 0.0, "angry": 0.0, "curious": 0.03, "neutral": 0.02}


def tidy(text: str, language: str) -> str:
    """One space between words, none before a mark; sentences of Latin script start with a capital."""
    text = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).strip(" ،,")
    text = _DOUBLED.sub(r"\2", text)
    if language in _LATIN:
        text = _SENTENCE.sub(lambda found: found.group(1) + found.group(2).upper(), text)
    return text


class Voice:
    """The habits of one customer, the same in everything they write."""

    __slots__ = ("drops_joiners", "drops_stops", "lower", "mistypes")

    def __init__(self, person: Person) -> None:
        habits = Random(person.face_seed)
        self.lower = person.language in _LATIN and habits.random() < (0.13 if person.language == "en" else 0.45)
        self.drops_stops = habits.random() < 0.22
        self.mistypes = habits.random() < 0.11
        self.drops_joiners = person.language == "fa" and habits.random() < 0.14

    def speak(self, text: str, rng: Random) -> str:
        """Write a text as this person would."""
        if self.lower:
            text = _lowered(text)
        if self.drops_joiners:
            text = text.replace(_ZWNJ, " ")
        if self.drops_stops and text.endswith((".", "۔")):
            text = text[:-1]
        if self.mistypes and rng.random() < 0.45:
            text = _mistyped(text, rng)
        return text


def _lowered(text: str) -> str:
    """Small letters, but order numbers, codes and names of cities as they were copied: any word of capitals."""
    words = text.split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def _mistyped(text: str, rng: Random) -> str:
    """One slip of the thumb in an ordinary word, or an apostrophe left out."""
    words = text.split(" ")
    plain = [
        index for index, word in enumerate(words) if len(word) >= 5 and word.isalpha() and word.isascii() and word[1:].islower()
    ]
    apostrophes = [index for index, word in enumerate(words) if "'" in word[1:-1]]
    if apostrophes and rng.random() < 0.5:
        words[apostrophes[0]] = words[apostrophes[0]].replace("'", "")
    elif plain:
        index = plain[int(rng.random() * len(plain))]
        word = words[index]
        at = rng.randint(1, len(word) - 3)
        if rng.random() < 0.6:
            words[index] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        else:
            words[index] = word[:at] + word[at + 1 :]
    return " ".join(words)


def with_emoji(text: str, mood: str, words: Library, rng: Random) -> str:
    """At a natural rate, an emoji of the mood at the end."""
    if rng.random() < _EMOJI_SHARE[mood]:
        marks = words.banks[f"emoji_{mood if mood in ('happy', 'angry', 'annoyed') else 'calm'}"].phrases("any")
        mark = marks[int(rng.random() * len(marks))][0]
        return f"{text} {mark}"
    return text


def with_hashtag(text: str, mood: str, tags: tuple[str, ...], rng: Random) -> str:
    """At times a hashtag of the brand's language; only for public posts that start a thread."""
    if rng.random() < _HASHTAG_SHARE[mood]:
        return f"{text} {tags[int(rng.random() * len(tags))]}"
    return text


def with_mention(text: str, account: str, rng: Random) -> str:
    """Name the brand's account, first or last, unless the text does so itself."""
    if f"@{account}" in text:
        return text
    if rng.random() < 0.74:
        return f"@{account} {text}"
    return f"{text} @{account}"


def signed(text: str, agent: Staff | None, language: str, plan: WorkspacePlan, rng: Random) -> str:
    """An agent's name under an answer, as each house does it: not every time."""
    if agent is None or rng.random() > 0.55:
        return text
    name = agent.first_names.get(language)
    if name is None:
        return text
    return f"{text} ^{name}" if plan.domain == "outdoor" else f"{text} — {name}"
