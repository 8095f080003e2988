"""The guard of kept lists: how it is taken away, and who notices. `test_guards.py` does it."""

import pytest

import inbox.selectors.saved_views
from core.tenancy import tenant
from inbox.models import SavedView
from inbox.services.saved_views import keep_view
from tests.tenancy.world import World


def everybody_sees_all(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.selectors.saved_views, "_seen_by", lambda member: SavedView.objects.all())


def private_lists_are_private(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        view = keep_view(member=world.cast.member("owner"), name="Mine alone", parameters={"view": "open"})
    answer = world.browser("viewer").get(f"/api/v1/w/meridian/views/{view.pk}")
    assert answer.status_code == 404


GUARDS = (("who sees a kept list", everybody_sees_all, private_lists_are_private),)
