"""The real browser of the tests, and what it leaves behind in this process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

#: Runs as root, says nothing to anybody outside.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, for tests that ask nothing of the database in this process."""
    path = os.environ.get("RABTA_CHROMIUM") or shutil.which("chromium")
    assert path, "`python3 manage.py test` finds or installs a browser and names it in RABTA_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def chromium_beside_database() -> Iterator[Browser]:
    """Chromium, for tests that also query: Django's connections of the time with the browser end with it.

    Playwright's event loop runs in the test's thread. Django would refuse queries beside it, and keeps connections of
    their own for them, which a later test would find again, cut.
    """
    from django.db import connections

    with pytest.MonkeyPatch.context() as patch, chromium() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        try:
            yield browser
        finally:
            connections.close_all()


def end_other_connections() -> None:
    """End what threads of a test's server kept open: it would hold the tables that are emptied next."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
