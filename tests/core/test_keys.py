"""The ring of keys for channel secrets: a wrong one is named before anything is sealed with it."""

import base64
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.crypto import check_keys

KEY, OTHER = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        ("garbage", "must be id:base64"),
        ("a:b", "not base64"),
        (",", "must be id:base64"),
        (f"new:{KEY},", "must be id:base64"),
        (f":{KEY}", "must be id:base64"),
        (f"new:{KEY[:20]}", "32 bytes"),
        (f"new:{KEY},new:{OTHER}", "“new” is there twice"),
    ],
)
def test_a_wrong_ring_is_named(settings: Any, ring: str, said: str) -> None:
    settings.FIELD_KEYS = ring
    with pytest.raises(ImproperlyConfigured, match=said):
        check_keys()


def test_a_right_ring_is_taken(settings: Any) -> None:
    settings.FIELD_KEYS = f"new:{KEY}, old:{OTHER}"
    check_keys()
