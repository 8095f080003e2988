"""Deeds on messages under faults: a frozen worker's old deed never follows a newer one."""

import os
import signal

import pytest

from core.tenancy import tenant
from inbox.models import Message
from inbox.services import deeds
from social.models import DeedRow
from tests.faults.acts import stage_of
from tests.faults.conftest import Ground

pytestmark = [pytest.mark.faults]


@pytest.mark.parametrize("point", ["deed.claim.after_commit", "deed.check.after_commit", "deed.act.before_call"])
def test_a_deed_frozen_past_its_lease_does_not_follow_a_newer_one(ground: Ground, point: str) -> None:
    stage = stage_of(ground, 1)
    (post,) = stage.mentions

    def ask(kind: str) -> None:
        with tenant(stage.workspace.pk):
            deeds.do(member=stage.member, message_id=Message.objects.get(external_id=post).pk, kind=kind)

    ask("like")
    once = ground.folder / f"frozen-{point}"
    once.mkdir()
    frozen = ground.children.start("act", points=f"{point}:stop", once=str(once), **stage.here)
    ground.children.until_frozen(frozen)
    ask("unlike")

    def taken_back() -> bool:
        ground.children.must("work")
        with tenant(stage.workspace.pk):
            return set(DeedRow.objects.values_list("state", flat=True)) == {"done"}

    ground.until(taken_back)
    os.kill(frozen, signal.SIGCONT)
    assert ground.children.wait(frozen) == 0
    assert ground.network.call("GET", f"/posts/{post}")["likes"] == 0
    stage.reckon().assert_whole()
