"""The guards of listening and of hubs: how each is taken away, and who notices. `test_guards.py` does it."""

import hashlib
import hmac
from datetime import timedelta
from types import SimpleNamespace

import pytest

import social.networks._feed_hub
import social.networks._stream
from core.clock import now
from core.tenancy import tenant
from social.models import Listener, Pull
from social.networks import network_of
from social.networks.errors import Forged, NetworkError
from social.networks.values import Access, Hook
from social.services import ears
from tests.tenancy.world import World

FEED = Access("feed", {"hub_secret": "a-secret", "hub_topic": "https://blog.example/feed"})


def no_fence(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(ears, "HEARD", ears.HEARD.replace("AND listener_id = %(listener)s AND fence = %(fence)s", ""))


def whoever_lost_an_ear_rings_nothing(world: World) -> None:
    channel = world.desk.channel
    place = {"workspace_id": channel.workspace_id, "channel_id": channel.pk}
    first, second = ears.sign_in(), ears.sign_in()
    found = ears.claim(first, **place)
    assert found is not None
    key = {"w": channel.workspace_id, "c": channel.pk, "listener": first, "fence": found[0]}
    assert ears.claim(second, **place) is None, "two hold one channel"
    Listener.objects.filter(id=first).update(leased_until=now() - timedelta(seconds=1))
    assert ears.claim(second, **place) is not None
    assert not ears.rang(key)


def no_lease(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(ears, "CLAIM", ears.CLAIM.replace(f"AND NOT {ears.HELD}", ""))


def two_never_hold_one_channel(world: World) -> None:
    channel = world.desk.channel
    place = {"workspace_id": channel.workspace_id, "channel_id": channel.pk}
    first, second = ears.sign_in(), ears.sign_in()
    ears.claim(first, **place)
    assert ears.claim(second, **place) is None


def no_end_of_a_lease(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(ears, "BEAT", ears.BEAT.replace("AND leased_until > clock_timestamp()", ""))


def who_was_frozen_holds_nothing(world: World) -> None:
    listener = ears.sign_in()
    Listener.objects.filter(id=listener).update(leased_until=now() - timedelta(seconds=1))
    assert not ears.beat(listener)


def bells_ask_at_once(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(ears, "RING", ears.RING.replace("failures > 0 OR not_before > clock_timestamp()", "false"))


def limits_are_waited_for(world: World) -> None:
    channel, later = world.desk.channel, now() + timedelta(minutes=9)
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel_id=channel.pk).update(not_before=later, due_at=later)
    ears.called(workspace_id=channel.workspace_id, channel_id=channel.pk)
    with tenant(channel.workspace_id):
        assert Pull.objects.get(channel_id=channel.pk).due_at == later


def any_length_of_line(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._stream, "MAX_LINE", 10**12)


def endless_lines_end(world: World) -> None:
    lines = social.networks._stream.Lines("Somebody")
    with pytest.raises(NetworkError):
        for _piece in range(40):
            lines.of(b"x" * 65536)


def any_ping_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._feed_hub, "hmac", SimpleNamespace(new=hmac.new, compare_digest=lambda one, other: True))


def pings_are_proven(world: World) -> None:
    signed = {"x-hub-signature": "sha256=" + hmac.new(b"guessed", b"<rss/>", hashlib.sha256).hexdigest()}
    with pytest.raises(Forged):
        network_of("feed").unpack(FEED, Hook(signed, b"<rss/>", ""))


def only_what_was_asked_for_is_confirmed(world: World) -> None:
    with pytest.raises(Forged):
        network_of("feed").greet(FEED, {"hub.mode": "subscribe", "hub.topic": "https://other.example/", "hub.challenge": "abc"})


GUARDS = (
    ("fence of a channel's ear", no_fence, whoever_lost_an_ear_rings_nothing),
    ("lease of a channel's ear", no_lease, two_never_hold_one_channel),
    ("end of a listener's lease", no_end_of_a_lease, who_was_frozen_holds_nothing),
    ("what limits say to bells", bells_ask_at_once, limits_are_waited_for),
    ("length of a stream's line", any_length_of_line, endless_lines_end),
    ("signature of a hub's pings", any_ping_fits, pings_are_proven),
    ("topic of a hub's question", any_ping_fits, only_what_was_asked_for_is_confirmed),
)
