"""Entering our webhook's address at a network that lets a program do it: once for each address, in a poll of its own.

What came of it stands in the cursor under `placed`: for which address, when, and if it did not work, why. An address that somebody
else entered is never replaced: that system would stop hearing without a word.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._shapes import mapping, string
from social.networks.errors import NetworkError, Text
from social.networks.values import Cursor, Page

PLACED = "placed"
#: So long nothing is tried again after it did not work.
AGAIN = timedelta(hours=1)


class Elsewhere(NetworkError):
    """The network calls somebody else's address."""


def placed(cursor: Cursor, url: str, place: Callable[[Callable[[str], bool]], None]) -> Page | None:
    """See that `url` is entered; the page that this round is, or None when nothing is to do. Never raises what `place` raises.

    `place` is given a question: is this the address that was entered for this channel before.
    """
    state = mapping(cursor.get(PLACED))
    if not url or (state.get("url") == _name(url) and not _is_due(state.get("again"))):
        return None
    said, again = "", ""
    try:
        place(lambda found: _name(found) == state.get("url"))
    except NetworkError as error:
        said = "elsewhere" if isinstance(error, Elsewhere) else str(error.reason)[:300]
        again = (now() + AGAIN).isoformat(timespec="seconds")
    return Page((), {**cursor, PLACED: {"url": _name(url), "said": said, "again": again}}, more=True)


def kept(page: Page, cursor: Cursor) -> Cursor:
    """The cursor of a page that was read without knowing of this."""
    return {**page.cursor, PLACED: cursor[PLACED]} if PLACED in cursor else page.cursor


def forgotten(cursor: Cursor) -> Cursor:
    """The cursor with which it is tried anew."""
    return {name: value for name, value in cursor.items() if name != PLACED}


def wanting(cursor: Cursor) -> bool:
    """Whether the address does not stand there by now, so that somebody may have to enter it."""
    return PLACED not in cursor or bool(mapping(cursor.get(PLACED)).get("said"))


def remarks(cursor: Cursor, label: Text) -> tuple[Text, ...]:
    """What to say of it on the channel's page."""
    if PLACED not in cursor:
        return ()
    said = string(mapping(cursor.get(PLACED)).get("said"))
    if not said:
        return (_("{network} calls Rabta by itself: the address was entered there.").format(network=label),)
    if said == "elsewhere":
        words = _("{network} calls another address, which Rabta does not replace. Enter the one below there to be told at once.")
        return (words.format(network=label),)
    return (_("The address could not be entered at {network}: {words}").format(network=label, words=said),)


def is_ours(found: str, url: str) -> bool:
    """Whether an address that stands there belongs to this installation, or to nobody."""
    return not found or urlsplit(found)[:2] == urlsplit(url)[:2]


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _is_due(again: object) -> bool:
    if not isinstance(again, str) or not again:
        return False
    try:
        return now() >= datetime.fromisoformat(again)
    except (ValueError, TypeError):
        return True
