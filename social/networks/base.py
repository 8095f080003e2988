"""What a network is to the rest of Rabta. One file a network; nobody above asks which one it is.

The methods speak HTTP under core's policy and touch no database. What they take and return is frozen and JSON-safe,
so that the engine can store it. Differences between networks are attributes or methods here.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

from social.networks.errors import Text, Unauthorized, Unsupported

Cursor = dict[str, Any]
Visibility = Literal["public", "private"]


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
    media_kinds: tuple[str, ...] = ()
    media_bytes: int = 0
    #: Where the figures come from, and when they were read.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Counting:
    """How a network weighs a public text, as data, so that a page can count while somebody types. `Network.length` is the judge.

    Code points in `light_ranges` count one and all others two; without ranges each counts one. `url_weight` and
    `emoji_weight`, where set, are what a link and a drawn emoji count, however long they are.
    """

    url_weight: int = 0
    emoji_weight: int = 0
    light_ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the form in which an admin pastes tokens."""

    name: str
    label: Text
    help: Text = ""
    required: bool = True
    secret: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """How to speak as one channel: its id on the network and its opened secrets. Never logged: repr hides the
    secrets.
    """

    external_id: str
    secrets: Mapping[str, str] = field(repr=False)
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Secrets to keep after a sign-in or a refresh. `expires_at` is UTC; None means they do not expire by
    themselves.
    """

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
    """Something attached: kind is image, video, audio or file; the address is the network's own."""

    kind: str
    url: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None


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
    """One page of items. `cursor` is where to go on, `more` whether there is more right now.

    `broken` are items that could not even be told apart (no id): set aside under a synthetic key.
    """

    items: tuple[Envelope, ...]
    cursor: Cursor
    more: bool = False
    quota: Mapping[str, Quota] = field(default_factory=dict)
    broken: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One item, understood. `thread_key` groups a conversation; `root_id` is the id of an edited item's first
    version.
    """

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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to send. `to` is the customer's id (direct message), `in_reply_to` the message answered (public)."""

    kind: Literal["reply", "direct", "post"]
    text: str
    in_reply_to: str = ""
    to: str = ""
    thread_key: str = ""
    #: The same for every try to send this one thing, for networks that can be told so. The engine sets it; it is not stored.
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "key"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outgoing":
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


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
    """Which of the ids asked for are certainly gone. Silence is no proof: an id that is in neither set stays as it
    was.
    """

    present: frozenset[str]
    gone: frozenset[str]
    quota: Mapping[str, Quota] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hook:
    """A call of a network to us, as it came: header names in small letters, the body to the byte (signatures are made over it)."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Network(ABC):
    """A kind of place where customers speak."""

    slug: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str]
    #: The network's colour for its badge and the word “Public”, dark enough for white drawing and letters on it, in both themes.
    color: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    limits: ClassVar[Limits]
    counting: ClassVar[Counting] = Counting()
    #: What a person calls the windows that `Page.quota` and `Receipt.quota` name.
    quota_labels: ClassVar[Mapping[str, Text]] = {}
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    #: Whether connecting by the network's own sign-in page is offered (authorize_url, exchange).
    signs_in: ClassVar[bool] = False
    #: Seconds between polls when nothing else is set; what a poll costs is the network file's knowledge.
    poll_seconds: ClassVar[float] = 60.0
    #: Seconds between two looks for deletions, and how old a post may be to be looked at.
    recheck_seconds: ClassVar[float] = 300.0
    recheck_age: ClassVar[timedelta] = timedelta(hours=48)
    #: The longest time after which a send that gave no answer was seen to appear.
    settle_seconds: ClassVar[float] = 20.0
    #: Longest time one call may take; leases are longer.
    call_seconds: ClassVar[float] = 30.0
    #: What an admin should know before reading back: how far the network goes, what it costs.
    backfill_note: ClassVar[Text] = ""

    @abstractmethod
    def identify(self, access: Access) -> Profile:
        """Whose account the secrets are for. Raises Unauthorized, TryLater."""

    @abstractmethod
    def fetch(self, access: Access, cursor: Cursor) -> Page:
        """The next page after `cursor` ({} for a new channel). Raises Unauthorized, TryLater, Rejected."""

    def fetch_back(self, access: Access, cursor: Cursor, *, since: datetime) -> Page:
        """The next page of what was written from `since` (UTC) on, newest first; {} begins at the top.

        `more` until `since` or the network's own end is reached. Items look as `fetch` gives them, ids included; the cursor is
        another one, and the one of `fetch` stays where it is. Raises Unauthorized, TryLater, Rejected. Optional.
        """
        raise Unsupported("This network gives nothing older on demand.")

    @property
    def reads_back(self) -> bool:
        """Whether an admin may have older items read."""
        return Capability.BACKFILL in self.capabilities and type(self).fetch_back is not Network.fetch_back

    def reconnected(self, cursor: Cursor) -> Cursor:
        """The cursor to go on with after the account was connected anew: what the old tokens lacked is asked for
        again.
        """
        return cursor

    def remarks(self, cursor: Cursor) -> tuple[Text, ...]:
        """Sentences for the channel page: what is not read, and why. Pure."""
        return ()

    def unpack(self, access: Access, hook: Hook) -> Page:
        """Check that a webhook is the network's own, then take its items out; the page's cursor means nothing. Asks nobody.

        Raises Forged, and Malformed for a signed body that holds no list of items. Networks with Capability.WEBHOOKS.
        """
        raise Unsupported("This network calls nobody.")

    @abstractmethod
    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        """Understand one stored item. Pure: no network, no clock. Raises Malformed."""

    @abstractmethod
    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        """Post once. Raises Rejected, TryLater (nothing left the machine), Unauthorized, Unsupported,
        OutcomeUnknown.
        """

    @abstractmethod
    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        """Read our own items since `since` (UTC) and return those that match. Raises Unauthorized, TryLater."""

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        """Which of up to 100 public items still exist. Networks without a cheap way say that they do not know."""
        return Recheck(present=frozenset(), gone=frozenset())

    def refresh(self, access: Access) -> Tokens:
        """Fresh tokens for old ones. Raises Unauthorized when the owner must sign in again, TryLater."""
        raise Unauthorized("This network's tokens cannot be refreshed.", code="not_refreshable")

    def renewable(self, secrets: Collection[str]) -> bool:
        """Whether a sign-in that holds secrets of these names is renewed without its owner. Pure."""
        return type(self).refresh is not Network.refresh

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str) -> str:
        """Where to send the admin's browser to connect an account (OAuth 2, PKCE with `verifier`)."""
        raise Unsupported("This network has no sign-in page.")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
        raise Unsupported("This network has no sign-in page.")

    def refusal(self, outgoing: Outgoing) -> Text | None:
        """Why this cannot be sent, known without asking: too long, empty, a feature the network lacks. None when it
        can.
        """
        return None

    @abstractmethod
    def length(self, text: str) -> int:
        """How long the network counts `text`."""

    @property
    def read_only(self) -> bool:
        """Whether nothing at all can be sent through this network."""
        return not self.capabilities & {Capability.REPLY, Capability.DIRECT_MESSAGES, Capability.PUBLISH}

    def answers(self, visibility: str) -> bool:
        """Whether something said publicly, or privately, can be answered through this network at all."""
        return (Capability.REPLY if visibility == "public" else Capability.DIRECT_MESSAGES) in self.capabilities

    def is_practice(self) -> bool:
        """Whether calls go to the practice network."""
        return False

    def practice_offer(self) -> str:
        """What to type into the form to connect something pretended, where a practice network runs; else empty."""
        return ""

    def profile_url(self, handle: str) -> str:
        """The public page of a person, or an empty string."""
        return ""
