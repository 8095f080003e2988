"""The guards of the composer: how each is taken away, and who notices. `test_guards.py` does it."""

import pytest

import inbox.selectors.saved_replies
import inbox.services.blanks
import inbox.services.saved_replies
import inbox.services.saved_reply_files
from core.errors import Forbidden, Invalid, NotFound
from core.tenancy import tenant
from inbox.models import SavedReply
from inbox.selectors.saved_replies import get_saved_reply
from inbox.services import replies, saved_reply_files
from inbox.services.saved_replies import keep
from tests.tenancy.world import World


def everybodys_are_seen(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.selectors.saved_replies, "_visible", lambda member: SavedReply.objects.all())


def anothers_own_are_hidden(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        row = keep(member=world.cast.member("agent"), values={"title": "Mine", "body": "Only mine"})
        with pytest.raises(NotFound):
            get_saved_reply(row.pk, world.cast.member("owner"))


def anybody_keeps_for_all(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.saved_replies, "require_right", lambda scope, member: None)


def agents_keep_their_own(world: World) -> None:
    with tenant(world.cast.meridian.pk), pytest.raises(Forbidden):
        keep(member=world.cast.member("agent"), values={"title": "All", "body": "For all", "scope": "workspace"})


def blanks_are_sent(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.blanks, "refuse_unfilled", lambda text: None)


def blanks_stay_here(world: World) -> None:
    with tenant(world.cast.meridian.pk), pytest.raises(Invalid):
        words = "Dear {{contact.first_name}}"
        replies.reply(member=world.desk.member, conversation_id=world.desk.conversation.pk, body=words, undo_seconds=3600)


def cells_calculate(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(inbox.services.saved_reply_files, "harmless", lambda cell: cell)


def cells_are_words(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        keep(member=world.desk.member, values={"title": "=1+1", "body": "x"})
        assert "\n=1+1" not in saved_reply_files.export(member=world.desk.member)


GUARDS = (
    ("whose a saved reply is", everybodys_are_seen, anothers_own_are_hidden),
    ("right to keep what others use", anybody_keeps_for_all, agents_keep_their_own),
    ("no blank is sent", blanks_are_sent, blanks_stay_here),
    ("cells of a table are words", cells_calculate, cells_are_words),
)
