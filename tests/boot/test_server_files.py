"""docker-compose.yml, Dockerfile and .ci/run hold together with the rest of the repository."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.boot import ports, services, valkey
from tests.boot.clusters import PACKAGES
from tests.boot.standins import ROOT, until

ONE_SHOT = {"migrate"}
SECRET_NAMES = re.compile(r"PASSWORD|SECRET|KEY|AUTH|_URL")
#: Not secret by themselves: the part that is must still be a reference.
REFERENCE = re.compile(r"\$\{[A-Z_]+(:\?[^}]+|:-[0-9.:]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_the_set_is_the_one_up_starts(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "migrate", "web", "worker", "scheduler", "listener"}
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
    for name in ("web", "worker", "scheduler", "listener"):
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
            # Sign-in pages of networks, and their calls, may be absent.
            if not variable.endswith(("_CLIENT_ID", "_CLIENT_SECRET", "_CONSUMER_SECRET", "_APP_SECRET")):
                assert ":?" in str(value), f"{name}: {variable} may be left out"
    assert checked >= 20


def test_only_the_migration_knows_the_owner_and_nobody_the_superuser(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        text = str(service.get("environment", {}))
        assert ("RABTA_OWNER_PASSWORD" in text) == (name in {"postgres", "migrate"}), name
        assert ("POSTGRES_PASSWORD" in text) == (name == "postgres"), name


def test_the_brokers_configuration_is_one_it_takes_and_asks_for_the_password(compose: dict[str, Any], tmp_path: Path) -> None:
    given = compose["configs"]["valkey"]["content"]
    text = re.sub(r"\$\{VALKEY_PASSWORD:\?[^}]+\}", "open-sesame", given).replace("/data", str(tmp_path))
    assert "$" not in text
    port = ports.any_free()
    file = tmp_path / "valkey.conf"
    file.write_text(f"{text}\nport {port}\nbind 127.0.0.1\n", encoding="utf-8")
    server = subprocess.Popen([str(valkey.find(PACKAGES)), str(file)], stdout=subprocess.DEVNULL)
    try:
        until(lambda: valkey.answers(port, "open-sesame"), what="an answer to the right password")
        assert not valkey.answers(port, "another")
        assert (tmp_path / "appendonlydir").is_dir()
    finally:
        server.terminate()
        server.wait()


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


#: Stands for manage.py in a clone: says what it was given and what it can see, then fails in its own way.
WITNESS = """
import json, os, pathlib, sys
home = pathlib.Path(os.environ["HOME"])
print(json.dumps({
    "words": sys.argv[1:], "folder": os.getcwd(), "home": sorted(os.listdir(home)), "here": sorted(os.listdir()),
    "python": sys.version_info[:2], "environment": sorted(os.environ), "stopped": os.environ.get("HOME"),
}), flush=True)
raise SystemExit(7)
"""


def test_ci_runs_the_tests_in_a_clean_clone_and_passes_their_verdict_on(tmp_path: Path) -> None:
    checkout, temporary = tmp_path / "checkout", tmp_path / "temporary"
    (checkout / ".ci").mkdir(parents=True)
    temporary.mkdir()
    shutil.copy(ROOT / ".ci" / "run", checkout / ".ci")
    (checkout / "manage.py").write_text(WITNESS, encoding="utf-8")
    git = ["git", "-C", str(checkout), "-c", "user.name=t", "-c", "user.email=t@t.test"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "x"], check=True)
    (checkout / ".venv").mkdir()  # left by a person, as is the next
    (checkout / "left_over.py").touch()
    person = {"TMPDIR": str(temporary), "DATABASE_URL": "postgresql://a@b/c", "RABTA_STATE_DIR": "/x", "VIRTUAL_ENV": "/y"}
    said = subprocess.run(
        ["bash", str(checkout / ".ci" / "run")],
        cwd="/",
        env=dict(os.environ) | person,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 7, said.stderr
    seen = json.loads(said.stdout.splitlines()[-1])
    assert seen["words"] == ["test"]
    assert seen["here"] == [".ci", ".git", "manage.py"]
    assert seen["home"] == []
    assert " " in seen["folder"]
    assert seen["python"] >= [3, 11]
    assert not {"DATABASE_URL", "RABTA_STATE_DIR", "VIRTUAL_ENV", "RABTA_TEST", "SECRET_KEY"} & set(seen["environment"])
    assert list(temporary.iterdir()) == []


def test_ci_calls_what_the_readme_tells() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert re.search(r"^python3 manage\.py test &$", text, re.MULTILINE)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^python3 manage\.py test(\s+#.*)?$", readme, re.MULTILINE)
