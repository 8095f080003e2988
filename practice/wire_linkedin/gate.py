"""The door of LinkedIn's wire: X's door with LinkedIn's errors, versions, daily limits and shapes of trouble."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .. import people, shapes
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate

VERSION = re.compile(r"20\d{2}(0[1-9]|1[0-2])")
#: Versions before this one are no longer spoken.
OLDEST = "202512"
#: Behind it the handle: a token that everybody may know, so that the connect page can offer one.
KNOWN_TOKEN = "practice-linkedin-"
DAY_LIMIT = 500


class Refusal(Exception):
    """The answer is an error with these words."""

    def __init__(self, status: int, words: str, code: str = "", **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.headers = headers
        self.body: dict[str, Any] = {"status": status, "serviceErrorCode": 100, "message": words}
        if code:
            self.body["code"] = code


def too_many(*, daily: bool = True) -> Refusal:
    words = f"Resource level throttle APPLICATION{' DAY' if daily else ''} limit for calls to this resource is reached."
    return Refusal(429, words, "TOO_MANY_REQUESTS")


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one entry of a list, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    urn = "generatedActivity" if "generatedActivity" in broken else "commentUrn" if "commentUrn" in broken else "id"
    way = (switch.fired - 1) % 5
    if way == 0:
        broken.pop(urn)
    elif way == 1:
        broken = f"entry {broken[urn]}"
    elif way == 2:
        broken[urn] = "urn:li:comment:(nothing)"
    elif way == 3:
        broken |= {"created": {"time": "yesterday, around noon"}, "lastModifiedAt": "yesterday, around noon"}
    else:
        broken |= {"message": None, "decoratedGeneratedActivity": None}
    return [*items[:index], broken, *items[index + 1 :]]


def without_author(items: list[Any], switch: Switch) -> list[Any]:
    """One comment does not say whose it is."""
    if items:
        chosen = switch.random.choice(items)
        chosen.pop("actor", None)
        chosen["decoratedGeneratedActivity"] = {
            kind: {name: value for name, value in shown.items() if name != "owner"}
            for kind, shown in (chosen.get("decoratedGeneratedActivity") or {}).items()
        }
    return items


class LinkedInGate(Gate):
    """An ASGI application for one endpoint of LinkedIn's wire."""

    network = "linkedin"

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        """By a token of the control API or of the sign-in, or by the one that everybody knows."""
        _, _, access = call.headers.get("authorization", "").partition(" ")
        if access.startswith(KNOWN_TOKEN):
            person = people.on(self.world, access.removeprefix(KNOWN_TOKEN), self.network)
            return (person, person) if person is not None and person["is_brand"] else (None, None)
        return super().identify(call)

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump(Refusal(401, "The token has been revoked", "REVOKED_ACCESS_TOKEN").body), {}
        if "429" in fired:
            options = fired["429"].options
            headers = {"retry-after": str(options["seconds"])} if options["reset"] else {}
            return 429, shapes.dump(too_many(daily=options["capped"]).body), headers
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return too_many(daily=False).body if status == 429 else Refusal(500, "Internal Server Error").body

    def work(self, call: Call) -> Answer:
        """Check token, version and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        try:
            if not self.endpoint.open:
                if call.token is None or call.user is None:
                    raise Refusal(401, "Invalid access token", "INVALID_ACCESS_TOKEN")
                version = call.headers.get("linkedin-version", "")
                if not VERSION.fullmatch(version) or version < OLDEST:
                    raise Refusal(426, f"Requested version {version} is not active", "NONEXISTENT_VERSION")
                if call.headers.get("x-restli-protocol-version") != "2.0.0":
                    raise Refusal(400, "Syntax exception in path variables", "ILLEGAL_ARGUMENT")
                factor = self.world.rules["limit_factor"]
                verdict = self.world.limits.take(user_id=call.me["id"], endpoint=self.endpoint.name, limit=DAY_LIMIT, factor=factor)
                if not verdict.allowed:
                    raise too_many()
            return self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status, refusal.headers)
        except BadField as problem:
            refusal = Refusal(400, f"{problem.field} {problem.reason}", "ILLEGAL_ARGUMENT")
            return Answer(refusal.body, refusal.status)

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. Lists stand in `elements`; X's shapes bend them as its `data`."""
        body: Any = answer.body
        if answer.status == 200 and isinstance(body, dict) and "elements" in body:
            rows = body["elements"]
            for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
                if name in fired:
                    rows = shape(rows, fired[name])
            for name in ("twice", "reorder", "unknown_fields"):
                if name in fired:
                    whole = [item for item in rows if isinstance(item, dict)]
                    rows = shapes.SHAPES[name]({"data": whole}, fired[name])["data"]
            body = {**body, "elements": rows}
        if answer.status == 200 and "null" in fired:
            body = None if fired["null"].options["where"] == "envelope" else {**body, "paging": None}
        return shapes.dump(body)
