"""Handles inside of words that run the other way."""

import pytest

from core.templatetags.ui import linked, opening


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("شکریہ @brand!", "@brand"),
        ("شکریہ @ali@mastodon.example.", "@ali@mastodon.example"),
        ("شکریہ @zoya-sheikh.bsky.social. اور", "@zoya-sheikh.bsky.social"),
        ("شکریہ @brand- اور", "@brand"),
    ],
)
def test_a_handle_runs_left_to_right_as_a_whole(text: str, handle: str) -> None:
    before, after = text.split(handle)
    assert linked(text) == f'{before}<bdi dir="ltr">{handle}</bdi>{after}'


def test_an_address_is_no_handle() -> None:
    assert "bdi" not in linked("ali@example.com")


@pytest.mark.parametrize("handles", ["@brand ", "@brand.bsky.social @ali-b.example, ", "@ali@mastodon.example: "])
def test_a_snippet_begins_with_what_was_said(handles: str) -> None:
    assert opening(f"{handles}میرا پارسل") == "میرا پارسل"
