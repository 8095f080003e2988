"""Messages as Twilio's API shows them (twilio.com/docs/messaging/api/message-resource, read 2026-11)."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from .. import media, messages, people
from ..clock import now_ms
from .numbers import NETWORK, number_of, sid

if TYPE_CHECKING:
    from ..world import World

#: So long a message is on its way to Twilio's carriers, and to the telephone.
SENT_MS, DELIVERED_MS = 300, 900


def rfc2822(moment_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(moment_ms / 1000, UTC))


def other_of(world: World, row: sqlite3.Row, brand: sqlite3.Row) -> sqlite3.Row:
    """The customer of a message."""
    members = messages.members(world, row["conversation"])
    return people.get(world, next(user_id for user_id in members if user_id != brand["id"]))


def message_sid(row: sqlite3.Row) -> str:
    return sid("MM" if row["media"] != "[]" else "SM", row["id"])


def state_of(row: sqlite3.Row, brand: sqlite3.Row, other: sqlite3.Row, moment_ms: int) -> tuple[str, int | None]:
    """How far a message is, and the number of its failure. A suspended person's telephone is switched off."""
    if row["sender_id"] != brand["id"]:
        return "received", None
    age = moment_ms - row["created_ms"]
    if age < SENT_MS:
        return "queued", None
    if age < DELIVERED_MS:
        return "sent", None
    return ("undelivered", 30003) if other["suspended"] else ("delivered", None)


def message(world: World, row: sqlite3.Row, brand: sqlite3.Row) -> dict[str, Any]:
    """A row of the list."""
    other, moment = other_of(world, row, brand), now_ms()
    ours = row["sender_id"] == brand["id"]
    status, error = state_of(row, brand, other, moment)
    account, own = sid("AC", brand["id"]), message_sid(row)
    uri = f"/2010-04-01/Accounts/{account}/Messages/{own}"
    sender, target = (brand, other) if ours else (other, brand)
    return {
        "sid": own, "account_sid": account, "messaging_service_sid": None, "from": number_of(sender), "to": number_of(target),
        "body": row["text"], "direction": "outbound-api" if ours else "inbound", "status": status,
        "num_segments": str(-(-len(row["text"]) // 153) or 1), "num_media": str(len(json.loads(row["media"]))),
        "date_created": rfc2822(row["created_ms"]), "date_updated": rfc2822(min(moment, row["created_ms"] + DELIVERED_MS)),
        "date_sent": None if status == "queued" else rfc2822(row["created_ms"]), "error_code": error, "error_message": None,
        "price": price(row["created_ms"], moment, pictures=json.loads(row["media"])), "price_unit": "USD",
        "api_version": "2010-04-01", "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }  # fmt: skip


def price(began_ms: int, moment_ms: int, *, pictures: list[int]) -> str | None:
    """What a text cost: nobody knows until it has arrived."""
    if moment_ms - began_ms < DELIVERED_MS:
        return None
    return "-0.02000" if pictures else "-0.00750"


def media_row(world: World, row: sqlite3.Row, brand: sqlite3.Row, media_id: int) -> dict[str, Any]:
    """A row of a message's Media list."""
    entry = media.get(world, media_id)
    account, own = sid("AC", brand["id"]), sid("ME", media_id)
    return {
        "sid": own, "account_sid": account, "parent_sid": message_sid(row), "content_type": entry["mime"] if entry else "image/png",
        "date_created": rfc2822(row["created_ms"]), "date_updated": rfc2822(row["created_ms"]),
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{message_sid(row)}/Media/{own}.json",
    }  # fmt: skip


def form_of(world: World, row: sqlite3.Row, brand: sqlite3.Row) -> dict[str, str]:
    """What a webhook says of a customer's message (…/messaging/guides/webhook-request)."""
    other, own, account = other_of(world, row, brand), message_sid(row), sid("AC", brand["id"])
    pictures = json.loads(row["media"])
    form = {
        "MessageSid": own, "SmsSid": own, "SmsMessageSid": own, "AccountSid": account, "From": number_of(other),
        "To": number_of(brand), "Body": row["text"], "NumMedia": str(len(pictures)), "NumSegments": "1", "SmsStatus": "received",
        "ApiVersion": "2010-04-01", "FromCountry": "US", "FromCity": other["location"].upper(), "ToCountry": "US",
    }  # fmt: skip
    for place, media_id in enumerate(pictures):
        entry = media_row(world, row, brand, media_id)
        form[f"MediaUrl{place}"] = f"https://api.twilio.com{entry['uri'].removesuffix('.json')}"
        form[f"MediaContentType{place}"] = entry["content_type"]
    return form


def brand_of(world: World, row: sqlite3.Row) -> sqlite3.Row | None:
    """The brand that takes part in a message of this network."""
    for user_id in messages.members(world, row["conversation"]):
        person = people.on(world, user_id, NETWORK)
        if person is not None and person["is_brand"]:
            return person
    return None
