"""The worker's application: `celery -A config worker`."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("rabta")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Bells ring several times a second: a line for each that came and went would bury what matters.
for name in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(name).setLevel(logging.WARNING)


@worker_init.connect
@beat_init.connect
def before_work(**_facts: Any) -> None:
    """A worker or scheduler under a role that could look across workspaces must not begin."""
    from config.startup import refuse_unbound_role  # noqa: PLC0415 - this module is imported before Django is set up

    refuse_unbound_role()
