"""Scenes of what hangs on messages."""

from datetime import timedelta

from core import vault
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Channel, StoredFile
from social.services import chosen_files, file_room
from tests.faults.scenes import Case, met
from tests.faults.stage import Reckoning, Stage
from tests.pictures import picture


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


def _choose(stage: Stage) -> StoredFile:
    with tenant(stage.workspace.pk):
        channel = Channel.objects.get()
    facts = {"workspace_id": stage.workspace.pk, "member_id": stage.member.pk, "name": "parcel.png"}
    return chosen_files.accept(channel=channel, content=picture(), **facts)


def answering_with_a_picture(case: Case) -> None:
    """A reply waits with a picture, which is handed over before it: whoever goes on posts it once, with the picture."""
    stage = met(case)
    chosen, text = _choose(stage), f"Here it is, {stage.name}."
    stage.replies.append(text)
    with tenant(stage.workspace.pk):
        conversation = Conversation.objects.filter(visibility="public").order_by("id")[0]
        media = [(chosen.pk, "A parcel")]
        replies.reply(member=stage.member, conversation_id=conversation.pk, body=text, media=media, undo_seconds=0)
    case.kill_at_work()


def choosing(case: Case) -> None:
    """A member chooses a file, and again when no answer came; what was chosen long ago and never sent goes meanwhile."""
    stage = met(case)
    old = _choose(stage)
    with tenant(stage.workspace.pk):
        StoredFile.objects.filter(id=old.pk).update(created_at=now() - timedelta(days=3))
        conversation = Conversation.objects.order_by("id")[0].pk
    place = {"workspace": stage.workspace.pk, "member": stage.member.pk, "conversation": conversation}
    case.kill("choose", **place)
    case.afterwards.append(lambda: case.ground.children.must("choose", **place))

    def kept(found: Reckoning) -> None:
        with tenant(stage.workspace.pk):
            rows = list(StoredFile.objects.all())
        assert old.pk not in {row.pk for row in rows}
        assert rows
        for row in rows:
            assert vault.read_kept(row.key, workspace_id=stage.workspace.pk) == picture()

    case.checks.append(kept)


def ageing(case: Case) -> None:
    """Old files go, and again when the process died meanwhile: no row names what is gone, and what is young stays."""
    stage = met(case)
    workspace_id = stage.workspace.pk
    old, young = _choose(stage), _choose(stage)
    with tenant(workspace_id):
        long_ago = now() - timedelta(days=40)
        StoredFile.objects.filter(id=old.pk).update(created_at=long_ago, used_at=long_ago)
        StoredFile.objects.filter(id=young.pk).update(used_at=now())
        file_room.change(member=stage.member, keep_days=30)
    case.kill("age", workspace=workspace_id)
    case.afterwards.append(lambda: case.ground.children.must("age", workspace=workspace_id))

    def gone(found: Reckoning) -> None:
        with tenant(workspace_id):
            states = dict(StoredFile.objects.values_list("id", "state"))
            assert states == {old.pk: "removed", young.pk: "kept"}
            assert file_room.room().held == StoredFile.objects.get(id=young.pk).kept_size
        assert vault.read_kept(young.key, workspace_id=workspace_id) == picture()

    case.checks.append(gone)
