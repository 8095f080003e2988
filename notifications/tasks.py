"""Bells of this room."""

from celery import shared_task

from core.jobs import TenantTask, ring
from notifications.services import digests


@shared_task(base=TenantTask)
def send_digests(workspace_id: int) -> None:
    """Send the mails that are due in one workspace."""
    if digests.send_due(workspace_id=workspace_id) == digests.MEMBERS:
        ring("notifications.tasks.send_digests", workspace_id)


@shared_task
def sweep_digests() -> None:
    """Find workspaces in which a mail is due."""
    for workspace_id in digests.due_workspaces():
        ring("notifications.tasks.send_digests", workspace_id)
