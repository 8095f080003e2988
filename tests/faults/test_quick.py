"""The fault matrix in small: the network lies, refuses, hangs and shuffles; processes freeze and race; nothing is lost or doubled.

The names are those of the matrix (F1 …). Those that need a real worker or servers of their own have modules of their own.
Every test has its own workspaces on one practice network; how many replies and mentions there are, `scale` says.
"""

import json
import os
import random
import signal
import time
from datetime import timedelta

import pytest
from django.db import connection

from core.clock import database_now
from core.tenancy import tenant
from inbox.models import Message
from social.models import Channel, Delivery, Pull
from social.networks.values import Tokens
from social.services import credentials, rechecking
from social.services.connecting import connect_with_tokens
from social.services.pulling import make_due
from tests.accounts.factories import make_user, make_workspace
from tests.faults.acts import answer_all, clear, newest, requests_of, settle, settle_until, stage_of, trouble
from tests.faults.conftest import Ground
from tests.faults.scale import MENTIONS, REPLIES, SEED, some
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults]


def test_f2_swallowed_answers_are_adopted_and_never_sent_again(ground: Ground) -> None:
    stage, other = stage_of(ground, MENTIONS), stage_of(ground, 3)
    answer_all(stage, REPLIES)
    answer_all(other, 3)
    switch = trouble(ground, stage, "swallow", group="write", probability=0.2)
    settle(ground, stage, other)
    assert clear(ground, switch)["fired"] >= 2
    assert len(requests_of(ground, stage, "create")) == REPLIES
    for one in (stage, other):
        one.reckon().assert_whole()


def test_f3_what_is_accepted_after_we_hung_up_is_not_sent_again(ground: Ground) -> None:
    stage, late = stage_of(ground, REPLIES), some(REPLIES, 10)
    answer_all(stage, REPLIES)
    switch = trouble(ground, stage, "late", group="write", count=late)
    # Each is a call that takes its whole time, and one sender makes them all.
    settle(ground, stage, seconds=60 + 8 * late)
    assert clear(ground, switch)["fired"] == late
    stage.reckon().assert_whole()


def test_f4_errors_after_accepting_are_read_back_first(ground: Ground) -> None:
    failing, limited = stage_of(ground, REPLIES), stage_of(ground, 1)
    answer_all(failing, REPLIES)
    answer_all(limited, 1)
    switches = [
        trouble(ground, failing, "after500", group="write", probability=0.3),
        trouble(ground, limited, "after429", group="write", next=1),
    ]
    settle(ground, failing, limited)
    assert [clear(ground, switch)["fired"] > 0 for switch in switches] == [True, True]
    assert len(requests_of(ground, failing, "create")) == REPLIES
    assert len(requests_of(ground, limited, "create")) == 1
    failing.reckon().assert_whole()
    limited.reckon().assert_whole()


def test_f5_a_true_limit_is_obeyed_and_slows_nobody_else(ground: Ground) -> None:
    number = some(REPLIES, 5)
    limited, free = stage_of(ground, number), stage_of(ground, number)
    ground.network.call("POST", "/limits/exhaust", account=limited.brand, endpoint="create", seconds=8)
    answer_all(limited, number)
    answer_all(free, number)
    settle(ground, free)
    calls = requests_of(ground, limited, "create")
    assert [call["status"] for call in calls] == [429]
    assert limited.unsettled()
    settle(ground, limited)
    calls = requests_of(ground, limited, "create")
    assert [call["status"] for call in calls] == [429, *[201] * number]
    with tenant(limited.workspace.pk):
        held_until = Channel.objects.get().hold_until
    assert held_until is not None
    assert calls[1]["started_ms"] >= held_until.timestamp() * 1000
    limited.reckon().assert_whole()
    free.reckon().assert_whole()


def test_f6_garbled_slow_and_hanging_answers_free_the_worker_in_time(ground: Ground) -> None:
    stage = stage_of(ground, 8)
    longest = float(ground.environment["RABTA_CALL_SECONDS"])
    for name, group, options in (
        ("hang", "read", {}),
        ("slow", "read", {"ms": 60_000, "drip": True}),
        ("garble", "read", {}),
        ("hang", "write", {}),
        ("slow", "write", {"ms": 60_000}),
        ("slow", "write", {"ms": 60_000, "drip": True}),
        ("garble", "write", {}),
    ):
        stage.complain(f"{name} {group} {options}")
        if group == "write":
            stage.answer(f"Answer to {name} {options}.", thread=len(stage.replies))
        switch = trouble(ground, stage, name, group=group, next=1, options=options)
        with tenant(stage.workspace.pk):
            make_due(channel_id=stage.ids["channel_id"])
            # Each trouble is looked at alone; that several in a row let the channel rest, tests/flows/test_resting.py shows.
            Channel.objects.update(failures=0, rests_until=None)
        began = time.monotonic()
        ground.children.must("deliver" if group == "write" else "pull", **stage.here)
        # One call for the trouble, and for readers a second list.
        assert time.monotonic() - began < 2 * longest + 2
        assert clear(ground, switch)["fired"] == 1
    settle(ground, stage)
    stage.reckon().assert_whole()


def test_f7_a_sign_in_that_runs_out_amid_the_queue_is_renewed_once(ground: Ground) -> None:
    stage = stage_of(ground, some(REPLIES, 2))
    answer_all(stage, some(REPLIES, 2))
    stage.complain("one more while nobody is signed in")
    ground.network.call("POST", "/tokens/expire", account=stage.brand)
    slow = trouble(ground, stage, "slow", group="token", options={"ms": 300})
    settle(ground, stage, workers=4)
    clear(ground, slow)
    assert len(ground.network.ledger(kind="refresh", account=stage.brand)) == 1
    stage.reckon().assert_whole()


def test_f7_who_waited_for_a_renewal_goes_on_with_its_tokens(ground: Ground) -> None:
    """Reading the old tokens and then waiting for the claim would use up a refresh token that is already used."""
    stage = stage_of(ground, 1)
    answer_all(stage, 1)
    ground.network.call("POST", "/tokens/expire", account=stage.brand)
    ground.until(lambda: due(stage))
    with tenant(stage.workspace.pk):
        channel = Channel.objects.select_for_update().get()
        credentials.store_tokens(channel=channel, tokens=Tokens(secrets=stage.tokens()))
        refused = ground.children.start("pull", **stage.here)
        ground.until(somebody_waits_for_a_lock)
    assert ground.children.wait(refused) == 0
    settle(ground, stage)
    assert ground.network.ledger(kind="refresh", account=stage.brand) == []
    stage.reckon().assert_whole()


@pytest.mark.parametrize("point", ["access.open.after_commit", "send.check.after_commit", "send.post.before_call"])
def test_f8_a_sender_frozen_past_its_lease_sends_nothing_stale(ground: Ground, point: str) -> None:
    stage = stage_of(ground, 2)
    answer_all(stage, 2)
    once = ground.folder / f"frozen-{point}"
    once.mkdir()
    frozen = ground.children.start("deliver", points=f"{point}:stop", once=str(once), **stage.here)
    ground.children.until_frozen(frozen)
    settle(ground, stage)
    posted = len(requests_of(ground, stage, "create"))
    os.kill(frozen, signal.SIGCONT)
    assert ground.children.wait(frozen) == 0
    assert len(requests_of(ground, stage, "create")) == posted == 2
    stage.reckon().assert_whole()


@pytest.mark.parametrize("point", ["refresh.claim.after_commit", "refresh.call.before_call"])
def test_f8_a_renewal_frozen_past_its_lease_uses_up_no_tokens(ground: Ground, point: str) -> None:
    stage = stage_of(ground, 2)
    answer_all(stage, 2)
    ground.network.call("POST", "/tokens/expire", account=stage.brand)
    once = ground.folder / f"frozen-{point}"
    once.mkdir()
    frozen = ground.children.start("deliver", points=f"{point}:stop", once=str(once), **stage.here)
    ground.children.until_frozen(frozen)
    settle(ground, stage)
    os.kill(frozen, signal.SIGCONT)
    assert ground.children.wait(frozen) == 0
    assert len(ground.network.ledger(kind="refresh", account=stage.brand)) == 1
    stage.complain("the sign-in still works")
    settle(ground, stage)
    stage.reckon().assert_whole()


def test_looking_for_deletions_bears_any_answer(ground: Ground) -> None:
    stage = stage_of(ground, 1)
    brand = f"/people/{stage.brand}"

    def look() -> int:
        with tenant(stage.workspace.pk):
            Pull.objects.update(rechecked_at=None)
        return rechecking.recheck(**stage.ids, slug="x")

    ground.network.call("PATCH", brand, suspended=True)
    assert look() == 0
    ground.network.call("PATCH", brand, suspended=False)
    for name in ("401", "429", "500", "html", "garble", "null"):
        switch = trouble(ground, stage, name, group="read", next=1)
        assert look() == 0
        clear(ground, switch)
    ground.network.call("POST", "/tokens/expire", account=stage.brand)
    with tenant(stage.workspace.pk):
        Channel.objects.update(renewing_until=database_now() + timedelta(seconds=2))
    assert look() == 0
    ground.network.call("DELETE", f"/posts/{stage.mentions[0]}")
    ground.until(lambda: look() == 1)
    stage.reckon().assert_whole()


def test_f12_the_same_items_again_and_again_shuffled_stand_once(ground: Ground) -> None:
    stage = stage_of(ground)
    switches = [
        trouble(ground, stage, "twice", group="read", options={"mode": "item"}),
        trouble(ground, stage, "twice", group="dm", options={"mode": "page"}, probability=0.5),
        trouble(ground, stage, "reorder", group="read"),
        trouble(ground, stage, "hold", group="read", probability=0.3, options={"ms": 1500}),
    ]
    for number in range(MENTIONS):
        stage.complain(f"complaint {number}")
    stage.whisper("and in private")
    settle(ground, stage, workers=3)
    edited = ground.network.call("PATCH", f"/posts/{stage.mentions[5]}", text=f"@{stage.brand} newest words")
    settle_until(ground, lambda: newest(stage, stage.mentions[5]) == edited["text"])
    for switch in switches:
        clear(ground, switch)
    stage.reckon().assert_whole()


def test_f12_a_webhook_five_times_at_once_and_shuffled_stands_once(ground: Ground) -> None:
    secret = "a-secret-of-the-shop-desk"
    workspace = make_workspace("Handed over", owner=make_user("desk@faults.example", name="Desk"))
    values = {"name": "five-times", "secret": secret}
    channel = connect_with_tokens(network="custom", values=values, workspace_id=workspace.pk, actor_id=None)
    rows = [{"id": f"m{number}", "text": f"message {number}", "sent_at": "2026-11-01T10:00:00Z"} for number in range(MENTIONS)]
    bodies = [json.dumps({"items": random.Random(SEED + turn).sample(rows, len(rows))}) for turn in range(5)]
    place = {"key": channel.hook_key, "secret": secret}
    pids = [ground.children.start("hand_over", **place, body=body) for body in bodies]
    ends = [ground.children.wait(pid) for pid in pids]
    assert ends == [0] * 5, ground.children.tail()
    ground.children.must("work", workspace=workspace.pk)
    with tenant(workspace.pk):
        assert sorted(Message.objects.values_list("body", flat=True)) == sorted(str(row["text"]) for row in rows)


def test_f13_what_was_deleted_before_it_was_stored_stays_deleted(ground: Ground) -> None:
    stage = stage_of(ground, 2)
    gone = ground.network.post(stage.customer, f"@{stage.brand} I take this back")
    ground.until(lambda: due(stage))
    ground.children.must("pull", **stage.here)
    ground.network.call("DELETE", f"/posts/{gone['id']}")
    with tenant(stage.workspace.pk):
        Pull.objects.update(rechecked_at=None)
    assert rechecking.recheck(**stage.ids, slug="x") == 1
    settle(ground, stage)
    with tenant(stage.workspace.pk):
        assert not Message.objects.filter(external_id=gone["id"], deleted_at=None).exists()
    assert gone["id"] not in stage.reckon().arrived
    stage.reckon().assert_whole()


def test_f15_of_two_pollers_of_one_channel_one_is_at_work(ground: Ground) -> None:
    stage = stage_of(ground)
    # One page of X's: whoever asks, asks once.
    for number in range(min(MENTIONS, 90)):
        stage.complain(f"complaint {number}")
    switch = trouble(ground, stage, "slow", group="read", options={"ms": 700})
    pids = [ground.children.start("pull", **stage.here) for _ in range(4)]
    assert [ground.children.wait(pid) for pid in pids] == [0] * 4
    assert len(requests_of(ground, stage, "mentions")) == 1
    clear(ground, switch)
    settle(ground, stage)
    stage.reckon().assert_whole()


def test_f16_what_becomes_visible_late_and_out_of_order_is_caught(ground: Ground) -> None:
    stage = stage_of(ground, 1)
    switch = trouble(ground, stage, "hold", group="read", probability=0.3, options={"ms": 4000})
    shuffle = trouble(ground, stage, "reorder", group="read")
    for number in range(MENTIONS):
        stage.complain(f"complaint {number}")
    ground.until(lambda: due(stage))
    ground.children.must("work", workspace=stage.workspace.pk)
    held = [why for why in stage.unsettled() if "not arrived" in why]
    assert held, "nothing was held back: the test shows nothing"
    settle(ground, stage)
    clear(ground, switch)
    clear(ground, shuffle)
    stage.reckon().assert_whole()


def test_a_duplicate_refusal_is_a_reason_to_read_back(ground: Ground) -> None:
    """A worker died after the network took the reply, and read-back did not show it yet: X's own check is the last wall."""
    stage = stage_of(ground, 1)
    answer_all(stage, 1)
    once = ground.folder / "once-duplicate"
    once.mkdir()
    assert ground.children.run("deliver", points="send.post.after_call", once=str(once), **stage.here) == -signal.SIGKILL
    with tenant(stage.workspace.pk):
        Delivery.objects.update(state="queued", leased_until=None)
    ground.children.must("deliver", **stage.here)
    with tenant(stage.workspace.pk):
        assert Delivery.objects.get().error_code == "duplicate"
    settle(ground, stage)
    stage.reckon().assert_whole()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def due(stage: Stage) -> bool:
    """Whether the channel's turn to be read has come."""
    with tenant(stage.workspace.pk):
        return Pull.objects.get().due_at <= database_now()
