"""The door of the Bot API: X's door with Telegram's envelope, and the token in the address."""

from __future__ import annotations

import sqlite3
from typing import Any

from .. import people, shapes, tokens
from ..problems import BadField
from ..trouble import Switch
from ..wire import errors
from ..wire.gate import Answer, Call, Gate

#: Behind any bot's id: a token that everybody may know, so that the connect page can offer one.
KNOWN_SECRET = "practice-telegram-everybody-knows-it"


class Refusal(Exception):
    """The answer is an error with these words, and perhaps `parameters`."""

    def __init__(self, status: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.status = status
        self.body = refusal(status, words, **parameters)


def refusal(status: int, words: str, **parameters: int) -> dict[str, Any]:
    """Telegram's envelope of an error."""
    body = {"ok": False, "error_code": status, "description": words}
    return {**body, "parameters": parameters} if parameters else body


def malformed(items: list[Any], switch: Switch) -> list[Any]:
    """Break one update, another way each time."""
    if not items:
        return items
    index = switch.random.randrange(len(items))
    broken: Any = dict(items[index])
    kind = next((name for name in broken if name != "update_id"), "message")
    inner = dict(broken[kind])
    way = (switch.fired - 1) % 6
    if way == 0:
        inner.pop("chat")
    elif way == 1:
        broken = f"update {broken['update_id']}"
    elif way == 2:
        inner["date"] = "yesterday, around noon"
    elif way == 3:
        inner = None
    elif way == 4:
        inner["message_id"] = {}
    else:
        inner["text"] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script>"
        inner["entities"] = [{"type": "text_link", "offset": 900, "length": -1, "url": "https://example.com"}]
    if isinstance(broken, dict):
        broken[kind] = inner
    return [*items[:index], broken, *items[index + 1 :]]


def without_author(items: list[Any], switch: Switch) -> list[Any]:
    """One message came without its sender."""
    chosen = switch.random.choice(items) if items else {}
    for kind in ("message", "edited_message"):
        if kind in chosen:
            chosen[kind] = {name: value for name, value in chosen[kind].items() if name != "from"}
    return items


def nulls(body: Any, switch: Switch) -> Any:
    """Nulls in half of the fields of each message."""
    if not isinstance(body, list):
        return body
    return [
        {
            kind: {name: None if switch.random.random() < 0.5 else field for name, field in value.items()}
            if isinstance(value, dict) else value
            for kind, value in item.items()
        }
        if isinstance(item, dict) else item
        for item in body
    ]  # fmt: skip


class TelegramGate(Gate):
    """An ASGI application for one method of the Bot API."""

    network = "telegram"

    def identify(self, call: Call) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        given = call.path["token"]
        bot, _, secret = given.partition(":")
        if secret == KNOWN_SECRET:
            known = people.on(self.world, bot, self.network) if bot.isdigit() else None
            # Nothing else of a token is looked at behind this door.
            return (known, known) if known is not None and known["is_brand"] else (None, None)
        token = tokens.find_valid(self.world, given)
        user = people.on(self.world, token["user_id"], self.network) if token is not None else None
        return (token, user) if user is not None else (None, None)

    def refuse(self, fired: dict[str, Switch]) -> tuple[int, bytes, dict[str, str]] | None:
        """The refusal that a trouble demands before any work is done."""
        if "401" in fired:
            return 401, shapes.dump(refusal(401, "Unauthorized")), {}
        if "429" in fired:
            options = fired["429"].options
            parameters = {"retry_after": options["seconds"]} if options["reset"] else {}
            return 429, shapes.dump(refusal(429, "Too Many Requests: retry later", **parameters)), {}
        if "500" in fired:
            return 500, shapes.dump(self.excuse(500)), {}
        if "html" in fired:
            return fired["html"].options["status"], errors.OVER_CAPACITY_HTML, {"content-type": "text/html; charset=utf-8"}
        return None

    def excuse(self, status: int) -> Any:
        """The body of a failure."""
        if status == 429:
            return refusal(429, "Too Many Requests: retry after 5", retry_after=5)
        return refusal(500, "Internal Server Error")

    def work(self, call: Call) -> Answer:
        """Check token and limit, then do the method's own work. Every refusal becomes an answer."""
        try:
            if call.token is None or call.user is None:
                raise Refusal(401, "Unauthorized")
            factor = self.world.rules["limit_factor"]
            verdict = self.world.limits.take(
                user_id=call.me["id"], endpoint=self.endpoint.name, limit=self.endpoint.limit, factor=factor
            )
            if not verdict.allowed:
                raise Refusal(429, "Too Many Requests: retry later", retry_after=30)
            return self.endpoint.work(call)
        except Refusal as refused:
            return Answer(refused.body, refused.status)
        except BadField as problem:
            return Answer(refusal(400, f"Bad Request: {problem.field} {problem.reason}"), 400)

    def shaped(self, answer: Answer, fired: dict[str, Switch]) -> bytes:
        """The body as it goes out. Updates stand in `result`; X's shapes bend them as its `data`."""
        body: Any = answer.body
        if answer.status != 200:
            return shapes.dump(body)
        result = body["result"]
        if isinstance(result, list):
            for name, shape in (("missing_author", without_author), ("malformed_item", malformed)):
                if name in fired:
                    result = shape(result, fired[name])
            for name in ("twice", "reorder", "unknown_fields"):
                if name in fired:
                    whole = [item for item in result if isinstance(item, dict)]
                    result = shapes.SHAPES[name]({"data": whole}, fired[name])["data"]
        if "null" in fired:
            result = None if fired["null"].options["where"] == "envelope" else nulls(result, fired["null"])
        return shapes.dump({"ok": True, "result": result})
