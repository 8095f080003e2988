"""Real Postgres as the application's role, real Valkey. `python3 manage.py test` starts both and names them in the environment."""

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

#: Folders whose tests work instead of waiting.
BUSY = ("tests/boot/", "tests/faults/", "tests/flows/", "tests/tenancy/")
MISSING = "Run the tests with `python3 manage.py test [pytest arguments]`: it starts the servers they need."


def pytest_configure(config: pytest.Config) -> None:
    """Give each xdist worker a Valkey database of its own. Compile the translations once: a clean clone has none."""
    if not os.environ.get("DATABASE_OWNER_URL"):
        raise pytest.UsageError(MISSING)
    from django.conf import settings

    from config.management.commands.prepare import Command

    if "PYTEST_XDIST_WORKER" not in os.environ:
        Command(stdout=StringIO()).compile_translations()
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    url = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}"))
    os.environ["RABTA_TEST_REDIS_URL"] = url
    settings.REDIS_URL = settings.CELERY_BROKER_URL = settings.CACHES["default"]["LOCATION"] = url
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [url]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the modules that keep both processors busy (browsers, processes that are killed) evenly among those that mostly wait
    for servers that hang, so that the workers have some of each at any time. A module stays together.
    """
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    busy = [name for name in modules if name.startswith(BUSY)]
    waiting = [name for name in modules if not name.startswith(BUSY)]
    places = [(n / max(len(busy), 1), name) for n, name in enumerate(busy)]
    places += [(n / max(len(waiting), 1), name) for n, name in enumerate(waiting)]
    items[:] = [item for _place, name in sorted(places, key=lambda found: found[0]) for item in modules[name]]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Make this worker's database as the owner, then go on as the application's role, which the walls bind."""
    import environ
    from django.db import connection

    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    app = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    with django_db_blocker.unblock():
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
        connection.settings_dict["TEST"]["NAME"] = f"test_rabta_{worker}_{os.getpid()}"
        original = connection.settings_dict["NAME"]
        connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with connection.cursor() as cursor:
            # Only tests empty tables at once.
            cursor.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO rabta_app")
        connection.close()
        connection.settings_dict.update(app)
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Threads of sockets keep connections of their own, which would keep the database.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        connection.close()
        connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
        connection.creation.destroy_test_db(original, verbosity=0)


@pytest.fixture(autouse=True)
def _declare_test_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tell core.http how deep the test's own transactions are: only what the product opens on top counts."""
    if request.node.get_closest_marker("django_db") is None and not {"db", "cast"} & set(request.fixturenames):
        yield
        return
    from django.db import connection

    if "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")
    connection.rabta_test_depth = len(connection.savepoint_ids) + 1 if connection.in_atomic_block else 0  # type: ignore[attr-defined]
    yield
    connection.rabta_test_depth = 0  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits of one test are no other's business."""
    if request.node.get_closest_marker("django_db") is not None or "db" in request.fixturenames:
        from django.core.cache import cache

        cache.clear()


@pytest.fixture(autouse=True)
def _no_language_left() -> None:
    """A request in Urdu leaves its thread speaking Urdu; the next test begins in the installation's language."""
    from django.utils import translation

    translation.deactivate()
