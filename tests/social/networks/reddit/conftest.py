"""Nobody sleeps in a worker: what praw and prawcore would is written down, and fails the test."""

import time
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def awake(monkeypatch: Any) -> Iterator[None]:
    """The libraries' sleeping costs no time here, and is noticed. Ours waits on events and sockets, never so."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    yield
    assert slept == []
