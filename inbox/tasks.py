"""Bells of the inbox."""

from celery import shared_task

from core.jobs import TenantTask, ring
from core.tenancy import tenant
from inbox.services import bulk as bulk_deeds
from inbox.services import counting, planned, snoozing, surveys
from inbox.services import ingest as ingesting


@shared_task(base=TenantTask)
def ingest(workspace_id: int, channel_id: int) -> None:
    """Digest what one channel stored."""
    ingesting.ingest(workspace_id=workspace_id, channel_id=channel_id)


@shared_task(base=TenantTask)
def fold_counts(workspace_id: int) -> None:
    """Sum up one workspace's counters."""
    with tenant(workspace_id, step="counts.fold"):
        counting.fold()


@shared_task(base=TenantTask)
def send_planned(workspace_id: int) -> None:
    """Send one workspace's planned replies whose time has come."""
    planned.send_due(workspace_id=workspace_id)


@shared_task
def sweep_planned() -> None:
    """Find workspaces with planned replies that are due."""
    for workspace_id in planned.due_workspaces():
        ring("inbox.tasks.send_planned", workspace_id)


@shared_task
def sweep_stored_items() -> None:
    """Find stored items whose bell was lost."""
    for workspace_id, channel_id in counting.stored_channels():
        ring("inbox.tasks.ingest", workspace_id, channel_id)


@shared_task
def sweep_counts() -> None:
    """Find workspaces whose counters have grown long."""
    for workspace_id in counting.crowded_workspaces():
        ring("inbox.tasks.fold_counts", workspace_id)


@shared_task(base=TenantTask)
def wake(workspace_id: int) -> None:
    """Wake what has slept long enough."""
    with tenant(workspace_id, step="sleepers.wake"):
        woken = snoozing.wake_due()
    if woken == snoozing.WAKES:
        ring("inbox.tasks.wake", workspace_id)


@shared_task
def sweep_sleepers() -> None:
    """Find workspaces in which something should be awake."""
    for workspace_id in snoozing.due_workspaces():
        ring("inbox.tasks.wake", workspace_id)


@shared_task(base=TenantTask)
def ask(workspace_id: int) -> None:
    """Ask customers how it was, where the time has come."""
    with tenant(workspace_id, step="surveys.ask"):
        asked = surveys.ask_due()
    if asked == surveys.ASKED:
        ring("inbox.tasks.ask", workspace_id)


@shared_task
def sweep_surveys() -> None:
    """Find workspaces in which somebody should be asked."""
    for workspace_id in surveys.due_workspaces():
        ring("inbox.tasks.ask", workspace_id)


@shared_task(base=TenantTask)
def bulk(workspace_id: int, run_id: int) -> None:
    """Go on with a deed on many conversations."""
    bulk_deeds.work(workspace_id=workspace_id, run_id=run_id)


@shared_task
def sweep_bulk() -> None:
    """Find deeds on many conversations whose worker died or whose bell was lost."""
    for workspace_id, run_id in bulk_deeds.unfinished():
        ring("inbox.tasks.bulk", workspace_id, run_id)
