"""The scene of deeds on many conversations."""

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.models import BulkItem, BulkRun, Conversation
from tests.faults.scenes import Case, _busy


def tidying(case: Case) -> None:
    """Something is done to many conversations: to each once, whoever dies over it."""
    stage = _busy(case)
    stage.read()
    with tenant(stage.workspace.pk):
        given = {"priority": 3, "spare": False}
        run = BulkRun.objects.create(author=stage.member, action="priority", given=given, total=1, created_at=now())
        conversation = Conversation.objects.order_by("id")[0]
        BulkItem.objects.create(run=run, conversation=conversation, held_by_id=conversation.assignee_id)
    case.kill("go_on", workspace=stage.workspace.pk, run=run.pk)
    case.afterwards.append(lambda: case.ground.children.must("go_on", workspace=stage.workspace.pk, run=run.pk))

    def once(_reckoning: object) -> None:
        with tenant(stage.workspace.pk):
            assert Event.objects.filter(kind="conversations.priority_changed", data__bulk=run.pk).count() == 1
            assert BulkRun.objects.get(pk=run.pk).state == "done"

    case.checks.append(once)
