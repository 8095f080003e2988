"""Reading once more what X gave without an id: `since_id` asks for newer posts only, so nothing else would before the night.

Part of the cursors of `_x_pages` and `_x_search`: `broke` while a catch-up is under way, `again` until the next has ended.
"""

from collections.abc import Mapping
from typing import Any

from social.networks._shapes import string


def broken_behind(page: Mapping[str, Any], broken: tuple[tuple[str, Any], ...], ids: list[str]) -> str:
    """Behind which id of a catch-up something stood without a usable id; empty when nothing did."""
    known = string(page.get("broke"))
    if known or not broken:
        return known
    return string(page.get("after")) or (str(int(min(ids, key=int)) - 1) if ids else "")


def read_again(state: dict[str, Any], broke: str) -> None:
    """Let the next catch-up begin where something could not be told apart: by then X may show it whole. Once: what stays broken
    keeps nobody.
    """
    if not state.pop("again", "") and broke:
        state["again"] = broke
