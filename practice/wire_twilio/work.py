"""What Twilio's resources do here: whose number, what was said, say something."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from .. import media, messages, people, trouble
from ..clock import now_ms
from ..wire.gate import Answer, Call
from . import files, hooks, render
from .gate import Refusal
from .numbers import E164, number_in, number_of, owner, sid

MOST = 1600
STOP, START = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}, {"START", "UNSTOP", "YES"}


def numbers(call: Call) -> Answer:
    """IncomingPhoneNumbers: the one number an account has."""
    own = number_of(call.me)
    wanted = call.query.get("PhoneNumber", own)
    row = {
        "sid": sid("PN", call.me["id"]), "account_sid": call.path["account"], "phone_number": own,
        "friendly_name": call.me["name"], "capabilities": {"sms": True, "mms": True, "voice": True},
        "sms_url": hooks.hook_of(call.world, call.me), "voice_url": hooks.hook_of(call.world, call.me),
        "status_callback": hooks.hook_of(call.world, call.me),
    }  # fmt: skip
    return Answer({"incoming_phone_numbers": [row] if wanted == own else [], **paging(call, "")})


def change_number(call: Call) -> Answer:
    """POST IncomingPhoneNumbers/:sid: where texts and calls are told. There is one address for both here."""
    if call.path["number"] != sid("PN", call.me["id"]):
        raise Refusal(404, 20404, "The requested resource was not found")
    given = [str(call.form[name]) for name in ("SmsUrl", "VoiceUrl") if name in call.form]
    if given:
        hooks.set_hook(call.world, call.me, given[0])
    return Answer(numbers(call).body["incoming_phone_numbers"][0])  # type: ignore[index]


def day_ms(text: str) -> int:
    """The beginning of a day, in milliseconds; 0 for no day. Raises Refusal."""
    if not text:
        return 0
    try:
        return int(datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise Refusal(400, 20001, f"Invalid date: {text}") from None


def paging(call: Call, following: str) -> dict[str, Any]:
    """The envelope of every list. `following` is the token of the next page."""
    address = call.address
    query = {**call.query, "Page": str(int(call.query.get("Page") or 0) + 1), "PageToken": following}
    parts = "&".join(f"{name.replace('>', '%3E').replace('+', '%2B')}={value.replace('+', '%2B')}" for name, value in query.items())
    return {
        "next_page_uri": f"{address}?{parts}" if following else None, "previous_page_uri": None, "first_page_uri": address,
        "uri": address, "page": int(call.query.get("Page") or 0), "page_size": size_of(call), "start": 0, "end": 0,
    }  # fmt: skip


def size_of(call: Call) -> int:
    text = call.query.get("PageSize", "50")
    return min(max(int(text), 1), 1000) if text.isdigit() else 50


def listed(call: Call, rows: list[Any], id_of: Any) -> tuple[list[Any], str]:
    """A page of rows that stand newest first, and the token of the next."""
    before = number_in(call.query.get("PageToken", ""))
    left = [row for row in rows if not before or id_of(row) < before]
    shown = left[: size_of(call)]
    return shown, sid("PA", id_of(shown[-1])) if len(left) > len(shown) else ""


def visible(call: Call) -> list[sqlite3.Row]:
    """All messages of the account, newest first, less what is held back."""
    rows = call.world.store.all(
        "SELECT d.* FROM dms d JOIN dm_members m ON m.conversation = d.conversation WHERE m.user_id = ?"
        " AND d.event_type = 'MessageCreate' ORDER BY d.id DESC",
        (call.me["id"],),
    )
    hold, moment = call.troubles.get("hold"), now_ms()
    if hold is None:
        return rows
    return [row for row in rows if not trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=moment)]


def list_messages(call: Call) -> Answer:
    """Messages: filtered by To, From and the day."""
    floor = day_ms(call.query.get("DateSent>", ""))
    rows = []
    for row in visible(call):
        shown = render.message(call.world, row, call.me)
        if row["created_ms"] >= floor and all(call.query.get(n, shown[f]) == shown[f] for n, f in (("To", "to"), ("From", "from"))):
            rows.append((row["id"], shown))
    page, following = listed(call, rows, lambda entry: entry[0])
    return Answer({"messages": [shown for _id, shown in page], **paging(call, following)})


def list_media(call: Call) -> Answer:
    """A message's Media list."""
    row = call.world.store.one("SELECT * FROM dms WHERE id = ?", (number_in(call.path["message"]),))
    if row is None or render.brand_of(call.world, row) != call.me:
        raise Refusal(404, 20404, f"The requested resource {call.address} was not found")
    pictures = [render.media_row(call.world, row, call.me, media_id) for media_id in json.loads(row["media"])]
    return Answer({"media_list": pictures, **paging(call, "")})


def create_message(call: Call) -> Answer:
    """Messages: say something to a telephone."""
    to, text = str(call.form.get("To") or ""), str(call.form.get("Body") or "")
    if not E164.fullmatch(to):
        raise Refusal(400, 21211, f"Invalid 'To' Phone Number: {to[:4]}XXXX")
    if call.form.get("From") != number_of(call.me):
        raise Refusal(400, 21606, f"The 'From' phone number {call.form.get('From')} is not a valid message-capable number.")
    if not text and not call.repeated.get("MediaUrl"):
        raise Refusal(400, 21602, "Message body is required.")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MOST:
        raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    person = owner(call.world, to)
    if person is None or person["is_brand"]:
        raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if not person["dm_open"]:
        raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    row = messages.send(
        call.world, sender=call.me, recipient=person, text=text, media_ids=files.taken(call), origin="api",
        request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    hooks.follow(call.world, row, call.me, str(call.form.get("StatusCallback") or ""))
    return Answer(render.message(call.world, row, call.me), 201)


def say(
    world: Any, *, person: sqlite3.Row, brand: sqlite3.Row, text: Any, origin: str, picture: bytes = b""
) -> sqlite3.Row:
    """A person's telephone sends a text, perhaps with a picture. STOP and START do what they say. Raises `BadField`."""
    pictures = [media.take(world, owner_id=person["id"], data=picture)["id"]] if picture else []
    row = messages.send(world, sender=person, recipient=brand, text=text, media_ids=pictures, origin=origin)
    heard(world, row)
    return row


def heard(world: Any, row: sqlite3.Row) -> None:
    """A message that somebody sent to a brand: heed STOP and START, and tell whoever wants to be called."""
    brand = render.brand_of(world, row)
    if brand is None or row["sender_id"] == brand["id"]:
        return
    word = row["text"].strip().upper()
    if word in STOP | START:
        people.change(world, row["sender_id"], dm_open=word in START)
    hooks.tell(world, brand, hooks.hook_of(world, brand), render.form_of(world, row, brand))


def service(call: Call) -> Answer:
    """Messaging services: an account has none here."""
    raise Refusal(404, 20404, f"The requested resource {call.address} was not found")
