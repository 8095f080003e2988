"""What a bot can do to messages that exist, once however often it is asked (core.telegram.org/bots/api, version 10.1:
setMessageReaction, editMessageText, deleteMessage, read 2026-11).
"""

from typing import Any

from django.utils.translation import gettext as _
from telegram import Bot

from social.networks._telegram_read import message_place
from social.networks._telegram_wire import LABEL, Answer, Line, unreadable
from social.networks._wire import TROUBLE_SECONDS, Unanswered
from social.networks.errors import NetworkError, Rejected, TryLater
from social.networks.values import Deed, DeedKind

HEART = "❤"
#: A bot deletes only what is younger, its own and, where it may, others'.
DELETE_SECONDS = 48 * 3600.0
#: Refusals that say that it is so already.
DONE = {DeedKind.EDIT: "message is not modified", DeedKind.DELETE: "message to delete not found"}


def act(line: Line, deed: Deed) -> None:
    """Do it, once or again. Raises Rejected, TryLater, Unauthorized as `Network.act` says."""
    place = message_place(deed.external_id.partition("~")[0])
    if place is None:
        raise Rejected(_("Nobody knows which message this is."), code="no_place")
    answer = _ask(line, deed, *place)
    if answer.good and (answer.result is True or (deed.kind == DeedKind.EDIT and isinstance(answer.result, dict))):
        return
    said = answer.words.lower()
    if answer.refuses and deed.kind in DONE and DONE[deed.kind] in said:
        return
    if answer.refuses and "not found" in said:
        raise Rejected(_("The message is no longer there, or its author hides it from this account."), code="gone")
    if answer.refuses and "can't be deleted" in said:
        words = _("Telegram lets the bot delete only its own messages of the last two days, and others' where it is an admin.")
        raise Rejected(words, code="not_permitted")
    trouble = unreadable(answer)
    if isinstance(trouble, TryLater) or answer.status in (401, 403) or answer.refuses:
        raise trouble
    raise TryLater(trouble.reason, seconds=TROUBLE_SECONDS, code=trouble.code)


def _ask(line: Line, deed: Deed, chat: int, message: int) -> Answer:
    async def question(bot: Bot) -> Any:
        if deed.kind == DeedKind.EDIT:
            return await bot.edit_message_text(deed.text, chat_id=chat, message_id=message)
        if deed.kind == DeedKind.DELETE:
            return await bot.delete_message(chat, message)
        return await bot.set_message_reaction(chat, message, reaction=HEART if deed.kind == DeedKind.LIKE else [])

    trouble: NetworkError
    try:
        return line.ask(question)
    except Unanswered as error:
        trouble = error.as_trouble(LABEL)
    # Without its cause, whose address holds the token.
    raise trouble
