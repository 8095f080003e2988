"""Sending through a Telegram bot. Nothing can be read back: the Bot API shows no bot what it said, and knows no key for a repeat.

So a doubt stays one, and a person decides (`Network.shows_sent`).
"""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from telegram import Bot, ReplyParameters

from social.networks._shapes import mapping
from social.networks._telegram_files import send_file
from social.networks._telegram_read import address_of, base_id, message_place, thread_place
from social.networks._telegram_wire import LABEL, Answer, Line, unreadable
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized
from social.networks.values import Outgoing, Receipt

UNSENT_SECONDS = 5.0


def send_once(line: Line, outgoing: Outgoing) -> Receipt:
    """Say it once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says.

    A group that became a supergroup has another id and other numbers: the refusal that says so is proof that nothing was sent, so
    the words go to the new one at once, as an answer to nothing.
    """
    chat, answered, topic = place_of(outgoing)
    answer = _ask(line, chat, outgoing, answered, topic)
    moved_to = answer.parameter("migrate_to_chat_id") if answer.refuses else None
    if moved_to is not None:
        answer = _ask(line, moved_to, outgoing, None, None)
    message = mapping(answer.result) if answer.good else {}
    identifier = base_id(message)
    if not identifier:
        raise unsent(answer)
    stated = message.get("date")
    moment = datetime.fromtimestamp(stated, UTC) if isinstance(stated, int) and 0 < stated < 2**32 else None
    return Receipt(identifier, address_of(mapping(message.get("chat")), message), moment)


def place_of(outgoing: Outgoing) -> tuple[int, int | None, int | None]:
    """Chat, message answered and topic. Raises Rejected for what names no place."""
    thread = thread_place(outgoing.thread_key)
    topic = thread[1] if thread else None
    if outgoing.kind == "reply":
        answered = message_place(outgoing.in_reply_to)
        if answered is not None:
            return answered[0], answered[1], topic if thread and thread[0] == answered[0] else None
    elif outgoing.kind == "direct":
        chat = thread or thread_place(outgoing.to)
        if chat is not None:
            return chat[0], None, topic
    raise Rejected(_("A bot can only answer: nobody wrote to it here."), code="no_place")


def _ask(line: Line, chat: int, outgoing: Outgoing, answered: int | None, topic: int | None) -> Answer:
    """One message, with its file if it has one. Raises TryLater when nothing left this machine, OutcomeUnknown without a whole
    answer.
    """

    async def question(bot: Bot) -> Any:
        if outgoing.media:
            return await send_file(bot, chat, outgoing.text, outgoing.media[0], answered, topic)
        reply = ReplyParameters(message_id=answered) if answered is not None else None
        return await bot.send_message(chat, outgoing.text, message_thread_id=topic, reply_parameters=reply)

    doubt: NetworkError
    try:
        return line.ask(question)
    except Unanswered as error:
        trouble = error.as_trouble(LABEL)
        if error.unsent:
            doubt = TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code)
        else:
            doubt = OutcomeUnknown(trouble.reason, code="unanswered")
    raise doubt


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. `ok` false with a number and words is a refusal (core.telegram.org/bots/api)."""
    if answer.status == 401:
        return Unauthorized(_("Telegram no longer accepts this bot's token."), code="unauthorized")
    if answer.status == 429:
        trouble = unreadable(answer)
        return OutcomeUnknown(trouble.reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    if answer.refuses and answer.status in (400, 403):
        code, reason = _in_words(answer)
        return Rejected(reason, code=code)
    reason = _("Telegram gave no clear answer (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def _in_words(answer: Answer) -> tuple[str, Text]:
    """A refusal for people. Telegram's descriptions are no promise, so what is not known is told as it came."""
    known: tuple[tuple[str, str, Text], ...] = (
        ("blocked by the user", "blocked", _("This person has blocked the bot. Only they can change that.")),
        ("user is deactivated", "deactivated", _("This person's account no longer exists.")),
        ("can't initiate conversation", "no_conversation", _("A bot cannot write first: this person has not spoken to it yet.")),
        ("was kicked", "kicked", _("The bot was removed from this group.")),
        ("not a member", "kicked", _("The bot was removed from this group.")),
        ("chat not found", "no_conversation", _("Telegram knows no such chat, or the bot is not in it.")),
        ("message to be replied not found", "parent_gone", _("The message you answer was deleted.")),
        ("replied message not found", "parent_gone", _("The message you answer was deleted.")),
        ("thread not found", "topic_gone", _("The topic of this conversation was deleted.")),
        ("topic_closed", "topic_closed", _("The topic of this conversation is closed.")),
        ("too long", "too_long", _("Telegram finds the text too long.")),
        ("rights", "no_rights", _("The bot may not write in this group. Its administrators can allow it.")),
    )
    said = answer.words.lower()
    for part, code, reason in known:
        if part in said:
            return code, reason
    return "refused", _("Telegram refused it: {words}").format(words=answer.words)
