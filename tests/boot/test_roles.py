"""The two roles: the owner owns, the application's role can neither own nor bypass; Docker's script makes the same."""

import os
import subprocess
from collections.abc import Iterator

import psycopg2
import pytest

from config.boot import postgres
from tests.boot.clusters import SECRET, Cluster, throw_away_cluster
from tests.boot.standins import ROOT, environ

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops")


@pytest.fixture(params=["up", "docker", pytest.param("dropped", marks=only_root)])
def cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Roles made by config/boot/roles.py, by docker/roles.sh, or by the former on a server that dropped root."""
    if request.param == "dropped":
        monkeypatch.setenv("RABTA_NO_USER_NAMESPACE", "1")
    with throw_away_cluster() as made:
        assert made.binaries.identity.startswith("dropped") == (request.param == "dropped")
        if request.param == "docker":
            by_docker(made)
        else:
            made.make_roles()
            made.make_roles()  # every start runs it
        yield made


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
    assert [row for row in rows if row[0] != postgres.SUPERUSER] == [
        ("rabta_app", *ordinary),
        ("rabta_owner", *ordinary),
    ]
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
