"""Trouble switches: every way the network can lie, by the names of the fault matrix. Repeatable by seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from .problems import BadField

GROUPS = ("all", "read", "write", "upload", "dm", "token", "hook", "stream")


@dataclass(frozen=True)
class Kind:
    """What one switch does. `needs` says which endpoints it can touch: any, writes, lists or documents."""

    name: str
    title: str
    does: str
    needs: str = "any"
    options: dict[str, Any] = field(default_factory=dict)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("swallow", "Swallow", "Accepts the write, then closes the connection without an answer.", "writes"),
        Kind("late", "Late", "Accepts the write some time after the caller has given up waiting.", "writes", {"ms": 900}),
        Kind("after500", "Error after accepting", "Accepts the write, then answers 500.", "writes"),
        Kind("after429", "429 after accepting", "Accepts the write, then claims the limit was reached.", "writes"),
        Kind("garble", "Garbled answer", "Does the work, then sends JSON that is cut off or broken.", "any", {"mode": "both"}),
        Kind("slow", "Slow", "Does the work, answers after a while; with drip, byte by byte.", "any", {"ms": 2000, "drip": False}),
        Kind("hang", "Hang", "Takes the request and never answers. Nothing is accepted.", "any"),
        Kind("twice", "Twice", "Offers an item twice in a page, or a whole page again.", "lists", {"mode": "item"}),
        Kind("hold", "Hold back", "New items become visible late and out of order.", "lists", {"ms": 5000}),
        Kind(
            "429", "Limit reached", "Refuses with 429; reset says when to come back, or is left out.", "any",
            {"reset": True, "seconds": 60, "capped": False},
        ),
        Kind("401", "Unauthorized", "Refuses the token although it is good.", "any"),
        Kind("500", "Server error", "Refuses with 500. Nothing is accepted.", "any"),
        Kind("html", "HTML instead of JSON", "Answers 503 with a web page, as an overloaded door does.", "any", {"status": 503}),
        Kind("null", "Nulls", "Fields that should hold something are null.", "documents", {"where": "envelope"}),
        Kind("unknown_fields", "Unknown fields", "Adds fields and kinds nobody has documented.", "documents"),
        Kind("missing_author", "Missing author", "Leaves authors out of the page, or out of the post.", "lists"),
        Kind("reorder", "Reorder", "Shuffles the items of a page.", "lists"),
        Kind("future_cursor", "Cursor from the future", "Says the newest id is one a year ahead.", "lists", {"days": 365}),
        Kind("malformed_item", "Malformed item", "One item of the page is broken; its neighbours are fine.", "lists"),
    )
}  # fmt: skip


@dataclass
class Switch:
    """A trouble that is on. `count` limits how often it fires, `next` how many requests it looks at."""

    id: int
    name: str
    group: str
    probability: float
    count: int | None
    next: int | None
    account: int | None
    seed: int
    options: dict[str, Any]
    random: random.Random
    fired: int = 0
    considered: int = 0

    @property
    def spent(self) -> bool:
        return (self.count is not None and self.fired >= self.count) or (self.next is not None and self.considered >= self.next)

    def describe(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.name, "group": self.group, "probability": self.probability,
            "count": self.count, "next": self.next, "account": str(self.account) if self.account else None,
            "seed": self.seed, "options": self.options, "fired": self.fired, "considered": self.considered,
            "spent": self.spent,
        }  # fmt: skip


def read_switch(values: dict[str, Any], *, switch_id: int, account: int | None) -> Switch:
    """Check one switch as it came in. Raises `BadField` naming what is wrong."""
    unknown = set(values) - {"name", "group", "probability", "count", "next", "account", "seed", "options"}
    if unknown:
        raise BadField(sorted(unknown)[0], "not a field of a switch")
    name = values.get("name")
    if name not in KINDS:
        raise BadField("name", f"not a trouble; known: {', '.join(KINDS)}")
    group = values.get("group", "all")
    if group not in GROUPS:
        raise BadField("group", f"must be one of {', '.join(GROUPS)}")
    probability = values.get("probability", 1)
    if isinstance(probability, bool) or not isinstance(probability, (int, float)) or not 0 <= probability <= 1:
        raise BadField("probability", "must be between 0 and 1")
    for limit in ("count", "next"):
        value = values.get(limit)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise BadField(limit, "must be a whole number above 0, or null for no end")
    seed = values.get("seed", 1)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise BadField("seed", "must be a whole number")
    options = values.get("options", {})
    if not isinstance(options, dict):
        raise BadField("options", "must be an object")
    defaults = KINDS[name].options
    for option, value in options.items():
        if option not in defaults:
            raise BadField(f"options.{option}", f"not an option of {name}; known: {', '.join(defaults) or 'none'}")
        if type(value) is not type(defaults[option]):
            raise BadField(f"options.{option}", f"must be like {defaults[option]!r}")
    return Switch(
        id=switch_id, name=name, group=group, probability=float(probability), count=values.get("count"),
        next=values.get("next"), account=account, seed=seed, options={**defaults, **options},
        random=random.Random(seed),
    )  # fmt: skip


class Troubles:
    """The switches that are on. They live in memory: after a restart the network is honest again."""

    def __init__(self) -> None:
        self._switches: list[Switch] = []
        self._last_id = 0

    def clear(self) -> None:
        self._switches = []

    def add(self, values: dict[str, Any], *, account: int | None = None) -> Switch:
        """Turn one on. Raises `BadField`."""
        self._last_id += 1
        switch = read_switch(values, switch_id=self._last_id, account=account)
        self._switches.append(switch)
        return switch

    def remove(self, *, switch_id: int | None = None, name: str | None = None) -> int:
        """Turn off one switch by id, or all of a name; returns how many there were."""
        before = len(self._switches)
        self._switches = [s for s in self._switches if s.id != switch_id and s.name != name]
        return before - len(self._switches)

    def describe(self) -> list[dict[str, Any]]:
        return [switch.describe() for switch in self._switches]

    def draw(
        self, *, groups: Collection[str], writes: bool, lists: bool, documents: bool, user_id: int | None,
        names: Collection[str] | None = None,
    ) -> dict[str, Switch]:  # fmt: skip
        """The troubles that befall this request, by name. Each switch rolls its own dice in order of arrival. Only those of
        `names`, where they are given: a call of the network's own is no request.
        """
        able = {"any": True, "writes": writes, "lists": lists, "documents": documents}
        fired: dict[str, Switch] = {}
        for switch in self._switches:
            if switch.spent or (switch.group != "all" and switch.group not in groups):
                continue
            if names is not None and switch.name not in names:
                continue
            if not able[KINDS[switch.name].needs] or (switch.account and switch.account != user_id):
                continue
            if switch.name == "hold":
                fired["hold"] = switch  # time and id decide per item, see `is_held`
                continue
            switch.considered += 1
            if switch.random.random() < switch.probability and switch.name not in fired:
                switch.fired += 1
                fired[switch.name] = switch
        return fired


def is_held(switch: Switch, *, item_id: int, stored_ms: int, now_ms: int) -> bool:
    """Whether `hold` still hides an item. The same seed always picks the same items, whoever asks."""
    if now_ms >= stored_ms + switch.options["ms"]:
        return False
    digest = hashlib.sha256(f"{switch.seed}:{item_id}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32 < switch.probability
