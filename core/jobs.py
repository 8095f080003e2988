"""Base of background jobs. The broker is a bell: what must happen is written in Postgres, and sweeps find what no bell rang for."""

from typing import Any

import structlog
from amqp.exceptions import ChannelError
from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger("rabta.jobs")


class TenantTask(Task):  # type: ignore[misc]
    """A job of one workspace. Its first argument is the workspace id, which also stands on each of its log lines.

    The job as a whole is not a transaction: its services open short `tenant()` blocks, never around a network call.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        workspace_id = args[0] if args else kwargs.get("workspace_id")
        if not isinstance(workspace_id, int):
            raise TypeError(f"{self.name} needs a workspace id first, got {workspace_id!r}.")
        with structlog.contextvars.bound_contextvars(workspace=workspace_id, task=self.name):
            return super().__call__(*args, **kwargs)


def backlog(queue: str) -> int:
    """How many bells of a queue nobody has taken yet. Zero where nobody knows: then more are rung."""
    try:
        with current_app.connection_for_read() as broker:
            channel: Any = broker.default_channel
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except (ChannelError, OperationalError, OSError):
        return 0


def ring(task: str, *args: Any, countdown: float | None = None, **kwargs: Any) -> None:
    """Ring a job's bell by name once the open transaction has committed (at once without one).

    A broker that is down is logged and forgiven: the sweep of the job's room will find the work.
    """

    def send() -> None:
        try:
            current_app.send_task(task, args=args, kwargs=kwargs, countdown=countdown, ignore_result=True)
        except (OperationalError, OSError) as error:
            log.warning("bell_not_rung", task=task, error=str(error))

    transaction.on_commit(send)
