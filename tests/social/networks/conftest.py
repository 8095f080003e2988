"""The server that says what a test scripted; the practice network comes from the folder above."""

from collections.abc import Iterator

import pytest

from tests.social.networks.servers import Scripted


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()
