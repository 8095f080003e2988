"""Scenes of what hangs on messages."""

from core import vault
from core.tenancy import tenant
from inbox.models import Message
from social.models import StoredFile
from tests.faults.scenes import Case, met
from tests.faults.stage import Reckoning


def looking(case: Case) -> None:
    """Somebody looks at a picture, and again when no answer came: it is kept once, and can be read."""
    stage = met(case)
    workspace_id = stage.workspace.pk
    with tenant(workspace_id):
        message = Message.objects.filter(direction="in").order_by("id").values_list("id", flat=True)[0]
        Message.objects.filter(id=message).update(media=[{"kind": "image", "url": f"{stage.network.base}/static/mark.svg"}])
    place = {"workspace": workspace_id, "message": message}
    case.kill("look", **place)
    case.afterwards.append(lambda: case.ground.children.must("look", **place))

    def once(found: Reckoning) -> None:
        with tenant(workspace_id):
            row = StoredFile.objects.get()
        assert row.state == "kept", row.error
        assert b"<svg" in vault.read_kept(row.key, workspace_id=workspace_id)

    case.checks.append(once)
