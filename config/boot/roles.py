"""The two roles and the database, made by the cluster's superuser. Run as a program: `python config/boot/roles.py`.

Reads CLUSTER_URL (the superuser's address), DATABASE_OWNER_URL and DATABASE_URL, which name the roles, their passwords
and the database. Does nothing twice. `--template`, for tests, also prepares
`template1` and lets the owner make databases.

The owner migrates and owns every table; the application's role reads and writes rows, owns and bypasses nothing.
The one file of the boot that needs the environment (psycopg2).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql

EXTENSIONS = ("pg_trgm", "btree_gin", "citext")


@contextmanager
def _connected(url: str, database: str) -> "Iterator[psycopg2.extensions.cursor]":
    parts = urlsplit(url)
    connection = psycopg2.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        dbname=database,
        connect_timeout=10,
    )
    connection.autocommit = True  # CREATE DATABASE runs in no transaction
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _role_and_password(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _exists(cursor: "psycopg2.extensions.cursor", question: str, name: str) -> bool:
    cursor.execute(question, [name])
    return cursor.fetchone() is not None


def make_role(cursor: "psycopg2.extensions.cursor", name: str, password: str, *, makes_databases: bool) -> None:
    """A login role without any power over others, with this password."""
    if not _exists(cursor, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    createdb = sql.SQL("CREATEDB" if makes_databases else "NOCREATEDB")
    cursor.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER {} NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {}").format(
            sql.Identifier(name), createdb, sql.Literal(password)
        )
    )


def open_database(cursor: "psycopg2.extensions.cursor", *, owner: str, app: str) -> None:
    """Within one database: extensions, a public schema that only the owner fills, and what the application may do."""
    for extension in EXTENSIONS:
        cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    names = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    for statement in (
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {app}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


def main() -> None:
    """Bring roles and database to what Rabta needs."""
    template = "--template" in sys.argv[1:]
    cluster = os.environ["CLUSTER_URL"]
    owner, owner_password = _role_and_password(os.environ["DATABASE_OWNER_URL"])
    app, app_password = _role_and_password(os.environ["DATABASE_URL"])
    database = unquote(urlsplit(os.environ["DATABASE_OWNER_URL"]).path.lstrip("/"))
    with _connected(cluster, "postgres") as cursor:
        make_role(cursor, owner, owner_password, makes_databases=template)
        make_role(cursor, app, app_password, makes_databases=False)
    if template:
        with _connected(cluster, "template1") as cursor:
            open_database(cursor, owner=owner, app=app)
    with _connected(cluster, "postgres") as cursor:
        if not _exists(cursor, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner)))
    with _connected(cluster, database) as cursor:
        open_database(cursor, owner=owner, app=app)


if __name__ == "__main__":
    main()
