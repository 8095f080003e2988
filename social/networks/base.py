"""What a network is to the rest of Rabta. One file a network; nobody above asks which one it is.

The methods speak HTTP under core's policy and touch no database. What they take and return is frozen and JSON-safe,
so that the engine can store it. Differences between networks are attributes or methods here.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from social.networks.errors import Text, Unauthorized, Unsupported
from social.networks.values import (
    Access,
    Capability,
    Counting,
    CredentialField,
    Cursor,
    Found,
    Greeting,
    Hook,
    Item,
    Limits,
    Outgoing,
    Page,
    Parting,
    Profile,
    Receipt,
    Recheck,
    Tokens,
)


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
    #: How private texts are cut into parts that are paid for singly; None where they are not.
    parting: ClassVar[Parting | None] = None
    #: What a person calls the windows that `Page.quota` and `Receipt.quota` name.
    quota_labels: ClassVar[Mapping[str, Text]] = {}
    #: Windows of `Page.quota` from which sending takes as well: readers leave it a reserve.
    shared_quotas: ClassVar[frozenset[str]] = frozenset()
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    #: Whether we are this network ourselves: people speak at a door of ours, and the commit that says `sent` is the delivery.
    hosted: ClassVar[bool] = False
    #: What an admin does with the address of the channel's webhook.
    hook_help: ClassVar[Text] = ""
    #: Whether connecting by the network's own sign-in page is offered (authorize_url, exchange).
    signs_in: ClassVar[bool] = False
    #: Whether the network file sees to it itself that the network calls us; else somebody has to enter the webhook's address there.
    places_hook: ClassVar[bool] = False
    #: Seconds between polls when nothing else is set; what a poll costs is the network file's knowledge.
    poll_seconds: ClassVar[float] = 60.0
    #: Seconds between two looks for deletions, and how old a post may be to be looked at.
    recheck_seconds: ClassVar[float] = 300.0
    recheck_age: ClassVar[timedelta] = timedelta(hours=48)
    #: Whether it can be asked what we sent. Where it cannot, a send without an answer is a person's to decide, and `find_sent` is
    #: always incomplete.
    shows_sent: ClassVar[bool] = True
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

    def cursor_at(self, moment: datetime) -> Cursor:
        """From where `fetch` reads again what came since `moment` (UTC). {} begins with the newest, as for a new channel. Pure."""
        return {}

    def polls_with(self, window: str) -> bool:
        """Whether polls wait for this window's reset. Not for one that another part of the cursor waits for by itself."""
        return True

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

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        """What to answer when a network asks with GET whether the webhook's address is ours. Asks nobody.

        Raises Forged for a question that proves nothing, Unsupported where networks do not ask.
        """
        raise Unsupported("This network asks for nothing before it calls.")

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
