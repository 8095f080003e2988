"""What every network must do with stored items: read them as documented, and survive whatever else they turn out to be."""

import copy
import dataclasses
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from social.networks.base import Network
from social.networks.errors import Malformed
from social.networks.values import Item


def payload_files(folder: Path) -> list[Path]:
    return sorted((folder / "payloads").glob("*.json"))


def plain(item: Item) -> dict[str, Any]:
    """An item as JSON would show it."""
    return json.loads(json.dumps(dataclasses.asdict(item), default=lambda value: value.isoformat()))  # type: ignore[no-any-return]


def mutated(value: Any) -> Iterator[Any]:
    """Copies of a document, each with one place made something else."""
    strange = (None, True, -1, 1.5, "", "x", [], [None], {}, {"a": None}, [[]], "9" * 400)
    for path in _places(value):
        for odd in strange:
            twin = copy.deepcopy(value)
            spot = twin
            for step in path[:-1]:
                spot = spot[step]
            spot[path[-1]] = odd
            yield twin


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in pairs:
        yield (*path, key)
        yield from _places(entry, (*path, key))


def with_unknown(value: Any) -> Any:
    """The same document with fields nobody has documented, at every level."""
    if isinstance(value, dict):
        return {**{key: with_unknown(entry) for key, entry in value.items()}, "not_documented_yet": {"a": [1, None]}}
    return [with_unknown(entry) for entry in value] if isinstance(value, list) else value


def only_named(found: Any, expected: Any) -> Any:
    """`found` with those facts alone that `expected` names, at every depth: a golden file says what it is about."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: only_named(found[key], value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [only_named(one, other) for one, other in zip(found, expected, strict=True)]
    return found


class PayloadContract:
    """The part of the contract that needs no network: one folder of payloads, each with what it means."""

    folder: Path
    network: Network

    def test_every_payload_names_its_source_and_date(self) -> None:
        sources = tomllib.loads((self.folder / "payloads" / "sources.toml").read_text(encoding="utf-8"))
        names = {file.stem for file in payload_files(self.folder)}
        assert len(names) >= 5
        assert set(sources) == names
        for name, source in sources.items():
            assert source["document"].strip(), name
            assert source["date"], name

    def test_payloads_are_read_as_documented(self) -> None:
        for file in payload_files(self.folder):
            golden = json.loads(file.read_text(encoding="utf-8"))
            if "malformed" in golden:
                with pytest.raises(Malformed) as caught:
                    self.network.read(golden["payload"], account_id=golden["account_id"])
                assert caught.value.code == golden["malformed"], file.name
                assert str(caught.value.reason), file.name
                continue
            item = plain(self.network.read(golden["payload"], account_id=golden["account_id"]))
            for name, expected in golden["item"].items():
                assert only_named(item[name], expected) == expected, f"{file.name}: {name}"

    def _good_payloads(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        for file in payload_files(self.folder):
            golden = json.loads(file.read_text(encoding="utf-8"))
            if "malformed" not in golden:
                yield file.name, golden["payload"], golden["account_id"]

    def test_reading_is_pure(self) -> None:
        for name, payload, account in self._good_payloads():
            kept = copy.deepcopy(payload)
            first = self.network.read(payload, account_id=account)
            assert self.network.read(payload, account_id=account) == first, name
            assert payload == kept, name

    def test_unknown_fields_change_nothing(self) -> None:
        for name, payload, account in self._good_payloads():
            known = self.network.read(payload, account_id=account)
            assert self.network.read(with_unknown(payload), account_id=account) == known, name

    def test_wrong_shapes_are_set_aside_or_read_never_a_crash(self) -> None:
        read = refused = 0
        for name, payload, account in self._good_payloads():
            if len(json.dumps(payload)) > 5000:
                continue
            for twin in mutated(payload):
                reason, item = "", None
                try:
                    item = self.network.read(twin, account_id=account)
                except Malformed as error:
                    reason = str(error.reason)
                if item is None:
                    refused += 1
                    assert reason, name
                else:
                    read += 1
                    assert item.external_id, name
                    assert item.thread_key, name
                    assert item.occurred_at.tzinfo is not None, name
                    # What is read must fit into the tables: no NUL, no half of a pair.
                    assert "\x00" not in json.dumps(plain(item)), name
                    json.dumps(plain(item), ensure_ascii=False).encode()
        assert read
        assert refused
