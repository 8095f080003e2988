"""The guards of Meta's webhooks: how each is taken away, and who notices. `test_guards.py` does it."""

import hmac
from types import SimpleNamespace

import pytest

import social.networks._graph_hook
from social.networks.errors import Forged
from tests.social.networks.facebook import test_hooks
from tests.tenancy.world import World


def anything_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._graph_hook, "hmac", SimpleNamespace(new=hmac.new, compare_digest=lambda one, other: True))


def bodies_are_proven(world: World) -> None:
    test_hooks.test_the_signature_is_made_over_the_bytes()


def strangers_hear_nothing(world: World) -> None:
    with pytest.raises(Forged):
        test_hooks.NETWORK.greet(
            test_hooks.ACCESS, {"hub.mode": "subscribe", "hub.verify_token": "another", "hub.challenge": "1158201444"}
        )
