"""What carries tags: rooms above say here how their rows follow when a tag is merged, and how many carry each. config/ fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class TagHolder:
    """Dotted paths of functions that run within the caller's transaction: `move(source_id, target_id)`, `touch(tag_id)` so that
    open pages draw anew what carries it, and `counts()`: tag's id → how many carry it.
    """

    move: str
    touch: str
    counts: str


holders: dict[str, TagHolder] = {}


def add_holder(name: str, *, move: str, touch: str, counts: str) -> None:
    """Take a kind of row that carries tags."""
    holders[name] = TagHolder(move=move, touch=touch, counts=counts)


def move_all(source_id: int, target_id: int) -> None:
    """Give everything that carries one tag the other."""
    for holder in holders.values():
        _found(holder.move)(source_id, target_id)


def touch_all(tag_id: int) -> None:
    """Let open pages draw anew whatever carries a tag."""
    for holder in holders.values():
        _found(holder.touch)(tag_id)


def all_counts() -> dict[int, int]:
    """How many things carry each tag. One query a kind of row."""
    total: dict[int, int] = {}
    for holder in holders.values():
        for tag_id, number in _found(holder.counts)().items():
            total[tag_id] = total.get(tag_id, 0) + number
    return total


def _found(path: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(path)
    return found
