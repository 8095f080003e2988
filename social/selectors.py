"""Reading channels and their health. All inside the caller's `tenant()`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission
from core.clock import now
from core.errors import NotFound
from social.models import (
    AlertKind,
    BackfillRun,
    Channel,
    ChannelAlert,
    ChannelState,
    Credential,
    Delivery,
    DeliveryState,
    Ear,
    GapCheck,
    Post,
    Pull,
    RawItem,
    RawState,
    ReadCount,
    Spend,
    Stream,
    Subscription,
)
from social.networks import network_of
from social.networks.approved import Template
from social.networks.base import Network
from social.networks.features import Capability

#: Past so many polls without one finished, a channel is said to be late.
LATE_POLLS = 5
#: Beside the states of deliveries: sent, and not shown by the network.
MISSING = "missing"
#: What a person has to look at before it rests.
UNSETTLED = (DeliveryState.FAILED, DeliveryState.NEEDS_DECISION)
#: Counting them ends here: past so many nobody minds how many more.
COUNTED_UNSETTLED = 1000


@dataclass(frozen=True, slots=True)
class Health:
    """A channel as its page shows it. `level` is good, late, trouble or off; `lag_seconds` since the last finished reading."""

    channel: Channel
    network: Network
    pull: Pull | None
    level: str
    lag_seconds: float | None
    next_try: datetime | None
    quotas: list[dict[str, Any]]
    set_aside: int
    waiting: int
    troubled: int
    alerts: list[ChannelAlert]
    #: Left alone for a while, because several calls in a row were not answered.
    resting: bool = False
    #: What it spent this month, by currency, where its network says what messages cost.
    spent: tuple[Spend, ...] = ()
    gap_check: GapCheck | None = None
    ear: Ear | None = None
    subscription: Subscription | None = None

    @property
    def listening_since(self) -> datetime | None:
        """Since when its network tells that something happened, where it does."""
        if self.subscription is not None and self.subscription.until and self.subscription.until > now():
            return self.subscription.promised_at
        return self.ear.opened_at if self.ear is not None else None

    @property
    def listening_trouble(self) -> str:
        """Why it does not, in words."""
        holder = self.subscription or self.ear
        return holder.error if holder is not None else ""

    @property
    def streams(self) -> bool:
        """Whether its network could tell."""
        return Capability.STREAMING in self.network.capabilities or self.subscription is not None

    @property
    def silent_since(self) -> datetime | None:
        """Its last item, where it is silent although it never is."""
        return next((alert.since for alert in self.alerts if alert.kind == AlertKind.SILENCE), None)

    @property
    def ends_at(self) -> datetime | None:
        """When its sign-in ends, where that is soon and only its owner renews it."""
        return next((alert.since for alert in self.alerts if alert.kind == AlertKind.EXPIRY), None)


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """What was read of one kind this month, and about what it costs. `words` are a stream's."""

    feed: str
    label: str
    words: str
    items: int
    dollars: Decimal


def get_channel(channel_id: int) -> Channel:
    """One channel of this workspace. Raises NotFound."""
    row = Channel.objects.filter(id=channel_id).first()
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


def channel_to_renew(channel_id: int | None) -> Channel | None:
    """The channel that is to be connected anew; None when none was named, or there is none of that number."""
    return None if channel_id is None else Channel.objects.filter(id=channel_id).first()


def secrets_kept(channel_id: int) -> set[str]:
    """The names of what is kept of a channel's sign-in. One query."""
    return set(Credential.objects.filter(channel_id=channel_id).values_list("field", flat=True))


def stored_payload(*, channel_id: int, external_id: str) -> tuple[str, Any]:
    """The network of a stored item, and the item as it came. Raises NotFound."""
    rows = RawItem.objects.filter(channel_id=channel_id, external_id=external_id)
    row = rows.values_list("channel__network", "payload").first()
    if row is None:
        raise NotFound(_("This item is kept no longer."))
    return row


def channels() -> list[Channel]:
    """All channels, connected ones first. One query."""
    return list(Channel.objects.order_by("state", "name", "id"))


def health_of(rows: Iterable[Channel]) -> list[Health]:
    """How each of these channels does. Eight queries, whatever their number."""
    listed = list(rows)
    ids = [row.id for row in listed]
    pulls = {pull.channel_id: pull for pull in Pull.objects.filter(channel_id__in=ids)}
    aside = dict(
        RawItem.objects.filter(channel_id__in=ids, state=RawState.SET_ASIDE)
        .values_list("channel_id")
        .annotate(n=Count("id"))
    )
    queues: dict[int, dict[str, int]] = {}
    open_states = [s.value for s in DeliveryState if s not in (DeliveryState.SENT, DeliveryState.CANCELLED)]
    counted = Delivery.objects.filter(channel_id__in=ids, state__in=open_states).values("channel_id", "state")
    for row in counted.annotate(n=Count("id")):
        queues.setdefault(row["channel_id"], {})[row["state"]] = row["n"]
    missing = Delivery.objects.filter(channel_id__in=ids, missing_since__isnull=False).values("channel_id")
    for found in missing.annotate(n=Count("id")):
        queues.setdefault(found["channel_id"], {})[MISSING] = found["n"]
    gaps = {check.channel_id: check for check in GapCheck.objects.filter(channel_id__in=ids)}
    heard = {ear.channel_id: ear for ear in Ear.objects.filter(channel_id__in=ids)}
    called = {row.channel_id: row for row in Subscription.objects.filter(channel_id__in=ids)}
    alerts: dict[int, list[ChannelAlert]] = {}
    for alert in ChannelAlert.objects.filter(channel_id__in=ids, cleared_at=None).order_by("kind"):
        alerts.setdefault(alert.channel_id, []).append(alert)
    spent: dict[int, list[Spend]] = {}
    for row_of_month in Spend.objects.filter(channel_id__in=ids, month=now().date().replace(day=1)).order_by("currency"):
        spent.setdefault(row_of_month.channel_id, []).append(row_of_month)
    return [
        replace(
            _health(
                row, pulls.get(row.id), heard.get(row.id), aside.get(row.id, 0), queues.get(row.id, {}), alerts.get(row.id, [])
            ),
            gap_check=gaps.get(row.id),
            subscription=called.get(row.id),
            spent=tuple(spent.get(row.id, ())),
        )
        for row in listed
    ]


def _health(
    channel: Channel, pull: Pull | None, ear: Ear | None, aside: int, queue: dict[str, int], alerts: list[ChannelAlert]
) -> Health:
    network = network_of(channel.network)
    pause = max(network.poll_seconds, settings.LISTENING_POLL_SECONDS if ear and ear.opened_at else 0.0)
    resting = bool(channel.state == "connected" and channel.rests_until and channel.rests_until > now())
    lag = (now() - pull.last_finished_at).total_seconds() if pull and pull.last_finished_at else None
    troubled = sum(queue.get(state, 0) for state in (DeliveryState.FAILED, DeliveryState.NEEDS_DECISION, MISSING))
    if channel.state in ("paused", "disconnected"):
        level = "off"
    elif channel.state == "needs_reconnect" or resting or (pull and pull.failures >= LATE_POLLS):
        level = "trouble"
    elif (pull and pull.failures) or lag is None or lag > LATE_POLLS * pause:
        level = "late"
    else:
        level = "good"
    return Health(
        channel=channel,
        network=network,
        pull=pull,
        level=level,
        lag_seconds=lag,
        next_try=_next_try(channel, pull, resting=resting),
        quotas=_quotas(pull),
        set_aside=aside,
        waiting=sum(queue.values()) - troubled,
        troubled=troubled,
        alerts=[alert for alert in alerts if _lasts(alert, pull)],
        resting=resting,
        ear=ear,
    )


def _next_try(channel: Channel, pull: Pull | None, *, resting: bool) -> datetime | None:
    """When the channel is read, or while it rests when a single call tries whether its network is back."""
    if pull is None or channel.state != "connected":
        return None
    return channel.rests_until if resting else pull.due_at


def _lasts(alert: ChannelAlert, pull: Pull | None) -> bool:
    """Silence is over with the first item, not with the next look at it."""
    return alert.kind != AlertKind.SILENCE or pull is None or pull.newest_item_at is None or pull.newest_item_at <= alert.since


def _quotas(pull: Pull | None) -> list[dict[str, Any]]:
    found = []
    for name, quota in sorted((pull.quota if pull else {}).items()):
        limit, remaining = _number(quota.get("limit")), _number(quota.get("remaining"))
        resets_at = datetime.fromisoformat(quota["resets_at"]) if quota.get("resets_at") else None
        share = round(100 * remaining / limit) if limit and remaining is not None else None
        found.append({"name": name, "limit": limit, "remaining": remaining, "share": share, "resets_at": resets_at})
    return found


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "None") else None


def set_aside_items(channel_id: int, *, before_id: int | None = None, limit: int = 50) -> list[RawItem]:
    """Items of a channel that could not be digested, newest first, below `before_id` if given."""
    rows = RawItem.objects.filter(channel_id=channel_id, state=RawState.SET_ASIDE)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def get_set_aside(channel_id: int, item_id: int) -> RawItem:
    """One item set aside on this channel. Raises NotFound, also for another channel's."""
    row = RawItem.objects.filter(channel_id=channel_id, id=item_id, state=RawState.SET_ASIDE).first()
    if row is None:
        raise NotFound(_("This item is no longer set aside."))
    return row


def unsettled_deliveries(
    *, state: str = "", channel_id: int | None = None, before_id: int | None = None, limit: int = 50
) -> list[Delivery]:
    """What failed or waits for a decision on any channel, newest first, below `before_id` if given. One query."""
    rows = Delivery.objects.select_related("channel").filter(state__in=[state] if state else UNSETTLED)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def get_unsettled(delivery_id: int) -> Delivery:
    """One delivery that failed or waits for a decision. Raises NotFound, also for one that no longer does."""
    row = Delivery.objects.select_related("channel").filter(id=delivery_id, state__in=UNSETTLED).first()
    if row is None:
        raise NotFound(_("There is no such message to send."))
    return row


def latest_backfill(channel_id: int) -> BackfillRun | None:
    """The newest reading back of a channel. One query."""
    return BackfillRun.objects.filter(channel_id=channel_id).order_by("-id").first()


def backfills(channel_id: int, *, before_id: int | None = None, limit: int = 50) -> list[BackfillRun]:
    """A channel's readings back, newest first, below `before_id` if given."""
    rows = BackfillRun.objects.filter(channel_id=channel_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def get_backfill(channel_id: int, run_id: int) -> BackfillRun:
    """One reading back of this channel. Raises NotFound, also for another channel's."""
    row = BackfillRun.objects.filter(channel_id=channel_id, id=run_id).first()
    if row is None:
        raise NotFound(_("There is no such reading back."))
    return row


def keepers() -> list[Membership]:
    """Members who may answer for a channel, by name. One query."""
    rows = Membership.objects.select_related("user").filter(is_active=True).order_by("user__name", "id")
    return [row for row in rows if row.may(Permission.CHANNELS_CONNECT)]


def keeper_of(channel: Channel) -> Membership | None:
    """The member who answers for a channel: who connected it, or to whom it was handed over. One query."""
    if channel.connected_by_id is None:
        return None
    return Membership.objects.select_related("user").filter(id=channel.connected_by_id).first()


def troubled_deliveries(channel_id: int, *, limit: int = 50) -> list[Delivery]:
    """What failed, waits for a decision, or is not shown by the network (any more), newest first."""
    wanted = Q(state__in=[DeliveryState.FAILED, DeliveryState.NEEDS_DECISION]) | Q(missing_since__isnull=False)
    return list(Delivery.objects.filter(wanted, channel_id=channel_id).order_by("-id")[:limit])


def templates_of(channel: Channel) -> tuple[Template, ...]:
    """The approved texts of a channel, as its last poll found them. One query where its network has such; none elsewhere."""
    network = network_of(channel.network)
    if Capability.TEMPLATES not in network.capabilities:
        return ()
    cursor = Pull.objects.filter(channel=channel).values_list("cursor", flat=True).first()
    return network.templates(cursor or {})


def publishing_channels() -> list[Channel]:
    """Channels on which something new can be published, by name: those that are not disconnected, of networks that take it. One
    query.
    """
    rows = Channel.objects.exclude(state=ChannelState.DISCONNECTED).order_by("name", "id")
    return [row for row in rows if Capability.PUBLISH in network_of(row.network).capabilities]


def posts(*, before_id: int | None = None, limit: int = 50) -> list[Post]:
    """What was published from here, newest first, below `before_id` if given. Two queries."""
    rows = _posts()
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def get_post(post_id: int) -> Post:
    """One post with its deliveries. Raises NotFound. Two queries."""
    row = _posts().filter(id=post_id).first()
    if row is None:
        raise no_such_post()
    return row


def no_such_post() -> NotFound:
    """What is said of a post that is not there, or of another's delivery."""
    return NotFound(_("There is no such post."))


def _posts() -> QuerySet[Post]:
    carried = Prefetch("deliveries", queryset=Delivery.objects.select_related("channel"))
    return Post.objects.select_related("author__user").prefetch_related(carried)


def streams_of(channel_id: int) -> list[Stream]:
    """What a channel searches for, oldest first. One query."""
    return list(Stream.objects.filter(channel_id=channel_id).order_by("id"))


def reading_costs(channel: Channel, streams: Iterable[Stream]) -> list[ReadingCost]:
    """What a channel read since the first of the month (UTC) and what that costs, by kind; a stream under its own words. One query.

    The network's own bill decides: it counts by the day, and what others read with the same account.
    """
    network = network_of(channel.network)
    words = {network.stream_feed(str(row.id)): row.words for row in streams}
    first = now().astimezone(UTC).date().replace(day=1)
    counted = ReadCount.objects.filter(channel=channel, day__gte=first).values_list("feed").annotate(n=Sum("items"))
    found = []
    for feed, items in counted.order_by("feed"):
        kind = feed.partition(":")[0]
        price = network.read_prices.get(kind)
        if price is not None:
            dollars = (price * items).quantize(Decimal("0.01"))
            found.append(ReadingCost(feed, str(network.quota_labels.get(kind, kind)), words.get(feed, ""), items, dollars))
    return found
