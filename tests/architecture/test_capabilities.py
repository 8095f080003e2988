"""docs/capabilities.md says what the network files say, and somebody notices when it does not."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from social import matrix
from social.networks.features import Capability

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_what_the_network_files_say() -> None:
    written = (ROOT / "docs/capabilities.md").read_text("utf-8")
    assert written == matrix.as_markdown(), "run `python3 manage.py capabilities`"


def test_every_capability_has_its_row() -> None:
    assert set(matrix.LABELS) == set(Capability)


def test_a_stale_document_is_noticed(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError):
        call_command("capabilities", check=True)
    call_command("capabilities")
    call_command("capabilities", check=True)
    file = tmp_path / "docs" / "capabilities.md"
    file.write_text(file.read_text("utf-8").replace("yes", "–", 1), "utf-8")
    with pytest.raises(CommandError):
        call_command("capabilities", check=True)


def test_whoever_reads_back_says_so() -> None:
    for network in matrix.known():
        overridden = "fetch_back" in vars(type(network))
        assert not overridden or Capability.BACKFILL in network.capabilities, network.slug
        assert network.reads_back == overridden, network.slug
