"""Error bodies exactly as X sends them.

Sources: docs.x.com "Response codes and errors" and bodies recorded in public issue trackers (2022 to 2026).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PROBLEMS = "https://api.twitter.com/2/problems/"


class Refusal(Exception):
    """The answer is an error: status, body and headers are ready to send."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


def plain(status: int, title: str, detail: str | None = None) -> Refusal:
    """The short form used for 401, 403, 404, 429 and 5xx."""
    return Refusal(status, {"title": title, "detail": detail or title, "type": "about:blank", "status": status})


def unauthorized() -> Refusal:
    return plain(401, "Unauthorized")


def forbidden(detail: str) -> Refusal:
    return plain(403, "Forbidden", detail)


def too_many(headers: dict[str, str] | None = None) -> Refusal:
    refusal = plain(429, "Too Many Requests")
    refusal.headers.update(headers or {})
    return refusal


def usage_capped() -> Refusal:
    """The monthly cap: a 429 that waiting for the reset does not cure (networks.md, pitfall 11)."""
    return Refusal(
        429,
        {
            "account_id": "1", "product_name": "standard-basic", "title": "UsageCapExceeded", "period": "Monthly",
            "scope": "Product", "detail": "Usage cap exceeded: Monthly product cap", "type": PROBLEMS + "usage-capped",
        },
    )  # fmt: skip


def invalid(parameters: dict[str, Iterable[Any]], message: str) -> Refusal:
    """400 with the parameter and what is wrong with it."""
    named = {name: [str(value) for value in values] for name, values in parameters.items()}
    return Refusal(
        400,
        {
            "errors": [{"parameters": named, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": PROBLEMS + "invalid-request",
        },
    )


def missing(resource: str, parameter: str, value: Any) -> dict[str, Any]:
    """Partial error: the thing is not there (deleted looks the same)."""
    return {
        "value": str(value), "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error", "resource_type": resource, "parameter": parameter, "resource_id": str(value),
        "type": PROBLEMS + "resource-not-found",
    }  # fmt: skip


def suspended(parameter: str, value: Any) -> dict[str, Any]:
    """Partial error: the person is suspended."""
    return {
        "value": str(value), "detail": f"User has been suspended: [{value}].", "title": "Forbidden",
        "resource_type": "user", "parameter": parameter, "resource_id": str(value),
        "type": PROBLEMS + "resource-not-found",
    }  # fmt: skip


def not_authorized(parameter: str, value: Any) -> dict[str, Any]:
    """Partial error: the post belongs to somebody suspended or protected."""
    return {
        "value": str(value), "title": "Authorization Error", "section": "includes", "resource_type": "tweet",
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{value}].",
        "parameter": parameter, "resource_id": str(value), "type": PROBLEMS + "not-authorized-for-resource",
    }  # fmt: skip


OVER_CAPACITY_HTML = b"""<!DOCTYPE html><html><head><title>Over capacity</title></head>
<body><h1>Over capacity</h1><p>Too many people are on the square. Please wait a moment and try again.</p></body></html>
"""
