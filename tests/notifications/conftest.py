"""Meridian's cast and desk, and a program."""

import pytest

from core.tenancy import tenant
from notifications.models import Notification, UnreadCount
from tests.inbox.conftest import cast, desk, program  # noqa: F401 - fixtures used by the tests here
from tests.notifications.telling import spread


@pytest.fixture(autouse=True)
def quiet_log(request: pytest.FixtureRequest) -> None:
    """What making the desk told is no news to the tests."""
    if "desk" in request.fixturenames:
        spread(request.getfixturevalue("desk"))
        with tenant(request.getfixturevalue("desk").workspace.pk):
            Notification.objects.all().delete()
            UnreadCount.objects.all().delete()
