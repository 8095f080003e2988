"""Files through a Telegram bot: fetched by their `file_id`, and sent along with the words (core.telegram.org/bots/api, version
10.1, read 2026-11).

The address of a file holds the bot's token, lives an hour and is asked for anew each time; no error of the fetch is kept or shown.
"""

import re
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from telegram import Bot, InputFile, ReplyParameters

from core.http import TooLarge
from social.networks._media import opened_of, too_large
from social.networks._shapes import mapping, string
from social.networks._telegram_wire import LABEL, Line, ask, token_of
from social.networks._wire import Patience, Unanswered, session
from social.networks.errors import NetworkError, Rejected
from social.networks.values import Access, Attachment, Media, Opened

#: #sendphoto: 10 MB; #senddocument and the others: 50 MB, of which no file here has so many. #getfile gives 20 MB.
PHOTO_BYTES = 10 * 1024 * 1024
MAX_BYTES = 50 * 1024 * 1024
#: #sendphoto: 0 to 1024 characters after entities were parsed.
CAPTION_LENGTH = 1024
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
#: What stands in an address: Telegram's own paths are like `documents/file_3.pdf`.
_PATH = re.compile(r"[A-Za-z0-9_./-]{1,300}")


def open_file(line: Line, access: Access, media: Media, patience: Patience) -> Opened:
    """The bytes behind a `file_id`. Raises Rejected, TryLater, Unauthorized."""
    if not media.reference:
        raise Rejected(_("The network gives no address from which this file can be fetched."), code="no_address")
    found = ask(line, lambda bot: bot.get_file(media.reference), dict)
    path = string(mapping(found.result).get("file_path"))
    if not _PATH.fullmatch(path) or ".." in path:
        raise Rejected(_("The network no longer hands out this file."), code="gone")
    address = f"https://api.telegram.org/file/bot{token_of(access)}/{path}"
    trouble: NetworkError | None = None
    try:
        with session(settings.TELEGRAM_API_BASE, patience, calls=2, max_bytes=settings.MEDIA_FILE_BYTES) as opened:
            response = opened.get(address, headers={"User-Agent": "Rabta"})
    except TooLarge:
        trouble = too_large()
    except (requests.exceptions.RequestException, OSError) as error:
        trouble = Unanswered(error).as_trouble(LABEL)
    if trouble is not None:
        # Outside of the handler, so that the error's address is nobody's cause.
        raise trouble
    return Opened(opened_of(response).content, name=path.rpartition("/")[2])


async def send_file(bot: Bot, chat: int, text: str, file: Attachment, answered: int | None, topic: int | None) -> Any:
    """One message with a file and the words below it. A picture that is no photo to Telegram goes as a file."""
    inside = InputFile(file.content, filename=file.name or None)
    reply = ReplyParameters(message_id=answered) if answered is not None else None
    common: dict[str, Any] = {"caption": text or None, "message_thread_id": topic, "reply_parameters": reply}
    if file.mime in _PHOTOS and file.size <= PHOTO_BYTES:
        return await bot.send_photo(chat, inside, **common)
    if file.mime == "video/mp4":
        return await bot.send_video(chat, inside, **common)
    if file.mime in ("audio/mpeg", "audio/mp4"):
        return await bot.send_audio(chat, inside, **common)
    return await bot.send_document(chat, inside, **common)
