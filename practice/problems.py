"""Refusals of the control API and the page: which field, and why."""

from __future__ import annotations


class BadField(Exception):
    """A value was refused; shown to the caller with status 400 (404 when the thing itself is missing)."""

    def __init__(self, field: str, reason: str, *, status: int = 400) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.status = status
