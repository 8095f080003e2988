"""Bells of this room. Each job is safe to run twice and at the same time: its service claims what it does."""

from celery import shared_task

from core.jobs import TenantTask, ring
from social.services import delivering, pulling, rechecking


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
