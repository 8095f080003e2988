"""The log of requests: nobody writes into it where they come from, and nothing in it opens a door."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.services.invitations import invite
from config.logs import Formatter
from tests.accounts.factories import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What this test's requests put into the log, as it is written."""
    found: list[dict[str, Any]] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(self.format(record)))

    keeper = Keeper()
    keeper.setFormatter(Formatter())
    logging.getLogger().addHandler(keeper)
    yield found
    logging.getLogger().removeHandler(keeper)


def test_where_a_request_comes_from_is_not_its_own_to_say(lines: list[dict[str, Any]]) -> None:
    forged = {"x-forwarded-for": "6.6.6.6", "x-real-ip": "6.6.6.6", "forwarded": "for=6.6.6.6", "x-request-id": "forged"}
    assert Client(headers=forged).get("/nowhere/").status_code == 404
    [line] = [line for line in lines if line["event"] == "request_finished"]
    assert (line["ip"], line["request"]) == ("127.0.0.1", "GET /nowhere/")
    assert "6.6.6.6" not in json.dumps(lines)
    assert "forged" not in json.dumps(lines)


def test_no_link_that_works_and_no_parameter_stands_in_it(cast: Cast, lines: list[dict[str, Any]]) -> None:
    _invitation, secret = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    # What reads links before people do, and what is refused before a view is asked.
    assert Client().head(f"/join/{secret}/").status_code == 405
    assert Client(enforce_csrf_checks=True).post(f"/join/{secret}/").status_code == 403
    assert Client().get("/connect/x/callback", {"code": secret, "state": secret}).status_code == 302
    assert Client().get("/nowhere/", {"code": secret}).status_code == 404
    assert [line["request"] for line in lines if line.get("code") == 405] == ["HEAD /join/…/"]
    assert any("CSRF" in line["event"] and "/join/…/" in line["event"] for line in lines)
    assert secret not in json.dumps(lines)
