"""What somebody asks for, taken apart."""

from datetime import UTC, date, datetime

import pytest

from core.errors import Invalid
from search.marking import marked
from search.question import Question, Term, parse

TODAY = date(2026, 11, 27)


def asked(text: str) -> Question:
    return parse(text, today=TODAY)


def test_words_phrases_exclusions_and_beginnings() -> None:
    found = asked('late "two weeks" -refund parc* now')
    assert found.terms == (
        Term("late"), Term("two weeks"), Term("refund", excluded=True), Term("parc", begins=True), Term("now", begins=True),
    )  # fmt: skip
    # Whoever has typed a space has finished the word.
    assert asked("late ").terms == (Term("late"),)


@pytest.mark.parametrize("text", ["", "   ", '""', "-", "*", "ـ", "\x00", '"'])
def test_nothing_is_asked(text: str) -> None:
    assert asked(text).is_empty or not any(term.text.strip('"-') for term in asked(text).terms)


@pytest.mark.parametrize("name", ["from", "FROM", "از", "من", "سے"])
def test_operators_are_known_on_other_keyboards(name: str) -> None:
    assert asked(f"{name}:علی") == Question(person="علی")


@pytest.mark.parametrize("name", ["tag", "برچسب", "وسم", "ٹیگ"])
def test_tags_are_asked_for_on_every_keyboard(name: str) -> None:
    assert asked(f'{name}:"money back" {name}:vip ').tags == ("money back", "vip")


def test_operators() -> None:
    found = asked('from:"Ali Raza" on:x on:mastodon is:open is:waiting before:2026-11-01 after:1405-08-01 tent ')
    assert (found.person, found.places, found.states) == ("Ali Raza", ("x", "mastodon"), {"open", "waiting"})
    assert found.until == datetime(2026, 11, 1, tzinfo=UTC)
    # 1 Aban 1405 is 23 October 2026.
    assert found.since == datetime(2026, 10, 23, tzinfo=UTC)
    assert found.terms == (Term("tent"),)


@pytest.mark.parametrize(("word", "day"), [("today", 27), ("امروز", 27), ("yesterday", 26), ("دیروز", 26), ("7d", 20), ("۷d", 20)])
def test_days_by_name(word: str, day: int) -> None:
    assert asked(f"after:{word}").since == datetime(2026, 11, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("is:happy", "“happy” cannot follow is:"),
        ("before:soon", "“soon” cannot follow before:"),
        ("before:2026-02-30", "2026-02-30"),
        ("after:9999999999d", "cannot follow after:"),
        ("x" * 301, "at most 300 characters"),
        ("a " * 25, "at most 24 words"),
    ],
)
def test_what_cannot_be_asked_is_told(text: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked(text)
    assert says in str(caught.value)
    assert caught.value.field == "q"


@pytest.mark.parametrize("text", ["https://example.com/a", "at 12:30", "note:pad"])
def test_a_colon_makes_no_operator(text: str) -> None:
    assert " ".join(term.text for term in asked(text + " ").terms) == text


def shown(text: str, question: str) -> str:
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in marked(text, asked(question).wanted()))


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("Where is my PARCEL?", "parcel ", "Where is my [PARCEL]?"),
        ("Where is my parcel?", "parc", "Where is my [parcel]?"),
        ("Where is my parcel?", "parc ", "Where is my parcel?"),
        ("رضا كريمي نوشت", "کریمی ", "رضا [كريمي] نوشت"),
        ("مُحَمَّد گفت", "محمد ", "[مُحَمَّد] گفت"),
        ("می‌خواهم بدانم", "میخواهم ", "[می‌خواهم] بدانم"),
        ("東京都に住む", "京都 ", "東[京都]に住む"),
        ("@ali_raza said so", "raza ", "@ali_[raza] said so"),
        ("no refund, late", "late -refund", "no refund, [late]"),
        ("<b>late</b>", "late ", "<b>[late]</b>"),
    ],
)
def test_hits_are_marked_where_they_stand(text: str, question: str, expected: str) -> None:
    assert shown(text, question) == expected


def test_a_long_text_is_shown_around_its_first_hit() -> None:
    text = "word " * 200 + "parcel " + "word " * 200
    found = shown(text, "parcel ")
    assert found.startswith("… word")
    assert found.endswith(" …")
    assert "[parcel]" in found
    assert len(found) < 260
