"""A workspace with many due channels leaves the next free hand to one with a single channel."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from core.clock import now
from core.tenancy import tenant
from social.models import Channel, Delivery, Pull
from social.services import delivering, pulling
from social.services.fairness import READING, SENDING, Line, comes_first
from tests.accounts.factories import make_user, make_workspace
from tests.inbox.factories import make_channel
from tests.practice.conftest import free_port

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 200


def workspace_with(name: str, channels: int) -> tuple[Workspace, list[Channel]]:
    """A workspace all of whose channels are due, for reading and for sending."""
    workspace = make_workspace(name, owner=make_user(f"{name.lower()}@fair.example", name=name))
    first = make_channel(workspace)
    moment = now()
    with tenant(workspace.pk):
        rows = Channel.objects.bulk_create(
            Channel(network="x", external_id=f"{name}{n}", name=f"{name}{n}", connected_at=moment, created_at=moment)
            for n in range(channels - 1)
        )
        Pull.objects.bulk_create(Pull(channel=row, due_at=moment) for row in rows)
        # Due long before anybody else: order alone would never let another one in.
        Pull.objects.update(due_at=moment - timedelta(minutes=channels))
        Delivery.objects.bulk_create(
            Delivery(
                channel=row, idempotency_key=f"{name}{row.pk}", lane="lane", outgoing={"kind": "post", "text": "Hello."},
                not_before=moment - timedelta(minutes=channels), created_at=moment,
            )
            for row in [first, *rows]
        )  # fmt: skip
    return workspace, [first, *rows]


def way(line: Line, workspace: Workspace) -> bool:
    with tenant(workspace.pk), connection.cursor() as cursor:
        return comes_first(cursor, line, workspace.pk) is not None


def at_work(channel: Channel) -> None:
    """Somebody reads this channel, and sends through it."""
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(leased_until=now() + timedelta(minutes=1))
        Delivery.objects.filter(channel=channel).update(state="sending", leased_until=now() + timedelta(minutes=1))


def test_whoever_has_nobody_at_work_comes_first(settings: Any) -> None:
    # Nobody listens there: whoever is served stumbles, and that shows who was.
    settings.X_API_BASE = f"http://127.0.0.1:{free_port()}"
    crowd, channels = workspace_with("Crowd", MANY)
    lonely, (only,) = workspace_with("Lonely", 1)
    for line in (READING, SENDING):
        assert not way(line, crowd), "nobody is at work: it may begin"
    at_work(channels[0])
    for line in (READING, SENDING):
        assert way(line, crowd), "another one waits and has nobody"
        assert not way(line, lonely)
    pulling.pull(workspace_id=crowd.pk, channel_id=channels[1].pk)
    assert delivering.deliver(workspace_id=crowd.pk, channel_id=channels[1].pk) == 1
    with tenant(lonely.pk):
        assert Pull.objects.get().failures == 1
        assert Delivery.objects.get().attempts == 1
        Channel.objects.update(failures=0, rests_until=None)
    with tenant(crowd.pk):
        assert Pull.objects.get(channel=channels[1]).last_started_at is None
        assert Delivery.objects.get(channel=channels[1]).attempts == 0
    at_work(only)
    for line in (READING, SENDING):
        assert not way(line, crowd), "nobody waits any more: every free hand may be taken"


def test_the_sweeps_ring_in_turns() -> None:
    _crowd, channels = workspace_with("Crowd", MANY)
    lonely, (only,) = workspace_with("Lonely", 1)
    assert (lonely.pk, only.pk) in pulling.due_channels(limit=2)
    assert (lonely.pk, only.pk, "deliver") in delivering.due_deliveries(limit=2)
    at_work(channels[0])
    assert pulling.due_channels(limit=1) == [(lonely.pk, only.pk)]
    assert delivering.due_deliveries(limit=1) == [(lonely.pk, only.pk, "deliver")]


def test_whoever_rests_or_is_held_does_not_wait() -> None:
    crowd, channels = workspace_with("Crowd", 3)
    lonely, (only,) = workspace_with("Lonely", 1)
    at_work(channels[0])
    with tenant(lonely.pk):
        Channel.objects.update(rests_until=now() + timedelta(minutes=1), failures=9)
    assert not way(READING, crowd)
    assert not way(SENDING, crowd)
    assert (lonely.pk, only.pk) not in pulling.due_channels(limit=10)
    assert all(found[0] != lonely.pk for found in delivering.due_deliveries(limit=10))
