"""For each named commit and call: what brings a process there, and what a person does afterwards, if anything."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from activity.models import SetAside
from activity.services.fan_out import deliver as fan_out
from activity.services.log import record
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message, PlannedReply, Reactions
from inbox.services import planned
from social.models import BackfillRun, ChannelAlert, Credential, Delivery, GapCheck, Pull
from social.services import backfilling
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_workspace
from tests.faults.conftest import FRESH_RING, REFUSED_WORD, Ground
from tests.faults.stage import Reckoning, Stage

#: A process that does not come to its failpoint within so many seconds never will.
REACH_SECONDS = 25.0


@dataclass
class Case:
    """One process killed at one point, in a workspace of its own."""

    ground: Ground
    stage: Stage
    point: str
    once: Path
    status: int | None = None
    #: A frozen process that is to go on, and then die, when somebody else has taken over.
    frozen: int | None = None
    #: What happens before the others go on, and what has to hold in the end besides the promise of both lines.
    afterwards: list[Callable[[], object]] = field(default_factory=list)
    pending: Callable[[], bool] = lambda: False
    checks: list[Callable[[Reckoning], None]] = field(default_factory=list)
    reckoning: Reckoning | None = None

    def kill(self, job: str, **arguments: Any) -> None:
        """Run a job that is to die at the point."""
        self.status = self.ground.children.run(job, points=self.point, once=str(self.once), **arguments)

    def kill_at_work(self) -> None:
        """Let a worker do what is due until it dies."""
        self.kill("work", workspace=self.stage.workspace.pk, seconds=REACH_SECONDS, until_killed=True)

    def thaw(self) -> None:
        """Wake the frozen process once its delivery is somebody else's, and see how it ends."""
        if self.frozen is None:
            return
        with tenant(self.stage.workspace.pk):
            if Delivery.objects.filter(state="sending").exists():
                return
        os.kill(self.frozen, signal.SIGCONT)
        self.status, self.frozen = self.ground.children.wait(self.frozen), None


def met(case: Case) -> Stage:
    """A connected channel on which a customer has spoken, in public and in private, and both were read."""
    stage = case.stage
    stage.connect()
    stage.complain("my parcel is late")
    stage.whisper("my number is 881")
    stage.read()
    return stage


def _busy(case: Case) -> Stage:
    """Both lines have work: two replies wait, and the customer has said more, in the same thread and in a new one."""
    stage = met(case)
    stage.answer(f"It leaves today, {stage.name}.")
    stage.answer(f"Found your order, {stage.name}.", visibility="private")
    stage.complain("still waiting", reply_to=stage.mentions[0])
    stage.complain("and the second parcel too")
    stage.whisper("hello?")
    return stage


def working(case: Case) -> None:
    """Nothing special: the point lies on the way."""
    _busy(case)
    case.kill_at_work()


def answering_in_private(case: Case) -> None:
    """Only a direct message waits: polls bring our own back, as public answers never come."""
    stage = met(case)
    stage.answer(f"Found your order, {stage.name}.", visibility="private")
    case.kill_at_work()


def _swallowed(case: Case) -> Stage:
    stage = _busy(case)
    stage.network.trouble("swallow", group="write", account=stage.brand, next=1)
    return stage


def _unreachable_for_readers(case: Case, stage: Stage) -> None:
    switch = stage.network.trouble("500", group="read", account=stage.brand)
    case.afterwards.append(lambda: stage.network.call("DELETE", f"/trouble/{switch['id']}"))


def doubting(case: Case) -> None:
    """The network took a reply without saying so."""
    _swallowed(case)
    case.kill_at_work()


def unreadable(case: Case) -> None:
    """The network took a reply without saying so, and cannot be read back."""
    _unreachable_for_readers(case, _swallowed(case))
    case.kill_at_work()


def stumbling(case: Case) -> None:
    """The network is in trouble when it is read."""
    _unreachable_for_readers(case, _busy(case))
    case.kill_at_work()


def expired(case: Case) -> None:
    """The sign-in has run out and can be renewed."""
    stage = _busy(case)
    stage.network.call("POST", "/tokens/expire", account=stage.brand)
    case.kill_at_work()


def revoked(case: Case) -> None:
    """The sign-in was taken away: only the owner can mend it."""
    stage = _busy(case)
    stage.network.call("POST", "/tokens/revoke", account=stage.brand)
    case.kill_at_work()


def refused_by_the_database(case: Case) -> None:
    """One item cannot be stored; its neighbours can."""
    stage = _busy(case)
    stage.network.post(stage.customer, f"@{stage.brand} {REFUSED_WORD}")
    stage.complain("a neighbour of the broken one")

    def set_aside(found: Reckoning) -> None:
        assert found.set_aside == ["database"]

    case.checks.append(set_aside)
    case.kill_at_work()


def deleted(case: Case) -> None:
    """A post that was read is deleted on the network."""
    stage = _busy(case)
    gone = stage.complain("I take this back")["id"]
    stage.read()
    stage.network.call("DELETE", f"/posts/{gone}")
    case.pending = lambda: stage.reckon().deleted != {gone}
    case.kill_at_work()


def liked(case: Case) -> None:
    """A post that was read is liked on the network: the look for deletions tells it, and the thread shows it."""
    stage = _busy(case)
    read = stage.complain("Everybody likes this")["id"]
    stage.read()
    stage.network.call("POST", f"/posts/{read}/like", by=stage.customer)

    def shown() -> list[Any]:
        with tenant(stage.workspace.pk):
            return [row.counts for row in Reactions.objects.filter(external_id=read)]

    case.pending = lambda: shown() != [{"❤": 1}]
    case.kill_at_work()


def missed_by_polls(case: Case) -> None:
    """A post that polls never saw, older than what they look at again: the nightly reading finds it."""
    stage = _busy(case)
    stage.read()
    stage.bring([now() - timedelta(hours=3)])
    with tenant(stage.workspace.pk):
        GapCheck.objects.create(channel_id=stage.ids["channel_id"], due_at=now())

    def done() -> bool:
        with tenant(stage.workspace.pk):
            return bool(GapCheck.objects.exclude(finished_at=None).exists())

    case.pending = lambda: not done()

    def found_once(found: Reckoning) -> None:
        with tenant(stage.workspace.pk):
            assert GapCheck.objects.get().found_total == 1

    case.checks.append(found_once)
    case.kill_at_work()


def gone_after_sending(case: Case) -> None:
    """Replies that were sent an hour ago: one was deleted on the network since, a private one is looked for by its words."""
    stage = met(case)
    stage.answer(f"It leaves today, {stage.name}.")
    stage.answer(f"Found your order, {stage.name}.", visibility="private")
    case.ground.until(lambda: not _worked(case))
    with tenant(stage.workspace.pk):
        past = now() - timedelta(minutes=30)
        Delivery.objects.update(settled_at=past)
        # The quick look for deletions would notice it first.
        Pull.objects.update(reconciled_at=None, rechecked_at=now() + timedelta(days=1))
        public = Delivery.objects.exclude(external_id__startswith="dm-").get()
    case.ground.network.call("DELETE", f"/posts/{public.external_id}")

    def told() -> bool:
        with tenant(stage.workspace.pk):
            missing = list(Delivery.objects.filter(error_code="missing").exclude(missing_since=None).values_list("id", flat=True))
            unseen = Delivery.objects.exclude(id=public.id).filter(reconciled_at=None).exists()
        return missing == [public.id] and not unseen

    def an_hour_later() -> None:
        with tenant(stage.workspace.pk):
            Pull.objects.update(reconciled_at=None)

    case.pending = lambda: not told()
    case.afterwards.append(an_hour_later)
    case.kill_at_work()


def _worked(case: Case) -> list[str]:
    """What is unsettled after one more round."""
    case.ground.children.must("work", workspace=case.stage.workspace.pk)
    return case.stage.unsettled()


def late_receipt(case: Case) -> None:
    """A sender is frozen with the receipt in its hands, until its claim has run out and was taken over; then it dies."""
    stage = met(case)
    stage.answer(f"It leaves today, {stage.name}.")
    points = f"send.post.after_call:stop,{case.point}"
    case.frozen = case.ground.children.start("deliver", points=points, once=str(case.once), **stage.here)
    case.ground.children.until_frozen(case.frozen)


def clicking(case: Case) -> None:
    """A reply is asked for through the API, and again with the same key after the process died."""
    from accounts.services.tokens import create_token

    stage = met(case)
    _row, token = create_token(by=stage.member, name="Faults")
    text = f"It leaves today, {stage.name}."
    place = {"url": stage.messages_url(), "token": token, "key": "click-1", "body": text}
    stage.replies.append(text)
    case.kill("click", **place)
    case.afterwards.append(lambda: case.ground.children.must("click", **place))


def resealing(case: Case) -> None:
    """The keys of secrets are rotated while the channel is at work."""
    stage = _busy(case)
    place = {"workspace": stage.workspace.pk, "keys": FRESH_RING}
    case.kill("reseal", **place)

    def again() -> None:
        case.ground.children.must("reseal", **place)
        with tenant(stage.workspace.pk):
            assert {row.sealed.partition(".")[0] for row in Credential.objects.all()} == {"fresh"}

    case.afterwards.append(again)


def _reading_back(case: Case) -> Stage:
    """A channel with a past is read back while the customer goes on."""
    stage = _busy(case)
    with tenant(stage.workspace.pk):
        run = backfilling.start(channel_id=stage.ids["channel_id"], days=30, actor_id=None)

    def seen() -> BackfillRun:
        with tenant(stage.workspace.pk):
            return BackfillRun.objects.get(id=run.id)

    case.pending = lambda: seen().state == "running"

    def once(found: Reckoning) -> None:
        row = seen()
        assert (row.state, row.leased_until) == ("done", None)
        # Each page counted once, however often it was asked for. Our own direct message may have joined them meanwhile.
        assert len(stage.mentions) + len(stage.directs) <= row.items <= len(stage.mentions) + len(stage.directs) + 2

    case.checks.append(once)
    return stage


def reading_back(case: Case) -> None:
    """Killed on the way back."""
    _reading_back(case)
    case.kill_at_work()


def stumbling_back(case: Case) -> None:
    """The network is in trouble on the way back."""
    _unreachable_for_readers(case, _reading_back(case))
    case.kill_at_work()


def watching(case: Case) -> None:
    """A sign-in ends soon and nobody renews it: told once, however often one looks."""
    stage = _busy(case)
    place = {"workspace": stage.workspace.pk}
    with tenant(stage.workspace.pk):
        Credential.objects.filter(field="refresh_token").delete()
        Credential.objects.update(expires_at=now() + timedelta(days=2))
    case.kill("watch", **place)
    case.afterwards.append(lambda: case.ground.children.must("watch", **place))

    def told_once(found: Reckoning) -> None:
        with tenant(stage.workspace.pk):
            assert ChannelAlert.objects.filter(kind="expiry").count() == 1

    case.checks.append(told_once)


def folding(case: Case) -> None:
    """Counters are summed up."""
    stage = _busy(case)
    stage.read()
    case.kill("fold", workspace=stage.workspace.pk)
    case.afterwards.append(lambda: case.ground.children.must("fold", workspace=stage.workspace.pk))


def planning(case: Case) -> None:
    """A planned reply is due: it is sent once, whoever dies over it."""
    stage = _busy(case)
    stage.read()
    text = f"Planned for {case.stage.name}"
    stage.replies.append(text)
    with tenant(stage.workspace.pk):
        conversation = Conversation.objects.filter(visibility="public").order_by("id").first()
        assert conversation is not None
        planned.plan(member=stage.member, conversation_id=conversation.pk, body=text, send_at=now() + timedelta(hours=1))
        PlannedReply.objects.update(send_at=now() - timedelta(seconds=1))
    case.kill("send_planned", workspace=stage.workspace.pk)
    case.afterwards.append(lambda: case.ground.children.must("send_planned", workspace=stage.workspace.pk))


def retrying_an_event(case: Case) -> None:
    """An event that no subscriber can digest is tried again by an admin; it stays set aside, once, and its neighbours go on."""
    stage = _busy(case)
    with tenant(stage.workspace.pk):
        record("deliveries.changed", actor_id=None, data={"ids": ["nonsense"]})

    def row() -> SetAside | None:
        fan_out(workspace_id=stage.workspace.pk, subscriber="delivery_states")
        with tenant(stage.workspace.pk):
            return SetAside.objects.first()

    case.ground.until(lambda: row() is not None)
    place = {"workspace": stage.workspace.pk, "set_aside": row().id}  # type: ignore[union-attr]
    case.kill("retry_event", **place)
    case.afterwards.append(lambda: case.ground.children.must("retry_event", **place))

    def still_once(found: Reckoning) -> None:
        assert found.events_set_aside == 1

    case.checks.append(still_once)


def handing_over(case: Case) -> None:
    """A system of the company calls our webhook, and once more when no answer came: each message stands in the inbox once."""
    met(case)
    secret = "a-secret-of-the-shop-desk"
    workspace = make_workspace(f"Handing over {case.stage.name}", owner=case.stage.owner)
    values = {"name": f"shop-{case.stage.name}", "secret": secret}
    channel = connect_with_tokens(network="custom", values=values, workspace_id=workspace.pk, actor_id=None)
    rows = [{"id": f"m{number}", "text": f"message {number}", "sent_at": "2026-11-01T10:00:00Z"} for number in range(3)]
    place = {"key": channel.hook_key, "secret": secret, "body": json.dumps({"items": rows})}
    case.kill("hand_over", **place)
    case.afterwards.append(lambda: case.ground.children.must("hand_over", **place))

    def bodies() -> list[str]:
        with tenant(workspace.pk):
            return sorted(Message.objects.values_list("body", flat=True))

    case.pending = lambda: len(bodies()) < len(rows)

    def once(found: Reckoning) -> None:
        assert bodies() == ["message 0", "message 1", "message 2"]

    case.checks.append(once)
