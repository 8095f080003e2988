"""Direct messages: the chat service behind an account's server (lexicons chat.bsky.convo, read 2026-11)."""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

from .. import messages, people
from ..clock import format_time
from ..wire.gate import Answer, Call
from . import names, render, work
from .gate import Refusal

PROXY = "did:web:api.bsky.chat#bsky_chat"
MOST_BYTES = 10_000


def proxied(call: Call) -> None:
    """Only where the header names the chat service, and the app password covers it."""
    if call.headers.get("atproto-proxy") != PROXY:
        raise Refusal("MethodNotImplemented", "Method Not Implemented", 501)
    if call.world.rules["bluesky_no_messages"]:
        raise Refusal("InvalidToken", "Bad token method")


def key(number: int) -> str:
    """A number in the form of a TID."""
    return "".join(names.DIGITS[(number >> shift) & 31] for shift in range(60, -1, -5))


def talk_id(conversation: str) -> str:
    return base64.b32encode(conversation.encode()).decode().lower().rstrip("=")


def conversation_of(call: Call, talk: str) -> str:
    """The conversation behind a talk's id, of which the caller is a member."""
    try:
        found = base64.b32decode(talk.upper() + "=" * (-len(talk) % 8)).decode()
    except ValueError:
        found = ""
    if call.me["id"] not in messages.members(call.world, found):
        raise Refusal("InvalidRequest", "Convo not found")
    return found


def rows_of(call: Call, conversation: str, below: int, limit: int) -> list[sqlite3.Row]:
    return call.world.store.all(
        "SELECT * FROM dms WHERE conversation = ? AND event_type = 'MessageCreate' AND id < ? ORDER BY id DESC LIMIT ?",
        (conversation, below, limit),
    )


def message(row: sqlite3.Row) -> dict[str, Any]:
    kind = "deletedMessageView" if row["deleted_ms"] else "messageView"
    words = {} if row["deleted_ms"] else {"text": row["text"]}
    return {
        "$type": f"chat.bsky.convo.defs#{kind}", "id": key(row["id"]), "rev": key(row["version"]),
        "sender": {"did": names.did_of(row["sender_id"])}, "sentAt": format_time(row["created_ms"]), **words,
    }  # fmt: skip


def convo(call: Call, conversation: str) -> dict[str, Any]:
    newest = call.world.store.one("SELECT max(version) AS v FROM dms WHERE conversation = ?", (conversation,))["v"] or 0
    base = str(call.world.settings.base_url)
    members = [render.basic(call.world, people.get(call.world, who), base) for who in messages.members(call.world, conversation)]
    state = {"muted": False, "unreadCount": 0, "status": "accepted"}
    return {"id": talk_id(conversation), "rev": key(newest), "members": members, **state}


def list_convos(call: Call) -> Answer:
    """chat.bsky.convo.listConvos: what moved last first."""
    proxied(call)
    rows = call.world.store.all(
        "SELECT d.conversation, max(d.version) AS v FROM dms d JOIN dm_members m ON m.conversation = d.conversation"
        " WHERE m.user_id = ? GROUP BY d.conversation ORDER BY v DESC LIMIT ?",
        (call.me["id"], work.limit(call)),
    )
    return Answer({"convos": [convo(call, row["conversation"]) for row in rows]})


def get_messages(call: Call) -> Answer:
    """chat.bsky.convo.getMessages: newest first."""
    proxied(call)
    size = work.limit(call)
    rows = rows_of(call, conversation_of(call, call.query.get("convoId", "")), work.below(call), size)
    following = {"cursor": f"below-{rows[-1]['id']}"} if len(rows) == size else {}
    return Answer({"messages": [message(row) for row in rows], **following})


def for_members(call: Call) -> Answer:
    """chat.bsky.convo.getConvoForMembers: the talk with somebody, begun where there is none."""
    proxied(call)
    others = [names.person_named(call.world, name) for name in work.many(call, "members")]
    other = next((person for person in others if person is not None and person["id"] != call.me["id"]), None)
    if other is None:
        raise Refusal("InvalidRequest", "Account not found")
    pair = messages.pair(call.me["id"], other["id"])
    with call.world.store.write():
        messages.join(call.world, pair, [call.me["id"], other["id"]])
    return Answer({"convo": convo(call, pair)})


def send(call: Call) -> Answer:
    """chat.bsky.convo.sendMessage."""
    proxied(call)
    given = call.json if isinstance(call.json, dict) else {}
    conversation = conversation_of(call, str(given.get("convoId", "")))
    text = (given.get("message") or {}).get("text") if isinstance(given.get("message"), dict) else None
    if not isinstance(text, str) or not text.strip() or len(text.encode()) > MOST_BYTES:
        raise Refusal("InvalidRequest", "Input/message/text must hold words, and not too many")
    others = [who for who in messages.members(call.world, conversation) if who != call.me["id"]]
    if others and not messages.may_write(call.world, sender=call.me, recipient=people.get(call.world, others[0])):
        raise Refusal("InvalidRequest", "recipient has disabled incoming messages")
    made = messages.send(
        call.world, sender=call.me, conversation=conversation, text=text, origin="api", request_id=call.request_id,
        trouble=call.trouble_names,
    )  # fmt: skip
    return Answer(message(made))


