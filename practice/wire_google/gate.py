"""The door of Google's APIs: X's door with Google's errors, lists and shapes of trouble. YouTube's wire stands behind it too."""

from __future__ import annotations

from typing import Any

from .. import shapes
from ..limits import Verdict
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate


class Refusal(Exception):
    """The answer is an error: its status, the reason in the older APIs' words, and the status in the newer ones'."""

    def __init__(self, status: int, reason: str, words: str, *, name: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.body = fault(status, reason, words, name=name)


NAMES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}  # fmt: skip


def fault(status: int, reason: str, words: str, *, name: str = "", seconds: float | None = None) -> dict[str, Any]:
    """An error as Google words it. The older APIs give `errors[].reason`, both a `status`; a RetryInfo says when to come back."""
    error: dict[str, Any] = {"code": status, "message": words}
    if reason:
        error["errors"] = [{"message": words, "domain": "global", "reason": reason}]
    error["status"] = name or NAMES.get(status, "UNKNOWN")
    if seconds is not None:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}]
    return {"error": error}


def missing(reason: str, words: str) -> Refusal:
    return Refusal(404, reason, words)


class GoogleGate(Gate):
    """An ASGI application for one endpoint. `rows` is what its lists are called."""

    network = "google"
    rows = "reviews"

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump(fault(401, "authError", "Invalid Credentials")), {}
        if "429" in fired:
            options = fired["429"].options
            if options["capped"]:
                return 403, shapes.dump(self.used_up()), {}
            return 429, shapes.dump(self.too_many(options["seconds"] if options["reset"] else None)), {}
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def too_many(self, seconds: float | None = None) -> dict[str, Any]:
        return fault(429, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries per minute'.", seconds=seconds)

    def used_up(self) -> dict[str, Any]:
        return fault(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        return self.too_many() if status == 429 else fault(500, "backendError", "Internal error encountered.")

    def work(self, call: Call) -> Answer:
        """Check token, right and limit, then do the endpoint's own work. Every refusal becomes an answer."""
        try:
            if not self.endpoint.open:
                if call.token is None or call.user is None:
                    raise Refusal(401, "authError", "Request had invalid authentication credentials.")
                verdict: Verdict = self.world.limits.take(
                    user_id=call.me["id"],
                    endpoint=self.endpoint.name,
                    limit=self.endpoint.limit,
                    factor=self.world.rules["limit_factor"],
                )
                if not verdict.allowed:
                    return Answer(self.too_many(60.0), 429)
                if call.me["suspended"]:
                    raise Refusal(403, "authenticatedUserAccountSuspended", "The account of the authenticated user is suspended.")
            return self.endpoint.work(call)
        except Refusal as refusal:
            return Answer(refusal.body, refusal.status)
        except BadField as problem:
            return Answer(fault(400, "badRequest", f"{problem.field} {problem.reason}"), 400)

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out, bent by the troubles that change what it says."""
        body: Any = answer.body
        if body is None:
            return b""
        rows = body.get(self.rows)
        if answer.status == 200 and isinstance(rows, list) and rows:
            body = self.bent(body, fired)
        if answer.status == 200 and "null" in fired:
            body = None if fired["null"].options["where"] == "envelope" else self.nulls(body, fired["null"])
        return shapes.dump(body)

    def bent(self, body: dict[str, Any], fired: dict[str, Switch]) -> dict[str, Any]:
        """The troubles of lists, on the rows of this one."""
        rows: list[Any] = body[self.rows]
        for name in ("twice", "reorder", "unknown_fields"):
            if name in fired:
                rows = shapes.SHAPES[name]({"data": rows}, fired[name])["data"]
        if "missing_author" in fired:
            for row in rows:
                if fired["missing_author"].random.random() < 0.5:
                    self.hide_author(row)
        if "malformed_item" in fired:
            self.malformed(rows, fired["malformed_item"])
        return {**body, self.rows: rows}

    def nulls(self, body: dict[str, Any], switch: Switch) -> dict[str, Any]:
        """Nulls in half of the fields of each row."""
        for row in body.get(self.rows) or []:
            for name in list(row) if isinstance(row, dict) else []:
                if name not in ("id", "name", "reviewId") and switch.random.random() < 0.5:
                    row[name] = None
        return body

    def hide_author(self, row: Any) -> None:
        """Leave out who wrote a row."""
        if isinstance(row, dict):
            row.pop("reviewer", None)

    def malformed(self, rows: list[Any], switch: Switch) -> None:
        """Break one row, another way each time."""
        index = switch.random.randrange(len(rows))
        broken: Any = dict(rows[index])
        way = (switch.fired - 1) % 4
        if way == 0:
            broken.pop("name", None)
            broken.pop("reviewId", None)
        elif way == 1:
            broken = f"row {index}"
        elif way == 2:
            broken["createTime"] = broken["updateTime"] = "yesterday, around noon"
        else:
            broken["comment"] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script>"
        rows[index] = broken
