"""The door of the Bluesky wire: X's door with XRPC's errors, limits and shapes of trouble."""

from __future__ import annotations

import sqlite3
from typing import Any

from .. import people, shapes, tokens
from ..clock import now_ms
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate

#: Where the items of an answer are.
LISTS = ("notifications", "feed", "posts")


class Refusal(Exception):
    """The answer is an error of this name (atproto.com/specs/xrpc#error-responses, read 2026-11)."""

    def __init__(self, name: str, words: str, status: int = 400) -> None:
        super().__init__(name, words)
        self.status = status
        self.body = {"error": name, "message": words}


def limit_headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    """The four headers; the reset is in seconds since 1970 (docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11)."""
    return {
        "ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-reset": str(int(reset)),
        "ratelimit-policy": f"{limit};w=900",
    }  # fmt: skip


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one item, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    record = dict(broken.get("record") or {})
    way = (switch.fired - 1) % 6
    if way == 0:
        broken.pop("uri", None)
    elif way == 1:
        broken = f"item {broken.get('uri')}"
    elif way == 2:
        record["createdAt"] = broken["indexedAt"] = "yesterday, around noon"
    elif way == 3:
        record["text"] = None
    elif way == 4:
        record["facets"] = [{"index": {"byteStart": 3, "byteEnd": 9000}, "features": "none"}, 7]
    else:
        record["text"] = "half a surrogate \ud800, a NUL \x00 and a bidi trap \u202e\u2066 <script>alert(1)</script>"
    if isinstance(broken, dict) and "record" in broken:
        broken["record"] = record
    return [*items[:index], broken, *items[index + 1 :]]


def without_author(items: list[Any], switch: Switch) -> list[Any]:
    """One item came without its author."""
    if items:
        chosen = switch.random.choice(items)
        chosen["author"] = None
    return items


def nulls(items: list[Any], switch: Switch) -> list[Any]:
    """Nulls in half of the fields of each item."""
    return [
        {name: None if name != "uri" and switch.random.random() < 0.5 else value for name, value in item.items()}
        if isinstance(item, dict) else item
        for item in items
    ]  # fmt: skip


class BlueskyGate(Gate):
    """An ASGI application for one endpoint of the Bluesky wire."""

    network = "bluesky"

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        """The token and account of a request. Tokens look like JSON Web Tokens; what counts is behind their last dot."""
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if self.endpoint.open or scheme.lower() != "bearer":
            return None, None
        token = tokens.find_valid(self.world, bare(given))
        user = people.on(self.world, token["user_id"], self.network) if token is not None else None
        return (token, user) if user is not None else (None, None)

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 400, shapes.dump({"error": "InvalidToken", "message": "Token could not be verified"}), {}
        if "429" in fired:
            options = fired["429"].options
            headers = limit_headers(3000, 0, now_ms() / 1000 + options["seconds"]) if options["reset"] else {}
            return 429, shapes.dump(self.excuse(429)), headers
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        if status == 429:
            return {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return {"error": "InternalServerError", "message": "Internal Server Error"}

    def work(self, call: Call) -> Answer:
        """Check token and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        headers: dict[str, str] = {}
        try:
            if not self.endpoint.open:
                if call.user is None:
                    raise self.stranger(call)
                factor = self.world.rules["limit_factor"]
                verdict = self.world.limits.take(
                    user_id=call.me["id"], endpoint=self.endpoint.name, limit=self.endpoint.limit, factor=factor
                )
                headers = limit_headers(verdict.limit, verdict.remaining, verdict.reset)
                if not verdict.allowed:
                    raise Refusal("RateLimitExceeded", "Rate Limit Exceeded", 429)
                if call.me["suspended"]:
                    raise Refusal("AccountTakedown", "Account has been taken down", 401)
            answer = self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status, headers)
        except BadField as problem:
            return Answer({"error": "InvalidRequest", "message": f"Input/{problem.field} {problem.reason}"}, 400, headers)
        answer.headers = {**headers, **answer.headers}
        return answer

    def stranger(self, call: Call) -> Refusal:
        """Why nobody is behind a request: a token worth nothing any more is a 400, none at all a 401 (networks.md, seen)."""
        _scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if not given:
            return Refusal("AuthMissing", "Authentication Required", 401)
        row = self.world.store.one("SELECT expires_ms FROM tokens WHERE access = ? AND revoked = 0", (bare(given),))
        if row is not None and row["expires_ms"] <= now_ms():
            return Refusal("ExpiredToken", "Token has expired")
        return Refusal("InvalidToken", "Token could not be verified")

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out, bent by the troubles that change what it says."""
        body: Any = answer.body
        name = next((name for name in LISTS if isinstance(body, dict) and name in body), "")
        if answer.status == 200 and name:
            body = {**body, name: self.bent(body[name], fired)}
        if answer.status == 200 and "null" in fired and fired["null"].options["where"] == "envelope":
            body = dict.fromkeys(body) if isinstance(body, dict) else None
        return b"" if body is None else shapes.dump(body)

    def bent(self, items: list[Any], fired: dict[str, Switch]) -> list[Any]:
        """The items of an answer after the troubles that befall it."""
        for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
            if name in fired:
                items = shape(items, fired[name])
        for name in ("twice", "reorder", "unknown_fields"):
            if name in fired:
                whole = [item for item in items if isinstance(item, dict)]
                items = shapes.SHAPES[name]({"data": whole}, fired[name])["data"]
        if "null" in fired and fired["null"].options["where"] == "items":
            items = nulls(items, fired["null"])
        return items


def bare(token: str) -> str:
    """What the store knows of a token."""
    return token.strip().rpartition(".")[2]
