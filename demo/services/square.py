"""The demo's customers and posts on the practice network, so that every demo conversation can be answered for real."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import requests
from django.conf import settings

#: Rows of one call; one call is one transaction over there.
CHUNK = 4000
SECONDS = 60.0


class Square:
    """The control API of the practice network (practice/README.md). Absent when no practice network was asked for."""

    def __init__(self) -> None:
        self.base = f"{settings.PRACTICE_URL}/_practice/api"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["X-Practice-Key"] = settings.PRACTICE_ADMIN_KEY

    @staticmethod
    def is_there() -> bool:
        """Whether this installation has a practice network."""
        return bool(settings.PRACTICE_URL)

    def call(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> dict[str, Any]:
        """One call; raises requests' errors with what the network said."""
        answer = self.session.request(method, f"{self.base}{path}", json=body, timeout=SECONDS)
        if not answer.ok:
            raise requests.HTTPError(f"The practice network refused {path}: {answer.text[:500]}", response=answer)
        found: dict[str, Any] = answer.json()
        return found

    def people(self, people: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Make or update people. Returns handle (lower case) → id."""
        ids: dict[str, str] = {}
        for start in range(0, len(people), CHUNK):
            answer = self.call("/import", {"people": list(people[start : start + CHUNK])})
            ids |= {handle.lower(): str(number) for handle, number in answer["people"].items()}
        return ids

    def posts(self, posts: Sequence[Mapping[str, Any]], directs: Sequence[Mapping[str, Any]]) -> None:
        """Post with given ids and times; what is there already is skipped."""
        for name, rows in (("posts", posts), ("dms", directs)):
            for start in range(0, len(rows), CHUNK):
                self.call("/import", {name: list(rows[start : start + CHUNK])})

    def brands(self) -> dict[str, str]:
        """Handle (lower case) → id of the accounts of brands on all networks."""
        people = self.call("/people?brand=1", {}, method="GET")["people"]
        return {person["handle"].lower(): person["id"] for person in people}

    def directs(self, account: str) -> list[dict[str, Any]]:
        """The messages of an account, as practice/messages.py describes them."""
        found: list[dict[str, Any]] = self.call(f"/dms?account={account}", {}, method="GET")["dms"]
        return found

    def tokens(self, account: str, *, seconds: int | None = None) -> dict[str, str]:
        """Fresh tokens of an account, as its owner's sign-in would bring them; for so long, or as long as on X."""
        pair = self.call("/tokens", {"account": account, **({"seconds": seconds} if seconds else {})})
        return {name: pair[name] for name in ("access_token", "refresh_token", "scope") if pair.get(name)}


class Snowflakes:
    """Ids that grow with time, as X makes them: milliseconds since its epoch, a series, a counter.

    Each workspace counts in a series of its own, so that two made in different runs cannot meet.
    """

    EPOCH_MS = 1_288_834_974_657

    def __init__(self, series: int) -> None:
        self.series = series
        self.taken: set[int] = set()

    def at(self, moment: datetime) -> str:
        """An id of that moment that nobody has yet; for moments before the epoch one of its first day."""
        number = max(int(moment.timestamp() * 1000) - self.EPOCH_MS, 1000) << 22 | self.series << 12
        while number in self.taken:
            number += 1
        self.taken.add(number)
        return str(number)


def iso(moment: datetime) -> str:
    """Time as the control API takes it."""
    return moment.isoformat()
