"""What networks take and give: frozen and JSON-safe, so that the engine can store it. What is done with it: base.py."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from social.networks.fates import Fate
from social.networks.reactions import Reaction
from social.networks.senders import PhoneCall, Program

if TYPE_CHECKING:
    from social.networks.brought import Cost, Enclosed
from social.networks.heard import Listened, Quoted

Cursor = dict[str, Any]
Visibility = Literal["public", "private"]


@dataclass(frozen=True, slots=True)
class Access:
    """How to speak as one channel: its id on the network and its opened secrets. Never logged: repr hides the secrets."""

    external_id: str
    secrets: Mapping[str, str] = field(repr=False)
    handle: str = ""
    #: Where the network can call us about this channel; empty where nobody outside reaches this installation.
    hook_url: str = field(default="", repr=False)
    #: What else to look for; only readers are told.
    streams: tuple[Listened, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Secrets to keep after a sign-in or a refresh. `expires_at` is UTC; None means they do not expire by themselves."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose account some tokens are for."""

    external_id: str
    name: str
    handle: str = ""
    #: Whether this one is the practice network's, where the network as a whole is not.
    practice: bool = False
    #: The secrets to keep instead of those that were typed, where asking opened a session.
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """A person as the network describes them. Only the id is certain."""

    external_id: str
    handle: str = ""
    name: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """Something attached: kind is image, video, audio or file; the address is the network's own.

    `reference` is the network's own name for a file without a lasting address.
    """

    kind: str
    url: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None
    reference: str = ""
    #: What the network says the file is called, and its bytes.
    name: str = ""
    size: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands with a message; what most networks never say is left out."""
        seldom = {"reference": self.reference, "name": self.name, "size": self.size}
        shown = {"kind": self.kind, "url": self.url, "alt": self.alt, "width": self.width, "height": self.height}
        return shown | {name: value for name, value in seldom.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Media":
        """What stands with a message. Raises TypeError for what is none."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


@dataclass(frozen=True, slots=True)
class Opened:
    """The bytes of something attached, and its name where the network gives one. What they are is for their reader to find out."""

    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One item as it came, with the only fact needed to keep it once: its id on the network."""

    external_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a window. `resets_at` is UTC."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of items. `cursor` is where to go on, `more` whether there is more right now (of a webhook: to be read by asking).

    `broken` are items that could not even be told apart (no id): set aside under a synthetic key. `gone` are ids of what a webhook
    says was deleted, `fates` what it says became of our own, `hidden` ids of what it says is hidden from others (or no longer);
    readers of pages leave them empty (they have `recheck`). `wanted` names what must be asked for (`Network.look_up`).
    """

    items: tuple[Envelope, ...]
    cursor: Cursor
    more: bool = False
    quota: Mapping[str, Quota] = field(default_factory=dict)
    broken: tuple[tuple[str, Any], ...] = ()
    gone: tuple[str, ...] = ()
    fates: tuple[Fate, ...] = ()
    hidden: Mapping[str, bool] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    #: What the caller of a webhook wants to hear instead of our own words.
    answer: "Greeting | None" = None
    #: What called brought nothing but the news that a poll is worth while.
    rings: bool = False
    #: What these items were read as, for the meter of costs: a kind of `Network.read_prices`, and which one of it (`search:12`).
    feed: str = ""
    #: How signs below messages stand now, where the network tells of them.
    reactions: tuple[Reaction, ...] = ()
    #: Files that came within the items' documents: kept before the items are stored.
    files: tuple["Enclosed", ...] = ()
    #: What single messages and calls cost, as far as the network says so by now; told again it counts once.
    costs: tuple["Cost", ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One item, understood. `thread_key` groups a conversation; `root_id` is the id of an edited item's first version."""

    external_id: str
    root_id: str
    revision: int
    visibility: Visibility
    #: Written by the channel's own account (an echo of ours, or posted elsewhere in its name).
    ours: bool
    #: None when the network withholds the author (suspended, protected): the item is kept, under an unnamed identity.
    author: Author | None
    #: The customer this item belongs to when `ours`: for direct messages the other side. Empty when unknown.
    counterpart_id: str
    text: str
    lang: str
    occurred_at: datetime
    thread_key: str
    parent_id: str = ""
    url: str = ""
    media: tuple[Media, ...] = ()
    scope: str = ""
    #: Nobody said anything: only something about the author became known. No message comes of it.
    silent: bool = False
    #: Written by a program, and by which kind; None for what a person wrote.
    program: Program | None = None
    #: Stands on the network where only its account sees it: held for review, removed by a rule.
    withheld: bool = False
    #: What stood above and below `text` and is not new: quotations, signatures. Together they are the whole text.
    above: str = ""
    below: str = ""
    #: Whether the stored item holds a formatting of its own that can be shown (`Network.original`).
    has_original: bool = False
    #: Which of the channel's addresses it was written to, where it has several.
    written_to: str = ""
    #: What it says became of something that we sent.
    fate: Fate | None = None
    #: Nobody wrote: they called, or we did. `text` says it in words then, with `core.reasons.CALL` in front.
    call: PhoneCall | None = None
    quoted: Quoted | None = None
    #: Nobody named us: `search` for what a stream found, `quote` for who quoted us.
    found_by: Literal["", "search", "quote"] = ""

    @property
    def automatic(self) -> bool:
        """Whether a program wrote it: then no program may answer."""
        return self.program is not None

    @property
    def asks(self) -> bool:
        """Whether somebody now waits for us."""
        if self.ours or (self.call is not None and not self.call.asks):
            return False
        return self.program is None or self.program == Program.RELAYED

    @property
    def raises(self) -> bool:
        """Whether somebody of ours should look: because somebody waits, or because something of ours did not arrive."""
        return self.asks or (self.fate is not None and bool(self.fate.reason))


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file to send along: what it is by its content, and what a member calls it and says that it shows.

    `key` is its name in the vault. The engine opens it for a call: network files get `content`, what their own `upload` returned as
    `handle`, and where they want one an `address` of ours; none of these is stored.
    """

    key: str
    kind: str
    mime: str
    #: In bytes.
    size: int
    name: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None
    content: bytes = field(default=b"", repr=False)
    handle: str = ""
    #: When it was handed over (ISO time, UTC), where its network works on it: the engine keeps both until it is sent.
    handed_at: str = ""
    #: Where a network may fetch it for a while (`Network.files_by_address`); whoever has this address has the file.
    address: str = field(default="", repr=False)

    def as_json(self) -> dict[str, Any]:
        left_out = ("content", "handle", "handed_at", "address")
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in left_out}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to send. `to` is the customer's id (direct message), `in_reply_to` the message answered (public)."""

    #: `private_reply` goes to who wrote the public comment `in_reply_to`, once, out of others' sight.
    kind: Literal["reply", "direct", "post", "private_reply"]
    text: str
    in_reply_to: str = ""
    to: str = ""
    thread_key: str = ""
    #: When the customer last spoke (ISO time, UTC), for networks that let us answer for a limited time. Empty when unknown.
    heard_at: str = ""
    #: A text that the network has approved: name, language, parameters. `text` holds its words then.
    template: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[Attachment, ...] = ()
    #: Which of the channel's addresses it comes from; empty for the main one, or where there is one.
    sender: str = ""
    #: Networks of letters: what stands below the words, and what is quoted below that (`above`, the line over it, and `text`).
    signature: str = ""
    quote: Mapping[str, str] = field(default_factory=dict)
    #: Written by no person: it says so, and no program answers it.
    automatic: bool = False
    #: How often the network accepted it and it never arrived: whoever sends it again sends something new.
    again: int = 0
    #: The same for every try to send this one thing, for networks that can be told so. The engine sets it; it is not stored.
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        seldom = ("template", "sender", "signature", "quote", "automatic", "again")
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("key", "media", *seldom)}
        said = {name: getattr(self, name) for name in seldom if getattr(self, name)}
        plain |= {name: dict(value) if isinstance(value, Mapping) else value for name, value in said.items()}
        return plain | ({"media": [attachment.as_json() for attachment in self.media]} if self.media else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outgoing":
        known = {f.name for f in fields(cls)} - {"media"}
        media = tuple(Attachment(**entry) for entry in data.get("media", ()))
        return cls(**{key: value for key, value in data.items() if key in known}, media=media)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that something was accepted: the network's id of it."""

    external_id: str
    url: str = ""
    occurred_at: datetime | None = None
    quota: Mapping[str, Quota] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What reading back showed: our own items that match, oldest first, and whether the whole range was read."""

    receipts: tuple[Receipt, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Recheck:
    """Which of the ids asked for are certainly gone. Silence is no proof: an id that is in neither set stays as it was."""

    present: frozenset[str]
    gone: frozenset[str]
    quota: Mapping[str, Quota] = field(default_factory=dict)
    #: How many signs stand below them by now, where looking told it. The engine passes on what changed.
    reactions: tuple[Reaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """A call of a network to us, as it came: header names in small letters, the body to the byte (signatures are made over it)."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    #: The address as whoever called knows it, with its question: some sign it as well.
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What to answer a network: one that asks with GET, before its first call, whether an address is ours; or one that calls."""

    text: str
    kind: str = "text/plain; charset=utf-8"
    #: For how long the one who asks will call from now on, where it says so; 0 when it will not.
    promised_seconds: float | None = None


class DeedKind(StrEnum):
    """What can be done to a message that exists. Each is done once however often it is done."""

    LIKE = "like"
    UNLIKE = "unlike"
    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    EDIT = "edit"


#: Whose message, and who sees it.
THEIR_PUBLIC, OUR_PUBLIC, THEIR_PRIVATE, OUR_PRIVATE = "their_public", "our_public", "their_private", "our_private"
#: What is taken back by what: of each pair the one asked for last counts.
OPPOSITES = {DeedKind.UNLIKE: DeedKind.LIKE, DeedKind.UNHIDE: DeedKind.HIDE}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do to a message that exists on the network, under the id it has there."""

    kind: DeedKind
    external_id: str
    visibility: Visibility
    #: Written by the channel's own account.
    ours: bool
    #: The new words of an edit; of a like the sign that is put there, where a network has several (`Network.reactions`).
    text: str = ""
    #: When the message was written (ISO time, UTC), for networks that set a limit. Empty when unknown.
    written_at: str = ""
    #: Which conversation it stands in, for networks that want the person named.
    thread_key: str = ""

    @property
    def place(self) -> str:
        """Whose message it is about, and who sees it."""
        if self.visibility == "public":
            return OUR_PUBLIC if self.ours else THEIR_PUBLIC
        return OUR_PRIVATE if self.ours else THEIR_PRIVATE

    @property
    def family(self) -> DeedKind:
        """Deeds of one family take each other's place: liking and unliking, hiding and showing again."""
        return OPPOSITES.get(self.kind, self.kind)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Deed":
        known = {f.name for f in fields(cls)}
        given = {key: value for key, value in data.items() if key in known}
        return cls(**{**given, "kind": DeedKind(given["kind"])})
