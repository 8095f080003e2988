"""The cast, for the tests of this room. Other rooms import `make_cast` from the factories."""

import pytest

from tests.accounts.factories import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, fresh for each test."""
    return make_cast()


@pytest.fixture
def cast_committed(transactional_db: None) -> Cast:
    """The same, committed: for tests with several connections."""
    return make_cast()
