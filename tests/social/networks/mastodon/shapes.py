"""How a Mastodon instance words things (docs.joinmastodon.org/entities, read 2026-11)."""

from datetime import datetime
from typing import Any

from tests.social.networks.servers import Says

INSTANCE = "mastodon.example"


def account(name: str, number: int = 500, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "username": name,
        "acct": name,
        "display_name": name.title(),
        "note": "<p>Hello</p>",
        "url": f"https://{INSTANCE}/@{name}",
        "avatar": f"https://{INSTANCE}/avatars/{name}.png",
        "bot": False,
        "locked": False,
        "followers_count": 7,
        **fields,
    }


def status(number: int | str, **fields: Any) -> dict[str, Any]:
    """A status as it stands in a mention."""
    return {
        "id": str(number),
        "created_at": "2026-01-01T00:00:01.000Z",
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "spoiler_text": "",
        "language": "en",
        "url": f"https://{INSTANCE}/@ali/{number}",
        "content": f'<p><a class="u-url mention" href="#">@<span>brand</span></a> complaint {number}</p>',
        "account": account("ali"),
        "media_attachments": [],
        **fields,
    }


def notification(number: int, *, kind: str = "mention", **fields: Any) -> dict[str, Any]:
    made = status(1000 + number, **fields)
    return {"id": str(number), "type": kind, "created_at": made["created_at"], "account": made["account"], "status": made}


def listing(rows: list[Any], *, older: bool = False) -> Says:
    link = f'<https://{INSTANCE}/api/v1/notifications?max_id=1>; rel="next"'
    headers = {"link": link} if older else {}
    return Says.json(rows, x_ratelimit_limit="300", x_ratelimit_remaining="299", **headers)


def own(number: int, text: str, moment: datetime, **fields: Any) -> dict[str, Any]:
    """One of our own statuses, as the server renders it."""
    words = text.replace("&", "&amp;").replace("<", "&lt;")
    content = words.replace(
        "https://example.com/help",
        '<a href="https://example.com/help" rel="nofollow"><span class="invisible">https://</span><span>example.com/help</span></a>',
    )
    return status(
        number,
        content=f'<p><span class="h-card"><a class="u-url mention" href="#">@<span>ali</span></a></span> {content}</p>',
        created_at=moment.isoformat().replace("+00:00", "Z"),
        account=account("brand", 1),
        **fields,
    )
