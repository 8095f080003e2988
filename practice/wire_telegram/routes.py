"""The table of the Bot API's methods. Thirty messages a second (core.telegram.org/bots/faq, read 2026-11) make 27,000 a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import work
from .gate import TelegramGate

if TYPE_CHECKING:
    from ..world import World

CALLS = 27_000
BOT = "/bot{token}"

ENDPOINTS = (
    Endpoint("t_me", "POST", BOT + "/getMe", work.me, ("read",), CALLS),
    Endpoint("t_updates", "POST", BOT + "/getUpdates", work.updates, ("read",), CALLS, lists=True),
    Endpoint("t_send", "POST", BOT + "/sendMessage", work.send, ("write",), CALLS, writes=True),
    Endpoint("t_edit", "POST", BOT + "/editMessageText", work.edit, ("write",), CALLS, writes=True),
    Endpoint("t_delete", "POST", BOT + "/deleteMessage", work.delete, ("write",), CALLS, writes=True),
    Endpoint("t_react", "POST", BOT + "/setMessageReaction", work.react, ("write",), CALLS, writes=True),
    Endpoint("t_set_webhook", "POST", BOT + "/setWebhook", work.set_webhook, ("token",), CALLS),
    Endpoint("t_delete_webhook", "POST", BOT + "/deleteWebhook", work.delete_webhook, ("token",), CALLS),
    Endpoint("t_webhook_info", "POST", BOT + "/getWebhookInfo", work.webhook_info, ("token",), CALLS),
)


def telegram_routes(world: World) -> list[Route]:
    """Routes of the Bot API, which takes GET as well as POST."""
    return [Route(e.path, TelegramGate(world, e), methods=["GET", "POST"], name=e.name) for e in ENDPOINTS]
