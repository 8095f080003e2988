"""The scene of deeds on messages: whoever dies while they are done, they are done in the end, and the thread says so."""

from activity.services.log import record
from core.tenancy import tenant
from inbox.models import Message
from inbox.services import deeds
from tests.faults.scenes import Case, met
from tests.faults.stage import Reckoning


def doing(case: Case) -> None:
    """A customer's comment below our post is to be liked and hidden; an earlier comment's like is taken back before it was done."""
    stage = met(case)
    root = stage.network.post(stage.brand, "News")["id"]
    comment = stage.complain("help", reply_to=root)["id"]
    stage.read()
    with tenant(stage.workspace.pk):
        message = Message.objects.get(external_id=comment)
        first = Message.objects.get(external_id=stage.mentions[0])
        for which, kind in ((message, "like"), (message, "hide"), (first, "like"), (first, "unlike")):
            deeds.do(member=stage.member, message_id=which.pk, kind=kind)
    case.kill_at_work()

    def told() -> tuple[bool, bool, bool]:
        with tenant(stage.workspace.pk):
            now = Message.objects.get(pk=message.pk)
            return now.liked, now.hidden, Message.objects.get(pk=first.pk).deeds["like"]["now"] == "unlike"

    case.pending = lambda: told() != (True, True, True)

    def done_in_the_end(found: Reckoning) -> None:
        post = stage.network.call("GET", f"/posts/{comment}")
        assert (post["likes"], post["hidden"]) == (1, True)
        assert stage.network.call("GET", f"/posts/{stage.mentions[0]}")["likes"] == 0
        # A network that is asked twice has it once.
        assert len(stage.network.ledger(kind="like", account=stage.brand)) == 1

    case.checks.append(done_in_the_end)


def hidden_elsewhere(case: Case) -> None:
    """A webhook told that somebody hid a comment on the network itself."""
    stage = met(case)
    comment = stage.complain("what a mess")["id"]
    stage.read()
    with tenant(stage.workspace.pk):
        record("items.hidden", actor_id=None, data={"channel": stage.ids["channel_id"], "ids": [comment], "hidden": True})
    case.kill_at_work()

    def told() -> bool:
        with tenant(stage.workspace.pk):
            return Message.objects.get(external_id=comment).hidden

    case.pending = lambda: not told()
