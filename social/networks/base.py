"""What a network is to the rest of Rabta. One file a network; nobody above asks which one it is.

The methods speak HTTP under core's policy and touch no database. What they take and return is frozen and JSON-safe,
so that the engine can store it. Differences between networks are attributes or methods here.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from core.clock import now
from social.networks import _media
from social.networks._parts import Parted
from social.networks._surveyed import Surveyed
from social.networks.approved import Template
from social.networks.errors import Text, Unauthorized, Unsupported
from social.networks.features import Capability, Counting, CredentialField, Display, Limits, Parting, Shelf
from social.networks.hubs import Called
from social.networks.looks import LookedAt
from social.networks.receiver import Receiver
from social.networks.senders import Original
from social.networks.values import (
    Access,
    Attachment,
    Cursor,
    Deed,
    DeedKind,
    Found,
    Greeting,
    Hook,
    Item,
    Media,
    Opened,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Tokens,
)

NOTHING: Mapping[str, str] = MappingProxyType({})


class Network(Called, LookedAt, Parted, Surveyed, ABC):
    """A kind of place where customers speak."""

    slug: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str]
    #: The network's colour for its badge and the word “Public”, dark enough for white drawing and letters on it, in both themes.
    color: ClassVar[str]
    #: One line for whoever chooses what to connect: what is read, and what they must have.
    about: ClassVar[Text] = ""
    shelf: ClassVar[Shelf] = Shelf.SOCIAL
    capabilities: ClassVar[frozenset[Capability]]
    limits: ClassVar[Limits]
    counting: ClassVar[Counting] = Counting()
    #: The same for private texts, where those are counted otherwise.
    private_counting: ClassVar[Counting | None] = None
    display: ClassVar[Display] = Display()
    #: How private texts are cut into parts that are paid for singly; None where they are not.
    parting: ClassVar[Parting | None] = None
    #: What a person calls the windows that `Page.quota` and `Receipt.quota` name.
    quota_labels: ClassVar[Mapping[str, Text]] = {}
    #: Windows of `Page.quota` from which sending takes as well: readers leave it a reserve.
    shared_quotas: ClassVar[frozenset[str]] = frozenset()
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    #: What somebody who answers should know before they send, whatever they write.
    answer_note: ClassVar[Text] = ""
    #: Whether we are this network ourselves: people speak at a door of ours, and the commit that says `sent` is the delivery.
    hosted: ClassVar[bool] = False
    #: What an admin does with the address of the channel's webhook.
    hook_help: ClassVar[Text] = ""
    #: Whether connecting by the network's own sign-in page is offered (authorize_url, exchange).
    signs_in: ClassVar[bool] = False
    #: Whether the network file sees to it itself that the network calls us; else somebody has to enter the webhook's address there.
    places_hook: ClassVar[bool] = False
    #: Whether answers are letters: signed, with the original quoted below where that is wanted; and a text may answer by itself.
    letters: ClassVar[bool] = False
    #: Fields of the form that an admin may change without connecting anew. None of them is secret.
    changeable: ClassVar[tuple[str, ...]] = ()
    #: Seconds between polls when nothing else is set; what a poll costs is the network file's knowledge.
    poll_seconds: ClassVar[float] = 60.0
    #: Seconds without a sign of life after which a connection of `listen` is given up.
    silence_seconds: ClassVar[float] = 60.0
    #: Whether it can be asked what we sent. Where it cannot, a send without an answer is a person's to decide, and `find_sent` is
    #: always incomplete.
    shows_sent: ClassVar[bool] = True
    #: The longest time after which a send that gave no answer was seen to appear.
    settle_seconds: ClassVar[float] = 20.0
    #: Whether files lie behind the channel's sign-in. Where they do not, `open_media` is given no secret.
    media_needs_access: ClassVar[bool] = False
    #: Whether files are handed over by calls of their own before the message (`upload`); else `send` takes them along.
    uploads_first: ClassVar[bool] = False
    #: Whether the network fetches files from an address of ours (`Attachment.address`); none go where it does not reach us.
    files_by_address: ClassVar[bool] = False
    #: Longest time one call may take; leases are longer.
    call_seconds: ClassVar[float] = 30.0
    #: What can be done to messages that exist: kind → whose, seen by whom (`Deed.place`).
    deeds: ClassVar[Mapping[DeedKind, frozenset[str]]] = {}
    #: Seconds after which the network lets us do such a thing no more; absent where it sets no end.
    deed_seconds: ClassVar[Mapping[DeedKind, float]] = {}
    #: The signs that can be put to private messages, the usual one first; empty where a like is all there is.
    reactions: ClassVar[tuple[str, ...]] = ()
    #: How many streams a channel may have, with Capability.SEARCH; and what whoever answers what they find should know.
    max_streams: ClassVar[int] = 0
    search_note: ClassVar[Text] = ""
    #: What reading one item costs, in dollars, by the kind that `Page.feed` begins with. Empty where reading is free.
    read_prices: ClassVar[Mapping[str, Decimal]] = {}
    #: What this network calls a deed, where “hide” or “delete” would not say what becomes of it.
    deed_labels: ClassVar[Mapping[DeedKind, Text]] = {}
    #: What an admin should know before reading back: how far the network goes, what it costs.
    backfill_note: ClassVar[Text] = ""

    @abstractmethod
    def identify(self, access: Access) -> Profile:
        """Whose account the secrets are for. Raises Unauthorized, TryLater."""

    def check(self, access: Access) -> None:
        """Raises Rejected naming a field of the form that cannot be as it is. Pure."""
        return

    def accounts(self, access: Access) -> tuple[Profile, ...]:
        """Every account these secrets open, where one sign-in may be for several (a business's locations); then each names the
        tokens to keep. Raises Unauthorized, TryLater, Rejected.
        """
        return (self.identify(access),)

    @abstractmethod
    def fetch(self, access: Access, cursor: Cursor) -> Page:
        """The next page after `cursor` ({} for a new channel). Raises Unauthorized, TryLater, Rejected."""

    def look_up(self, access: Access, names: list[str]) -> Page:
        """Ask for what webhooks only named (`Page.wanted`). `Page.wanted` of the answer are those to ask for once more; the others
        are dealt with, also where there was nothing to see. Its cursor means nothing. Raises Unauthorized, TryLater.
        """
        return Page((), {})

    def listen(self, access: Access, receiver: Receiver) -> Iterator[bool]:
        """Hold a connection open on which the network says that something happened. What it was, the next poll reads.

        Gives False once it is open and at each sign of life, True when the network said anything. Whatever is held is named to
        `receiver`, which lets go of it from another thread. Over when it ends or raises Unauthorized, TryLater, or Unsupported
        where this account's server has no stream. Networks with Capability.STREAMING. Touches no database.
        """
        raise Unsupported("This network has no stream.")

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

    def stream_refusal(self, words: str, *, handle: str) -> Text | None:
        """Why these words cannot be searched for on behalf of an account, known without asking. None when they can. Pure."""
        return None

    def stream_feed(self, key: str) -> str:
        """What the meter calls the stream of this key."""
        return f"search:{key}"

    def templates(self, cursor: Cursor) -> tuple[Template, ...]:
        """The approved texts that the last poll found, for when the time to answer is over. Pure. With Capability.TEMPLATES."""
        return ()

    def unpack(self, access: Access, hook: Hook) -> Page:
        """Check that a webhook is the network's own, then take its items out; the page's cursor means nothing. Asks nobody, but now
        and then for the public keys of whoever signs.

        Raises Forged, Malformed for a signed body that holds no list of items, TryLater when such keys cannot be had. Networks with
        Capability.WEBHOOKS.
        """
        raise Unsupported("This network calls nobody.")

    def wants_address(self, cursor: Cursor, kept: Collection[str]) -> bool:
        """Whether somebody still has to enter the webhook's address at the other side; `kept` names the secrets there are. Pure."""
        return not self.places_hook

    def load(self) -> None:
        """Load what the client library would load with the first question, for a process that asks from its start. Asks nobody."""
        return

    def greet(self, access: Access, query: Mapping[str, str]) -> Greeting:
        """What to answer when a network asks with GET whether the webhook's address is ours. Asks nobody.

        Raises Forged for a question that proves nothing, Unsupported where networks do not ask.
        """
        raise Unsupported("This network asks for nothing before it calls.")

    def greet_app(self, query: Mapping[str, str]) -> Greeting:
        """As `greet`, for the one address of this installation's own app, which is for accounts of everybody."""
        raise Unsupported("This network has no app of ours that it calls.")

    def addressees(self, hook: Hook) -> tuple[str, ...]:
        """Which accounts a call to that address is about, once it is proven. Asks and raises as `unpack`, and Unsupported."""
        raise Unsupported("This network has no app of ours that it calls.")

    @abstractmethod
    def read(self, payload: Mapping[str, Any], *, account_id: str) -> Item:
        """Understand one stored item. Pure: no network, no clock. Raises Malformed."""

    def original(self, payload: Mapping[str, Any]) -> Original | None:
        """The formatting a stored item came with, of which `read` takes the words; None without one. Pure."""
        return None

    def open_media(self, access: Access, media: Media) -> Opened:
        """The bytes of something attached to an item. By its address, without any secret; of networks that hand files only to whom
        they know, by its reference. Raises Rejected when it is gone or too large, TryLater, Unauthorized.
        """
        return _media.fetch(media.url)

    @abstractmethod
    def send(self, access: Access, outgoing: Outgoing) -> Receipt:
        """Post once. Raises Rejected, TryLater (nothing left the machine), Unauthorized, Unsupported,
        OutcomeUnknown.
        """

    @abstractmethod
    def find_sent(self, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
        """Read our own items since `since` (UTC) and return those that match. Raises Unauthorized, TryLater."""

    def act(self, access: Access, deed: Deed) -> None:
        """Do it, once or again: whoever does not know whether it was done does it again.

        Returns when the network says that it is so, also when it was so before. Raises Rejected (`gone` for a message that the
        network has no more), TryLater (whatever is not a clear answer), Unauthorized, Unsupported.
        """
        raise Unsupported("Nothing can be done to messages on this network.")

    def deed_refusal(self, deed: Deed) -> Text | None:
        """Why this cannot be done, known without asking. None when it can."""
        if deed.place not in self.deeds.get(deed.kind, frozenset()):
            return _("{network} does not offer this for such a message.").format(network=self.label)
        limit, written = self.deed_seconds.get(deed.kind), deed.written_at
        if limit is not None and written and (now() - datetime.fromisoformat(written)).total_seconds() > limit:
            return _("{network} allows this for a limited time only, and that time is over.").format(network=self.label)
        if deed.kind == DeedKind.LIKE and deed.text and (deed.text not in self.reactions or deed.visibility == "public"):
            return _("{network} has no such sign.").format(network=self.label)
        if deed.kind != DeedKind.EDIT:
            return None
        if not deed.text.strip():
            return _("There is nothing to send.")
        public = deed.visibility == "public"
        size = self.length(deed.text)
        most = self.limits.public_length if public else self.limits.private_length
        if size <= most:
            return None
        words = _("The text is too long for {network}: {length} of {limit} characters.")
        return words.format(network=self.label, length=size, limit=most)

    def upload(self, access: Access, outgoing: Outgoing, attachment: Attachment) -> str:
        """Hand over one file before the message it belongs to, where the network wants it so (`uploads_first`). Nothing is posted
        by it. Returns the network's name for it, which `send` finds as the attachment's `handle`. Raises as `send` does.
        """
        raise Unsupported(_("{network} takes no files.").format(network=self.label))

    def ready(self, access: Access, attachment: Attachment) -> None:
        """Return when a file that was handed over (`handle`) can be sent along. Raises TryLater while the network still works on
        it, with the pause it asks for (code `media_working`), Rejected when it cannot use it, Unauthorized.
        """
        return

    def refresh(self, access: Access) -> Tokens:
        """Fresh tokens for old ones. Raises Unauthorized when the owner must sign in again, TryLater."""
        raise Unauthorized("This network's tokens cannot be refreshed.", code="not_refreshable")

    def renewable(self, secrets: Collection[str]) -> bool:
        """Whether a sign-in that holds secrets of these names is renewed without its owner. Pure."""
        return type(self).refresh is not Network.refresh

    def sign_in_lacks(self) -> tuple[str, ...]:
        """Names of the settings without which nobody can sign in at this installation. Pure."""
        return ()

    def sign_in_fields(self) -> tuple[CredentialField, ...]:
        """What is asked before a browser is sent to the sign-in page. Nothing secret. Pure."""
        return ()

    def app_place(self, asked: Mapping[str, str]) -> str:
        """The server at which an app of ours must be registered before anybody can sign in there; empty where settings name it.

        Pure. Raises Rejected for what can be no server.
        """
        return ""

    def app_at(self, place: str, kept: Mapping[str, str], *, redirect_uri: str) -> Mapping[str, str]:
        """Our app at that server: `kept` for as long as the server knows it, else one registered now. Raises Rejected, TryLater."""
        raise Unsupported("This network has no apps to register.")

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        """Where to send the admin's browser to connect an account (OAuth 2, PKCE with `verifier`).

        `asked` holds what `sign_in_fields` asked for and what `app_at` gave. Pure. Raises Unsupported where it is not set up,
        Rejected.
        """
        raise Unsupported("This network has no sign-in page.")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
        raise Unsupported("This network has no sign-in page.")

    def refusal(self, outgoing: Outgoing) -> Text | None:
        """Why this cannot be sent, known without asking: too long, empty, a feature the network lacks. None when it
        can.
        """
        return None

    def media_refusal(self, outgoing: Outgoing) -> Text | None:
        """Why these files cannot be sent along, known without asking. None when they can, and when there are none. Pure."""
        if not outgoing.media:
            return None
        if Capability.MEDIA_OUT not in self.capabilities:
            return _("{network} takes no files.").format(network=self.label)
        most = self.media_count(private=outgoing.kind == "direct")
        if len(outgoing.media) > most:
            return _("{network} takes at most so many files with one message: {number}").format(network=self.label, number=most)
        return next((reason for reason in map(self.file_refusal, outgoing.media) if reason is not None), None)

    def media_count(self, *, private: bool) -> int:
        """How many files go along with one message."""
        if Capability.MEDIA_OUT not in self.capabilities:
            return 0
        own = self.limits.private_media_count
        return self.limits.media_count if own is None or not private else own

    def file_refusal(self, file: Attachment) -> Text | None:
        """Why this file cannot go through this network: of another kind or type, or too large. None when it can. Pure."""
        types = self.limits.media_types
        if file.kind not in self.limits.media_kinds or (types and file.mime not in types):
            return _("{network} does not take files of this kind: {name}").format(network=self.label, name=file.name or file.mime)
        most = self.most_bytes(file)
        if file.size > most:
            limit = round(most / (1024 * 1024), 1)
            return _("{name} is larger than {network} takes: {limit} MB.").format(
                name=file.name or file.mime, network=self.label, limit=f"{limit:g}"
            )
        return None

    def most_bytes(self, file: Attachment) -> int:
        """How large a file of this type may be, in bytes. Pure."""
        return self.limits.media_bytes

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

    def answers_privately(self, thread_key: str) -> bool:
        """Whether what was said publicly in this thread can be answered in private. Pure."""
        return Capability.PRIVATE_REPLY in self.capabilities

    def is_practice(self) -> bool:
        """Whether calls go to the practice network."""
        return False

    def practice_offer(self) -> str:
        """What to type into the form to connect something pretended, where a practice network runs; else empty."""
        return ""

    def profile_url(self, handle: str) -> str:
        """The public page of a person, or an empty string."""
        return ""
