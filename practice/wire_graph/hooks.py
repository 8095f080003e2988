"""Meta's webhooks: who wants to be called, what is said, and how it is signed.

developers.facebook.com/docs/graph-api/webhooks/getting-started and …/webhooks/reference/page, …/messenger-platform/webhooks,
…/whatsapp/cloud-api/webhooks/components, read 2026-11.

Several things that happen within a moment go out as one call with several entries; a call that nobody takes is made again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpx

from .. import calling, messages, people, posts, texts, trouble
from ..clock import now_ms
from ..problems import BadField
from . import render

if TYPE_CHECKING:
    from ..world import World

OBJECTS = {"facebook": "page", "instagram": "instagram", "whatsapp": "whatsapp_business_account"}
#: So long things wait for others, to go out together.
BATCH_MS = 50
#: How long something of ours is on its way, and until somebody looks at it.
SENT_MS, DELIVERED_MS, READ_MS = 50, 300, 900
#: Again at once, then ever more seldom, for a day and a half.
WAITS = (500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000, 120_000, *[300_000] * 430)
VERIFY_SECONDS = 10.0
#: The troubles that befall calls.
TROUBLES = ("twice", "reorder", "hold")


@dataclass(frozen=True)
class Event:
    """One entry of a call, and the thing it is about."""

    about: int
    stored_ms: int
    entry: dict[str, Any]


_WAITING: WeakKeyDictionary[Any, dict[int, list[Event]]] = WeakKeyDictionary()


# --- who wants to be called ------------------------------------------------------------------------------------------
def hook_of(world: World, brand_id: int) -> sqlite3.Row | None:
    """Where an account's events are told, and the secret that signs them."""
    row: sqlite3.Row | None = world.store.one("SELECT * FROM graph_hooks WHERE brand_id = ?", (brand_id,))
    return row


async def subscribe(world: World, brand: sqlite3.Row, *, url: str, verify_token: str, app_secret: str, ask: bool = True) -> None:
    """Tell this address from now on, once it has proved that it wants to be told; nobody with an empty one. Raises `BadField`.

    Without `ask` it proves nothing: whoever moves the network may say so of a server that is only being started.
    """
    if brand["network"] not in OBJECTS:
        raise BadField("account", "is on none of Meta's networks")
    calling.check_near(url)
    if url and ask:
        await _verify(url, verify_token)
    with world.store.write() as db:
        db.execute("DELETE FROM graph_hooks WHERE brand_id = ?", (brand["id"],))
        if url:
            db.execute("INSERT INTO graph_hooks VALUES (?, ?, ?)", (brand["id"], url, app_secret))


async def _verify(url: str, token: str) -> None:
    challenge = str(secrets.randbelow(10**10))
    question = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=VERIFY_SECONDS) as client:
            answer = await client.get(url, params=question)
    except httpx.HTTPError as error:
        raise BadField("url", f"could not be validated: {type(error).__name__}") from None
    if answer.status_code != 200 or answer.text != challenge:
        raise BadField("url", f"could not be validated: it answered {answer.status_code} and not with the challenge")


# --- calling ---------------------------------------------------------------------------------------------------------
def tell(world: World, brand_id: int, about: int, entry: dict[str, Any], *, in_ms: int = 0) -> None:
    """Have an account's subscriber hear of something; nothing happens where nobody subscribed."""
    brand = people.find(world, brand_id)
    if brand is None or hook_of(world, brand_id) is None:
        return
    if in_ms:
        calling.later(world, brand, in_ms, lambda _text: tell(world, brand_id, about, entry))
        return
    waiting = _WAITING.setdefault(world, {}).setdefault(brand_id, [])
    if not waiting:
        calling.later(world, brand, BATCH_MS, lambda _text: flush(world, brand))
    waiting.append(Event(about, now_ms(), entry))


def flush(world: World, brand: sqlite3.Row) -> None:
    """Make one call of all that waits, bent by the troubles that are on."""
    waiting = _WAITING.get(world, {}).pop(brand["id"], [])
    hook = hook_of(world, brand["id"])
    if hook is None or not waiting:
        return
    fired = world.trouble.draw(groups=("hook",), writes=False, lists=True, documents=False, user_id=brand["id"], names=TROUBLES)
    hold, moment = fired.get("hold"), now_ms()
    held = [e for e in waiting if hold and trouble.is_held(hold, item_id=e.about, stored_ms=e.stored_ms, now_ms=moment)]
    if held:
        _WAITING[world][brand["id"]] = held
        calling.later(world, brand, BATCH_MS, lambda _text: flush(world, brand))
    entries = [event.entry for event in waiting if event not in held]
    if not entries:
        return
    if "twice" in fired and fired["twice"].options["mode"] == "item":
        entries.append(entries[0])
    if "reorder" in fired:
        fired["reorder"].random.shuffle(entries)
    call(world, brand, hook, entries)
    if "twice" in fired and fired["twice"].options["mode"] == "page":
        call(world, brand, hook, entries)


def call(world: World, brand: sqlite3.Row, hook: sqlite3.Row, entries: list[dict[str, Any]]) -> None:
    """One signed call. Meta escapes whatever is not ASCII, and slashes: the signature is over the bytes as they go."""
    document = {"object": OBJECTS[brand["network"]], "entry": entries}
    body = json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode()
    signature = "sha256=" + hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature, "User-Agent": "facebookexternalua"}
    shown = {"body": document, "signature": signature}
    ring = calling.Ring(brand["id"], hook["url"], body, headers, now_ms(), shown, waits=WAITS)
    calling.bell(world).waiting.append(ring)


# --- what is said ----------------------------------------------------------------------------------------------------
def message(world: World, row: sqlite3.Row) -> None:
    """A message between a person and an account, whoever wrote it. WhatsApp tells nobody what the business itself wrote."""
    members = [people.get(world, user_id) for user_id in messages.members(world, row["conversation"])]
    for brand in (person for person in members if person["is_brand"] and person["network"] in OBJECTS):
        other = next((person for person in members if person["id"] != brand["id"]), None)
        if other is None:
            continue
        if brand["network"] != "whatsapp":
            tell(world, brand["id"], row["id"], _messaging(world, row, brand, other))
        elif row["sender_id"] != brand["id"]:
            tell(world, brand["id"], row["id"], whatsapp(brand, _received(world, row), other))


def _messaging(world: World, row: sqlite3.Row, brand: sqlite3.Row, other: sqlite3.Row) -> dict[str, Any]:
    ours = row["sender_id"] == brand["id"]
    shown = render.message_files(world, row)
    said: dict[str, Any] = {"mid": f"m_{row['id']}", **({"text": row["text"]} if row["text"] else {})}
    said |= {"attachments": shown} if shown else {}
    said |= {"is_echo": True} if ours else {}
    return event(brand, brand if ours else other, other if ours else brand, row["created_ms"], message=said)


def event(brand: sqlite3.Row, sender: sqlite3.Row, recipient: sqlite3.Row, moment_ms: int, **what: Any) -> dict[str, Any]:
    """An entry of Messenger's and Instagram's messages."""
    event = {"sender": {"id": str(sender["id"])}, "recipient": {"id": str(recipient["id"])}, "timestamp": moment_ms, **what}
    return {"id": str(brand["id"]), "time": moment_ms, "messaging": [event]}


def _received(world: World, row: sqlite3.Row) -> dict[str, Any]:
    kind, said = render.whatsapp_content(world, row)
    stamp = str(row["created_ms"] // 1000)
    sent = {"from": str(row["sender_id"]), "id": f"wamid.{row['id']}", "timestamp": stamp, "type": kind, kind: said}
    return {"messages": [sent]}


def whatsapp(brand: sqlite3.Row, content: dict[str, Any], other: sqlite3.Row) -> dict[str, Any]:
    number = {"display_phone_number": str(brand["id"]), "phone_number_id": str(brand["id"])}
    contacts = [{"profile": {"name": other["name"]}, "wa_id": str(other["id"])}] if "messages" in content else None
    value = {"messaging_product": "whatsapp", "metadata": number, **({"contacts": contacts} if contacts else {}), **content}
    return {"id": f"1{brand['id']}", "changes": [{"field": "messages", "value": value}]}


def follow(world: World, row: sqlite3.Row, brand: sqlite3.Row, other: sqlite3.Row, *, data: str = "") -> None:
    """Tell what becomes of a message of the account's: sent, delivered, read; failed where the person's telephone is off."""
    created, last = row["created_ms"], f"m_{row['id']}"
    if brand["network"] == "whatsapp":
        lost = {"errors": [{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable"}]}
        way = (("sent", SENT_MS, {}), ("delivered", DELIVERED_MS, {}), ("read", READ_MS, {}))
        for word, wait, more in (way[0], ("failed", DELIVERED_MS, lost)) if other["suspended"] else way:
            status = {
                "id": f"wamid.{row['id']}", "status": word, "timestamp": str((created + wait) // 1000),
                "recipient_id": str(other["id"]), **({"biz_opaque_callback_data": data} if data else {}), **more,
            }  # fmt: skip
            tell(world, brand["id"], row["id"], whatsapp(brand, {"statuses": [status]}, other), in_ms=wait)
        return
    if brand["network"] == "facebook":
        told = {"delivery": {"mids": [last], "watermark": created}}
        tell(world, brand["id"], row["id"], event(brand, other, brand, created + DELIVERED_MS, **told), in_ms=DELIVERED_MS)
    seen = {"read": {"watermark": created} if brand["network"] == "facebook" else {"mid": last}}
    tell(world, brand["id"], row["id"], event(brand, other, brand, created + READ_MS, **seen), in_ms=READ_MS)


def post(world: World, row: sqlite3.Row, verb: str) -> None:
    """Something was written in public, changed or taken away (add, edited, remove)."""
    root = posts.find(world, row["conversation_id"])
    if root is None or row["network"] not in ("facebook", "instagram"):
        return
    moment_s = now_ms() // 1000
    if row["network"] == "facebook":
        page_id = render.page_of(world, root)
        change = {"field": "feed", "value": _feed(world, row, root, verb)}
        if row["stars"] is not None and verb == "add":
            change = {"field": "ratings", "value": _rating(world, row)}
        entry = {"id": str(page_id), "time": moment_s, "changes": [change]}
        tell(world, page_id, row["id"], entry)
    elif verb == "add":
        _mentions(world, row, root, moment_s)
    if row["network"] == "instagram" and verb == "add" and row["id"] != root["id"]:
        # Instagram tells of comments below the account's own posts, and neither of changes nor of deletions.
        value = render.ig_comment(world, row)
        named = {name: value[name] for name in ("id", "text", "from", "parent_id") if name in value}
        value = named | {"media": {"id": str(root["id"]), "media_product_type": "FEED"}}
        entry = {"id": str(root["author_id"]), "time": moment_s, "changes": [{"field": "comments", "value": value}]}
        tell(world, root["author_id"], row["id"], entry)


def _mentions(world: World, row: sqlite3.Row, root: sqlite3.Row, moment_s: int) -> None:
    """Whom somebody else's caption or comment names hears its numbers, and nothing else (…/reference/ig-user/mentioned_comment)."""
    for user_id in texts.mentioned_ids(json.loads(row["wire"])):
        if user_id in world.brands and user_id not in (root["author_id"], row["author_id"]):
            value = {"media_id": str(root["id"])} | ({"comment_id": str(row["id"])} if row["id"] != root["id"] else {})
            entry = {"id": str(user_id), "time": moment_s, "changes": [{"field": "mentions", "value": value}]}
            tell(world, user_id, row["id"], entry)


def liked(world: World, row: sqlite3.Row, by: sqlite3.Row, *, is_liked: bool) -> None:
    """Somebody likes a comment on a Page, or no longer does."""
    root = posts.find(world, row["conversation_id"])
    if root is None or row["network"] != "facebook" or row["id"] == root["id"]:
        return
    page_id, moment_s = render.page_of(world, root), now_ms() // 1000
    value = {"item": "reaction", "verb": "add" if is_liked else "remove", "reaction_type": "like", "created_time": moment_s}
    value |= {"post_id": render.post_id(world, root), "comment_id": render.comment_id(row), "from": render.person(world, by["id"])}
    entry = {"id": str(page_id), "time": moment_s, "changes": [{"field": "feed", "value": value}]}
    tell(world, page_id, row["id"], entry)


def _rating(world: World, row: sqlite3.Row) -> dict[str, Any]:
    shown = render.rating(world, row)
    reviewer = shown.get("reviewer", {})
    value = {"item": "rating", "verb": "add", "open_graph_story_id": shown["open_graph_story"]["id"]}
    value |= {"reviewer_id": reviewer.get("id"), "reviewer_name": reviewer.get("name"), "created_time": row["created_ms"] // 1000}
    return value | {name: shown[name] for name in ("recommendation_type", "review_text") if name in shown}


def _feed(world: World, row: sqlite3.Row, root: sqlite3.Row, verb: str) -> dict[str, Any]:
    base = str(world.settings.base_url)
    post_id = render.post_id(world, root)
    value: dict[str, Any] = {"verb": verb, "post_id": post_id, "created_time": row["created_ms"] // 1000}
    value |= {"item": "status"} if row["id"] == root["id"] else {"item": "comment", "comment_id": render.comment_id(row)}
    author = render.person(world, row["author_id"])
    value |= {"from": author} if author else {}
    if value["item"] == "comment":
        above = render.top_of(world, row)
        value["parent_id"] = post_id if above["id"] == row["id"] else render.comment_id(above)
    if verb in ("remove", "hide", "unhide"):
        return value
    shown = render.attachment(world, row, base)
    value |= {"message": row["text"]} | ({"photo": shown["url"]} if shown else {})
    address = f"{base}/{people.get(world, root['author_id'])['handle']}/status/{root['id']}"
    return value | {"post": {"id": post_id, "permalink_url": address, "is_published": True}}
