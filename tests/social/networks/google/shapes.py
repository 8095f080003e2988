"""How Business Profile words things (developers.google.com/my-business/reference, read 2026-11)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.clock import now
from tests.social.networks.servers import Asked, Says

LOCATION = "7002"
PLACE = f"accounts/7001/locations/{LOCATION}"
REVIEWS = f"/v4/{PLACE}/reviews"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def review_id(number: int | str) -> str:
    return f"AbFvOq{number:0>8}"


def answer_id(number: int | str, moment: datetime) -> str:
    return f"{review_id(number)}.reply-{round(moment.timestamp() * 1000)}"


def review(number: int | str, *, answer: tuple[str, datetime] | None = None, **fields: Any) -> dict[str, Any]:
    when = f"2026-01-01T00:00:{int(number) % 60:02d}Z" if str(number).isdigit() else "2026-01-01T00:00:01Z"
    found = {
        "name": f"{PLACE}/reviews/{review_id(number)}",
        "reviewId": review_id(number),
        "reviewer": {"profilePhotoUrl": "https://lh3.googleusercontent.com/ali", "displayName": "Ali"},
        "starRating": "TWO",
        "comment": f"complaint {number}",
        "createTime": when,
        "updateTime": when,
        **fields,
    }
    return found | ({"reviewReply": reply(*answer)} if answer else {})


def reply(text: str, moment: datetime) -> dict[str, Any]:
    return {"comment": text, "updateTime": stamp(moment)}


def listing(*rows: Any, after: str = "") -> Says:
    if not rows:
        return Says.json({})
    body = {"reviews": list(rows), "averageRating": 3.5, "totalReviewCount": len(rows)}
    return Says.json(body | ({"nextPageToken": after} if after else {}))


def fault(code: int, status: str, words: str = "Something is wrong", **more: Any) -> Says:
    return Says.json({"error": {"code": code, "message": words, "status": status, **more}}, code)


def limited(reset: datetime | None) -> Says:
    details = []
    if reset is not None:
        delay = f"{(reset - now()).total_seconds():.3f}s"
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]
    return fault(429, "RESOURCE_EXHAUSTED", "Quota exceeded", details=details)


def problem(code: int) -> Says:
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    return fault(code, names[code])


def owners(*places: dict[str, Any], accounts: tuple[str, ...] = ("accounts/7001",)) -> Callable[[Asked], Says]:
    """A script for connecting: accounts, each with the same locations."""

    def answer(asked: Asked) -> Says:
        if asked.path == "/v1/accounts":
            return Says.json({"accounts": [{"name": name, "accountName": "Ali's", "type": "PERSONAL"} for name in accounts]})
        assert asked.query["readMask"] == "name,title,storefrontAddress"
        return Says.json({"locations": list(places), "totalSize": len(places)} if places else {})

    return answer


def place(number: str = LOCATION, title: str = "Anar Market", town: str = "Lahore") -> dict[str, Any]:
    return {"name": f"locations/{number}", "title": title, "storefrontAddress": {"regionCode": "PK", "locality": town}}
