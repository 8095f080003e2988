"""The guards of working together: how each is taken away, and who notices. `test_guards.py` does it."""

import json

import pytest

import inbox.consumers
import inbox.frames
import inbox.services.holding
from core.errors import Conflict
from core.tenancy import tenant
from inbox.services import replies
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


GUARDS = (("a colleague's answer that crosses ours", answers_cross, second_answers_are_held),)
SOCKETS = (
    ("workspace of what a page looks at", any_number_is_a_conversation, looks_stay_in_their_workspace),
    ("pace of a page's frames", nobody_counts_frames, floods_are_cut),
)
