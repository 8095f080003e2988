"""Bells of this room. Each job is safe to run twice and at the same time: its service claims what it does."""

from celery import shared_task

from core.jobs import TenantTask, ring
from social.services import backfilling, delivering, pulling, rechecking, watching


@shared_task(base=TenantTask)
def pull(workspace_id: int, channel_id: int) -> None:
    """Read one channel."""
    pulling.pull(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def deliver(workspace_id: int, channel_id: int) -> None:
    """Send what is due on one channel."""
    delivering.deliver(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def settle(workspace_id: int, channel_id: int) -> None:
    """Read back what nobody knows about on one channel."""
    delivering.settle(workspace_id=workspace_id, channel_id=channel_id)
    delivering.deliver(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def recheck(workspace_id: int, channel_id: int, network: str) -> None:
    """Look for deletions on one channel."""
    rechecking.recheck(workspace_id=workspace_id, channel_id=channel_id, slug=network)


@shared_task(base=TenantTask)
def read_back(workspace_id: int, run_id: int) -> None:
    """Read one page of a channel's past."""
    backfilling.read_back(workspace_id=workspace_id, run_id=run_id)


@shared_task(base=TenantTask)
def watch(workspace_id: int) -> None:
    """Look for channels that are strangely silent, and for sign-ins that end soon."""
    watching.watch(workspace_id=workspace_id)


@shared_task
def sweep_due_channels() -> None:
    """Ring for every channel whose turn it is."""
    for workspace_id, channel_id in pulling.due_channels():
        ring("social.tasks.pull", workspace_id, channel_id)


@shared_task
def sweep_deliveries() -> None:
    """Ring for everything in the outbox that is due, expired senders included."""
    for workspace_id, channel_id, work in delivering.due_deliveries():
        ring(f"social.tasks.{work}", workspace_id, channel_id)


@shared_task
def sweep_rechecks() -> None:
    """Ring for channels whose recent posts may have been deleted."""
    for workspace_id, channel_id, network in rechecking.due_rechecks():
        ring("social.tasks.recheck", workspace_id, channel_id, network)


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
