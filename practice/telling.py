"""What somebody did on the square, told to the wires that call out by themselves."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from .wire import hooks as x
from .wire_custom import desks
from .wire_google import pushing
from .wire_graph import hooks as graph
from .wire_twilio import work as phone

if TYPE_CHECKING:
    from .world import World


def message(world: World, row: sqlite3.Row) -> None:
    """A message was sent."""
    phone.heard(world, row)
    graph.message(world, row)
    x.message(world, row)
    desks.heard(world, row)


def like(world: World, row: sqlite3.Row, by: sqlite3.Row, *, is_liked: bool) -> None:
    """Somebody likes a post, or no longer does."""
    graph.liked(world, row, by, is_liked=is_liked)


def post(world: World, row: sqlite3.Row, verb: str) -> None:
    """A post was written (add), changed (edited) or deleted (remove)."""
    graph.post(world, row, verb)
    pushing.post(world, row, verb)
    if verb == "add":
        x.post(world, row)
