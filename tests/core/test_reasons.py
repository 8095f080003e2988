"""What a worker stored in English is read in the reader's language, with the network's own words as they came."""

import pytest
from django.utils import translation

from core.reasons import in_words


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
