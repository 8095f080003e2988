"""What a network can do, what fits through it, and what its form asks for: facts of the network files, frozen. Used by base.py."""

from dataclasses import dataclass
from enum import StrEnum

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
    #: Types of which one goes along with a public message, and nothing else with it.
    media_alone: tuple[str, ...] = ()
    #: Bytes of one picture, where those are fewer than of other files.
    picture_bytes: int = 0
    #: Where the figures come from, and when they were read.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Counting:
    """How a network weighs a public text, as data, so that a page can count while somebody types. `Network.length` is the judge.

    Code points in `light_ranges` count one and all others two; without ranges each counts one. `url_weight` and
    `emoji_weight`, where set, are what a link and a drawn emoji count, however long they are. With `graphemes` what a person sees
    as one character counts one, whatever it is made of.
    """

    url_weight: int = 0
    emoji_weight: int = 0
    light_ranges: tuple[tuple[int, int], ...] = ()
    graphemes: bool = False


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
