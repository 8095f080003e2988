"""How LinkedIn words things (learn.microsoft.com/linkedin/marketing/community-management, read 2026-11)."""

from datetime import datetime
from typing import Any

from tests.social.networks.servers import Says

BRAND = "urn:li:organization:2414183"
POST = "urn:li:activity:7100000000000000001"
SECRETS = {"access_token": "secret-access-token", "organization": "2414183"}
ALI = "urn:li:person:AbC_1-x"
#: 2026-01-01T00:00:00Z in milliseconds.
BEGIN = 1_767_225_600_000


def at(number: int) -> int:
    """When the thing of this number was written: an hour after the one before."""
    return BEGIN + number * 3_600_000


def urn(number: int, post: str = POST) -> str:
    return f"urn:li:comment:({post},{7_200_000_000_000_000_000 + number})"


def comment(number: int, *, post: str = POST, **fields: Any) -> dict[str, Any]:
    """A comment as socialActions shows it."""
    return {
        "actor": ALI,
        "agent": ALI,
        "commentUrn": urn(number, post),
        "created": {"actor": ALI, "impersonator": "urn:li:servicePrincipal:consumer", "time": at(number)},
        "id": str(7_200_000_000_000_000_000 + number),
        "lastModified": {"actor": ALI, "time": at(number)},
        "message": {"attributes": [], "text": f"complaint {number}"},
        "object": post,
        "likesSummary": {"selectedLikes": [], "aggregatedTotalLikes": 0, "totalLikes": 0},
        **fields,
    }


def told(number: int, *, action: str = "COMMENT", **fields: Any) -> dict[str, Any]:
    """A notification that a comment was written."""
    return {
        "notificationId": 900_000 + number,
        "organizationalEntity": BRAND,
        "action": action,
        "sourcePost": "urn:li:share:7100000000000000000",
        "generatedActivity": urn(number),
        "decoratedGeneratedActivity": {"comment": {"owner": ALI, "text": f"complaint {number}", "mediaCategory": "NONE"}},
        "lastModifiedAt": at(number),
        "subscriber": "urn:li:person:admin",
        **fields,
    }


def mention(number: int, **fields: Any) -> dict[str, Any]:
    share = f"urn:li:share:{7_300_000_000_000_000_000 + number}"
    decorated = {"share": {"owner": ALI, "text": f"Dear Meridian, post {number}", "mediaCategory": "NONE"}}
    return told(number, action="SHARE_MENTION", **{"generatedActivity": share, "decoratedGeneratedActivity": decorated, **fields})


def elements(rows: list[Any], *, more: bool = False, start: int = 0, count: int = 50) -> Says:
    links = [{"type": "application/json", "rel": "next", "href": f"/rest/x?start={start + count}"}] if more else []
    return Says.json({"paging": {"start": start, "count": count, "links": links}, "elements": rows})


def results(rows: dict[str, Any], **errors: int) -> Says:
    problems = {number: {"status": status, "message": "Not Found"} for number, status in errors.items()}
    return Says.json({"results": rows, "errors": problems, "statuses": {}})


def problem(status: int, message: str, code: str = "", **headers: str) -> Says:
    body = {"status": status, "serviceErrorCode": 100, "message": message, **({"code": code} if code else {})}
    return Says.json(body, status, **headers)


def own(number: int, text: str, moment: datetime, **fields: Any) -> dict[str, Any]:
    when = int(moment.timestamp() * 1000)
    beside = {"actor": BRAND, "message": {"attributes": [], "text": text}, "created": {"actor": BRAND, "time": when}}
    return comment(number, **{**beside, "lastModified": {"time": when}, "parentComment": urn(1), **fields})
