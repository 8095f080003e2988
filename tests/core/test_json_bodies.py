"""What a body may hold: JSON in UTF-8 whose every text is text."""

from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from core.api import StrictJSONParser


@pytest.mark.parametrize(
    "body",
    [rb'{"status": "\ud83d"}', rb'{"\udc00": 1}', rb'[["\uDE00\uD83D"]]', b'{"a": NaN}', b"\xff", b"{", b"[" * 100_000],
)
def test_what_is_no_text_is_refused_at_the_door(body: bytes) -> None:
    with pytest.raises(ParseError):
        StrictJSONParser().parse(BytesIO(body))


def test_halves_that_belong_together_are_a_character() -> None:
    assert StrictJSONParser().parse(BytesIO(rb'{"body": "\ud83d\ude00 \\ud83d"}')) == {"body": "😀 \\ud83d"}
