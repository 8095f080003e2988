"""How the Graph words things (developers.facebook.com/docs/graph-api/reference, read 2026-11)."""

import json
from datetime import UTC, datetime
from typing import Any

from core.clock import now
from tests.social.networks.servers import Says

PAGE = "102030405060708"
ALI = "7001"
POST = f"{PAGE}_900"
TIME = "2026-01-01T00:00:01+0000"


def graph_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(number: int | str, **fields: Any) -> dict[str, Any]:
    """A visitor's post on the Page."""
    return {
        "id": f"{PAGE}_{number}",
        "from": {"name": "Ali", "id": ALI},
        "message": f"complaint {number}",
        "created_time": TIME,
        "updated_time": TIME,
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}",
        **fields,
    }


def comment(number: int | str, *, on: str = "900", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{on}_{number}",
        "from": {"name": "Ali", "id": ALI},
        "message": f"complaint {number}",
        "created_time": TIME,
        "permalink_url": f"https://www.facebook.com/{on}?comment_id={number}",
        **fields,
    }


def message(number: int | str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"m_{number}",
        "created_time": TIME,
        "from": {"name": "Ali", "email": f"{ALI}@facebook.com", "id": ALI},
        "to": {"data": [{"name": "Brand", "id": PAGE}]},
        "message": f"complaint {number}",
        **fields,
    }


def talk(rows: list[Any], *, after: str = "", **fields: Any) -> dict[str, Any]:
    there = [{"name": "Ali", "id": ALI}, {"name": "Brand", "id": PAGE}]
    return {
        "id": "t_100",
        "updated_time": TIME,
        "participants": {"data": there},
        "messages": {"data": rows, **paging(after)},
        **fields,
    }


def paging(after: str) -> dict[str, Any]:
    following = f"https://graph.facebook.com/v23.0/x?access_token=SECRET&after={after}"
    return {"paging": {"cursors": {"before": "first", "after": after}, "next": following}} if after else {}


def listing(rows: list[Any], *, after: str = "", used: int = 3) -> Says:
    return Says.json({"data": rows, **paging(after)}, **usage(used))


def usage(percent: int, minutes: float = 0) -> dict[str, str]:
    row = {"type": "pages", "call_count": percent, "total_cputime": 1, "total_time": 2, "estimated_time_to_regain_access": minutes}
    return {"x_business_use_case_usage": json.dumps({PAGE: [row]})}


def fault(code: int, words: str = "Something is wrong", *, subcode: int = 0, status: int = 400, **headers: str) -> Says:
    error: dict[str, Any] = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return Says.json({"error": error | ({"error_subcode": subcode} if subcode else {})}, status, **headers)


def limited(reset: datetime | None) -> Says:
    headers = {} if reset is None else usage(100, (reset - now()).total_seconds() / 60)
    return fault(32, "(#32) Page request limit reached", **headers)


def problem(status: int) -> Says:
    return {
        400: fault(100, "(#100) Tried accessing nonexisting field"),
        401: fault(190, "Error validating access token: Session has expired", subcode=463),
        403: fault(10, "(#10) This endpoint requires the 'pages_read_engagement' permission", status=403),
        404: fault(100, "Unsupported get request. Object does not exist", subcode=33),
    }[status]
