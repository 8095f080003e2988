"""The guards of signing in at networks: how each is taken away, and who notices. `test_guards.py` does it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

import social.services.connecting
import social.services.signing_in
from core.clock import now
from core.errors import Invalid
from social.networks import network_of
from social.networks.values import Profile
from social.services.signing_in import SIGN_IN_SECONDS, Ticket, finish
from tests.tenancy.world import World


def refused(world: World, code: str, *, state: str = "a-state", late: float = 0.0, by: str = "owner") -> None:
    """Somebody comes back from a sign-in that an owner began, with a code that is none: nobody else is asked about it."""
    place = {"workspace_id": world.cast.meridian.pk, "user_id": world.cast.user("owner").pk}
    ticket = Ticket("a-state", "v", "x", "meridian", **place, started_at=now().timestamp() - late)
    with pytest.raises(Invalid) as caught:
        social.services.signing_in.finish(
            ticket=ticket, state=state, code="", redirect_uri="", workspace_id=place["workspace_id"],
            user_id=world.cast.user(by).pk, actor_id=None,
        )  # fmt: skip
    assert caught.value.code == code


def any_state_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.signing_in, "hmac", SimpleNamespace(compare_digest=lambda one, other: True))


def states_fit(world: World) -> None:
    refused(world, "wrong_state", state="another")


def anybodys_sign_in(patch: pytest.MonkeyPatch, world: World) -> None:
    def finished(*, ticket: Ticket, workspace_id: int, user_id: int, **rest: Any) -> Any:
        ticket = replace(ticket, workspace_id=workspace_id, user_id=user_id)
        return finish(ticket=ticket, workspace_id=workspace_id, user_id=user_id, **rest)

    patch.setattr(social.services.signing_in, "finish", finished)


def sign_ins_are_their_persons(world: World) -> None:
    refused(world, "wrong_state", by="admin")


def all_the_time_in_the_world(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.signing_in, "SIGN_IN_SECONDS", 10.0**9)


def sign_ins_end(world: World) -> None:
    refused(world, "expired_state", late=SIGN_IN_SECONDS + 60)


def any_account_will_do(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.connecting, "_refuse_another", lambda channel_id, adapter, profile: None)


def another_account_is_refused(world: World) -> None:
    channel = world.desk.channel
    with pytest.raises(Invalid):
        social.services.connecting.connect_account(
            adapter=network_of(channel.network), profile=Profile("4711", "Another", "another"),
            workspace_id=channel.workspace_id, actor_id=None, expected_id=channel.pk,
        )  # fmt: skip


GUARDS = (
    ("state of a sign-in", any_state_fits, states_fit),
    ("whose a sign-in is", anybodys_sign_in, sign_ins_are_their_persons),
    ("time of a sign-in", all_the_time_in_the_world, sign_ins_end),
    ("account of a channel that is connected anew", any_account_will_do, another_account_is_refused),
)
