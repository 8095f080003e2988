"""The worker's application: `celery -A config worker`."""

import gc
import logging
import os
import sys
from typing import Any

from celery import Celery
from django.core.exceptions import ImproperlyConfigured

from config.startup import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Application(Celery):  # type: ignore[misc]
    """Celery's application, whose worker and scheduler ask what `config.startup` asks before they begin."""

    @property
    def Worker(self) -> Any:  # noqa: N802 - Celery's names
        """The worker's class, for a process that Row-Level Security binds."""
        begin()
        # Before its hands are forked: they share it, and no first question waits seconds for a library.
        from social.networks import load_all  # noqa: PLC0415 - there are no settings yet when this file is read

        load_all()
        # What is loaded by now stays: the collector need not walk it again for each few pages (a tenth of the worker's CPU).
        gc.freeze()
        return self.subclass_with_self("celery.apps.worker:Worker")

    @property
    def Beat(self) -> Any:  # noqa: N802
        """The scheduler's class, likewise."""
        begin()
        return self.subclass_with_self("celery.apps.beat:Beat")

    def _load_config(self) -> Any:
        # Its command line asks for the settings while it still reads its options, long before there is a worker.
        try:
            return super()._load_config()
        except ImproperlyConfigured as error:
            sys.exit(f"Rabta does not start. {error}")


app = Application("rabta")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Bells ring several times a second: a line for each that came and went would bury what matters.
for name in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(name).setLevel(logging.WARNING)
