"""Which way a text runs."""

import pytest

from core.direction import direction_of, script_language


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Where is my parcel?", "ltr"),
        ("میرا پارسل کہاں ہے؟", "rtl"),
        ("@brand سلام، سفارش من نرسید", "rtl"),
        ("#MeridianOutdoor great tent", "ltr"),
        ("ZH-584772. لطفاً پیگیری کنید", "rtl"),
        ("https://example.com/a دیکھیں", "rtl"),
        ("ali@example.com پر بھیج دیں", "rtl"),
        ("MO-656911 is the number", "ltr"),
        ("۱۲۳", "ltr"),
        ("", "ltr"),
    ],
)
def test_direction_of_the_first_word_that_is_a_word(text: str, direction: str) -> None:
    assert direction_of(text) == direction


def test_a_text_without_words_takes_the_default() -> None:
    assert direction_of("@brand 12345", default="rtl") == "rtl"


@pytest.mark.parametrize(
    ("text", "language"),
    [("جی ہاں", "ur"), ("هزینه چقدر است؟", "fa"), ("أين طلبي؟", "ar"), ("hello", None), ("🙂", None)],
)
def test_language_by_the_letters_only_one_has(text: str, language: str | None) -> None:
    assert script_language(text) == language
