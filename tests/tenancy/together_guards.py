"""The guards of working together: how each is taken away, and who notices. `test_guards.py` does it."""

import json

import pytest

import inbox.consumers
import inbox.frames
import inbox.selectors
import inbox.services.holding
import inbox.views.guest
from core.errors import Conflict
from core.tenancy import tenant
from inbox.models import Message, SideThread
from inbox.selectors import Said
from inbox.services import replies
from tests.inbox import test_side_threads
from tests.tenancy.test_sockets import ended, frame, play, socket_of
from tests.tenancy.world import World


def any_number_is_a_conversation(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.consumers, "visible_channel_of", lambda number: 1)


def looks_stay_in_their_workspace(world: World) -> None:
    """The outsider's page, at home, names a conversation of Meridian's."""

    async def scene() -> None:
        line = socket_of(world, "outsider", "elsewhere")
        assert (await line.connect(timeout=10))[0]
        for words in ({"t": "look", "id": world.desk.conversation.pk}, {"t": "ping"}):
            await line.send_input({"type": "websocket.receive", "text": json.dumps(words)})
        told = await line.receive_json_from(timeout=10)
        while told["t"] not in ("error", "pong"):
            told = await line.receive_json_from(timeout=10)
        assert told == {"t": "error", "field": "id", "code": "not_found"}
        await line.disconnect()

    play(scene)


def nobody_counts_frames(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.frames.Pace, "take", lambda self: True)


def floods_are_cut(world: World) -> None:
    async def scene() -> None:
        line = socket_of(world, "outsider", "elsewhere")
        assert (await line.connect(timeout=10))[0]
        await frame(line, "hello")
        for _ in range(200):
            await line.send_input({"type": "websocket.receive", "text": json.dumps({"t": "ping"})})
        assert await ended(line) == 4429

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.tenancy.test_sockets.PATIENCE_SECONDS", 2)
        play(scene)


def answers_cross(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.holding, "refuse_crossing", lambda *args, **more: None)


def second_answers_are_held(world: World) -> None:
    given = {"conversation_id": world.desk.private.pk, "undo_seconds": 3600}
    with tenant(world.cast.meridian.pk):
        replies.reply(member=world.cast.member("agent"), body="First.", **given)
        with pytest.raises(Conflict):
            replies.reply(member=world.cast.member("owner"), body="Second.", seen=0, **given)


def links_never_end(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(SideThread, "is_open", lambda self, moment: True)


def links_end(world: World) -> None:
    for end in ("revoked", "expired"):
        test_side_threads.dead_after(world.cast, world.desk, end)


def guests_see_everything(patch: pytest.MonkeyPatch, world: World) -> None:
    def everything(side: SideThread) -> list[Said]:
        rows = Message.objects.filter(conversation_id=side.conversation_id)
        return [Said("customer", "", row.body, row.occurred_at) for row in rows]

    patch.setattr(inbox.selectors, "shown_to", everything)


def guests_see_the_chosen(world: World) -> None:
    test_side_threads.nothing_but_the_chosen(world.cast, world.desk)


def nobody_counts_answers(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.views.guest, "take", lambda name, **limit: 0)


def guests_wait(world: World) -> None:
    test_side_threads.too_many_wait(world.cast, world.desk)


GUARDS = (
    ("end of a guest's link", links_never_end, links_end),
    ("what a guest's link shows", guests_see_everything, guests_see_the_chosen),
    ("pace of a guest", nobody_counts_answers, guests_wait),
    ("a colleague's answer that crosses ours", answers_cross, second_answers_are_held),
)
SOCKETS = (
    ("workspace of what a page looks at", any_number_is_a_conversation, looks_stay_in_their_workspace),
    ("pace of a page's frames", nobody_counts_frames, floods_are_cut),
)
