"""Bells of the index."""

from celery import shared_task

from core.jobs import TenantTask, ring
from search.services import indexing


@shared_task(base=TenantTask)
def index(workspace_id: int) -> None:
    """Bring one workspace's index up to date."""
    indexing.index(workspace_id=workspace_id)


@shared_task
def sweep_due() -> None:
    """Find workspaces where something changed: nobody rings this bell, since triggers write the changes down."""
    for workspace_id in indexing.due_workspaces():
        ring("search.tasks.index", workspace_id)
