"""X's webhooks: who wants to be called, what is said, and how it is signed.

docs.x.com/x-api/webhooks/introduction and x-api/activity/event-payloads, read 2026-11. Before the first call X asks with GET and a
`crc_token`; a call that nobody takes is made again for a while.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

import httpx

from .. import calling, messages, people, texts
from ..clock import now_ms
from ..problems import BadField
from .fields import DM_FIELDS, MEDIA_FIELDS, TWEET_FIELDS, USER_FIELDS
from .render import Renderer

if TYPE_CHECKING:
    from ..world import World

WAITS = (500, 1000, 2000, 4000, 8000, 16_000, 30_000)
VERIFY_SECONDS = 10.0
TROUBLES = ("twice", "hold")


def hook_of(world: World, user_id: int) -> sqlite3.Row | None:
    """Where an account's events are told, and the secret that signs them."""
    row: sqlite3.Row | None = world.store.one("SELECT * FROM x_hooks WHERE brand_id = ?", (user_id,))
    return row


def signed(secret: str, body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


async def subscribe(world: World, brand: sqlite3.Row, *, url: str, consumer_secret: str) -> None:
    """Tell this address from now on, once it has answered a token; nobody with an empty one. Raises `BadField`."""
    if brand["network"] != "x":
        raise BadField("account", "is not on X")
    calling.check_near(url)
    if url:
        await _challenge(url, consumer_secret)
    with world.store.write() as db:
        db.execute("DELETE FROM x_hooks WHERE brand_id = ?", (brand["id"],))
        if url:
            db.execute("INSERT INTO x_hooks VALUES (?, ?, ?)", (brand["id"], url, consumer_secret))


async def _challenge(url: str, secret: str) -> None:
    token = secrets.token_urlsafe(24)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=VERIFY_SECONDS) as client:
            answer = await client.get(url, params={"crc_token": token})
            said = answer.json() if answer.status_code == 200 else {}
    except (httpx.HTTPError, ValueError) as error:
        raise BadField("url", f"could not be validated: {type(error).__name__}") from None
    if not isinstance(said, dict) or said.get("response_token") != signed(secret, token.encode()):
        raise BadField("url", f"could not be validated: it answered {answer.status_code} and not with the right response_token")


# --- what is said ----------------------------------------------------------------------------------------------------
EVERYTHING = {
    "tweet.fields": ",".join(TWEET_FIELDS), "user.fields": ",".join(USER_FIELDS), "media.fields": ",".join(MEDIA_FIELDS),
    "dm_event.fields": ",".join(DM_FIELDS), "expansions": "author_id,attachments.media_keys,referenced_tweets.id,sender_id",
}  # fmt: skip


def post(world: World, row: sqlite3.Row) -> None:
    """A post was written: whoever it names or answers hears of it, once. Of quotes X tells nobody."""
    if row["network"] != "x":
        return
    told = dict.fromkeys(texts.mentioned_ids(json.loads(row["wire"])), "post.mention.create")
    answered = {row["reply_to_user_id"]: "post.reply.create"} if row["reply_to_user_id"] else {}
    told = answered | told
    for user_id, kind in told.items():
        if user_id != row["author_id"] and hook_of(world, user_id) is not None:
            renderer = Renderer(world, EVERYTHING)
            tell(world, user_id, row["id"], kind, renderer, renderer.tweet(row))


def message(world: World, row: sqlite3.Row) -> None:
    """A direct message was sent: the other side hears of it."""
    members = messages.members(world, row["conversation"])
    for user_id in members:
        person = people.get(world, user_id)
        if person["network"] == "x" and user_id != row["sender_id"] and hook_of(world, user_id) is not None:
            renderer = Renderer(world, EVERYTHING)
            tell(world, user_id, row["id"], "dm.received", renderer, renderer.dm(row, members))


def tell(world: World, user_id: int, about: int, kind: str, renderer: Renderer, payload: dict[str, Any]) -> None:
    """One signed call, bent by the troubles that are on; numbers of metrics come with their twins, as X writes them."""
    hook = hook_of(world, user_id)
    assert hook is not None
    for counts in (value for name, value in payload.items() if name.endswith("metrics") and isinstance(value, dict)):
        counts |= {f"{name}_str": str(number) for name, number in list(counts.items())}
    includes = {name: value for name, value in renderer.body(payload).get("includes", {}).items() if value}
    data = {
        "event_uuid": str(world.ids.next()), "filter": {"user_id": str(user_id)}, "event_type": kind, "tag": "rabta",
        "payload": payload, "includes": includes,
    }  # fmt: skip
    body = json.dumps({"data": data}, ensure_ascii=False).encode()
    fired = world.trouble.draw(groups=("hook",), writes=False, lists=True, documents=False, user_id=user_id, names=TROUBLES)
    late = int(fired["hold"].options["ms"]) if "hold" in fired else 0
    for _time in range(2 if "twice" in fired else 1):
        signature = signed(hook["secret"], body)
        headers = {"Content-Type": "application/json", "x-twitter-webhooks-signature": signature}
        shown = {"body": data, "signature": signature}
        calling.bell(world).waiting.append(
            calling.Ring(user_id, hook["url"], body, headers, now_ms() + late, shown, waits=WAITS)
        )
