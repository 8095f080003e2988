"""The guards of replies that need approval: how each is taken away, and the test that watches it."""

import pytest

import inbox.services.approval_rule
import inbox.services.approvals
from core.errors import Conflict, Forbidden
from core.tenancy import tenant
from inbox.models import ApprovalRule
from inbox.services import approvals, replies
from tests.tenancy.world import World


def everything_goes(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.approval_rule, "needed", lambda member, **place: False)


def agents_words_are_held(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        ApprovalRule.objects.update(roles=["agent"])
        with pytest.raises(Conflict):
            replies.reply(member=world.cast.member("agent"), conversation_id=world.desk.conversation.pk, body="Straight.")


def anybody_approves_his_own(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.approvals, "refuse_own", lambda row, member: None)


def own_words_wait_for_another(world: World) -> None:
    owner = world.cast.member("owner")
    with tenant(world.cast.meridian.pk):
        asked = approvals.ask(member=owner, conversation_id=world.desk.conversation.pk, body="Mine.")
        with pytest.raises(Forbidden):
            approvals.approve(member=owner, request_id=asked.pk, version=1)


def everybody_may_approve(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.approvals, "require", lambda member, permission: None)


def agents_approve_nothing(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        asked = approvals.ask(member=world.cast.member("owner"), conversation_id=world.desk.conversation.pk, body="Mine.")
        with pytest.raises(Forbidden):
            approvals.approve(member=world.cast.member("agent"), request_id=asked.pk, version=1)


GUARDS = (
    ("approval of public replies", everything_goes, agents_words_are_held),
    ("nobody approves his own reply", anybody_approves_his_own, own_words_wait_for_another),
    ("right to approve replies", everybody_may_approve, agents_approve_nothing),
)
