"""The vendors' own published schemas, from the vendors' own packages, and what a document lacks by them.

X: the models that X's builder writes from its OpenAPI document (package xdk). Google: its discovery documents (in
google-api-python-client). Meta: the tables of fields in its business SDK (facebook-business), read as text, since importing it
brings a web client of its own along. The other networks publish none that a program could hold an answer against; of Bluesky's
lexicons the client library itself is made, and it is asked whether it understood every field.
"""

import ast
import importlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import requests
from pydantic import BaseModel, ValidationError

from social.networks._x_names import NAMES
from tests.social.networks.servers import Asked, Says

Faults = list[str]
#: What a hop between two machines must not hand on (RFC 9110, 7.6.1), and what the copy counts anew.
HOP = {"connection", "content-length", "transfer-encoding", "host", "content-encoding", "accept-encoding"}


class Overheard:
    """Hands requests on to the practice network and keeps what it answered, as (method, path, status, document)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: list[tuple[str, str, int, Any]] = []

    def __call__(self, asked: Asked) -> Says:
        headers = {name: value for name, value in asked.headers.items() if name not in HOP}
        answer = requests.request(
            asked.method, self._url + asked.path, params=asked.query, data=asked.body, headers=headers, timeout=30
        )
        kind = answer.headers.get("content-type", "")
        if "json" in kind:
            self.answers.append((asked.method, asked.path, answer.status_code, answer.json()))
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
        return Says(answer.status_code, answer.content, kept)

    def of(self, method: str, pattern: str) -> list[Any]:
        """Documents of good answers to `method` at paths like `pattern`."""
        return [
            document
            for asked_by, path, status, document in self.answers
            if asked_by == method and status < 300 and re.fullmatch(pattern, path)
        ]


# --- X ----------------------------------------------------------------------------------------------------------------
#: X's schema has the newer of its two dialects; practice speaks the older, as the client library wants it.
NEWER = dict(NAMES.values()) | {"tweet_count": "post_count", "retweet_count": "repost_count"}


def in_newer_words(document: Any) -> Any:
    """The same document in X's newer dialect."""
    if isinstance(document, dict):
        return {NEWER.get(name, name): in_newer_words(value) for name, value in document.items()}
    return [in_newer_words(entry) for entry in document] if isinstance(document, list) else document


def faults_by_x(document: Any, model: str) -> Faults:
    """What X's model of that name does not know in a document, or finds to be of another kind."""
    schema: type[BaseModel] = getattr(importlib.import_module("xdk.schemas"), model)
    try:
        return list(_unknown(schema.model_validate(in_newer_words(document), strict=True), model))
    except ValidationError as error:
        return [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]


def _unknown(thing: Any, where: str) -> Iterator[str]:
    """Names that a pydantic model took without knowing them."""
    if isinstance(thing, list):
        for entry in thing:
            yield from _unknown(entry, where)
    if isinstance(thing, BaseModel):
        yield from (f"{where}.{name}: unknown" for name in thing.model_extra or {})
        for name in type(thing).model_fields:
            yield from _unknown(getattr(thing, name), f"{where}.{name}")


# --- Google -----------------------------------------------------------------------------------------------------------
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "boolean": bool, "number": (int, float), "array": list, "object": dict,
}  # fmt: skip


@cache
def discovered(api: str) -> dict[str, Any]:
    """Google's discovery document of an API, such as `youtube.v3`."""
    spec = importlib.util.find_spec("googleapiclient")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "discovery_cache" / "documents" / f"{api}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def faults_by_google(document: Any, api: str, name: str) -> Faults:
    """What Google's schema of that name does not know in a document, or has as another kind."""
    return list(_against(document, {"$ref": name}, discovered(api)["schemas"], name))


def _against(value: Any, schema: dict[str, Any], all_of_them: dict[str, Any], where: str) -> Iterator[str]:
    schema = all_of_them[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind != "any" and (not isinstance(value, KINDS[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{where}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if isinstance(value, list):
        for entry in value:
            yield from _against(entry, schema["items"], all_of_them, where + "[]")
    if isinstance(value, dict) and "properties" in schema:
        for name, entry in value.items():
            if name in schema["properties"]:
                yield from _against(entry, schema["properties"][name], all_of_them, f"{where}.{name}")
            else:
                yield f"{where}.{name}: unknown"


# --- Meta -------------------------------------------------------------------------------------------------------------
#: Meta's words for kinds, and what JSON has for them. Others are objects of their own.
META_KINDS: dict[str, type] = {"string": str, "int": int, "unsigned int": int, "bool": bool, "datetime": str, "list": list}


@cache
def fields_of(module: str) -> dict[str, str]:
    """Fields and their kinds of one of Meta's objects, such as `comment`."""
    spec = importlib.util.find_spec("facebook_business")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse((Path(spec.origin).parent / "adobjects" / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "_field_types" for t in node.targets):
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    raise AssertionError(f"Meta's package names no fields of {module}.")


def faults_by_meta(document: Any, module: str, *, edges: frozenset[str] = frozenset()) -> Faults:
    """What Meta's table does not know of one object, or has as another kind. `edges` are lists asked for along with it."""
    kinds = fields_of(module)
    faults = [f"{module}.{name}: unknown" for name in document if name not in kinds and name not in edges]
    for name, value in document.items():
        expected = META_KINDS.get(kinds.get(name, ""))
        if expected is not None and (not isinstance(value, expected) or (expected is int and isinstance(value, bool))):
            faults.append(f"{module}.{name}: {value!r} is no {kinds[name]}")
    return faults


def all_faults(documents: list[Any], judge: Callable[[Any], Faults]) -> Faults:
    """The faults of all of them; there must be something to judge."""
    assert documents, "Nothing was answered."
    return [fault for document in documents for fault in judge(document)]
