"""One workspace with one channel on the practice network for a fault to befall, and the counting up afterwards."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum

from accounts.models import Membership, User, Workspace
from activity.models import SetAside
from core.clock import database_now
from core.tenancy import tenant
from crm.models import Interaction
from inbox.models import Conversation, ConversationCount, Message
from inbox.services import replies
from inbox.services.ingest import ingest
from social.models import BackfillRun, Channel, ChannelState, Delivery, Pull, RawItem, StoredPage
from social.services import pulling
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.practice.conftest import Network

#: States in which a delivery rests. Everything else is on its way.
RESTING = frozenset({"sent", "failed", "needs_decision", "cancelled"})


@dataclass
class Stage:
    """A workspace, its brand and its customer on the practice network, and what was asked of both."""

    network: Network
    name: str
    owner: User
    workspace: Workspace
    member: Membership
    channel: Channel | None = None
    #: Ids of the posts, texts of the direct messages, that must reach the inbox once each.
    mentions: list[str] = field(default_factory=list)
    directs: list[str] = field(default_factory=list)
    #: Texts that must reach the network once each: public ones, direct ones.
    replies: list[str] = field(default_factory=list)
    direct_replies: list[str] = field(default_factory=list)
    began_at: datetime | None = None

    @property
    def brand(self) -> str:
        return f"brand{self.name}"

    @property
    def customer(self) -> str:
        return f"customer{self.name}"

    @property
    def ids(self) -> dict[str, int]:
        assert self.channel is not None
        return {"workspace_id": self.workspace.pk, "channel_id": self.channel.pk}

    @property
    def here(self) -> dict[str, int]:
        """The same as jobs name it."""
        assert self.channel is not None
        return {"workspace": self.workspace.pk, "channel": self.channel.pk}

    # --- playing ---------------------------------------------------------------------------------------------------------
    def tokens(self) -> dict[str, str]:
        pair = self.network.call("POST", "/tokens", account=self.brand)
        return {"access_token": pair["access_token"], "refresh_token": pair["refresh_token"]}

    def connect(self) -> None:
        """Connect the brand, or connect it again, with new tokens."""
        self.channel = connect_with_tokens(
            network="x", values=self.tokens(), workspace_id=self.workspace.pk, actor_id=None
        )

    def complain(self, text: str, **fields: Any) -> dict[str, Any]:
        """The customer posts something that has to arrive."""
        post = self.network.post(self.customer, f"@{self.brand} {text}", **fields)
        self.mentions.append(post["id"])
        return post

    def whisper(self, text: str) -> None:
        """The customer sends a direct message that has to arrive."""
        sent = self.network.call("POST", "/dms", **{"from": self.customer, "to": self.brand, "text": text})
        self.directs.append(f"dm-{sent['id']}")

    def read(self) -> None:
        """Read and digest the channel here and now, without faults."""
        with tenant(self.workspace.pk):
            pulling.make_due(channel_id=self.ids["channel_id"])
        pulling.pull(**self.ids)
        ingest(**self.ids)

    def answer(self, text: str, *, visibility: str = "public", thread: int = 0) -> Message:
        """Put a reply in the outbox, in the first conversation of its kind or a later one."""
        (self.replies if visibility == "public" else self.direct_replies).append(text)
        with tenant(self.workspace.pk):
            conversation = Conversation.objects.filter(visibility=visibility).order_by("id")[thread]
            return replies.reply(member=self.member, conversation_id=conversation.id, body=text, undo_seconds=0)

    def mark(self) -> None:
        """From here on the channel has to be read again."""
        self.began_at = database_now()

    def find_channel(self) -> None:
        """The channel that another process connected."""
        with tenant(self.workspace.pk):
            self.channel = Channel.objects.get()

    def mend(self) -> None:
        """The owner signs in again where the channel asks for it."""
        with tenant(self.workspace.pk):
            asks = Channel.objects.filter(state=ChannelState.NEEDS_RECONNECT).exists()
        if asks:
            self.connect()

    def messages_url(self) -> str:
        """Where the API takes replies to the first public conversation."""
        with tenant(self.workspace.pk):
            conversation = Conversation.objects.filter(visibility="public").order_by("id").first()
        assert conversation is not None
        return f"/api/v1/w/{self.workspace.slug}/conversations/{conversation.pk}/messages"

    # --- counting --------------------------------------------------------------------------------------------------------
    def unsettled(self) -> list[str]:
        """What is still on its way, in words; empty when everything rests."""
        with tenant(self.workspace.pk):
            channel = Channel.objects.get()
            open_states = list(Delivery.objects.exclude(state__in=RESTING).values_list("state", flat=True))
            told = Delivery.objects.count() - Message.objects.filter(delivery_state__in=RESTING).count()
            pull = Pull.objects.get()
            seen = set(Message.objects.filter(direction="in").values_list("external_id", flat=True))
            waiting = StoredPage.objects.count()
        missing = [*{*self.mentions, *self.directs} - seen]
        found = []
        if channel.state != ChannelState.CONNECTED:
            found.append(f"channel {channel.state}: {channel.trouble}")
        if open_states or told:
            found.append(f"deliveries {open_states}, {told} not told")
        if missing or waiting:
            found.append(f"{len(missing)} not arrived, {waiting} pages not digested")
        if self.began_at and (pull.last_finished_at is None or pull.last_finished_at < self.began_at):
            found.append(f"not read since: {pull.error}")
        return found

    def reckon(self) -> "Reckoning":
        """Count everything up."""
        ledger = self.network.ledger(origin="api", account=self.brand)
        with tenant(self.workspace.pk):
            messages = list(Message.objects.all())
            return Reckoning(
                arrived=Counter(m.external_id for m in messages if m.direction == "in"),
                expected=Counter([*self.mentions, *self.directs]),
                posted=Counter(_bare(entry["text"]) for entry in ledger if entry["kind"] == "post"),
                posted_direct=Counter(entry["text"] for entry in ledger if entry["kind"] == "dm"),
                wanted=Counter(self.replies),
                wanted_direct=Counter(self.direct_replies),
                receipts=Counter(_named(entry) for entry in ledger if entry["kind"] in ("post", "dm")),
                states={m.body: m.delivery_state for m in messages if m.delivery_id},
                outgoing=Counter(m.external_id for m in messages if m.direction == "out"),
                counters=_wrong_counters(),
                timeline=Interaction.objects.filter(kind__in=["message_in", "message_out"]).count() - len(messages),
                waiting=StoredPage.objects.count(),
                set_aside=list(RawItem.objects.filter(state="set_aside").values_list("error_code", flat=True)),
                leases=_stuck_leases(),
                events_set_aside=SetAside.objects.filter(resolved_at=None).count(),
                deleted={m.external_id for m in messages if m.deleted_at},
            )


@dataclass
class Reckoning:
    """What stands where, counted. `assert_whole` is the promise of both lines."""

    arrived: Counter[str]
    expected: Counter[str]
    posted: Counter[str]
    posted_direct: Counter[str]
    wanted: Counter[str]
    wanted_direct: Counter[str]
    receipts: Counter[str]
    states: dict[str, str]
    outgoing: Counter[str]
    counters: list[str]
    timeline: int
    waiting: int
    set_aside: list[str]
    leases: list[str]
    events_set_aside: int
    deleted: set[str]

    def assert_whole(self) -> None:
        """Nothing lost, nothing doubled, nothing stuck, every sum right."""
        assert self.arrived == self.expected, "mentions offered are messages stored, once each"
        assert self.posted == self.wanted, "each reply stands on the network once"
        assert self.posted_direct == self.wanted_direct, "each direct reply stands on the network once"
        assert set(self.states.values()) <= {"sent"}, self.states
        assert self.outgoing == self.receipts, "each message of ours is the one on the network, once"
        self.assert_tidy()

    def assert_tidy(self) -> None:
        """What holds whatever became of the replies."""
        assert self.counters == []
        assert self.timeline == 0, "one row of the timeline for each message"
        assert self.waiting == 0
        assert self.leases == []


def make_stage(network: Network, name: str) -> Stage:
    """A new workspace, brand and customer; nothing connected yet."""
    owner = make_user(f"owner{name}@faults.example", name=f"Owner {name}")
    workspace = make_workspace(f"Faults {name}", owner=owner)
    network.person(f"brand{name}", name=f"Brand {name}", is_brand=True)
    network.person(f"customer{name}", name=f"Customer {name}")
    return Stage(network, name, owner, workspace, membership_in(workspace, owner))


def _bare(text: str) -> str:
    """A post's text without the handles the network puts in front of a reply."""
    words = text.split(" ")
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words)


def _named(entry: dict[str, Any]) -> str:
    return f"dm-{entry['object_id']}" if entry["kind"] == "dm" else str(entry["object_id"])


def _wrong_counters() -> list[str]:
    """Sums that are kept and do not agree with the rows they stand for."""
    wrong = []
    for conversation in Conversation.objects.all():
        rows = list(Message.objects.filter(conversation=conversation).exclude(delivery_state="cancelled"))
        if conversation.message_count != len(rows):
            wrong.append(f"{conversation.thread_key}: {conversation.message_count} for {len(rows)} messages")
        answered = max((m.stored_at for m in rows if m.author_id), default=None)
        unread = [m for m in rows if m.direction == "in" and (answered is None or m.stored_at > answered)]
        if conversation.unread_count != len(unread):
            wrong.append(f"{conversation.thread_key}: {conversation.unread_count} unread for {len(unread)}")
    kept = {
        (row["channel_id"], row["assignee_id"], row["status"]): row["n"]
        for row in ConversationCount.objects.values("channel_id", "assignee_id", "status").annotate(n=Sum("number"))
        if row["n"]
    }
    exact = Counter((c.channel_id, c.assignee_id or 0, c.status) for c in Conversation.objects.all())
    if kept != dict(exact):
        wrong.append(f"conversations counted {kept}, there are {dict(exact)}")
    return wrong


def _stuck_leases() -> list[str]:
    """Claims that nobody gave back and that have run out."""
    moment = database_now()
    found = [f"{d.state} {d.id}" for d in Delivery.objects.filter(leased_until__isnull=False)]
    found += [f"pull of {p.channel_id}" for p in Pull.objects.filter(leased_until__lt=moment)]
    found += [f"backfill {r.id}" for r in BackfillRun.objects.filter(leased_until__isnull=False)]
    found += [f"renewal of {c.id}" for c in Channel.objects.filter(renewing_until__gt=moment)]
    return found
