"""Every operation of the API stands in its OpenAPI schema, with its parameters, its answers and its refusals."""

import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.views import APIView

from accounts.policies import Permission
from tests.tenancy.test_walk import addresses

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    with GENERATOR_STATS.silence():
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def views() -> dict[str, type[APIView]]:
    """Route in the schema's spelling → view, of everything below /api/."""
    return {
        "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route): entry.callback.cls
        for route, entry in addresses()
        if route.startswith("api/")
    }


def test_every_operation_is_described_and_no_other(schema: dict[str, Any]) -> None:
    there = {(path, method) for path, item in schema["paths"].items() for method in item if method in METHODS}
    # The schema does not describe itself.
    wanted = {
        (path, method) for path, view in views().items() for method in METHODS if hasattr(view, method) and "schema" not in path
    }
    assert there == wanted
    assert len(there) > 20


def test_it_is_valid_and_made_without_a_guess(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
    warned = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert not warned, warned


def test_every_operation_says_what_it_does_and_how_it_refuses(schema: dict[str, Any]) -> None:
    names = set()
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["operationId"] not in names, where
            names.add(operation["operationId"])
            assert operation["description"], where
            assert {"401", "403", "404"} <= set(operation["responses"]), where
            assert any(status.startswith("2") for status in operation["responses"]), where
            assert operation["security"], where
            named = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), where


def test_every_operation_asks_for_a_right() -> None:
    for path, view in views().items():
        if "{slug}" not in path:
            continue
        wanted = getattr(view, "permission", None)
        for method in METHODS:
            if hasattr(view, method):
                right = wanted.get(method.upper()) if isinstance(wanted, dict) else wanted
                assert isinstance(right, Permission), (method, path)


def test_only_what_is_described_is_understood(schema: dict[str, Any]) -> None:
    """A parameter or field that the schema does not name is refused: see the strict shapes of core.api."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody")
            if body is not None:
                # A body of bytes has no fields.
                bare = {"application/octet-stream"} if path.endswith(("/files", "/{upload_id}")) else {"application/json"}
                assert set(body["content"]) == bare, (method, path)


@pytest.mark.django_db
def test_anybody_may_read_it() -> None:
    answer = Client().get("/api/v1/schema", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert b"openapi" in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["\r\nX-Forged: yes", "\x00", "2", "ی"])
def test_its_version_is_not_the_asking_person_s_to_say(version: str) -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/schema", {"version": version})
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'inline; filename="Rabta (1).yaml"'
