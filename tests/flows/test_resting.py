"""A channel whose network does not answer is left alone, longer each time; one try decides; nothing is lost meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from inbox.models import Conversation
from inbox.services import replies
from social.models import Channel, Delivery, Pull
from social.networks.errors import OutcomeUnknown, Rejected, TryLater
from social.selectors import health_of
from social.services import resting
from social.services.connecting import connect_with_tokens
from social.services.resting import SILENCES
from social.views.channels import channel_shown
from tests.flows.conftest import Line


@pytest.fixture(autouse=True)
def short_rests(settings: Any) -> None:
    settings.REST_SECONDS = 5.0


def row(line: Line) -> Channel:
    return line.of(Channel.objects.get)  # type: ignore[no-any-return]


def waiting(line: Line, number: int) -> None:
    """Replies that are due, each in a conversation of its own."""
    for turn in range(number):
        line.network.post("ayesha", f"@brand complaint {turn}")
    line.pull()
    with line.inside():
        for conversation in Conversation.objects.order_by("id"):
            replies.reply(member=line.member, conversation_id=conversation.id, body=f"Answer {conversation.id}.", undo_seconds=0)


def requests_of(line: Line, endpoint: str) -> int:
    return len(line.network.call("GET", f"/requests?endpoint={endpoint}")["requests"])


def wake(line: Line) -> None:
    """The rest is over, and whatever waits is due."""
    with line.inside():
        past = now() - timedelta(seconds=1)
        Channel.objects.update(rests_until=past)
        Delivery.objects.exclude(state="sent").update(not_before=past, leased_until=None)
        Pull.objects.update(due_at=past, leased_until=None)


def test_after_several_silent_sends_nothing_is_tried_until_the_rest_is_over(line: Line) -> None:
    waiting(line, SILENCES + 3)
    line.network.call("DELETE", "/traffic")
    switch = line.network.trouble("500", group="write")
    assert line.deliver() == SILENCES
    assert requests_of(line, "create") == SILENCES
    rests = row(line).rests_until
    assert rests is not None
    assert timedelta(seconds=3) < rests - now() < timedelta(seconds=6)
    assert (line.deliver(), line.settle(), line.pull()) == (0, 0, 0), "a resting channel was asked"
    assert requests_of(line, "create") == SILENCES
    line.network.call("DELETE", f"/trouble/{switch['id']}")
    wake(line)
    line.settle()
    assert row(line).failures == 0
    assert row(line).rests_until is None
    for _turn in range(SILENCES + 3):
        wake(line)
        line.settle()
        line.deliver()
    assert line.of(lambda: set(Delivery.objects.values_list("state", flat=True))) == {"sent"}
    assert len(line.network.ledger(origin="api", kind="post")) == SILENCES + 3


def test_one_try_after_a_rest_and_a_longer_rest_when_it_fails(line: Line) -> None:
    waiting(line, SILENCES + 1)
    line.network.trouble("500", group="all")
    line.deliver()
    before = row(line)
    wake(line)
    line.network.call("DELETE", "/traffic")
    assert line.deliver() == 1
    assert line.deliver() == 0
    after = row(line)
    assert after.failures == before.failures + 1
    assert timedelta(seconds=8) < after.rests_until - now() < timedelta(seconds=11)
    with line.inside():
        health = health_of([after])[0]
        shown = channel_shown(health)
    assert (health.resting, health.next_try, health.level) == (True, after.rests_until, "trouble")
    assert shown.word == "Left alone"
    assert f"{after.failures} calls in a row" in shown.advice


def test_while_one_tries_after_a_rest_nobody_else_does(line: Line) -> None:
    with line.inside():
        Channel.objects.update(failures=SILENCES, rests_until=now() - timedelta(seconds=1))
        from django.db import connection

        with connection.cursor() as cursor:
            place = {**line.ids, "failures": SILENCES}
            assert resting.try_once(cursor, **place)
            assert not resting.try_once(cursor, **place)
    assert line.pull() == 0


def test_rests_end_at_five_minutes_and_answers_end_them(line: Line, settings: Any) -> None:
    settings.REST_SECONDS = 15.0
    with line.inside():
        Channel.objects.update(failures=500)
    silent = TryLater("Nobody there.", seconds=1.0, code="unreachable")
    resting.heard(**line.ids, failures=500, error=silent)
    assert timedelta(seconds=295) < row(line).rests_until - now() < timedelta(seconds=301)
    resting.heard(**line.ids, failures=501, error=Rejected("No.", code="too_long"))
    assert (row(line).failures, row(line).rests_until) == (0, None)


def test_connecting_anew_ends_a_rest(line: Line) -> None:
    with line.inside():
        Channel.objects.update(failures=9, rests_until=now() + timedelta(minutes=5))
    pair = line.network.call("POST", "/tokens", account="brand")
    values = {name: pair[name] for name in ("access_token", "refresh_token")}
    connect_with_tokens(network="x", values=values, workspace_id=line.workspace.pk, actor_id=None)
    assert (row(line).failures, row(line).rests_until) == (0, None)


@pytest.mark.parametrize(
    "error",
    [
        TryLater("Not now.", seconds=60.0, code="rate_limited"),
        OutcomeUnknown("Too many.", code="limited_somehow", hold_seconds=60.0),
        OutcomeUnknown("Known already.", code="duplicate"),
        Rejected("No.", code="forbidden"),
        None,
    ],
)
def test_a_network_that_answers_is_well(line: Line, error: Any) -> None:
    for _turn in range(2 * SILENCES):
        resting.heard(**line.ids, failures=row(line).failures, error=error)
    assert row(line).failures == 0


def test_a_healthy_channel_costs_no_query(line: Line, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        resting.heard(**line.ids, failures=0, error=None)
