"""The written corpus itself: letters that belong to their language, enough scenarios, templates that refuse nonsense."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from random import Random

import pytest

from demo.corpus import numbers
from demo.corpus.library import ROOT, library
from demo.corpus.template import TemplateError, parse, render
from demo.corpus.weight import weighted_length
from demo.generate import generate
from demo.people import names
from demo.plans import PLANS
from demo.shapes import LANGUAGES

NOW = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
COMMON = set("،؛؟٪")
LETTERS = {
    "fa": set("آأؤئءابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیًِٔ٬۰۱۲۳۴۵۶۷۸۹") | COMMON,
    "ur": set("آأؤئءابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہۃھیےِّٰ۔ًٔ") | COMMON,
    "ar": set("آأؤئءاإبةتثجحخدذرزسشصضطظعغفقكلمنهويىًٌَُِّْـ") | COMMON,
}
WANTED_SCENARIOS = {"en": 25, "ur": 25, "fa": 25, "ar": 12, "ur-Latn": 10, "fa-Latn": 8}


def written() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for plan in PLANS.values():
        for thread in generate(4, plan, 3000, NOW):
            for turn in thread.turns:
                found[turn.lang].append(turn.text)
    return found


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    return written()


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_each_language_keeps_to_its_own_letters(language: str, texts: dict[str, list[str]]) -> None:
    """Among others: no Arabic ي or ك in Persian and Urdu, no Persian ه in Urdu, no Urdu ہ in Persian."""
    assert len(texts[language]) > 300
    for text in texts[language]:
        strange = {letter for letter in text if "\u0600" <= letter <= "\u06ff"} - LETTERS[language]
        assert not strange, (strange, text)


def test_roman_spellings_carry_no_arabic_letter(texts: dict[str, list[str]]) -> None:
    for language in ("en", "ur-Latn", "fa-Latn"):
        assert texts[language]
        for text in texts[language]:
            bare = re.sub(r"#\S+", "", text)
            assert not re.search("[\u0600-\u06ff]", bare), text


def test_persian_agents_join_their_prefixes(texts: dict[str, list[str]]) -> None:
    """می is joined by a zero-width non-joiner; a customer may type a space, but not most of them."""
    joined = sum(text.count("می\u200c") for text in texts["fa"])
    apart = sum(len(re.findall(r"(?:^|\s)ن?می \S", text)) for text in texts["fa"])
    assert joined > 500
    assert apart / joined < 0.12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_enough_scenarios(language: str) -> None:
    found = library(language).scenarios
    assert len(found) >= WANTED_SCENARIOS[language]
    assert len({scenario.key for scenario in found}) == len(found)


@pytest.mark.parametrize("language", ["ur", "fa", "ar", "en"])
def test_files_are_stored_composed_and_without_controls(language: str) -> None:
    for path in sorted((ROOT / language).iterdir()):
        text = path.read_text(encoding="utf-8")
        assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]", text), path
        if language == "fa":
            assert "\u06c0" not in text, "the ezafe is ه with hamza above, as keyboards write it"
        if language in ("ur", "fa"):
            assert not re.search("[\u064a\u0643\u0649]", text), path


def test_names_carry_a_roman_spelling() -> None:
    for language in ("en", "ur", "fa", "ar"):
        for kind, rows in names(language).items():
            assert len(rows) >= 20, (language, kind)
            assert all(re.search("[A-Za-z]", row.roman) for row in rows)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [("[a|b", "missing"), ("a]", "unexpected"), ("{x", "bad name"), ("{q:a|b}", "nothing agrees"), ("{}", "bad name")],
)
def test_a_broken_template_says_what_is_wrong(source: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        parse(source)


def test_a_broken_file_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "xx"
    folder.mkdir()
    (folder / "all.txt").write_text("= hi\nhello {nothing}\n", encoding="utf-8")
    monkeypatch.setattr("demo.corpus.library.ROOT", tmp_path)
    with pytest.raises(TemplateError, match="nothing"):
        library("xx")
    (folder / "all.txt").write_text("= hi\nhello [\n", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"all\.txt:2"):
        library("xx")


class Fixed:
    """A context in which the customer and the product are feminine."""

    rng = Random(1)

    def slot(self, name: str) -> str:
        return name.upper()

    def form(self, who: str) -> int:
        return 1


def test_a_template_chooses_fills_and_agrees() -> None:
    assert render(parse("{c:aaya|aayi} {order} [x|x]"), Fixed()) == "aayi ORDER x"
    assert {render(parse("[a|[b|c]]"), Fixed()) for _ in range(60)} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("text", "weight"), [("abc", 3), ("سلام", 4), ("日本", 4), ("😀", 2), ("see https://example.org/a/long/path ok", 30), ("❤️", 2)]
)
def test_length_is_weighed_as_x_does(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


def test_numbers_are_written_as_each_language_does() -> None:
    at = datetime(2026, 11, 23)  # noqa: DTZ001 - a wall clock
    assert numbers.day_month("fa", at) == "۲ آذر"
    assert numbers.day_month("ur", at) == "23 نومبر"
    assert numbers.weekday("fa", at) == "دوشنبه"
    assert numbers.days("ar", 2, spelled=False) == "يومين"
    assert numbers.days("ar", 7, spelled=False) == "7 أيام"
    assert numbers.days("ar", 15, spelled=False) == "15 يوماً"
    assert numbers.days("en", 1, spelled=True) == "one day"
    assert numbers.money("fa", "home", 100_000) == "۴۲٬۰۰۰٬۰۰۰ تومان"
    for language, hour in product(LANGUAGES, range(24)):
        assert numbers.clock(language, hour)
