"""One member at a desk full of rows, and a program that speaks the API for them."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.services.tokens import create_token
from tests.accounts.factories import Cast, make_cast
from tests.inbox.factories import Desk, make_desk


class Program:
    """Speaks the API of one workspace with a token."""

    def __init__(self, slug: str, token: str) -> None:
        self.base = f"/api/v1/w/{slug}/"
        self.client = Client(headers={"authorization": f"Bearer {token}"}, raise_request_exception=False)

    def get(self, path: str, **parameters: Any) -> Any:
        return self.client.get(self.base + path, parameters)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """JSON in; `body` may be bytes, to send what is no JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(method, self.base + path, data, "application/json", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body)


def program_of(cast: Cast, *, of: str = "meridian") -> Program:
    """A program of the workspace's owner."""
    _row, secret = create_token(by=cast.member("owner", of=of), name="Program")
    return Program(of, secret)


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast."""
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """Meridian's rows of both lines."""
    return make_desk(cast.meridian, cast.member("owner"))


@pytest.fixture
def program(cast: Cast) -> Program:
    """A program of Meridian's owner."""
    return program_of(cast)
