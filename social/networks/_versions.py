"""Versions of things that keep their id when they are edited: a number for each, a name for each, a mark to notice the change."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MAX_REVISION = 32_000


def base_id(version: str) -> str:
    """The thing a version belongs to."""
    return version.partition("~")[0]


def revision_between(written: datetime | None, changed: datetime | None) -> int:
    """A number for a version of which only the moment it was noticed is known: later ones get greater ones.

    Seconds for the first hours, minutes later, so that it fits a small number and still grows.
    """
    if written is None or changed is None:
        return 1
    seconds = max(int((changed - written).total_seconds()), 1)
    return seconds if seconds <= 10_000 else min(10_000 + (seconds - 10_000) // 60, MAX_REVISION)


def revision_of(payload: Mapping[str, Any]) -> int:
    """The version an envelope is of; 0 for what was never seen to change."""
    value = payload.get("revision")
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_REVISION else 0


def version_id(identifier: str, revision: int) -> str:
    """A name for one version, since an edit keeps the id."""
    return f"{identifier}~{revision}" if revision else identifier


def digest(*words: Any) -> str:
    """A short mark of what was shown, to notice a change. Addresses of media stay out: they are new at each look."""
    return hashlib.sha256(repr(words).encode("utf-8", "replace")).hexdigest()[:8]
