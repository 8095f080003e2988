"""Sealing anew what lies in tables that belong to no workspace, while everything goes on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import models

from core.crypto import Unreadable

log = structlog.get_logger("rabta.resealing")

#: What a row's columns are to be instead; nothing where the newest key sealed them. Raises Unreadable.
Anew = Callable[[Any], Mapping[str, Any]]


@dataclass(slots=True)
class Rotated:
    """What came of it. `unreadable` names what no key of the ring opens; `busy` were held by others."""

    resealed: int = 0
    busy: int = 0
    unreadable: list[str] = field(default_factory=list)


def reseal_rows(model: type[models.Model], anew: Anew) -> Rotated:
    """Seal anew whatever of these rows the newest key did not seal. Called outside of any transaction.

    Nobody waits: a row is written only where it still stands as it was read; who changed it meanwhile used the newest key.
    """
    found = Rotated()
    for row, fresh in _aged(model, anew):
        if fresh is None:
            log.error("secret_unreadable", row=f"{model._meta.label} {row.pk}")
            found.unreadable.append(f"{model._meta.label} {row.pk}")
            continue
        before = {name: getattr(row, name) for name in fresh}
        found.resealed += model._default_manager.filter(pk=row.pk, **before).update(**fresh)
    return found


def aged_rows(model: type[models.Model], anew: Anew) -> int:
    """How many of these rows the newest key did not seal."""
    return sum(1 for _row in _aged(model, anew))


def _aged(model: type[models.Model], anew: Anew) -> Iterator[tuple[Any, Mapping[str, Any] | None]]:
    for row in model._default_manager.order_by("pk").iterator():
        try:
            fresh: Mapping[str, Any] | None = anew(row)
        except Unreadable:
            fresh = None
        if fresh is None or fresh:
            yield row, fresh
