"""Signs below messages, and what else somebody does to one that exists: from both sides, and how the Graph tells of it.

developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reactions, …/message-edits,
…/business-messaging/messenger-platform/send-messages/sender-actions and …/whatsapp/webhooks/reference/messages/reaction, …/revoke,
…/edit, read 2026-11.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import messages, people
from ..clock import now_ms
from ..problems import BadField
from ..wire.gate import Answer, Call
from . import hooks
from .gate import Refusal
from .paging import asked, number

if TYPE_CHECKING:
    from ..control import Order
    from ..world import World

QUIET = ("mark_seen", "typing_on", "typing_off")
HEARTS = {"love": "❤️"}


# --- what the business does ------------------------------------------------------------------------------------------
def _of_theirs(call: Call, name: str) -> sqlite3.Row:
    """A message that a customer wrote to the account. Raises `Refusal`."""
    row = messages.find(call.world, number(name.rpartition("_")[2].rpartition(".")[2], 0))
    if row is None or call.me["id"] not in messages.members(call.world, row["conversation"]):
        raise Refusal(100, "(#100) Invalid parameter: no such message", subcode=33)
    return row


def act(call: Call) -> Answer:
    """POST /:page/messages with a `sender_action`."""
    action = asked(call, "sender_action")
    try:
        person = str(json.loads(asked(call, "recipient"))["id"])
        said = json.loads(asked(call, "payload") or "{}")
        name = str(said["message_id"]) if action not in QUIET else ""
        emoji = str(said.get("reaction", ""))
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) param recipient and payload must be JSON objects") from None
    if action in QUIET:
        return Answer({"recipient_id": person})
    if action not in ("react", "unreact") or (action == "react" and not emoji):
        raise Refusal(100, "(#100) Invalid parameter: sender_action")
    _put(call, _of_theirs(call, name), HEARTS.get(emoji, emoji) if action == "react" else "")
    return Answer({"recipient_id": person})


def react(call: Call) -> Answer:
    """POST /:number/messages of the type `reaction`; an empty emoji takes it back."""
    try:
        said = json.loads(asked(call, "reaction"))
        name, emoji = str(said["message_id"]), str(said.get("emoji", ""))
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) Invalid parameter") from None
    row = _of_theirs(call, name)
    _put(call, row, emoji)
    contact = {"input": asked(call, "to"), "wa_id": asked(call, "to")}
    return Answer({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": f"wamid.r{row['id']}"}]})


def _put(call: Call, row: sqlite3.Row, emoji: str) -> None:
    messages.change(call.world, event=row, kind="like", reaction=emoji, request_id=call.request_id)


# --- what a customer does --------------------------------------------------------------------------------------------
def _theirs(order: Order) -> tuple[sqlite3.Row, sqlite3.Row, sqlite3.Row]:
    """The message of the address, the brand it was exchanged with, and the other one. Raises `BadField`."""
    row = messages.find(order.world, number(order.path["id"], 0))
    members = [people.get(order.world, user_id) for user_id in messages.members(order.world, row["conversation"])] if row else []
    brand = next((person for person in members if person["is_brand"] and person["network"] in hooks.OBJECTS), None)
    other = next((person for person in members if brand is not None and person["id"] != brand["id"]), None)
    if row is None or brand is None or other is None:
        raise BadField("id", "is no message with an account of Meta's networks", status=404)
    return row, brand, other


def put_sign(order: Order) -> Any:
    """A customer puts a sign to a message; an empty one takes it back."""
    row, brand, other = _theirs(order)
    emoji = str(order.take("emoji")["emoji"])[:40]
    messages.change(order.world, event=row, kind="like", reaction=emoji)
    moment = now_ms()
    if brand["network"] == "whatsapp":
        said = {"message_id": f"wamid.{row['id']}", **({"emoji": emoji} if emoji else {})}
        _tell_whatsapp(order.world, row, brand, other, "reaction", said)
    else:
        sign = {"mid": f"m_{row['id']}", "action": "react" if emoji else "unreact"}
        sign |= {"reaction": "love" if emoji == "❤️" else "other", "emoji": emoji} if emoji else {}
        hooks.tell(order.world, brand["id"], row["id"], hooks.event(brand, other, brand, moment, reaction=sign))
    return {"reaction": emoji}


def change_message(order: Order) -> Any:
    """A customer writes a message anew."""
    row, brand, other = _theirs(order)
    text = str(order.take("text")["text"])
    messages.change(order.world, event=row, kind="edit", text=text)
    if brand["network"] == "whatsapp":
        said = {"original_message_id": f"wamid.{row['id']}", "message": {"type": "text", "text": {"body": text}}}
        _tell_whatsapp(order.world, row, brand, other, "edit", said)
    else:
        edited = {"mid": f"m_{row['id']}", "text": text, "num_edit": 1}
        hooks.tell(order.world, brand["id"], row["id"], hooks.event(brand, other, brand, now_ms(), message_edit=edited))
    return {"text": text}


def take_back(order: Order) -> Any:
    """A customer takes a message back."""
    row, brand, other = _theirs(order)
    messages.change(order.world, event=row, kind="delete")
    if brand["network"] == "whatsapp":
        _tell_whatsapp(order.world, row, brand, other, "revoke", {"original_message_id": f"wamid.{row['id']}"})
    else:
        gone = {"mid": f"m_{row['id']}", "is_deleted": True}
        hooks.tell(order.world, brand["id"], row["id"], hooks.event(brand, other, brand, now_ms(), message=gone))
    return {"deleted": True}


def _tell_whatsapp(
    world: World, row: sqlite3.Row, brand: sqlite3.Row, other: sqlite3.Row, kind: str, said: dict[str, Any]
) -> None:
    moment = now_ms()
    sent = {"from": str(other["id"]), "id": f"wamid.{kind}.{row['id']}.{moment}", "timestamp": str(moment // 1000)}
    content = {"messages": [{**sent, "type": kind, kind: said}]}
    hooks.tell(world, brand["id"], row["id"], hooks.whatsapp(brand, content, other))


SIGN_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/dms/{id}/sign", put_sign),
    ("PATCH", "/dms/{id}", change_message),
    ("DELETE", "/dms/{id}", take_back),
)
