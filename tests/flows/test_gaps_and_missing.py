"""At night what polls missed is found, once; each hour what we sent is looked for, and what the network does not show is said."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from activity.models import Event
from core.clock import now
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.deletions import apply_events
from inbox.services.delivery_states import mirror
from inbox.services.ingest import ingest
from social.models import Delivery, GapCheck, Pull, RawItem
from social.services import gaps, outbox, reconciling
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line


# --- gaps -----------------------------------------------------------------------------------------------------------------
def old_post(line: Line, hours: float) -> str:
    """A post of so many hours ago, which polls do not look at again."""
    moment = (now() - timedelta(hours=hours)).isoformat()
    line.network.call("POST", "/import", posts=[{"author": "ayesha", "text": f"@brand {hours} h ago", "created_at": moment}])
    listed = line.network.call("GET", "/posts?author=ayesha&limit=1000")["posts"]
    return str(next(post["id"] for post in listed if f" {hours} h ago" in post["text"]))


def check(line: Line) -> int:
    with line.inside():
        GapCheck.objects.update(due_at=now() - timedelta(seconds=1))
    found = gaps.check(**line.ids)
    ingest(**line.ids)
    return found


def test_what_polls_missed_is_stored_once(line: Line) -> None:
    line.network.post("ayesha", "@brand just now")
    line.pull()
    missed, too_old = old_post(line, 30), old_post(line, 60)
    line.pull()
    assert line.of(lambda: Message.objects.count()) == 1, "a poll found it: this test shows nothing"
    before = line.of(Pull.objects.get).cursor
    assert check(line) == 1
    assert check(line) == 0
    ids = line.of(lambda: list(Message.objects.values_list("external_id", flat=True)))
    assert missed in ids
    assert too_old not in ids
    assert len(ids) == 2
    row = line.of(GapCheck.objects.get)
    assert (row.found_total, row.found, row.since, row.cursor, row.leased_until) == (1, 0, None, {}, None)
    assert row.due_at - now() > timedelta(hours=19)
    assert line.of(Pull.objects.get).cursor == before, "the polls' own place was moved"
    told = line.of(lambda: [event.data for event in Event.objects.filter(kind="channels.gap_found")])
    assert told == [{"items": 1}]


def test_a_check_that_was_stopped_goes_on_where_it_stood(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.pull()
    for number in range(120):
        line.network.post("ayesha", f"@brand complaint {number}")
    monkeypatch.setattr(gaps, "RUN_SECONDS", -1.0)
    runs = 0
    while (row := line.of(lambda: GapCheck.objects.first())) is None or row.finished_at is None:
        with line.inside():
            GapCheck.objects.update(due_at=now() - timedelta(seconds=1))
        gaps.check(**line.ids)
        runs += 1
        assert runs < 10
    assert runs > 1
    assert line.of(lambda: RawItem.objects.count()) == 120


def test_a_network_in_trouble_is_asked_later(line: Line) -> None:
    line.network.trouble("500", group="read")
    assert check(line) == 0
    row = line.of(GapCheck.objects.get)
    assert row.error
    assert row.finished_at is None
    assert row.due_at - now() > timedelta(minutes=50)


def test_of_two_at_once_one_checks(line: Line) -> None:
    with line.inside():
        GapCheck.objects.create(
            channel=line.channel, due_at=now() - timedelta(hours=1), leased_until=now() + timedelta(minutes=1), fence=7
        )
    line.network.post("ayesha", "@brand hello")
    assert gaps.check(**line.ids) == 0
    assert line.of(GapCheck.objects.get).fence == 7


def test_who_is_due(line: Line) -> None:
    ids = (line.workspace.pk, line.channel.pk)
    assert ids not in gaps.due_checks(), "connected just now: the first reading is not over"
    with line.inside():
        line.channel.connected_at = now() - timedelta(hours=30)
        line.channel.save(update_fields=["connected_at"])
    assert ids in gaps.due_checks()
    check(line)
    assert ids not in gaps.due_checks()


# --- missing --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def sent(line: Line) -> Delivery:
    """A public reply that was sent half an hour ago."""
    line.network.post("ayesha", "@brand my parcel is late")
    line.pull()
    with line.inside():
        replies.reply(member=line.member, conversation_id=Conversation.objects.get().id, body="It leaves today.", undo_seconds=0)
    assert line.deliver() == 1
    return older(line)


def older(line: Line, **fields: Any) -> Delivery:
    """Half an hour passes."""
    with line.inside():
        Delivery.objects.update(settled_at=now() - timedelta(minutes=30), **fields)
        Pull.objects.update(reconciled_at=None)
        found = Delivery.objects.get()
        mirror([found.id])
    return found


def page(line: Line) -> tuple[Client, str]:
    browser = signed_in(line.member.user)
    return browser, f"/w/{line.workspace.slug}/channels/{line.channel.pk}/"


def test_what_stands_there_is_left_alone(line: Line, sent: Delivery) -> None:
    assert (line.workspace.pk, line.channel.pk) in reconciling.due_reconciles()
    assert reconciling.reconcile(**line.ids) == 0
    row = line.of(Delivery.objects.get)
    assert row.reconciled_at is not None
    assert row.missing_since is None
    assert (line.workspace.pk, line.channel.pk) not in reconciling.due_reconciles()
    line.network.call("DELETE", f"/posts/{sent.external_id}")
    assert reconciling.reconcile(**line.ids) == 0, "once an hour is enough"


def test_what_is_gone_is_said_and_may_be_left(line: Line, sent: Delivery) -> None:
    line.network.call("DELETE", f"/posts/{sent.external_id}")
    assert reconciling.reconcile(**line.ids) == 1
    assert line.of(lambda: Event.objects.filter(kind="deliveries.missing").count()) == 1
    browser, address = page(line)
    shown = browser.get(address).content.decode()
    assert "Not shown there" in shown
    assert "somebody deleted it there" in shown
    assert "1 reply needs you" in browser.get(f"/w/{line.workspace.slug}/channels/").content.decode()
    browser.post(f"{address}sends/{sent.pk}/decide/", {"arrived": "yes"})
    older(line)
    assert "Not shown there" not in browser.get(address).content.decode()
    assert reconciling.reconcile(**line.ids) == 1
    assert line.of(lambda: Event.objects.filter(kind="deliveries.missing").count()) == 1, "a person has decided: said once"


def test_what_is_gone_may_be_sent_again(line: Line, sent: Delivery) -> None:
    line.network.call("DELETE", f"/posts/{sent.external_id}")
    reconciling.reconcile(**line.ids)
    with line.inside():
        apply_events(Event.objects.filter(kind="items.gone"))
        assert Message.objects.get(delivery_id=sent.pk).deleted_at is not None
        outbox.decide(delivery_id=sent.pk, arrived=False, actor_id=line.member.pk)
    line.network.call("PATCH", "/rules", duplicate_rule=False)
    assert line.deliver() == 1
    with line.inside():
        row = Delivery.objects.get()
        mirror([row.pk])
        assert (row.state, row.missing_since, row.error_code) == ("sent", None, "")
        assert row.external_id not in (None, sent.external_id)
        assert Message.objects.get(delivery_id=row.pk).deleted_at is None


def test_a_private_one_that_never_showed_is_noticed(line: Line) -> None:
    line.network.call("POST", "/dms", **{"from": "ayesha", "to": "brand", "text": "hello"})
    line.pull()
    with line.inside():
        replies.reply(member=line.member, conversation_id=Conversation.objects.get().id, body="Good day.", undo_seconds=0)
    assert line.deliver() == 1
    older(line)
    assert reconciling.reconcile(**line.ids) == 0
    # A receipt for something that the network does not have.
    older(line, external_id="dm-1888888888888888888", reconciled_at=None)
    assert reconciling.reconcile(**line.ids) == 1


def test_no_answer_proves_nothing(line: Line, sent: Delivery) -> None:
    line.network.call("DELETE", f"/posts/{sent.external_id}")
    for name in ("500", "429", "garble", "null", "html"):
        switch = line.network.trouble(name, group="read")
        older(line)
        assert reconciling.reconcile(**line.ids) == 0, name
        line.network.call("DELETE", f"/trouble/{switch['id']}")
        with line.inside():
            line.channel.failures, line.channel.rests_until = 0, None
            line.channel.save(update_fields=["failures", "rests_until"])
    assert line.of(Delivery.objects.get).missing_since is None
