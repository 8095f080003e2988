"""What a worker has loaded before it forks its hands: no first question of theirs waits for a library."""

import os
import subprocess
import sys

from tests.boot.standins import ROOT

STARTS = """
import sys
import config.celery as worker
worker.begin = lambda: None
worker.app.Worker
wanted = ("atproto_client.models", "twilio.rest.api.v2010.account.message", "social.networks.x")
print([name for name in wanted if name not in sys.modules])
"""


def test_a_workers_libraries_are_there_when_it_starts() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTS], cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.stdout.strip() == "[]", ended.stdout + ended.stderr
