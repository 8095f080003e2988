"""Long answers cut into parts: at sentences, else words, else characters; nothing lost, each part fits as its network counts."""

import pytest

from social.networks import networks
from social.networks._parts import MAX_PARTS, cut

FAMILY = "👩‍👩‍👧‍👦"


def short(most: int = 20) -> object:
    return lambda text: len(text) <= most


def test_it_cuts_where_sentences_end_then_between_words() -> None:
    assert cut("One two three. Four five six. Seven.", short()) == ("One two three.", "Four five six.", "Seven.")
    assert cut("one two three four five six seven", short()) == ("one two three four", "five six seven")
    assert cut("یہ پہلا جملہ ہے۔ یہ دوسرا ہے؟ اور تیسرا", short()) == ("یہ پہلا جملہ ہے۔", "یہ دوسرا ہے؟", "اور تیسرا")
    assert cut("It costs 3.50 now. Fine", short()) == ("It costs 3.50 now.", "Fine")


def test_what_fits_stays_whole_and_no_word_is_parted() -> None:
    assert cut("  fits  ", short()) == ("fits",)
    assert cut("", short()) == ()
    assert cut("x" * 45, short()) == ()
    assert cut("short " + "x" * 45, short()) == ()
    assert cut("発" * 45, short()) == ("発" * 20, "発" * 20, "発" * 5)
    parts = cut(FAMILY * 6, short(16))
    assert "".join(parts) == FAMILY * 6
    assert all(part == FAMILY * (len(part) // len(FAMILY)) for part in parts)  # no family is parted
    assert cut(FAMILY, short(3)) == ()


def test_a_thread_has_an_end() -> None:
    assert cut("word " * 20 * (MAX_PARTS + 2), short(80)) == ()
    assert cut("xx", lambda text: False) == ()


@pytest.mark.parametrize("slug", [slug for slug, network in networks().items() if network.threads_replies])
@pytest.mark.parametrize(
    "text",
    [
        "Your parcel left today. " * 40,
        "آپ کا پارسل آج روانہ ہوا۔ " * 40,
        "اليوم " * 200,
        "荷物は本日発送されました。" * 60,
        f"{FAMILY} and https://example.com/{'long/' * 40} then. " * 14,
        "\u202eturned\u202c mixed متن here. " * 40,
    ],
    ids=["english", "urdu", "arabic", "japanese", "emoji and links", "bidi"],
)
def test_each_network_counts_its_own_parts(slug: str, text: str) -> None:
    network = networks()[slug]
    parts = network.parts_of(text)
    assert len(parts) > 1
    assert all(network.length(part) <= network.limits.public_length for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_long_text_is_not_counted_whole_for_each_of_its_parts() -> None:
    counted = 0

    def fits(text: str) -> bool:
        nonlocal counted
        counted += len(text)
        return len(text) <= 280

    text = "word " * 20_000
    assert cut(text, fits) == ()
    assert counted < 5 * len(text)
