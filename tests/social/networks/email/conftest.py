"""A mail server of one's own for each test of e-mail."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.social.networks.mailservers import MailServer


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    made = MailServer()
    made.lead(settings)
    yield made
    made.close()
