"""Bells of the log."""

from celery import shared_task

from activity.services import fan_out
from activity.subscribers import subscribers
from core.jobs import TenantTask, ring


@shared_task(base=TenantTask)
def deliver(workspace_id: int, subscriber: str) -> None:
    """Let one subscriber read what is new in one workspace."""
    fan_out.deliver(workspace_id=workspace_id, subscriber=subscriber)


@shared_task
def sweep_events() -> None:
    """Find events whose bell was lost."""
    for subscriber in subscribers():
        for workspace_id in fan_out.pending(subscriber):
            ring("activity.tasks.deliver", workspace_id, subscriber)
