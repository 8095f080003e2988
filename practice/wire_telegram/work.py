"""What the Bot API's methods do here: who am I, what is new, say something, call me."""

from __future__ import annotations

import json
from typing import Any

from .. import messages, people, posts
from ..wire.gate import Answer, Call
from . import queue, render
from .gate import Refusal

MOST_UNITS = 4096


def given(call: Call) -> dict[str, Any]:
    """The parameters, however they came; whatever is not plain text is JSON."""
    return {**call.query, **call.form, **(call.json if isinstance(call.json, dict) else {})}


def whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 25 else None


def good(result: Any) -> Answer:
    return Answer({"ok": True, "result": result})


def me(call: Call) -> Answer:
    """getMe."""
    return good({**render.user(call.me), "can_join_groups": True, "can_read_all_group_messages": False})


def updates(call: Call) -> Answer:
    """getUpdates. Short polling only; a bot that is called has nothing to ask."""
    if queue.hook_of(call.world, call.me)["url"]:
        words = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise Refusal(409, words)
    fields = given(call)
    queue.gather(call.world, call.me, call.troubles.get("hold"))
    offset = whole(fields.get("offset"))
    if offset is not None:
        queue.confirm(call.world, call.me, offset)
    limit = whole(fields.get("limit")) or 100
    return good(queue.waiting(call.world, call.me, min(max(limit, 1), 100)))


def send(call: Call) -> Answer:
    """sendMessage: into the square, or to a person who has spoken to the bot."""
    fields = given(call)
    text = str(fields.get("text") or "")
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MOST_UNITS:
        raise Refusal(400, "Bad Request: message is too long")
    chat = whole(fields.get("chat_id"))
    common = {"text": text, "origin": "api", "request_id": call.request_id, "trouble": call.trouble_names}
    if chat == render.SQUARE["id"]:
        return good(render.said(call.world, posts.create(call.world, author=call.me, reply_to=_answered(call, fields), **common)))
    person = people.on(call.world, str(chat), "telegram") if chat is not None and chat > 0 else None
    if person is None or person["is_brand"]:
        raise Refusal(400, "Bad Request: chat not found")
    if not person["dm_open"]:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    pair = messages.pair(call.me["id"], person["id"])
    if call.world.store.one("SELECT 1 FROM dms WHERE conversation = ? AND sender_id = ?", (pair, person["id"])) is None:
        raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
    return good(render.private(call.world, messages.send(call.world, sender=call.me, recipient=person, **common), call.me))


def _answered(call: Call, fields: dict[str, Any]) -> Any:
    """The message in the square that is answered, if one is named."""
    if fields.get("message_thread_id") not in (None, ""):
        raise Refusal(400, "Bad Request: message thread not found")
    try:
        wanted = json.loads(fields.get("reply_parameters") or "null")
    except ValueError:
        raise Refusal(400, "Bad Request: can't parse reply parameters JSON object") from None
    number = whole(wanted.get("message_id")) if isinstance(wanted, dict) else None
    if number is None:
        return None
    row = posts.find(call.world, number)
    if row is None or row["network"] != "telegram" or row["deleted_ms"]:
        raise Refusal(400, "Bad Request: message to be replied not found")
    return row


def _named(call: Call, fields: dict[str, Any], verb: str) -> tuple[Any, bool]:
    """The message that is named, and whether it stands in the square."""
    chat, number = whole(fields.get("chat_id")), whole(fields.get("message_id"))
    missing = Refusal(400, f"Bad Request: message to {verb} not found")
    if chat == render.SQUARE["id"]:
        row = posts.find(call.world, number or 0)
        if row is None or row["network"] != "telegram" or row["deleted_ms"]:
            raise missing
        return row, True
    event = messages.find(call.world, number or 0)
    if event is None or chat is None or event["conversation"] != messages.pair(call.me["id"], chat):
        raise missing
    return event, False


def edit(call: Call) -> Answer:
    """editMessageText: one's own; the same words again are an error."""
    fields = given(call)
    row, public = _named(call, fields, "edit")
    text = str(fields.get("text") or "")
    if (row["author_id"] if public else row["sender_id"]) != call.me["id"]:
        raise Refusal(400, "Bad Request: message can't be edited")
    if row["text"] == text:
        raise Refusal(400, "Bad Request: message is not modified: specified new message content is exactly the same")
    if public:
        return good(render.said(call.world, posts.edit(call.world, post=row, text=text, origin="api", prefixed=False)))
    messages.change(call.world, event=row, kind="edit", text=text, request_id=call.request_id)
    return good(render.private(call.world, messages.find(call.world, row["id"]), call.me))  # type: ignore[arg-type]


def delete(call: Call) -> Answer:
    """deleteMessage: the bot's own, as it is no admin here."""
    row, public = _named(call, given(call), "delete")
    if (row["author_id"] if public else row["sender_id"]) != call.me["id"]:
        raise Refusal(400, "Bad Request: message can't be deleted for everyone")
    if public:
        posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    else:
        messages.change(call.world, event=row, kind="delete", request_id=call.request_id)
    return good(True)


def react(call: Call) -> Answer:
    """setMessageReaction: one emoji, or none."""
    fields = given(call)
    row, public = _named(call, fields, "react")
    try:
        wanted = json.loads(str(fields.get("reaction") or "[]"))
    except ValueError:
        raise Refusal(400, "Bad Request: can't parse reaction types JSON object") from None
    emoji = str(wanted[0].get("emoji")) if isinstance(wanted, list) and wanted and isinstance(wanted[0], dict) else ""
    if public:
        posts.like(call.world, post=row, by=call.me, liked=bool(emoji), origin="api", request_id=call.request_id)
    else:
        messages.change(call.world, event=row, kind="like", reaction=emoji, request_id=call.request_id)
    return good(True)


def set_webhook(call: Call) -> Answer:
    """setWebhook: https only. What calls out is the control API's (README)."""
    fields = given(call)
    url = str(fields.get("url") or "")
    if url and not url.startswith("https://"):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    queue.set_hook(call.world, call.me, url=url, secret=str(fields.get("secret_token") or ""))
    return good(True)


def delete_webhook(call: Call) -> Answer:
    """deleteWebhook; what waits goes on waiting."""
    queue.set_hook(call.world, call.me, url="", secret="")
    return good(True)


def webhook_info(call: Call) -> Answer:
    """getWebhookInfo."""
    queue.gather(call.world, call.me)
    count = len(queue.waiting(call.world, call.me))
    url = queue.hook_of(call.world, call.me)["url"]
    return good({"url": url, "has_custom_certificate": False, "pending_update_count": count})
