"""The two servers every network is tried against."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.social.networks.servers import Practice, Scripted


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


@pytest.fixture(scope="session")
def _practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    network = Practice(tmp_path_factory.mktemp("practice"))
    yield network
    network.close()


@pytest.fixture
def practice(_practice: Practice, settings: Any) -> Practice:
    """The practice network, empty and honest, with the product's calls led to it."""
    _practice.reset()
    settings.PRACTICE_URL = _practice.url
    settings.X_API_BASE = _practice.url
    settings.X_CLIENT_ID = Practice.CLIENT_ID
    settings.X_CLIENT_SECRET = Practice.CLIENT_SECRET
    return _practice
