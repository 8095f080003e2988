"""What a network can do, what fits through it, and what its form asks for: facts of the network files, frozen. Used by base.py."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from social.networks.errors import Text


class Shelf(StrEnum):
    """Where a network stands on the page on which one is chosen."""

    SOCIAL = "social"
    MESSAGES = "messages"
    SITES = "sites"


class Capability(StrEnum):
    MENTIONS = "mentions"
    COMMENTS = "comments"
    DIRECT_MESSAGES = "direct_messages"
    REPLY = "reply"
    PUBLISH = "publish"
    EDIT = "edit"
    DELETE = "delete"
    MEDIA_IN = "media_in"
    MEDIA_OUT = "media_out"
    REACTIONS = "reactions"
    HIDE = "hide"
    SEARCH = "search"
    WEBHOOKS = "webhooks"
    STREAMING = "streaming"
    BACKFILL = "backfill"
    SEES_DELETIONS = "sees_deletions"
    PRIVATE_REPLY = "private_reply"
    TEMPLATES = "templates"


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits, and how often. Times in seconds, sizes in bytes, lengths by `Network.length`."""

    public_length: int
    private_length: int
    #: Seconds after the customer's last word within which we may answer; None for no window.
    reply_window_seconds: int | None = None
    #: How far a poll reads behind the last one, for what became visible late: at most so many seconds, and at most so
    #: many items. What that costs is the network file's knowledge; 0 switches it off.
    overlap_seconds: float = 0.0
    overlap_items: int = 0
    #: What can be sent along: kinds (image, video, audio, file), types (none named: any of those kinds), bytes of one file, and how
    #: many with one message; with a private one where that differs.
    media_kinds: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    media_bytes: int = 0
    media_count: int = 0
    private_media_count: int | None = None
    #: Kinds of which the network keeps a description for those who do not see or hear them.
    alt_kinds: tuple[str, ...] = ()
    #: Types of which one goes along with a public message, and nothing else with it.
    media_alone: tuple[str, ...] = ()
    #: Bytes of one picture, where those are fewer than of other files.
    picture_bytes: int = 0
    #: Where the figures come from, and when they were read.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Counting:
    """How a network weighs a text, as data, so that a page can count while somebody types. `Network.length` is the judge, and
    `tests/inbox/test_measure.py` holds the two against each other.

    `unit`: code points, what a person sees as one character (graphemes), or units of UTF-16 or UTF-8. Code points in
    `light_ranges` count one and all others two; without ranges each counts one. What `links` and `emoji` match (patterns of `re`)
    counts `url_weight` and `emoji_weight`, however long it is; where there are such, the text is normalised (NFC) first.
    """

    unit: Literal["letters", "graphemes", "utf16", "utf8"] = "letters"
    url_weight: int = 0
    links: str = ""
    emoji_weight: int = 0
    emoji: str = ""
    light_ranges: tuple[tuple[int, int], ...] = ()

    def for_page(self) -> str:
        """The same for static/js/measure.js, as JSON."""
        patterns = {"links": in_a_page(self.links), "emoji": in_a_page(self.emoji)}
        weights = {"linkWeight": self.url_weight, "emojiWeight": self.emoji_weight, "light": self.light_ranges}
        return json.dumps({"unit": self.unit} | patterns | weights)


#: What Python's `re` means by classes that JavaScript reads otherwise, or does not know. Its \w is `isalnum` and the underscore.
_CLASSES = (
    (r"[^\W\d_]", r"[\p{L}\p{Nl}\p{No}]"),
    (r"[^\W_]", r"[\p{L}\p{N}]"),
    (r"\w", r"\p{L}\p{N}_"),
    (r"\s", r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"),
)


def in_a_page(pattern: str) -> str:
    """A pattern of `re` as JavaScript's `RegExp` reads it with the flag u; \\w and \\s stand within brackets, digits as [0-9]."""
    for python, page in _CLASSES:
        pattern = pattern.replace(python, page)
    return re.sub(r"\\U000([0-9a-f]{5})", r"\\u{\1}", pattern)


@dataclass(frozen=True, slots=True)
class Display:
    """How a text looks once it stands on a network, for a preview; what is not known here is shown as it was written."""

    #: Whether links are drawn as such; without their scheme, and cut to so many characters (0: whole).
    links: bool = False
    bare_links: bool = False
    link_length: int = 0
    #: What becomes a name that can be pressed, as a pattern of `re`.
    mentions: str = ""
    tags: bool = False
    #: Whether a single line break is shown as a blank, as Markdown has it.
    joins_lines: bool = False


@dataclass(frozen=True, slots=True)
class Parting:
    """How a network cuts a text into parts that are paid for singly, as data, so that a page can count while somebody types.

    Letters of `alphabet` count one, those of `escaped` two; with any other letter in it the whole text is counted in UTF-16 units.
    Then so many fit into one part, or into each of several.
    """

    alphabet: str
    escaped: str
    single: int
    joined: int
    wide_single: int
    wide_joined: int

    def cut(self, text: str) -> list[str]:
        """The parts of a text, of which each is paid for. Pure."""
        plain = all(letter in self.alphabet or letter in self.escaped for letter in text)
        sizes = [1 + (letter in self.escaped if plain else ord(letter) > 0xFFFF) for letter in text]
        if sum(sizes) <= (self.single if plain else self.wide_single):
            return [text]
        most, parts, room = (self.joined if plain else self.wide_joined), [""], self.joined if plain else self.wide_joined
        for letter, size in zip(text, sizes, strict=True):
            if size > room:
                parts.append("")
                room = most
            parts[-1] += letter
            room -= size
        return parts


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the form in which an admin pastes tokens."""

    name: str
    label: Text
    help: Text = ""
    required: bool = True
    secret: bool = True
    #: What can be chosen, as value and words; empty for what is typed.
    choices: tuple[tuple[str, Text], ...] = ()
    #: Whether it makes sense only where networks can call this installation.
    public_only: bool = False
    #: Words for people, which may hold blanks; tokens hold none.
    words: bool = False
