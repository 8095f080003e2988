"""The door of Reddit's wire: X's door with Reddit's errors, limits and shapes of trouble."""

from __future__ import annotations

from typing import Any

from .. import shapes
from ..clock import now_ms
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate

#: One window for everything an account does: 100 calls a minute (the Data API wiki, read 2026-11) make 1,500 in our fifteen.
WINDOW, CALLS = "reddit", 1500


class Refusal(Exception):
    """The answer is an error with these words; `body` where it has another form than Reddit's usual one."""

    def __init__(self, status: int, words: str = "", body: dict[str, Any] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.body = {"message": words, "error": status} if body is None else body


def refused(code: str, words: str, field: str = "parent", **beside: Any) -> Refusal:
    """A refusal as Reddit words it for what is written: status 200 and a list of errors."""
    return Refusal(200, body={"json": {**beside, "errors": [[code, words, field]]}})


def limit_headers(limit: int, remaining: float, reset: float) -> dict[str, str]:
    """The three headers; the reset is in seconds from now."""
    left = max(0, int(reset - now_ms() / 1000))
    names = {"remaining": f"{remaining:.1f}", "used": str(int(limit - remaining)), "reset": str(left)}
    return {f"x-ratelimit-{name}": value for name, value in names.items()}


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one thing, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = {**items[index], "data": dict(items[index]["data"])}
    data = broken["data"]
    words = "title" if broken["kind"] == "t3" else "body"
    way = (switch.fired - 1) % 6
    if way == 0:
        data.pop("name")
    elif way == 1:
        broken = f"thing {data['name']}"
    elif way == 2:
        data["created_utc"] = "yesterday, around noon"
    elif way == 3:
        data[words] = None
    elif way == 4:
        broken["data"] = None
    else:
        data[words] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script> [link](javascript:alert(1)"
    return [*items[:index], broken, *items[index + 1 :]]


def without_author(items: list[Any], switch: Switch) -> list[Any]:
    """The author of one thing has deleted the account."""
    if items:
        data = switch.random.choice(items)["data"]
        data["author"] = "[deleted]"
        data.pop("author_fullname", None)
    return items


def nulls(items: list[Any], switch: Switch) -> list[Any]:
    """Nulls in half of the fields of each thing."""
    return [
        {**item, "data": {name: None if name != "name" and switch.random.random() < 0.5 else value for name, value in data.items()}}
        if isinstance(item, dict) and isinstance(data := item.get("data"), dict) else item
        for item in items
    ]  # fmt: skip


class RedditGate(Gate):
    """An ASGI application for one endpoint of Reddit's wire."""

    network = "reddit"

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump({"message": "Unauthorized", "error": 401}), {}
        if "429" in fired:
            options = fired["429"].options
            headers = limit_headers(CALLS, 0, now_ms() / 1000 + options["seconds"]) if options["reset"] else {}
            return 429, shapes.dump(self.excuse(429)), headers
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return {"message": "Too Many Requests" if status == 429 else "Internal Server Error", "error": status}

    def work(self, call: Call) -> Answer:
        """Check token and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        headers: dict[str, str] = {}
        try:
            if not self.endpoint.open:
                if call.token is None or call.user is None:
                    raise Refusal(401, "Unauthorized")
                factor = self.world.rules["limit_factor"]
                verdict = self.world.limits.take(user_id=call.me["id"], endpoint=WINDOW, limit=CALLS, factor=factor)
                headers = limit_headers(verdict.limit, verdict.remaining, verdict.reset)
                if not verdict.allowed:
                    raise Refusal(429, "Too Many Requests")
                if call.me["suspended"] and self.endpoint.writes:
                    raise Refusal(403, "Forbidden")
            answer = self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status, headers)
        except BadField as problem:
            return Answer(refused("BAD_CONTENT", f"{problem.field} {problem.reason}", "text").body, 200, headers)
        answer.headers = {**headers, **answer.headers}
        return answer

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. Things stand in `data.children`; X's shapes bend them as its `data`."""
        body: Any = answer.body
        if answer.status == 200 and isinstance(body, dict) and body.get("kind") == "Listing":
            rows = body["data"]["children"]
            for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
                if name in fired:
                    rows = shape(rows, fired[name])
            for name in ("twice", "reorder", "unknown_fields"):
                if name in fired:
                    whole = [item for item in rows if isinstance(item, dict)]
                    rows = shapes.SHAPES[name]({"data": whole}, fired[name])["data"]
            if "null" in fired and fired["null"].options["where"] != "envelope":
                rows = nulls(rows, fired["null"])
            body = {**body, "data": {**body["data"], "children": rows}}
        if answer.status == 200 and "null" in fired and fired["null"].options["where"] == "envelope":
            body = None
        return shapes.dump(body)
