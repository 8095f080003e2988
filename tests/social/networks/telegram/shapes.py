"""How Telegram words things (core.telegram.org/bots/api, version 10.1, read 2026-11)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from social.networks.values import Access
from tests.social.networks.servers import Asked, Says

TOKEN = "7000000001:AAsecret-secret_secret-secret-secret"
SQUARE = {"id": -1002233445566, "title": "Anar customers", "username": "anarcustomers", "type": "supergroup"}
SARA = {"id": 5123456789, "is_bot": False, "first_name": "Sara", "username": "sara_k", "language_code": "en"}
BOT = {"id": 7000000001, "is_bot": True, "first_name": "Anar Market", "username": "anar_bot"}
WRITTEN = 1_764_000_000


def access(**secrets: str) -> Access:
    return Access("7000000001", {"token": TOKEN, **secrets}, "anar_bot")


def message(number: int, **fields: Any) -> dict[str, Any]:
    return {"message_id": number, "from": SARA, "chat": SQUARE, "date": WRITTEN, "text": f"complaint {number}", **fields}


def update(count: int, number: int, **fields: Any) -> dict[str, Any]:
    return {"update_id": count, "message": message(number, **fields)}


def result(value: Any) -> Says:
    return Says.json({"ok": True, "result": value})


def refusal(status: int, words: str, **parameters: int) -> Says:
    body = {"ok": False, "error_code": status, "description": words}
    return Says.json({**body, "parameters": parameters} if parameters else body, status)


def sent(number: int, moment: datetime | None = None, **fields: Any) -> Says:
    when = {"date": int(moment.timestamp())} if moment else {}
    return result(message(number, **{"from": BOT, **when, **fields}))


def by_method(**says: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
    """A script that answers by the method asked for; what is not named fails the test."""

    def answer(asked: Asked) -> Says:
        step = says[asked.path.rpartition("/")[2]]
        return step(asked) if callable(step) else step

    return answer
