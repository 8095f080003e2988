"""The door of Twilio's API: X's door with an account in the address, keys in the header, and Twilio's errors."""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

from .. import shapes
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate
from .numbers import NETWORK, account_of

LISTS = ("messages", "calls", "recordings", "media_list")


class Refusal(Exception):
    """The answer is an error with this number and these words."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.body = refusal(status, code, words)


def refusal(status: int, code: int, words: str) -> dict[str, Any]:
    """Twilio's envelope of an error."""
    return {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}


LIMITED = refusal(429, 20429, "Too Many Requests")


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one row, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    way = (switch.fired - 1) % 5
    if way == 0:
        broken.pop("sid")
    elif way == 1:
        broken = f"message {broken['sid']}"
    elif way == 2:
        broken |= {"date_sent": "yesterday, around noon", "date_created": "yesterday, around noon"}
    elif way == 3:
        broken["from"] = None
    else:
        broken["body"] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script>"
    return [*items[:index], broken, *items[index + 1 :]]


def nulls(items: list[Any], switch: Switch) -> list[Any]:
    """Nulls in half of the fields of each row."""
    return [
        {name: None if switch.random.random() < 0.5 else value for name, value in row.items()} if isinstance(row, dict) else row
        for row in items
    ]


class TwilioGate(Gate):
    """An ASGI application for one resource of Twilio's API."""

    network = NETWORK

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return None, None
        account = call.path.get("account", user)
        brand = account_of(self.world, account, password) if scheme.lower() == "basic" and user == account else None
        return brand, brand

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump(refusal(401, 20003, "Authenticate")), {}
        if "429" in fired:
            options = fired["429"].options
            return 429, shapes.dump(LIMITED), {"retry-after": str(options["seconds"])} if options["reset"] else {}
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return LIMITED if status == 429 else refusal(500, 20500, "Internal Server Error")

    def work(self, call: Call) -> Answer:
        """Check keys and limit, then do the resource's own work. Every refusal becomes an answer."""
        try:
            if call.user is None:
                raise Refusal(401, 20003, "Authenticate")
            factor = self.world.rules["limit_factor"]
            verdict = self.world.limits.take(
                user_id=call.me["id"], endpoint=self.endpoint.name, limit=self.endpoint.limit, factor=factor
            )
            if not verdict.allowed:
                return Answer(LIMITED, 429, {"retry-after": "30"})
            return self.endpoint.work(call)
        except Refusal as refused:
            return Answer(refused.body, refused.status)
        except BadField as problem:
            return Answer(refusal(400, 21604, f"{problem.field} {problem.reason}"), 400)

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. X's shapes bend a list as its `data`."""
        body: Any = answer.body
        name = next((name for name in LISTS if answer.status == 200 and name in body), "")
        if name:
            rows = list(body[name])
            if "malformed_item" in fired:
                rows = malformed(rows, fired["malformed_item"])
            for kind in ("twice", "reorder", "unknown_fields"):
                if kind in fired:
                    rows = shapes.SHAPES[kind]({"data": [row for row in rows if isinstance(row, dict)]}, fired[kind])["data"]
            if "null" in fired:
                rows = None if fired["null"].options["where"] == "envelope" else nulls(rows, fired["null"])
            body = {**body, name: rows}
        elif "null" in fired and answer.status == 200:
            body = None
        return shapes.dump(body)
