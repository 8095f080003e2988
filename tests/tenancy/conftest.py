"""The world of the walls' tests, and the practice network for what connects to one."""

from typing import Any

import pytest

from tests.social.conftest import _practice, practice  # noqa: F401 - fixtures used by the tests here
from tests.social.networks.servers import Practice
from tests.tenancy.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """Fresh, in the test's own transaction; signed in before any savepoint that would undo it."""
    world = make_world()
    for who in ("owner", "outsider"):
        world.browser(who)
    return world


@pytest.fixture
def world_committed(transactional_db: None) -> World:
    """Fresh and committed, for tests with several connections or tasks."""
    world = make_world()
    for who in ("owner", "agent", "outsider", "stranger"):
        world.browser(who)
    return world


@pytest.fixture
def connected_world(world: World, practice: Practice) -> Any:  # noqa: F811
    """With a network on which one account waits to be connected."""
    practice.person("brand", is_brand=True)
    world.practice = practice
    return world
