"""Names fit to show."""

import pytest

from core.names import addressed, clean_name


@pytest.mark.parametrize(
    "name", ["", "\u200b\u200b", "\u200f \u2060", "\u3164", "\u2800 \u2800", "\u0301\u0301", "\ufe0f", "\u202e"]
)
def test_a_name_nobody_can_see_is_none(name: str) -> None:
    assert clean_name(name) == ""


@pytest.mark.parametrize("name", ["Tom & Jerry", "علی\u200cرضا", "🌸", "...", "_", "김", "é", "نور\u200f"])
def test_all_others_stay(name: str) -> None:
    assert clean_name(name) == name


def test_what_turns_a_line_around_goes() -> None:
    assert clean_name("\u202eevil\u2066  name\x00") == "evil name"


def test_a_telephone_number_has_no_sign_in_front() -> None:
    assert [addressed(handle) for handle in ("sara", "+923001234567", "", "sara@mastodon.example")] == [
        "@sara", "+923001234567", "", "@sara@mastodon.example",
    ]  # fmt: skip
