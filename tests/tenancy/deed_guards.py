"""The guards of deeds on messages: how each is taken away, and the test that watches it."""

import pytest

import inbox.services.deeds
from accounts.policies import Permission
from core.errors import Forbidden, Invalid
from core.tenancy import tenant
from social.networks.base import Network
from tests.tenancy.world import World


def everybody_moderates(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.deeds, "right_for", lambda kind, *, ours: Permission.CONVERSATIONS_REPLY)


def agents_hide_nothing(world: World) -> None:
    with tenant(world.cast.meridian.pk), pytest.raises(Forbidden):
        inbox.services.deeds.do(member=world.cast.member("agent"), message_id=world.desk.incoming.pk, kind="hide")


def everything_is_offered(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Network, "deed_refusal", lambda self, deed: None)


def customers_words_are_not_deleted(world: World) -> None:
    """X lets nobody delete what others wrote: refused before anything is queued."""
    with tenant(world.cast.meridian.pk), pytest.raises(Invalid):
        inbox.services.deeds.do(member=world.cast.member("owner"), message_id=world.desk.incoming.pk, kind="delete")
