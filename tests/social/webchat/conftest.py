"""A shop with a chat widget."""

import pytest

from tests.social.webchat.factories import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()
