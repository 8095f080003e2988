"""What higher rooms show on a contact's page: a template each, and the function that reads its data. Filled from config/."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: `reads` is the dotted path of a function from (workspace slug, contact id) to what the template shows."""

    template: str
    reads: str


@dataclass(frozen=True, slots=True)
class PanelShown:
    """A panel with its data."""

    template: str
    data: dict[str, Any]


panels: list[Panel] = []


def add_panel(template: str, reads: str) -> None:
    """Add a panel below those already there; twice is once."""
    panel = Panel(template, reads)
    if panel not in panels:
        panels.append(panel)


def panels_of(*, slug: str, contact_id: int) -> list[PanelShown]:
    """Every panel of a contact, read."""
    shown = []
    for panel in panels:
        read: Callable[[str, int], dict[str, Any]] = import_string(panel.reads)
        shown.append(PanelShown(panel.template, read(slug, contact_id)))
    return shown
