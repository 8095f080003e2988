"""The two roles: the owner owns, the application's role can neither own nor bypass; Docker's script makes the same."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from config.boot import plan, ports, postgres
from config.boot.supervisor import Supervisor
from tests.boot.standins import ROOT, environ

pytestmark = pytest.mark.xdist_group("boot-roles")
SECRET = "cluster-secret"


@dataclass
class Cluster:
    """A throw-away server with nothing in it yet."""

    port: int
    binaries: postgres.Binaries

    def url(self, user: str, password: str, database: str) -> str:
        return postgres.url(user, password, self.port, database)

    def ask(self, question: str, *, user: str = postgres.SUPERUSER, password: str = SECRET, database: str = "rabta") -> list:  # type: ignore[type-arg]
        with psycopg2.connect(self.url(user, password, database)) as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture(params=["up", "docker", pytest.param("dropped", marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root drops"))])  # fmt: skip
def cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Roles made by config/boot/roles.py, by docker/roles.sh, or by the former on a server that really is another user."""
    if request.param == "dropped":
        monkeypatch.setenv("RABTA_NO_USER_NAMESPACE", "1")
    with tempfile.TemporaryDirectory(prefix="rabta roles ") as name:
        folder = Path(name)
        folder.chmod(0o711)
        packages = Path(sys.prefix) / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
        binaries = postgres.find(packages, fallback_home=folder / "home")
        assert binaries.identity.startswith("dropped") == (request.param == "dropped")
        data = postgres.data_folder(binaries, folder / "data", fallback_home=folder / "home")
        boss = Supervisor(report=lambda line: None, changed=lambda children: None)
        log = folder / "log"
        try:
            postgres.init(binaries, data, password=SECRET, durable=False, log=log)
            made = Cluster(ports.any_free(), binaries)
            service = postgres.service(binaries, data, port=made.port, durable=False, log=log)
            boss.wait_ready(boss.start(service), tick=lambda: None)
            (by_docker if request.param == "docker" else by_boot)(made)
            yield made
        finally:
            boss.stop(groups=[["postgres"]])


def by_boot(cluster: Cluster) -> None:
    env = plan.process_environment(
        {
            "CLUSTER_URL": cluster.url(postgres.SUPERUSER, SECRET, "postgres"),
            "DATABASE_OWNER_URL": cluster.url("rabta_owner", "owner-secret", "rabta"),
            "DATABASE_URL": cluster.url("rabta_app", "app-secret", "rabta"),
        },
        environ(),
    )
    for _ in range(2):  # twice: every start runs it
        subprocess.run([sys.executable, "-P", str(ROOT / "config/boot/roles.py")], env=env, check=True)


def by_docker(cluster: Cluster) -> None:
    extra = {
        "POSTGRES_USER": postgres.SUPERUSER,
        "RABTA_OWNER_PASSWORD": "owner-secret",
        "RABTA_APP_PASSWORD": "app-secret",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(cluster.port),
        "PGPASSWORD": SECRET,
        "PATH": f"{cluster.binaries.folder}:{os.environ['PATH']}",
    }
    subprocess.run([str(ROOT / "docker/roles.sh")], env=environ(**extra), check=True, stdout=subprocess.DEVNULL)


def test_roles_are_what_tenancy_relies_on(cluster: Cluster) -> None:
    # login, superuser, bypasses RLS, makes roles, makes databases, replicates
    flags = "rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    rows = cluster.ask(f"SELECT rolname, {flags} FROM pg_roles WHERE rolname LIKE 'rabta%' ORDER BY rolname")
    ordinary = (True, False, False, False, False, False)
    assert [row for row in rows if row[0] != postgres.SUPERUSER] == [("rabta_app", *ordinary), ("rabta_owner", *ordinary)]
    assert cluster.ask("SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE rolname = 'rabta_app'") == []
    [(owner, provider, locale)] = cluster.ask(
        "SELECT pg_get_userbyid(datdba), datlocprovider::text, datlocale FROM pg_database WHERE datname = 'rabta'"
    )
    assert (owner, provider, locale) == ("rabta_owner", "b", "C.UTF-8")

    owner_login = {"user": "rabta_owner", "password": "owner-secret"}
    app_login = {"user": "rabta_app", "password": "app-secret"}
    cluster.ask("CREATE TABLE note (id bigserial PRIMARY KEY, text text)", **owner_login)
    cluster.ask("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", **owner_login)
    cluster.ask("INSERT INTO note (text) VALUES ('x'); UPDATE note SET text = 'y'", **app_login)
    assert cluster.ask("SELECT id, text, one() FROM note", **app_login) == [(1, "y", 1)]
    cluster.ask("DELETE FROM note", **app_login)
    for forbidden in ("CREATE TABLE mine (id int)", "TRUNCATE note", "DROP TABLE note", "CREATE SCHEMA mine"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cluster.ask(forbidden, **app_login)
    extensions = {name for (name,) in cluster.ask("SELECT extname FROM pg_extension")}
    assert {"pg_trgm", "btree_gin", "citext"} <= extensions
    # under an inherited LANG=C there would be no trigrams of such words at all
    assert cluster.ask("SELECT array_length(show_trgm('شکایت'), 1) > 0, lower('É') = 'é'") == [(True, True)]
