"""What a worker stored in English is read in the reader's language, with the network's own words as they came."""

import pytest
from django.utils import translation

from core.reasons import in_words
from core.templatetags.ui import words_dir


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("X cannot be reached.", "X تک رسائی نہیں ہو رہی۔"),
        ("The system cannot be reached.", "سسٹم تک رسائی نہیں ہو رہی۔"),
        ("Nobody ever wrote this sentence.", "Nobody ever wrote this sentence."),
        ("", ""),
    ],
)
def test_sentences_are_recognised(stored: str, shown: str) -> None:
    with translation.override("ur"):
        assert in_words(stored) == shown
    with translation.override("en"):
        assert in_words(stored) == stored


def test_what_fills_a_gap_cannot_open_another() -> None:
    with translation.override("fa"):
        shown = in_words("X refused the question: {words} {0.__class__} %s\nsecond line")
    assert shown.endswith("{words} {0.__class__} %s\nsecond line")
    assert not shown.startswith("X refused")


def test_its_direction_is_the_page_s_where_it_is_translated() -> None:
    """A sentence that begins with a network's name in Latin letters is still Urdu."""
    reason = "X did not answer completely, or not in time."
    with translation.override("ur"):
        assert in_words(reason).startswith("X ")
        assert words_dir(reason) == "rtl"
        assert words_dir("X refused it, in words of its own.") == "ltr"
        assert words_dir("") in ("ltr", "rtl", "auto")
    with translation.override("en"):
        assert words_dir(reason) == "ltr"
