"""What later rooms put below a message, such as a translation with its switch: declared here, filled from config/.

An empty slot draws nothing, so no page shows a control that does nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from inbox.models import Message


@dataclass(frozen=True, slots=True)
class Slot:
    """A template that gets `message` and `item`, drawn below the messages that `wanted` is true of. `wanted` asks no database."""

    template: str
    wanted: Callable[[Message], bool]


below_message: list[Slot] = []


def templates_below(message: Message) -> list[str]:
    """Templates to draw below a message, in the order in which rooms were wired."""
    return [slot.template for slot in below_message if slot.wanted(message)]
