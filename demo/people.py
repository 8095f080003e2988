"""Makes the customers: names that fit their language and place, handles, bios, and who comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import exp
from random import Random

from demo.corpus.library import ROOT, library
from demo.corpus.slots import BareContext
from demo.corpus.template import render
from demo.shapes import Gender, Market, Person
from demo.voice import tidy

#: Written in Roman letters, named as in the language itself.
_NAMES_OF = {"ur-Latn": "ur", "fa-Latn": "fa"}
#: Part of the conversations that come from someone who wrote before.
_RETURNING = 0.17
_EMOJI = {
    "en": "🌲⛰️🐕☕🏕️🌧️🚲🌿", "ur": "🌸🇵🇰🌙✨🏏🌹☕", "fa": "🌱🌙🕊️🍃☕🌸📚", "ar": "🌙🌴✨🤍☕🌷",
}  # fmt: skip
#: Network started, and the longest handle it allows.
_FIRST_YEAR, _HANDLE_LIMIT = 2009, 15


@dataclass(frozen=True, slots=True)
class Name:
    script: str
    roman: str


@cache
def names(language: str) -> dict[str, tuple[Name, ...]]:
    """First names (m, f) and family names (s) of a language, most usual first."""
    path = ROOT / language.replace("-", "_").lower() / "names.lst"
    found: dict[str, list[Name]] = {"m": [], "f": [], "s": []}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, row = line.partition(":")
        if key.strip() in found:
            for pair in row.split(","):
                script, _, roman = pair.strip().rpartition(" ")
                found[key.strip()].append(Name(script or roman, roman))
    return {key: tuple(rows) for key, rows in found.items()}


class People:
    """Draws the writer of each conversation: mostly someone new, at times one known already."""

    def __init__(self, *, rng: Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._known: dict[tuple[str, str], list[Person]] = {}
        self._handles: set[str] = set()

    def someone(self, market: Market, *, returning: float = _RETURNING) -> Person:
        """A customer of a market. Few of those who come back come back often."""
        known = self._known.setdefault((market.language, market.place), [])
        if known and self._rng.random() < returning:
            return known[int(len(known) * self._rng.random() ** 3)]
        person = self._new(market)
        known.append(person)
        return person

    def _new(self, market: Market) -> Person:
        rng = self._rng
        # Who writes English in Pakistan has a name of the place.
        language = "ur" if market.place == "pakistan" else _NAMES_OF.get(market.language, market.language)
        stock = names(language)
        gender: Gender = "f" if rng.random() < 0.52 else "m"
        first, last = self._common(stock[gender]), self._common(stock["s"])
        roman_answer = market.answer_language in ("en", "ur-Latn")
        followers = min(int(exp(rng.gauss(4.9, 1.5))), 240_000)
        return Person(
            handle=self._handle(first.roman, last.roman),
            display_name=self._display(first, last, language, roman=language != market.language),
            language=market.language,
            bio=self._bio("ur-Latn" if (market.language, language) == ("en", "ur") else market.language, gender),
            location=self._location(market),
            followers=followers,
            face_seed=rng.getrandbits(32),
            joined=self._joined(),
            gender=gender,
            first_name=first.roman if roman_answer else first.script,
            last_name=last.roman if roman_answer else last.script,
        )

    def _common(self, rows: tuple[Name, ...]) -> Name:
        """Earlier names are likelier, none is rare."""
        return rows[int(len(rows) * self._rng.random() ** 1.35)]

    def _display(self, first: Name, last: Name, language: str, *, roman: bool) -> str:
        rng = self._rng
        in_roman = roman or (language != "en" and rng.random() < 0.22)
        given, family = (first.roman, last.roman) if in_roman else (first.script, last.script)
        style = rng.random()
        if style < 0.62:
            shown = f"{given} {family}"
        elif style < 0.8:
            shown = given
        elif style < 0.88 and (in_roman or language == "en"):
            shown = f"{given} {family[0]}."
        elif style < 0.94 and (in_roman or language == "en"):
            shown = f"{given} {family}".lower()
        else:
            shown = f"{given} {family}"
        if rng.random() < 0.12:
            marks = _emoji_list(language)
            shown = f"{shown} {marks[int(rng.random() * len(marks))]}"
        return shown

    def _handle(self, first: str, last: str) -> str:
        rng = self._rng
        given, family = _plain(first), _plain(last)
        while True:
            number = rng.choice(("", "", str(rng.randint(1, 99)), str(rng.randint(1976, 2006)), str(rng.randint(1, 9999))))
            stem = rng.choice(
                (f"{given}{family}", f"{given}_{family}", f"{given[0]}{family}", f"{given}{family[0]}",
                 f"{family}{given}", f"_{given}{family[0]}", f"{given}_{family[0]}", f"the{given}{family[0]}")
            )  # fmt: skip
            handle = f"{stem[: _HANDLE_LIMIT - len(number)]}{number}"
            if rng.random() < 0.3:
                handle = handle.title() if "_" in handle else handle.capitalize()
            if handle.lower() not in self._handles and len(handle) >= 4:
                self._handles.add(handle.lower())
                return handle

    def _bio(self, language: str, gender: Gender) -> str:
        if self._rng.random() < 0.2:
            return ""
        words = library(language)
        bios = words.banks["bio"].phrases("any")
        context = BareContext(self._rng, words, gender)
        return tidy(render(bios[int(self._rng.random() * len(bios))], context), language)

    def _location(self, market: Market) -> str:
        if self._rng.random() < 0.18:
            return ""
        rows = library(market.language).banks[f"location_{market.place}"].phrases("any")
        context = BareContext(self._rng, library(market.language), "m")
        return render(rows[int(len(rows) * self._rng.random() ** 1.6)], context)

    def _joined(self) -> date:
        years = self._today.year - _FIRST_YEAR
        back = int(self._rng.random() ** 1.3 * years * 365)
        return self._today - timedelta(days=20 + back)


def _plain(roman: str) -> str:
    return "".join(letter for letter in roman.lower() if letter.isascii() and letter.isalpha())


@cache
def _emoji_list(language: str) -> tuple[str, ...]:
    """Split a row of emoji, keeping variation selectors and flags whole."""
    found: list[str] = []
    for character in _EMOJI[language]:
        point = ord(character)
        flag = 0x1F1E6 <= point <= 0x1F1FF
        if character == "\ufe0f" or (flag and found and len(found[-1]) == 1 and 0x1F1E6 <= ord(found[-1]) <= 0x1F1FF):
            found[-1] += character
        else:
            found.append(character)
    return tuple(found)
