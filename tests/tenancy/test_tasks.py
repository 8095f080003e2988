"""Background jobs: with another workspace's ids they find nothing to do, with their own they do it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app

from core.clock import now
from core.jobs import TenantTask
from core.tenancy import tenant
from inbox.models import BulkItem, BulkRun, Conversation, ConversationCount, PlannedReply, Survey
from inbox.services import replies, triage
from notifications.models import Notification
from social.models import BackfillRun, Channel, Credential, DeedRow, Delivery, FileRoom, Pull, Subscription
from social.networks.values import Deed, DeedKind
from social.services import deeds
from social.services.connecting import connect_with_tokens
from tests.inbox.factories import post, store
from tests.social.networks.servers import Practice
from tests.tenancy.world import World, fingerprint, undone

pytestmark = pytest.mark.django_db
ROOMS = ("activity", "social", "inbox", "crm", "accounts", "core", "search", "notifications")


@pytest.fixture
def channel(connected_world: World, practice: Practice) -> Channel:
    """An account of Meridian that really answers."""
    practice.person("ayesha")
    return connect_with_tokens(
        network="x", values=practice.tokens("brand"), workspace_id=connected_world.cast.meridian.pk, actor_id=None
    )


@pytest.fixture
def practice(_practice: Practice, settings: Any) -> Practice:
    """The practice network; what settles, settles at once."""
    _practice.reset()
    settings.PRACTICE_URL = settings.X_API_BASE = _practice.url
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.SETTLE_SECONDS = 0.01
    return _practice


def something_to_read(world: World, channel: Channel) -> None:
    world.practice.post("ayesha", "@brand anybody there?")
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(due_at=now() - timedelta(seconds=1), leased_until=None)


def something_to_digest(world: World, channel: Channel) -> None:
    store(channel, post(channel, "@brand anybody there?"))


def something_to_send(world: World, channel: Channel, state: str = "queued") -> None:
    """A reply that is due, to a post that is really there."""
    identifier = world.practice.post("ayesha", "@brand anybody there?")
    told = post(channel, "@brand anybody there?")
    told["post"]["id"] = told["post"]["conversation_id"] = identifier
    told["post"]["edit_history_tweet_ids"] = [identifier]
    store(channel, told)
    ours()["inbox.tasks.ingest"](channel.workspace_id, channel.pk)
    with tenant(channel.workspace_id):
        thread = Conversation.objects.get(channel=channel, thread_key=identifier)
        message = replies.reply(member=world.cast.member("owner"), conversation_id=thread.pk, body="Yes.", undo_seconds=0)
        past = now() - timedelta(seconds=1)
        Delivery.objects.filter(pk=message.delivery_id).update(
            state=state, not_before=past, attempted_at=past, first_attempted_at=past, attempts=1
        )


def something_unknown(world: World, channel: Channel) -> None:
    something_to_send(world, channel, state="unknown")


def something_read(world: World, channel: Channel) -> None:
    something_to_digest(world, channel)
    ours()["inbox.tasks.ingest"](channel.workspace_id, channel.pk)
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(rechecked_at=None, items_total=1)


def something_missed(world: World, channel: Channel) -> None:
    world.practice.post("ayesha", "@brand anybody there?")


def something_sent(world: World, channel: Channel) -> None:
    something_to_send(world, channel, state="sent")
    with tenant(channel.workspace_id):
        past = now() - timedelta(minutes=30)
        newest = Delivery.objects.filter(channel=channel).latest("id").pk
        Delivery.objects.filter(pk=newest).update(external_id=world.practice.post("ayesha", "still there"), settled_at=past)


def something_older(world: World, channel: Channel) -> None:
    """A reading back has begun, and no poll is in its way."""
    world.practice.post("ayesha", "@brand anybody there?")
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(leased_until=None)
        past = now() - timedelta(seconds=1)
        BackfillRun.objects.create(
            channel=channel, since=now() - timedelta(days=1), state="running", due_at=past, started_at=past
        )


def run_of(channel: Channel) -> int:
    with tenant(channel.workspace_id):
        return BackfillRun.objects.get(channel=channel).pk


def something_ending(world: World, channel: Channel) -> None:
    """A sign-in that ends soon, and that only its owner renews."""
    with tenant(channel.workspace_id):
        Credential.objects.filter(channel=channel, field="refresh_token").delete()
        Credential.objects.filter(channel=channel).update(expires_at=now() + timedelta(days=2))


def something_counted(world: World, channel: Channel) -> None:
    with tenant(channel.workspace_id):
        ConversationCount.objects.bulk_create(
            [ConversationCount(channel_id=channel.pk, status="open", number=number) for number in (1, -1, 1)]
        )


def something_planned(world: World, channel: Channel) -> None:
    """A planned reply whose time has come."""
    with tenant(channel.workspace_id):
        PlannedReply.objects.update(send_at=now() - timedelta(seconds=1))


def something_said(world: World, channel: Channel) -> None:
    something_to_send(world, channel)


def something_hubs_know(world: World, channel: Channel) -> None:
    """A hub that is asked at once; that X knows none is what becomes known."""
    moment = now() - timedelta(seconds=1)
    with tenant(channel.workspace_id):
        Subscription.objects.create(
            channel=channel, hub="https://hub.example/", topic="https://blog.example/", address="https://us.example/", due_at=moment
        )


def something_aging(world: World, channel: Channel) -> None:
    with tenant(channel.workspace_id):
        FileRoom.objects.update_or_create(defaults={"keep_days": 30})


def something_told(world: World, channel: Channel) -> None:
    something_to_send(world, channel)


def something_to_like(world: World, channel: Channel) -> None:
    """A post that is really there, and that somebody here likes."""
    identifier = world.practice.post("ayesha", "@brand anybody there?")
    with tenant(channel.workspace_id):
        deeds.ask(channel=channel, deed=Deed(DeedKind.LIKE, identifier, "public", ours=False), before="", actor_id=None)
        DeedRow.objects.update(not_before=now() - timedelta(seconds=1))


def something_to_mail(world: World, channel: Channel) -> None:
    """A mail about what a member did not read is due."""
    with tenant(channel.workspace_id):
        Notification.objects.filter(read_at=None).update(mail_at=now() - timedelta(seconds=1))


def something_asleep(world: World, channel: Channel) -> None:
    """A conversation that should be awake."""
    with tenant(channel.workspace_id):
        past = now() - timedelta(seconds=1)
        Conversation.objects.filter(pk=world.desk.private.pk).update(status="snoozed", snoozed_until=past)


def somebody_to_ask(world: World, channel: Channel) -> None:
    """A customer whose conversation was resolved."""
    with tenant(channel.workspace_id):
        Survey.objects.update(sent_at=now() - timedelta(days=99))
        triage.set_status(member=world.desk.member, conversation_id=world.desk.private.pk, status="resolved")
        Survey.objects.filter(state="waiting").update(due_at=now() - timedelta(seconds=1))


def something_begun(world: World, channel: Channel) -> None:
    """A deed on many conversations whose worker died at once."""
    with tenant(channel.workspace_id):
        run = BulkRun.objects.create(
            author=world.desk.member, action="priority", given={"priority": 3, "spare": False}, total=1, created_at=now()
        )
        BulkItem.objects.create(run=run, conversation=world.desk.private)


def bulk_of(channel: Channel) -> int:
    with tenant(channel.workspace_id):
        return BulkRun.objects.latest("id").pk


#: Job → what gives it something to do, and its arguments after the workspace.
JOBS: dict[str, tuple[Callable[[World, Channel], None], Callable[[Channel], tuple[Any, ...]]]] = {
    "social.tasks.pull": (something_to_read, lambda channel: (channel.pk,)),
    "social.tasks.deliver": (something_to_send, lambda channel: (channel.pk,)),
    "social.tasks.act": (something_to_like, lambda channel: (channel.pk,)),
    "social.tasks.settle": (something_unknown, lambda channel: (channel.pk,)),
    "social.tasks.recheck": (something_read, lambda channel: (channel.pk, channel.network)),
    "social.tasks.check_gaps": (something_missed, lambda channel: (channel.pk,)),
    "social.tasks.reconcile": (something_sent, lambda channel: (channel.pk,)),
    "social.tasks.read_back": (something_older, lambda channel: (run_of(channel),)),
    "social.tasks.watch": (something_ending, lambda channel: ()),
    "social.tasks.subscribe": (something_hubs_know, lambda channel: (channel.pk,)),
    "social.tasks.age_files": (something_aging, lambda channel: ()),
    "inbox.tasks.ingest": (something_to_digest, lambda channel: (channel.pk,)),
    "inbox.tasks.send_planned": (something_planned, lambda channel: ()),
    "inbox.tasks.fold_counts": (something_counted, lambda channel: ()),
    "inbox.tasks.ask": (somebody_to_ask, lambda channel: ()),
    "inbox.tasks.wake": (something_asleep, lambda channel: ()),
    "inbox.tasks.bulk": (something_begun, lambda channel: (bulk_of(channel),)),
    "search.tasks.index": (something_said, lambda channel: ()),
    "notifications.tasks.send_digests": (something_to_mail, lambda channel: ()),
    "activity.tasks.deliver": (something_told, lambda channel: ("delivery_states",)),
}
#: Speaks with a network and writes nothing: a hub is told that nobody listens any more.
FAREWELL = "social.tasks.unsubscribe"
SWEEPS = {
    "social.tasks.sweep_subscriptions",
    "social.tasks.sweep_ears",
    "social.tasks.sweep_files",
    "social.tasks.sweep_due_channels",
    "social.tasks.sweep_deliveries",
    "social.tasks.sweep_deeds",
    "social.tasks.sweep_rechecks",
    "social.tasks.sweep_gap_checks",
    "social.tasks.sweep_reconciles",
    "social.tasks.sweep_backfills",
    "social.tasks.sweep_watches",
    "inbox.tasks.sweep_stored_items",
    "inbox.tasks.sweep_counts",
    "inbox.tasks.sweep_planned",
    "inbox.tasks.sweep_sleepers",
    "inbox.tasks.sweep_bulk",
    "inbox.tasks.sweep_surveys",
    "activity.tasks.sweep_events",
    "search.tasks.sweep_due",
    "notifications.tasks.sweep_digests",
}


def ours() -> dict[str, Any]:
    current_app.loader.import_default_modules()
    return {name: task for name, task in current_app.tasks.items() if name.partition(".")[0] in ROOMS}


def test_every_job_is_in_the_table() -> None:
    assert {name for name, task in ours().items() if isinstance(task, TenantTask)} == {*JOBS, FAREWELL}
    assert {name for name, task in ours().items() if not isinstance(task, TenantTask)} == SWEEPS


def test_another_workspaces_ids_are_nothing_to_do(connected_world: World, channel: Channel) -> None:
    world = connected_world
    mine, theirs = world.cast.meridian.pk, world.cast.outside.pk
    for name, (give, arguments) in JOBS.items():
        with undone():
            give(world, channel)
            before = fingerprint(mine)
            theirs_before = fingerprint(theirs)
            ours()[name](theirs, *arguments(channel))
            assert fingerprint(mine) == before, f"{name} changed another workspace's rows"
            if arguments(channel)[:1] == (channel.pk,):
                assert fingerprint(theirs) == theirs_before, f"{name} wrote about another workspace's channel"
            ours()[name](mine, *arguments(channel))
            assert fingerprint(mine) != before, f"{name} had nothing to do: this test proves nothing"


def test_a_farewell_writes_nothing_and_knows_only_its_own_channels(connected_world: World, channel: Channel) -> None:
    before = connected_world.state()
    for workspace in (connected_world.cast.outside, connected_world.cast.meridian):
        ours()[FAREWELL](workspace.pk, channel.pk, "https://hub.example/", "https://blog.example/")
    assert connected_world.state() == before


def test_sweeps_only_ring(connected_world: World, channel: Channel) -> None:
    world = connected_world
    for give, _arguments in JOBS.values():
        give(world, channel)
    before = world.state()
    for name in sorted(SWEEPS):
        ours()[name]()
    assert world.state() == before


@pytest.mark.parametrize("given", [(), ("1",), (None,), ({"id": 1},), (1.5,)])
def test_a_job_without_a_workspace_refuses(given: tuple[Any, ...]) -> None:
    for name in (*JOBS, FAREWELL):
        with pytest.raises(TypeError):
            ours()[name](*given)
