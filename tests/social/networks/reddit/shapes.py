"""How Reddit words things (www.reddit.com/dev/api and github.com/reddit-archive/reddit/wiki/JSON, read 2026-11)."""

from datetime import datetime
from typing import Any

from tests.social.networks.servers import Says

BRAND = "meridian_help"
SECRETS = {
    "client_id": "script-app",
    "client_secret": "secret-of-the-app",
    "username": "Meridian_Help",
    "password": "secret-password",
    "access_token": "secret-access-token",
    "subreddits": "pakistan, r/karachi",
    "search": "meridian outdoor",
}
#: 2026-01-01T00:00:00Z.
BEGIN = 1_767_225_600.0


def at(number: int) -> float:
    """When the thing of this number was written: ten seconds after the one before."""
    return BEGIN + number * 10.0


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


def comment(number: int, **fields: Any) -> dict[str, Any]:
    """A comment as /api/info and the lists of subreddits show it."""
    identifier = base36(1_000_000 + number)
    data = {
        "id": identifier,
        "name": f"t1_{identifier}",
        "author": "Ali_K",
        "author_fullname": "t2_abc1",
        "author_flair_text": None,
        "body": f"u/{BRAND} complaint {number}",
        "body_html": f"<div class='md'><p>complaint {number}</p></div>",
        "created_utc": at(number),
        "edited": False,
        "parent_id": "t3_post1",
        "link_id": "t3_post1",
        "subreddit": "pakistan",
        "permalink": f"/r/pakistan/comments/post1/where_is_it/{identifier}/",
        "score": 3,
        "replies": "",
        "distinguished": None,
        **fields,
    }
    return {"kind": "t1", "data": data}


def in_inbox(number: int, **fields: Any) -> dict[str, Any]:
    """The same comment as the inbox shows it: without its post and its edits, but with the way there."""
    whole = comment(number)["data"]
    kept = ("id", "name", "author", "author_fullname", "body", "body_html", "created_utc", "parent_id", "subreddit", "replies")
    data = {name: whole[name] for name in kept}
    data |= {
        "context": f"{whole['permalink']}?context=3",
        "dest": BRAND,
        "first_message": None,
        "first_message_name": None,
        "link_title": "Where is it?",
        "new": True,
        "subject": "username mention",
        "type": "username_mention",
        "was_comment": True,
    }
    return {"kind": "t1", "data": {**data, **fields}}


def post(number: int, **fields: Any) -> dict[str, Any]:
    identifier = base36(2_000_000 + number)
    data = {
        "id": identifier,
        "name": f"t3_{identifier}",
        "author": "Sara",
        "author_fullname": "t2_abc2",
        "title": f"Parcel {number} never came",
        "selftext": "Three weeks & counting.",
        "is_self": True,
        "created_utc": at(number),
        "edited": False,
        "subreddit": "pakistan",
        "permalink": f"/r/pakistan/comments/{identifier}/parcel/",
        "url": f"https://www.reddit.com/r/pakistan/comments/{identifier}/parcel/",
        "removed_by_category": None,
        "num_comments": 0,
        **fields,
    }
    return {"kind": "t3", "data": data}


def message(number: int, **fields: Any) -> dict[str, Any]:
    identifier = base36(3_000_000 + number)
    data = {
        "id": identifier,
        "name": f"t4_{identifier}",
        "author": "Ali_K",
        "author_fullname": "t2_abc1",
        "body": "My number is 0300 1234567.",
        "context": "",
        "created_utc": at(number),
        "dest": BRAND,
        "distinguished": None,
        "first_message": None,
        "first_message_name": None,
        "new": True,
        "parent_id": None,
        "replies": "",
        "subject": "My parcel",
        "subreddit": None,
        "was_comment": False,
        **fields,
    }
    return {"kind": "t4", "data": data}


def listing(rows: list[Any], *, after: str | None = None) -> Says:
    body = {"kind": "Listing", "data": {"after": after, "before": None, "dist": len(rows), "modhash": None, "children": rows}}
    return Says.json(body, x_ratelimit_remaining="594.0", x_ratelimit_used="6", x_ratelimit_reset="372")


def made(row: dict[str, Any]) -> Says:
    """What /api/comment answers when it took something."""
    return Says.json({"json": {"errors": [], "data": {"things": [row]}}})


def errors(*rows: list[Any], **beside: Any) -> Says:
    """A refusal, with status 200."""
    return Says.json({"json": {**beside, "errors": list(rows)}})


def own(number: int, text: str, moment: datetime, **fields: Any) -> dict[str, Any]:
    when = float(int(moment.timestamp()))
    return comment(number, **{"author": "Meridian_Help", "body": text, "created_utc": when, **fields})
