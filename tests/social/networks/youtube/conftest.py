"""A meter that these tests cannot use up: the units of a day are counted for the whole installation."""

import secrets
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _full_meter(settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = f"tests-{secrets.token_hex(8)}"
    settings.YOUTUBE_DAILY_UNITS = 10_000
