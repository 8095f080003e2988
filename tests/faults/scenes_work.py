"""The scenes of sleeping conversations and of asking customers how it was: what was due happens once."""

from datetime import timedelta

from accounts.models import Workspace
from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Survey
from inbox.services import surveys, triage
from social.models import Delivery
from tests.accounts.factories import make_workspace, membership_in
from tests.faults.scenes import Case, met
from tests.faults.stage import Reckoning
from tests.inbox.factories import Desk, make_desk


def _desk(case: Case) -> Desk:
    """A workspace beside the stage's: nobody sends there."""
    met(case)
    owner = case.stage.owner
    workspace: Workspace = make_workspace(f"Desk {case.stage.name}", owner=owner)
    return make_desk(workspace, membership_in(workspace, owner))


def waking(case: Case) -> None:
    """A conversation has slept long enough."""
    desk = _desk(case)
    with tenant(desk.workspace.pk):
        asleep = {"status": "snoozed", "snoozed_until": now() - timedelta(seconds=1)}
        Conversation.objects.filter(pk=desk.private.pk).update(**asleep)
    case.kill("wake", workspace=desk.workspace.pk)
    case.afterwards.append(lambda: case.ground.children.must("wake", workspace=desk.workspace.pk))

    def once(found: Reckoning) -> None:
        with tenant(desk.workspace.pk):
            assert Conversation.objects.get(pk=desk.private.pk).woke_up
            assert Event.objects.filter(kind="conversations.woken").count() == 1

    case.checks.append(once)


def asking(case: Case) -> None:
    """A conversation was resolved, and its customer is to be asked how it was."""
    desk = _desk(case)
    with tenant(desk.workspace.pk):
        changes = {"is_on": True, "delay_minutes": 0}
        surveys.set_up(member=desk.member, channel_id=desk.channel.pk, changes=changes)
        triage.set_status(member=desk.member, conversation_id=desk.private.pk, status="resolved")
    case.kill("ask", workspace=desk.workspace.pk)
    case.afterwards.append(lambda: case.ground.children.must("ask", workspace=desk.workspace.pk))

    def once(found: Reckoning) -> None:
        with tenant(desk.workspace.pk):
            assert Survey.objects.get().state == "sent"
            assert Delivery.objects.filter(idempotency_key__startswith="survey:").count() == 1

    case.checks.append(once)
