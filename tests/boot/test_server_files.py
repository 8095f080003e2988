"""docker-compose.yml, Dockerfile and .ci/run hold together with the rest of the repository."""

import os
import re
from typing import Any

import pytest
import yaml

from config.boot import services
from tests.boot.standins import ROOT

ONE_SHOT = {"migrate"}
SECRET_NAMES = re.compile(r"PASSWORD|SECRET|KEY|AUTH|_URL")
#: Not secret by themselves: the part that is must still be a reference.
REFERENCE = re.compile(r"\$\{[A-Z_]+(:\?[^}]+|:-[0-9.:]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_the_set_is_the_one_up_starts(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "migrate", "web", "worker", "scheduler"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    assert "practice" not in str(compose)
    assert "--demo" not in str(compose)
    assert f"--queues={services.QUEUES}" in compose["services"]["worker"]["command"]


def test_every_service_has_a_health_check_or_runs_once(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped"


def test_everything_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "scheduler"):
        assert compose["services"][name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    needs = compose["services"]["migrate"]["depends_on"]
    assert needs == {name: {"condition": "service_healthy"} for name in ("postgres", "valkey")}


def test_data_lives_in_volumes(compose: dict[str, Any]) -> None:
    used = {mount.split(":")[0] for service in compose["services"].values() for mount in service.get("volumes", [])}
    assert set(compose["volumes"]) <= used


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    checked = 0
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if not SECRET_NAMES.search(variable) or value == "":
                continue
            checked += 1
            literal = REFERENCE.sub("", str(value))
            assert "${" in str(value), f"{name}: {variable} is literal"
            assert not re.search(r":[^/@]+@", literal), f"{name}: {variable} holds a literal password"
            if variable not in {"X_CLIENT_ID", "X_CLIENT_SECRET"}:  # these may be absent
                assert ":?" in str(value), f"{name}: {variable} may be left out"
    assert checked >= 20


def test_only_the_migration_knows_the_owner_and_nobody_the_superuser(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        text = str(service.get("environment", {}))
        assert ("RABTA_OWNER_PASSWORD" in text) == (name in {"postgres", "migrate"}), name
        assert ("POSTGRES_PASSWORD" in text) == (name == "postgres"), name


def test_the_example_environment_names_every_variable_that_must_be_set() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / "docker/env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert wanted <= named
    assert len(wanted) >= 8


def test_the_image_runs_as_an_ordinary_user_from_the_hashed_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER rabta" in lines
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert any("collectstatic" in line for line in lines)


def test_ci_runs_the_readmes_test_command_and_passes_its_code_on() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    assert re.search(r"^python3 manage\.py test &$", text, re.MULTILINE)
    assert "|| true" not in text.replace('kill -TERM "$child" 2>/dev/null || true', "").replace(
        'wait "$child" 2>/dev/null || true', ""
    )
    assert 'wait "$child" || code=$?' in text
    assert 'exit "$code"' in text
    readme = ROOT / "README.md"
    if readme.exists():
        assert "python3 manage.py test" in readme.read_text(encoding="utf-8")
