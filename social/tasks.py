"""Bells of this room. Each job is safe to run twice and at the same time: its service claims what it does."""

from celery import shared_task

from core.jobs import TenantTask, backlog, ring
from social.networks.hubs import Hub
from social.services import (
    aging,
    backfilling,
    deeds,
    delivering,
    ears,
    gaps,
    pulling,
    rechecking,
    reconciling,
    settling,
    subscribing,
    watching,
)

#: So many bells of a queue may lie there unheard; the sweeps ring for no more. Rung twice they only stand in each other's way.
BELLS = 100


@shared_task(base=TenantTask)
def pull(workspace_id: int, channel_id: int) -> None:
    """Read one channel."""
    pulling.pull(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def subscribe(workspace_id: int, channel_id: int) -> None:
    """Ask one channel's hub to call."""
    subscribing.subscribe(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def unsubscribe(workspace_id: int, channel_id: int, hub: str, topic: str) -> None:
    """Ask the hub of a disconnected channel to call no longer."""
    subscribing.unsubscribe(workspace_id=workspace_id, channel_id=channel_id, hub=Hub(hub, topic))


@shared_task(base=TenantTask)
def deliver(workspace_id: int, channel_id: int) -> None:
    """Send what is due on one channel."""
    delivering.deliver(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def settle(workspace_id: int, channel_id: int) -> None:
    """Read back what nobody knows about on one channel."""
    settling.settle(workspace_id=workspace_id, channel_id=channel_id)
    delivering.deliver(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def act(workspace_id: int, channel_id: int) -> None:
    """Do what is due to messages of one channel."""
    deeds.act(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def recheck(workspace_id: int, channel_id: int, network: str) -> None:
    """Look for deletions on one channel."""
    rechecking.recheck(workspace_id=workspace_id, channel_id=channel_id, slug=network)


@shared_task(base=TenantTask)
def check_gaps(workspace_id: int, channel_id: int) -> None:
    """Read the last days of one channel again."""
    gaps.check(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def reconcile(workspace_id: int, channel_id: int) -> None:
    """Compare what was sent through one channel with the network."""
    reconciling.reconcile(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def read_back(workspace_id: int, run_id: int) -> None:
    """Read one page of a channel's past."""
    backfilling.read_back(workspace_id=workspace_id, run_id=run_id)


@shared_task(base=TenantTask)
def watch(workspace_id: int) -> None:
    """Look for channels that are strangely silent, and for sign-ins that end soon."""
    watching.watch(workspace_id=workspace_id)


@shared_task(base=TenantTask)
def age_files(workspace_id: int) -> None:
    """Remove files that are older than a workspace keeps them."""
    aging.age(workspace_id=workspace_id)


@shared_task
def sweep_due_channels() -> None:
    """Ring for channels whose turn it is."""
    for workspace_id, channel_id in pulling.due_channels(limit=max(BELLS - backlog("pull"), 0)):
        ring("social.tasks.pull", workspace_id, channel_id)


@shared_task
def sweep_subscriptions() -> None:
    """Ring for channels whose hub should be asked to call, the first time or again."""
    for workspace_id, channel_id in subscribing.due():
        ring("social.tasks.subscribe", workspace_id, channel_id)


@shared_task
def sweep_ears() -> None:
    """Let channels be polled as ever whose listener died and that nobody took over."""
    ears.sweep()


@shared_task
def sweep_deliveries() -> None:
    """Ring for what is due in the outbox, expired senders included."""
    for workspace_id, channel_id, work in delivering.due_deliveries(limit=max(BELLS - backlog("send"), 0)):
        ring(f"social.tasks.{work}", workspace_id, channel_id)


@shared_task
def sweep_deeds() -> None:
    """Ring for channels on whose messages something is to be done, left by a dead worker included."""
    for workspace_id, channel_id in deeds.due_deeds(limit=max(BELLS - backlog("send"), 0)):
        ring("social.tasks.act", workspace_id, channel_id)


@shared_task
def sweep_rechecks() -> None:
    """Ring for channels whose recent posts may have been deleted."""
    for workspace_id, channel_id, network in rechecking.due_rechecks(limit=max(BELLS - backlog("slow"), 0)):
        ring("social.tasks.recheck", workspace_id, channel_id, network)


@shared_task
def sweep_gap_checks() -> None:
    """Ring for channels whose last days should be read again."""
    for workspace_id, channel_id in gaps.due_checks():
        ring("social.tasks.check_gaps", workspace_id, channel_id)


@shared_task
def sweep_reconciles() -> None:
    """Ring for channels whose sent messages should be looked for."""
    for workspace_id, channel_id in reconciling.due_reconciles():
        ring("social.tasks.reconcile", workspace_id, channel_id)


@shared_task
def sweep_backfills() -> None:
    """Ring for every channel that is being read back and may go on."""
    for workspace_id, run_id in backfilling.due_backfills():
        ring("social.tasks.read_back", workspace_id, run_id)


@shared_task
def sweep_watches() -> None:
    """Ring for every workspace with channels to watch."""
    for workspace_id in watching.watched_workspaces():
        ring("social.tasks.watch", workspace_id)


@shared_task
def sweep_files() -> None:
    """Ring for every workspace whose files' ages were not looked at today."""
    for workspace_id in aging.aging_workspaces():
        ring("social.tasks.age_files", workspace_id)
