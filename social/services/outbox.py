"""The one outbox: putting something in, taking it back, trying again, deciding about doubt. All in the caller's transaction."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from core.jobs import ring
from core.tenancy import current_workspace_id
from social.models import Channel, ChannelState, Delivery, DeliveryState, Post
from social.networks import network_of
from social.networks.features import Capability
from social.networks.values import Outgoing
from social.services.public_files import unreachable

RETRYABLE = (DeliveryState.FAILED, DeliveryState.CANCELLED)
#: Longest time for which a bell is wound up.
LONGEST_BELL_SECONDS = 120.0
RECALLABLE = (DeliveryState.QUEUED, DeliveryState.WAITING)
#: The code of a message that the network does not show, and of one that a person leaves so: it is not asked about again.
#: What somebody here deleted, or is about to, is missed by nobody.
MISSING, LEFT = "missing", "left_missing"
MISS = f"""
UPDATE social_delivery d SET missing_since = clock_timestamp(), error_code = '{MISSING}', error = %s
WHERE workspace_id = %s AND channel_id = %s AND external_id = ANY(%s) AND state = 'sent' AND missing_since IS NULL
  AND error_code <> '{LEFT}'
  AND NOT EXISTS (SELECT 1 FROM social_deed x WHERE x.workspace_id = d.workspace_id AND x.channel_id = d.channel_id
                  AND x.external_id = d.external_id AND x.family = 'delete' AND x.state IN ('queued', 'doing', 'done'))
RETURNING id
"""


def queue(
    *,
    channel: Channel,
    outgoing: Outgoing,
    lane: str,
    idempotency_key: str,
    not_before: datetime,
    actor_id: int | None,
    post: Post | None = None,
    after: Delivery | None = None,
) -> Delivery:
    """Put one thing in the outbox, once per idempotency key. Raises Invalid for what the network cannot take,
    Conflict for a key used for something else. `post` is what it carries, where it is no answer. It is sent below `after`, once
    that has arrived.

    A channel that waits for its owner takes it as well: it is sent when the channel is back.
    """
    network = network_of(channel.network)
    if outgoing.kind == "private_reply" and Capability.PRIVATE_REPLY not in network.capabilities:
        raise Invalid(_("{network} has no private answers to comments.").format(network=network.label), field="kind")
    reason = network.media_refusal(outgoing) or (unreachable(network) if outgoing.media else None)
    if reason is not None:
        raise Invalid(reason, field="media")
    reason = network.refusal(outgoing)
    if reason is not None:
        raise Invalid(reason, field="body")
    if channel.state == ChannelState.DISCONNECTED:
        raise Conflict(_("This channel is disconnected. Connect it again to answer through it."), field="channel")
    state = DeliveryState.QUEUED if channel.state != ChannelState.NEEDS_RECONNECT else DeliveryState.WAITING
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                channel=channel,
                post=post,
                after_id=after.id if after else None,
                idempotency_key=idempotency_key,
                lane=lane,
                outgoing=outgoing.as_json(),
                state=state,
                not_before=not_before,
                created_at=now(),
                created_by_id=actor_id,
            )
    except IntegrityError:
        earlier = Delivery.objects.get(idempotency_key=idempotency_key)
        # What a try noted with it (files handed over) is none of what was asked for.
        same = Outgoing.from_json(earlier.outgoing).as_json() == outgoing.as_json()
        if not same or (earlier.channel_id, earlier.lane) != (channel.id, lane):
            raise Conflict(
                _("This key was already used for another message."), field="idempotency_key"
            ) from None
        return earlier
    ring_later(channel_id=channel.id, at=not_before)
    return delivery


def undo_seconds_of(member: Membership) -> float:
    """For how long what this person sends may be taken back before it leaves."""
    own = member.user.undo_seconds
    return float(settings.UNDO_SECONDS if own is None else own)


def ring_later(*, channel_id: int, at: datetime) -> None:
    """Ring the sender for the moment something becomes due. The sweep would find it a second later anyway, and alone finds what is
    far off: a bell that waits for days would lie in a worker's hands, and be rung again by the broker.
    """
    wait = max(0.0, (at - now()).total_seconds())
    if wait > LONGEST_BELL_SECONDS:
        return
    ring("social.tasks.deliver", current_workspace_id(), channel_id, countdown=wait or None)


def _change(delivery: Delivery, state: DeliveryState, **fields: object) -> None:
    delivery.state = state
    for name, value in fields.items():
        setattr(delivery, name, value)
    # A new generation: whoever was about to write about the old one must not.
    delivery.generation += 1
    delivery.save(update_fields=["state", "generation", *fields])
    announce([delivery.id])


def announce(delivery_ids: list[int]) -> None:
    """Tell the log that these deliveries changed; who mirrors their state reads it from here."""
    record("deliveries.changed", actor_id=None, data={"ids": delivery_ids})


def _locked(delivery_id: int) -> Delivery:
    delivery = Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound(_("There is no such message to send."))
    return delivery


def take_back(*, delivery_id: int, actor_id: int | None) -> Delivery:
    """Cancel what has not left yet. Raises Conflict when it is already on its way."""
    delivery = _locked(delivery_id)
    if delivery.state == DeliveryState.CANCELLED:
        return delivery
    if delivery.state not in RECALLABLE:
        raise Conflict(_("Too late: this message is already on its way."), field="state")
    _change(delivery, DeliveryState.CANCELLED, settled_at=now())
    record("deliveries.taken_back", actor_id=actor_id, subject=f"social.Delivery:{delivery.id}")
    _stop_following(delivery.id, actor_id)
    return delivery


def following(delivery_id: int) -> Delivery | None:
    """What is to be sent below a delivery."""
    return Delivery.objects.filter(after_id=delivery_id).first()


def _stop_following(delivery_id: int, actor_id: int | None) -> None:
    """What was to stand below something that is given up is given up with it."""
    while (row := Delivery.objects.select_for_update().filter(after_id=delivery_id).first()) is not None:
        if row.state not in RECALLABLE:
            return
        _change(row, DeliveryState.CANCELLED, settled_at=now())
        record("deliveries.taken_back", actor_id=actor_id, subject=f"social.Delivery:{row.id}")
        delivery_id = row.id


def retry(*, delivery_id: int, actor_id: int | None) -> Delivery:
    """Send something again that certainly did not arrive. Raises Conflict for any other state."""
    delivery = _locked(delivery_id)
    if delivery.state not in RETRYABLE:
        raise Conflict(_("Only a message that was certainly not sent can be sent again."), field="state")
    _change(
        delivery,
        DeliveryState.QUEUED,
        not_before=now(),
        error="",
        error_code="",
        attempts=0,
        settled_at=None,
        first_attempted_at=None,
        **_anew(delivery),
    )
    record("deliveries.retried", actor_id=actor_id, subject=f"social.Delivery:{delivery.id}")
    ring("social.tasks.deliver", current_workspace_id(), delivery.channel_id)
    return delivery


def _anew(delivery: Delivery) -> dict[str, object]:
    """What changes where the network had accepted it and it came back: the next try is another message, not the same once more."""
    if not delivery.external_id:
        return {}
    outgoing = replace(Outgoing.from_json(delivery.outgoing), again=delivery.outgoing.get("again", 0) + 1)
    return {"outgoing": outgoing.as_json(), "external_id": None, "url": "", "reached": ""}


def miss(*, channel_id: int, external_ids: list[str]) -> int:
    """Note that the network does not show these of ours, so that a person decides: leave it, or send again. Returns how many."""
    reason = _("The network does not show this message: somebody deleted it there, or the network took it down.")
    with connection.cursor() as cursor:
        cursor.execute(MISS, [reason, current_workspace_id(), channel_id, external_ids])
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        announce(ids)
        record("deliveries.missing", actor_id=None, subject=f"social.Channel:{channel_id}", data={"ids": ids})
    return len(ids)


def discard(*, delivery_id: int, actor_id: int | None) -> Delivery:
    """Give up what certainly was not sent: it leaves the list of failures and stands in its thread as taken back.

    Raises Conflict for any other state; what may have arrived wants a decision instead.
    """
    delivery = _locked(delivery_id)
    if delivery.state == DeliveryState.CANCELLED:
        return delivery
    if delivery.state != DeliveryState.FAILED:
        raise Conflict(_("Only a message that was certainly not sent can be discarded."), field="state")
    _change(delivery, DeliveryState.CANCELLED, settled_at=now())
    record("deliveries.discarded", actor_id=actor_id, subject=f"social.Delivery:{delivery.id}")
    _stop_following(delivery.id, actor_id)
    return delivery


def decide(*, delivery_id: int, arrived: bool, actor_id: int | None) -> Delivery:
    """A person looked at the network and says whether it arrived, or may stay away. If not, it is sent again."""
    delivery = _locked(delivery_id)
    missing = delivery.missing_since is not None
    if delivery.state != DeliveryState.NEEDS_DECISION and not missing:
        raise Conflict(_("This message no longer needs a decision."), field="state")
    if arrived and missing:
        _change(delivery, DeliveryState.SENT, missing_since=None, error="", error_code=LEFT)
    elif arrived:
        _change(delivery, DeliveryState.SENT, settled_at=now(), error="", error_code="")
    else:
        again: dict[str, object] = {"error": "", "error_code": "", "first_attempted_at": None, "missing_since": None}
        if missing:
            again |= {"external_id": None, "url": "", "attempts": 0, "settled_at": None}
        _change(delivery, DeliveryState.QUEUED, not_before=now(), **again)
        ring("social.tasks.deliver", current_workspace_id(), delivery.channel_id)
    record(
        "deliveries.decided", actor_id=actor_id, subject=f"social.Delivery:{delivery.id}", data={"arrived": arrived}
    )
    return delivery


def resume_channel(*, channel_id: int) -> int:
    """After a reconnect: let what waited for the channel go on. Returns how many."""
    ids = list(
        Delivery.objects.filter(channel_id=channel_id, state=DeliveryState.WAITING).values_list("id", flat=True)
    )
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE social_delivery SET state = 'queued', generation = generation + 1, error = '', error_code = '', "
                "not_before = greatest(not_before, clock_timestamp()) WHERE id = ANY(%s) AND state = 'waiting'",
                [ids],
            )
        announce(ids)
        ring("social.tasks.deliver", current_workspace_id(), channel_id)
    return len(ids)
