"""The worker's application: `celery -A config worker`."""

import gc
import logging
import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Application(Celery):  # type: ignore[misc]
    """Celery's application, whose worker and scheduler ask for their database role before they begin."""

    @property
    def Worker(self) -> Any:  # noqa: N802 - Celery's names
        """The worker's class, for a process that Row-Level Security binds."""
        _before_work()
        return self.subclass_with_self("celery.apps.worker:Worker")

    @property
    def Beat(self) -> Any:  # noqa: N802
        """The scheduler's class, likewise."""
        _before_work()
        return self.subclass_with_self("celery.apps.beat:Beat")


def _before_work() -> None:
    import django  # noqa: PLC0415 - this module is imported by everything that runs Django

    django.setup()
    from config.startup import refuse_unbound_role  # noqa: PLC0415

    refuse_unbound_role()
    # What is loaded by now stays: the collector need not walk it again for each few pages (a tenth of the worker's CPU).
    gc.freeze()


app = Application("rabta")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Bells ring several times a second: a line for each that came and went would bury what matters.
for name in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(name).setLevel(logging.WARNING)
