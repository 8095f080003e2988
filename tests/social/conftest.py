"""People and networks for the tests of channels."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts.factories import Cast, make_cast
from tests.social.networks.servers import Practice


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, fresh for each test."""
    return make_cast()


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
    settings.BASE_URL = "http://localhost"
    return _practice
