"""What a child process does before it is killed, or after another one was: the bodies of the worker's jobs, in the worker's order.

Work is found by the sweeps' doors alone, never by a bell: so whatever goes on after a kill goes on without the broker.
"""

import contextlib
import os
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.db import DatabaseError, InterfaceError, connection
from django.test import Client

from accounts.models import Membership
from activity import tasks as activity_tasks
from activity.services import fan_out
from activity.subscribers import subscribers
from core.clock import now
from core.tenancy import tenant
from inbox import tasks as inbox_tasks
from inbox.services import counting
from inbox.services.attached import attached
from inbox.services.attaching import attach
from social import tasks as social_tasks
from social.networks import _custom_wire
from social.networks.fates import Fate
from social.networks.values import Hook
from social.services import (
    aging,
    backfilling,
    chatting,
    connecting,
    deeds,
    delivering,
    gaps,
    hooks,
    pulling,
    rechecking,
    reconciling,
    rotating,
    signing_in,
)
from tests.pictures import picture

#: More than any test makes: a sweep's page is never the reason why something is late.
MANY = 10_000


def work(*, workspace: int | None = None, seconds: float = 0.0, until_killed: bool = False) -> None:
    """Do what is due, once or for `seconds`; only in one workspace if it is named.

    With `until_killed` the process is expected to die meanwhile; coming to the end of `seconds` is then a failure.
    """
    deadline = time.monotonic() + seconds
    while True:
        _round(workspace)
        if time.monotonic() >= deadline:
            break
        time.sleep(0.05)
    if until_killed:
        raise AssertionError("the failpoint was never reached")


def _round(workspace: int | None) -> None:
    here = [(w, c) for w, c in pulling.due_channels(limit=MANY) if workspace in (None, w)]
    for w, c in here:
        social_tasks.pull(w, c)
    for w, c in counting.stored_channels(limit=MANY):
        if workspace in (None, w):
            inbox_tasks.ingest(w, c)
    for w, run in backfilling.due_backfills(limit=MANY):
        if workspace in (None, w):
            social_tasks.read_back(w, run)
    _send(workspace)
    for w, c in deeds.due_deeds(limit=MANY):
        if workspace in (None, w):
            social_tasks.act(w, c)
    for w, c, network in rechecking.due_rechecks(limit=MANY):
        if workspace in (None, w):
            social_tasks.recheck(w, c, network)
    for w, c in gaps.due_checks(limit=MANY):
        if workspace in (None, w):
            social_tasks.check_gaps(w, c)
    for w, c in reconciling.due_reconciles(limit=MANY):
        if workspace in (None, w):
            social_tasks.reconcile(w, c)
    _tell(workspace)


def _send(workspace: int | None) -> None:
    for w, c, what in delivering.due_deliveries(limit=MANY):
        if workspace in (None, w):
            (social_tasks.settle if what == "settle" else social_tasks.deliver)(w, c)
    _tell(workspace)


def _tell(workspace: int | None) -> None:
    for subscriber in subscribers():
        for w in fan_out.pending(subscriber, limit=MANY):
            if workspace in (None, w):
                activity_tasks.deliver(w, subscriber)


def toil(*, seconds: float, until: str) -> None:
    """Do what is due until a file appears, as a worker whose database comes and goes: a job that fails is for the next round."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not os.path.exists(until):
        try:
            _round(None)
        except (DatabaseError, InterfaceError) as error:
            print(f"a round failed: {error!r}"[:300])
            connection.close()
        time.sleep(0.05)


def click_on(*, url: str, token: str, name: str, number: int, seconds: float, acknowledged: str) -> None:
    """Ask for `number` replies, each again with its key until it is acknowledged; write down which were, when they were."""
    browser = requests.Session()
    browser.headers["Authorization"] = f"Bearer {token}"
    deadline = time.monotonic() + seconds
    for turn in range(number):
        text = {"kind": "reply", "body": f"Answer {turn} of {name}."}
        while True:
            said = "no answer"
            with contextlib.suppress(requests.RequestException):
                answer = browser.post(url, json=text, headers={"Idempotency-Key": f"{name}-{turn}"}, timeout=20)
                if answer.status_code in (200, 201):
                    break
                said = answer.text[:1000]
                assert answer.status_code >= 500, (answer.status_code, said)
            assert time.monotonic() < deadline, f"clicks were refused to the end: {said}"
            time.sleep(0.1)
        with open(acknowledged, "a", encoding="utf-8") as kept:
            kept.write(f"{turn}\n")
        time.sleep(0.1)


def deliver(*, workspace: int, channel: int, settling: bool = False) -> None:
    """One sender, for tests of two at once; the log is read after."""
    (social_tasks.settle if settling else social_tasks.deliver)(workspace, channel)
    _tell(workspace)


def act(*, workspace: int, channel: int) -> None:
    """One worker does what is due to messages."""
    social_tasks.act(workspace, channel)


def pull(*, workspace: int, channel: int) -> None:
    """One reader."""
    social_tasks.pull(workspace, channel)


def connect(*, workspace: int, values: dict[str, str]) -> None:
    """An admin pastes tokens."""
    connecting.connect_with_tokens(network="x", values=values, workspace_id=workspace, actor_id=None)


def sign_in(*, workspace: int, slug: str, user: int, account: str, callback: str, channel: int | None = None) -> None:
    """An admin signs in on the network's own page and comes back."""
    from tests.practice.test_oauth import consent

    redirect = f"{callback}/connect/x"
    at: dict[str, Any] = {"slug": slug, "workspace_id": workspace, "user_id": user, "channel_id": channel}
    url, ticket = signing_in.begin(network="x", redirect_uri=redirect, **at)
    square = SimpleNamespace(base=os.environ["X_API_BASE"])
    back = consent(square, url, account=account, decision="allow")  # type: ignore[arg-type]
    answer = parse_qs(urlsplit(back.headers["location"]).query)
    signing_in.finish(
        ticket=ticket,
        state=answer["state"][0],
        code=answer["code"][0],
        redirect_uri=redirect,
        workspace_id=workspace,
        user_id=user,
        actor_id=None,
    )


def begin_elsewhere(*, workspace: int, slug: str, user: int, callback: str) -> None:
    """An admin names a server and is sent to its sign-in page."""
    at: dict[str, Any] = {"slug": slug, "workspace_id": workspace, "user_id": user, "redirect_uri": f"{callback}/connect/mastodon"}
    signing_in.begin(network="mastodon", values={"instance": "toots.example"}, **at)


def click(*, url: str, token: str, key: str, body: str) -> None:
    """A program, or a page, asks for a reply through the API. The whole request, as the web process runs it."""
    answer = Client(SERVER_NAME="localhost").post(
        url,
        {"kind": "reply", "body": body},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )
    assert answer.status_code in (200, 201), (answer.status_code, answer.content)


def reseal(*, workspace: int, keys: str) -> None:
    """Rotate the keys of secrets."""
    from django.conf import settings

    settings.FIELD_KEYS = keys
    rotating.reseal(workspace_id=workspace)


def watch(*, workspace: int) -> None:
    """Look for channels that are strangely silent."""
    social_tasks.watch(workspace)


def fold(*, workspace: int) -> None:
    """Sum counters up."""
    inbox_tasks.fold_counts(workspace)


def wake(*, workspace: int) -> None:
    """Wake what has slept long enough."""
    inbox_tasks.wake(workspace)


def ask(*, workspace: int) -> None:
    """Ask customers how it was."""
    inbox_tasks.ask(workspace)


def send_planned(*, workspace: int) -> None:
    """Send what is planned and due."""
    inbox_tasks.send_planned(workspace)


def go_on(*, workspace: int, run: int) -> None:
    """Go on with a deed on many conversations."""
    inbox_tasks.bulk(workspace, run)


def retry_event(*, workspace: int, set_aside: int) -> None:
    """An admin tries an event that was set aside once more."""
    fan_out.retry_set_aside(workspace_id=workspace, set_aside_id=set_aside)


def hand_over(*, key: str, secret: str, body: str) -> None:
    """A system of the company calls a channel's webhook."""
    stamp = int(now().timestamp())
    headers = {_custom_wire.SIGNATURE.lower(): _custom_wire.sign(secret, body.encode(), at=stamp)}
    hooks.receive(key=key, hook=Hook(headers, body.encode()))


def chat(*, key: str, token: str, texts: list[str]) -> None:
    """A visitor's widget says its lines, each with an id of its own, then looks at the thread."""
    place = chatting.enter(key=key, origin="https://shop.example")
    person = chatting.person_of(place, {"token": token})
    for number, text in enumerate(texts):
        chatting.say(place, person, address="192.0.2.1", given={"id": f"line-{number:04}", "text": text})
    assert chatting.thread_of(place, person)
    chatting.seen(place, person, number=len(texts))
    lines, _more = chatting.read(place, person, address="192.0.2.1", after=0)
    assert [line.text for line in lines if not line.ours] == texts


def look(*, workspace: int, message: int) -> None:
    """A reader's page asks for what hangs on a message."""
    attached(workspace_id=workspace, message_id=message, number=0)


def choose(*, workspace: int, member: int, conversation: int) -> None:
    """A member's page hands over a file for a reply."""
    with tenant(workspace):
        whose = Membership.objects.select_related("user").get(id=member)
    attach(member=whose, conversation_id=conversation, name="parcel.png", content=picture())


def age(*, workspace: int) -> None:
    """The daily look at the ages of a workspace's files."""
    aging.age(workspace_id=workspace)


def learn(*, workspace: int, channel: int, told: list[list[str]]) -> None:
    """A network tells what became of what we sent: id, key, reason, code."""
    fates = [Fate(external_id=external_id, key=key, reason=reason, code=code) for external_id, key, reason, code in told]
    delivering.learn(workspace_id=workspace, channel_id=channel, fates=fates)


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job
    for job in (
        work, toil, deliver, act, pull, connect, sign_in, begin_elsewhere, click, click_on, reseal, watch, fold, wake, ask,
        send_planned, retry_event, go_on,
        hand_over, chat, learn, look, choose, age,
    )
}
