"""How a reply will look on its network, as far as the network file knows: links, names, line breaks, and the parts. Pure."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import Invalid
from inbox.models import Conversation, Visibility
from inbox.services.wording import MAX_CHARACTERS
from social.networks import network_of
from social.networks.base import Network

_LINK = r"(?<![\w])https?://[^\s]+"
_TAG = r"(?<![\w&/])#[^\W\d]\w*"
_SCHEME = re.compile(r"^https?://(www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one kind: text, link, mention or tag. `text` is what is shown, `whole` what was written."""

    kind: str
    text: str
    whole: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a reply, each in pieces, and how long the network counts it."""

    parts: tuple[tuple[Piece, ...], ...]
    length: int
    limit: int


def preview(conversation: Conversation, text: str) -> Preview:
    """Raises Invalid (field `body`) for a text that no door takes."""
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(words) > MAX_CHARACTERS:
        raise Invalid(
            _("This text has {count} characters; at most {limit} fit.").format(count=len(words), limit=MAX_CHARACTERS),
            field="body",
            code="too_long",
        )
    network = network_of(conversation.channel.network)
    private = conversation.visibility == Visibility.PRIVATE
    limit = network.limits.private_length if private else network.limits.public_length
    parts = network.parting.cut(words) if private and network.parting else [words]
    return Preview(tuple(tuple(_pieces(network, part)) for part in parts if part), network.length(words), limit)


def _pieces(network: Network, text: str) -> list[Piece]:
    shown = network.display
    if shown.joins_lines:
        text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    kinds = [("link", network.counting.links or _LINK)] if shown.links else []
    kinds += [("mention", shown.mentions)] if shown.mentions else []
    kinds += [("tag", _TAG)] if shown.tags else []
    if not kinds:
        return [Piece("text", text, text)]
    pattern = re.compile("|".join(f"(?P<{kind}>{source})" for kind, source in kinds), re.IGNORECASE)
    pieces, end = [], 0
    for found in pattern.finditer(text):
        if found.start() > end:
            pieces.append(Piece("text", text[end : found.start()], text[end : found.start()]))
        kind = found.lastgroup or "text"
        pieces.append(Piece(kind, _short(found[0], shown.bare_links, shown.link_length) if kind == "link" else found[0], found[0]))
        end = found.end()
    return [*pieces, Piece("text", text[end:], text[end:])] if end < len(text) else pieces


def _short(link: str, bare: bool, most: int) -> str:
    shown = _SCHEME.sub("", link) if bare else link
    return f"{shown[:most]}…" if most and len(shown) > most else shown
