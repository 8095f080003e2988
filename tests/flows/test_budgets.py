"""What headers say is left decides when the next call is made."""

from datetime import datetime, timedelta

from core.clock import now
from inbox.models import Conversation
from inbox.services import replies
from social.models import Channel, Pull
from social.networks import network_of
from social.networks.values import Quota
from social.services.budgets import hold_of_sender, nothing_to_spare, wait_of_reader
from tests.flows.conftest import Line

X, MASTODON = network_of("x"), network_of("mastodon")


def left(remaining: int | None, limit: int | None = 300, *, minutes: float = 10.0) -> Quota:
    return Quota(limit, remaining, now() + timedelta(minutes=minutes))


def test_a_reader_waits_for_the_reset_of_an_empty_window() -> None:
    assert wait_of_reader(X, {"mentions": left(1)}) == 0
    assert 590 < wait_of_reader(X, {"mentions": left(0)}) <= 600
    assert wait_of_reader(X, {"mentions": Quota(300, 0, None)}) == X.poll_seconds
    assert wait_of_reader(X, {"mentions": left(0, minutes=-5)}) == 0
    assert wait_of_reader(X, {"mentions": left(0, minutes=10**6)}) == 86_400
    assert wait_of_reader(X, {"dm": left(0, 15)}) == 0, "direct messages wait by themselves; mentions go on"
    assert wait_of_reader(X, {}) == 0


def test_a_reader_leaves_senders_a_tenth_of_what_both_share() -> None:
    assert wait_of_reader(MASTODON, {"mentions": left(31)}) == 0
    assert wait_of_reader(MASTODON, {"mentions": left(30)}) > 0
    assert hold_of_sender(MASTODON, {"reply": left(30)}) == 0, "the reserve is the senders'"
    assert 590 < hold_of_sender(MASTODON, {"reply": left(0)}) <= 600


def test_what_can_wait_leaves_a_third() -> None:
    def kept(remaining: int, minutes: float) -> dict[str, dict[str, str | None]]:
        quota = left(remaining, minutes=minutes)
        return {"mentions": {"limit": "300", "remaining": str(remaining), "resets_at": str(quota.resets_at)}}

    assert nothing_to_spare(kept(90, 5))
    assert not nothing_to_spare(kept(91, 5))
    assert not nothing_to_spare(kept(0, -5))
    assert not nothing_to_spare({"mentions": {"limit": None, "remaining": None, "resets_at": None}})


def test_the_next_poll_stands_at_the_reset(line: Line) -> None:
    line.network.call("PATCH", "/rules", limit_factor=1 / 300)
    line.network.post("ayesha", "@brand hello")
    line.pull()
    pull = line.of(Pull.objects.get)
    quota = pull.quota["mentions"]
    assert quota["remaining"] == "0", quota
    assert abs(pull.due_at - datetime.fromisoformat(quota["resets_at"])) < timedelta(seconds=5)
    assert pull.failures == 0, "nobody was refused: we waited"


def test_the_last_send_of_a_window_holds_the_channel(line: Line) -> None:
    line.network.post("ayesha", "@brand hello")
    line.pull()
    line.network.call("PATCH", "/rules", limit_factor=1 / 100_000)
    with line.inside():
        replies.reply(member=line.member, conversation_id=Conversation.objects.get().id, body="Good day.", undo_seconds=0)
    assert line.deliver() == 1
    held = line.of(Channel.objects.get).hold_until
    assert held is not None
    assert held > now()
    assert len(line.network.ledger(origin="api", kind="post")) == 1
