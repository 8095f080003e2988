"""Understanding one stored update of Telegram. Pure functions. Shapes: core.telegram.org/bots/api, version 10.1, read 2026-11.

An envelope stands by itself: `{"update": {"update_id": 7, "message": {…}}, "seen_at": "2026-11-23T10:00:00+00:00"}`

A message's number counts within its chat only, so its id here is the chat's and its own. What is said in groups, topics and
below the posts of a channel is public: everybody there sees it, and our answer.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.direction import script_language
from social.networks._shapes import mapping, mappings, string
from social.networks._telegram_text import name_of, spoken
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.reactions import Reaction
from social.networks.values import Author, Item, Media

#: What is asked for; each holds a Message, but the last, which says whether somebody blocked the bot.
MEMBER = "my_chat_member"
EDITED = "edited_message"
KINDS = ("message", EDITED, MEMBER)
#: Signs below messages: of one person, where the bot is told of them (it must be an administrator of a group), or their numbers
#: alone.
REACTED, COUNTED = "message_reaction", "message_reaction_count"
ASKED = (*KINDS, REACTED, COUNTED)
#: What stands for signs that are no emoji: Telegram's own pictures, and stars that are paid for.
CUSTOM, PAID = "✨", "⭐"
MAX_AHEAD = timedelta(days=1)
#: Telegram opened that year.
FIRST_DAY = datetime(2013, 8, 1, tzinfo=UTC)
MAX_REVISION = 32_000
#: What people send beside words, and what it is to us. The first of several that are there counts: a film's file is named twice.
ATTACHMENTS = {
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "image",
}
#: What else a person may say. A message with none of all this is the chat's own note (joined, pinned, renamed, moved).
OTHERS = ("text", "photo", "location", "contact", "poll", "dice", "venue", "story", "game", "invoice", "paid_media")
SAYS = frozenset({*ATTACHMENTS, *OTHERS})
_NUMBER = re.compile(r"^-?[0-9]{1,20}$")
_MESSAGE = re.compile(r"^(-?[0-9]{1,20})_([0-9]{1,20})$")
_PLACE = re.compile(r"^(-?[0-9]{1,20})(?:_t([0-9]{1,20}))?$")
_USERNAME = re.compile(r"^[A-Za-z0-9_]{1,64}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


def number(value: Any) -> str:
    """An id as text, or nothing: they exceed 32 bits, and one day perhaps what JavaScript can count."""
    text = string(value)
    return text if _NUMBER.match(text) else ""


def message_place(identifier: str) -> tuple[int, int] | None:
    """Chat and message behind an id of ours, or None."""
    found = _MESSAGE.match(identifier)
    return (int(found[1]), int(found[2])) if found else None


def thread_place(thread_key: str) -> tuple[int, int | None] | None:
    """Chat and topic behind a thread's key, or None."""
    found = _PLACE.match(thread_key)
    return (int(found[1]), int(found[2]) if found[2] else None) if found else None


def kind_of(update: Mapping[str, Any]) -> str:
    """Which of the KINDS an update is; empty for one nobody asked for."""
    return next((kind for kind in KINDS if isinstance(update.get(kind), dict)), "")


def base_id(message: Mapping[str, Any]) -> str:
    """The id of a message, the same in all its versions; empty when it has none."""
    chat, own = number(mapping(message.get("chat")).get("id")), number(message.get("message_id"))
    return f"{chat}_{own}" if chat and own and not own.startswith("-") else ""


def version_id(update: Mapping[str, Any]) -> str:
    """A name for what an update brings: an edit keeps the message's id. Empty when it cannot be told apart."""
    kind = kind_of(update)
    inner = mapping(update.get(kind))
    if kind == MEMBER:
        chat, when = number(mapping(inner.get("chat")).get("id")), number(inner.get("date"))
        return f"member_{chat}_{when}" if chat and when else ""
    revision = revision_of(update)
    identifier = base_id(inner)
    return f"{identifier}~{revision}" if identifier and revision else identifier


def reaction_of(update: Mapping[str, Any]) -> Reaction | None:
    """The signs below a message that an update tells of; None when it tells of none (MessageReactionUpdated, …CountUpdated)."""
    one, all_ = mapping(update.get(REACTED)), mapping(update.get(COUNTED))
    told = one or all_
    name = base_id(told)
    if not name or not _is_time(told.get("date")):
        return None
    at = datetime.fromtimestamp(told["date"], UTC).isoformat()
    if all_:
        counted = ((_sign(mapping(row.get("type"))), row.get("total_count")) for row in mappings(all_.get("reactions")))
        return Reaction(name, {sign: count for sign, count in counted if sign and isinstance(count, int)}, at=at)
    who = number((mapping(one.get("user")) or mapping(one.get("actor_chat"))).get("id"))
    signs = {sign: 1 for row in mappings(one.get("new_reaction")) if (sign := _sign(row))}
    return Reaction(name, signs, who, at) if who else None


def _sign(kind: Mapping[str, Any]) -> str:
    """A ReactionType as one emoji."""
    return {"emoji": clean(string(kind.get("emoji"))), "custom_emoji": CUSTOM, "paid": PAID}.get(string(kind.get("type")), "")


def revision_of(update: Mapping[str, Any]) -> int:
    """Which version a message is: 0 as first written, and more after each edit, though only the times of edits are known.

    Seconds for the first hours, minutes later: it must fit a small number and still grow.
    """
    edited = mapping(update.get(EDITED))
    if kind_of(update) != EDITED:
        return 0
    known = _is_time(edited.get("date")) and _is_time(edited.get("edit_date"))
    seconds = max(edited["edit_date"] - edited["date"], 1) if known else 1
    return seconds if seconds <= 10_000 else min(10_000 + (seconds - 10_000) // 60, MAX_REVISION)


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**33


def read_item(payload: Mapping[str, Any], *, account_id: str) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    update = mapping(payload.get("update"))
    kind = kind_of(update)
    if not kind:
        raise Malformed(_("The item holds no message."), code="no_message")
    identifier = version_id(update)
    if not identifier:
        raise Malformed(_("The message has no usable number."), code="bad_id")
    inner = mapping(update.get(kind))
    chat = mapping(inner.get("chat"))
    private = chat.get("type") == "private"
    # What a chat says of itself (joined, pinned, moved), and a channel's post that stands above its comments: nobody spoke to us.
    note = kind != MEMBER and (inner.get("is_automatic_forward") is True or not SAYS & inner.keys())
    author = None if note or (kind == MEMBER and not private) else _author(inner, private=private)
    text, media = ("", ()) if kind == MEMBER else (spoken(inner), _media(inner))
    lang = script_language(text) or (string(author.profile.get("language")) if author else "")
    topic = number(inner.get("message_thread_id")) if inner.get("is_topic_message") is True else ""
    parent = mapping(inner.get("reply_to_message"))
    return Item(
        external_id=identifier,
        root_id=identifier if kind == MEMBER else base_id(inner),
        revision=revision_of(update),
        visibility="private" if private else "public",
        ours=author is not None and author.external_id == account_id,
        author=author,
        counterpart_id="",
        text=text,
        lang=lang[:5].partition("-")[0],
        occurred_at=_occurred_at(inner, payload),
        thread_key=f"{number(chat.get('id'))}_t{topic}" if topic else number(chat.get("id")),
        parent_id=base_id(parent) if mapping(parent.get("chat")).get("id") == chat.get("id") else "",
        url=address_of(chat, inner),
        media=media,
        silent=note or kind == MEMBER,
    )


def _occurred_at(inner: Mapping[str, Any], payload: Mapping[str, Any]) -> datetime:
    stated = inner.get("date")
    if not _is_time(stated):
        raise Malformed(_("The time cannot be read: {time}").format(time=clean(repr(stated))[:60]), code="bad_time")
    when, seen = datetime.fromtimestamp(inner["date"], UTC), _seen_at(payload.get("seen_at"))
    if when < FIRST_DAY or (seen is not None and when > seen + MAX_AHEAD):
        raise Malformed(_("The time cannot be right: {time}").format(time=when.isoformat()), code="bad_time")
    return when


def _seen_at(value: Any) -> datetime | None:
    try:
        seen = datetime.fromisoformat(string(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return seen if seen.year < 9000 else None


def _author(inner: Mapping[str, Any], *, private: bool) -> Author | None:
    """Who speaks: a person, or the channel or group in whose name an administrator speaks."""
    person = mapping(inner.get("sender_chat")) or mapping(inner.get("from"))
    identifier = number(person.get("id"))
    if not identifier:
        return None
    username, code = string(person.get("username")), string(person.get("language_code"))
    profile: dict[str, Any] = {}
    if _LANGUAGE.match(code):
        profile["language"] = code[:20]
    for flag in ("is_bot", "is_premium"):
        if person.get(flag) is True:
            profile[flag] = True
    if private:
        # Said each time: whoever speaks again has let the bot in again.
        profile["blocked"] = mapping(inner.get("new_chat_member")).get("status") == "kicked"
    handle = username if _USERNAME.match(username) else ""
    return Author(external_id=identifier, handle=handle, name=name_of(person) or handle or identifier, profile=profile)


def address_of(chat: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    """Where a message can be seen: in supergroups only. Ids of theirs begin with -100."""
    chat_id, own, username = number(chat.get("id")), number(inner.get("message_id")), string(chat.get("username"))
    if chat.get("type") not in ("supergroup", "channel") or not own:
        return ""
    if _USERNAME.match(username):
        return f"https://t.me/{username}/{own}"
    return f"https://t.me/c/{chat_id.removeprefix('-100')}/{own}" if chat_id.startswith("-100") else ""


def _media(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """What hangs on a message. A file's address holds the bot's token and lives an hour: its `file_id` is kept instead."""
    sizes = mappings(message.get("photo"))
    if sizes:
        return (_medium("image", max(sizes, key=lambda size: _size(size.get("width")) or 0)),)
    for name, kind in ATTACHMENTS.items():
        file = mapping(message.get(name))
        if file:
            return (_medium(kind, file),)
    return ()


def _medium(kind: str, file: Mapping[str, Any]) -> Media:
    mime, name = string(file.get("mime_type")), clean(string(file.get("file_name")) or string(file.get("emoji")))
    if kind == "file":
        kind = next((known for known in ("image", "video", "audio") if mime.startswith(f"{known}/")), kind)
    reference = clean(string(file.get("file_id")))[:500]
    return Media(kind, alt=name[:200], width=_size(file.get("width")), height=_size(file.get("height")), reference=reference)


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None
