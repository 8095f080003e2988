"""How YouTube words things (developers.google.com/youtube/v3/docs, read 2026-11)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.clock import now
from tests.social.networks.servers import Asked, Says

CHANNEL = "UCbrand0000000000000brand"
ALI = "UCali00000000000000000ali"
VIDEO = "dQw4w9WgXcQ"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def comment_id(number: int | str) -> str:
    return f"UgxComment{number:0>6}AaABAg"


def reply_id(number: int | str, *, on: int | str) -> str:
    return f"{comment_id(on)}.reply{number:0>6}"


def comment(number: int | str, *, identifier: str = "", **fields: Any) -> dict[str, Any]:
    when = f"2026-01-01T00:00:{int(number) % 60:02d}Z" if str(number).isdigit() else "2026-01-01T00:00:01Z"
    snippet = {
        "channelId": CHANNEL,
        "videoId": VIDEO,
        "textDisplay": f"complaint {number}",
        "authorDisplayName": "@ali",
        "authorProfileImageUrl": "https://yt3.ggpht.com/ali=s48",
        "authorChannelUrl": "http://www.youtube.com/@ali",
        "authorChannelId": {"value": ALI},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": when,
        "updatedAt": fields.get("publishedAt", when),
        **fields,
    }
    return {"kind": "youtube#comment", "etag": "e", "id": identifier or comment_id(number), "snippet": snippet}


def reply(number: int | str, *, on: int | str, **fields: Any) -> dict[str, Any]:
    return comment(number, identifier=reply_id(number, on=on), parentId=comment_id(on), **fields)


def own(number: int | str, text: str, moment: datetime, *, on: int | str = 1001) -> dict[str, Any]:
    ours = {"authorChannelId": {"value": CHANNEL}, "authorDisplayName": "@brand", "textDisplay": text, "textOriginal": text}
    return reply(number, on=on, publishedAt=stamp(moment), **ours)


def thread(number: int | str, *replies: Any, total: int | None = None, **fields: Any) -> dict[str, Any]:
    snippet = {
        "channelId": CHANNEL,
        "videoId": VIDEO,
        "topLevelComment": comment(number, **fields),
        "canReply": True,
        "totalReplyCount": len(replies) if total is None else total,
        "isPublic": True,
    }
    found = {"kind": "youtube#commentThread", "etag": "e", "id": comment_id(number), "snippet": snippet}
    return found | ({"replies": {"comments": list(replies)}} if replies else {})


def listing(kind: str, rows: list[Any], *, after: str = "") -> Says:
    info = {"totalResults": len(rows), "resultsPerPage": 100}
    body = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": info, "items": rows}
    return Says.json(body | ({"nextPageToken": after} if after else {}))


def threads(*rows: Any, after: str = "") -> Says:
    return listing("commentThread", list(rows), after=after)


def comments(*rows: Any, after: str = "") -> Says:
    return listing("comment", list(rows), after=after)


TITLE = listing("video", [{"kind": "youtube#video", "id": VIDEO, "snippet": {"title": "New tents"}}])


def by_path(
    threads_say: Says | Callable[[Asked], Says],
    comments_say: Says | Callable[[Asked], Says] | None = None,
    held_say: Says | None = None,
) -> Callable[[Asked], Says]:
    """A script for each list: threads, comments, what is held; videos have their title."""

    def answer(asked: Asked) -> Says:
        kind = asked.path.rsplit("/", 1)[1]
        if kind == "videos":
            return TITLE
        if kind == "commentThreads" and asked.query.get("moderationStatus"):
            return held_say or threads()
        step = threads_say if kind == "commentThreads" else comments_say or comments()
        return step(asked) if callable(step) else step

    return answer


def fault(code: int, reason: str, words: str = "Something is wrong", **more: Any) -> Says:
    error = {"code": code, "message": words, "errors": [{"message": words, "domain": "youtube.comment", "reason": reason}], **more}
    return Says.json({"error": error}, code)


def limited(reset: datetime | None) -> Says:
    details = [] if reset is None else [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{(reset - now()).total_seconds():.3f}s"}
    ]  # fmt: skip
    return fault(429, "rateLimitExceeded", "Too many requests", status="RESOURCE_EXHAUSTED", details=details)


def problem(status: int) -> Says:
    reasons = {400: "invalidPageToken", 401: "authError", 403: "forbidden", 404: "channelNotFound"}
    return fault(status, reasons[status])
