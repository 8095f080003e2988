"""The door of the Mastodon wire: X's door with Mastodon's errors, limits and shapes of trouble."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .. import shapes
from ..clock import now_ms
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate


class Refusal(Exception):
    """The answer is an error with these words."""

    def __init__(self, status: int, words: str, *, description: str = "") -> None:
        super().__init__(words)
        self.status = status
        #: The token endpoint's errors explain themselves a second time.
        self.body = {"error": words, **({"error_description": description} if description else {})}


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def limit_headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    """The three headers; the reset is an ISO time (docs.joinmastodon.org/api/rate-limits, read 2026-11)."""
    return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": iso(reset)}


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one item, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    inner = dict(broken["status"]) if "status" in broken else None
    way = (switch.fired - 1) % 6
    if way == 0:
        broken.pop("id")
    elif way == 1:
        broken = f"item {broken['id']}"
    elif inner is None:
        broken["id"] = {}
    elif way == 2:
        inner["created_at"] = "yesterday, around noon"
    elif way == 3:
        inner["content"] = None
    elif way == 4:
        inner = None
    else:
        inner["content"] = "<p>a NUL \x00, a bidi trap \u202e<script>alert(1)</script><b><i"
    if isinstance(broken, dict) and "status" in broken:
        broken["status"] = inner
    return [*items[:index], broken, *items[index + 1 :]]


def without_author(items: list[Any], switch: Switch) -> list[Any]:
    """One status came without its account."""
    if items and "status" in items[0]:
        chosen = switch.random.choice(items)
        chosen["status"] = {**chosen["status"], "account": None}
    return items


class MastodonGate(Gate):
    """An ASGI application for one endpoint of the Mastodon wire."""

    network = "mastodon"

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump({"error": "The access token is invalid"}), {}
        if "429" in fired:
            options = fired["429"].options
            headers = limit_headers(300, 0, now_ms() / 1000 + options["seconds"]) if options["reset"] else {}
            return 429, shapes.dump(self.excuse(429)), headers
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return {"error": "Too many requests" if status == 429 else "Something went wrong on our end"}

    def work(self, call: Call) -> Answer:
        """Check token and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        headers: dict[str, str] = {}
        try:
            if self.endpoint.open:
                return self.endpoint.work(call)
            if call.token is None or call.user is None:
                raise Refusal(401, "The access token is invalid")
            factor = self.world.rules["limit_factor"]
            verdict = self.world.limits.take(
                user_id=call.me["id"], endpoint=self.endpoint.name, limit=self.endpoint.limit, factor=factor
            )
            headers = limit_headers(verdict.limit, verdict.remaining, verdict.reset)
            if not verdict.allowed:
                raise Refusal(429, "Too many requests")
            if call.me["suspended"]:
                raise Refusal(403, "Your login is currently disabled")
            answer = self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status, headers)
        except BadField as problem:
            return Answer({"error": f"Validation failed: {problem.field} {problem.reason}"}, 422, headers)
        answer.headers = {**headers, **answer.headers}
        return answer

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. Lists are bare here, so X's shapes bend them as its `data`."""
        body: Any = answer.body
        if answer.status == 200 and isinstance(body, list):
            for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
                if name in fired:
                    body = shape(body, fired[name])
            for name in ("twice", "reorder", "unknown_fields"):
                if name in fired:
                    whole = [item for item in body if isinstance(item, dict)]
                    body = shapes.SHAPES[name]({"data": whole}, fired[name])["data"]
        if answer.status == 200 and "null" in fired:
            body = None if fired["null"].options["where"] == "envelope" else nulls(body, fired["null"])
        return shapes.dump(body)


def nulls(body: Any, switch: Switch) -> Any:
    """Nulls in half of the fields of each item."""
    if not isinstance(body, list):
        return body
    return [
        {name: None if name != "id" and switch.random.random() < 0.5 else value for name, value in item.items()}
        if isinstance(item, dict) else item
        for item in body
    ]  # fmt: skip
