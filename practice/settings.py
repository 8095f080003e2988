"""What the process is told at start, checked before anything listens."""

from __future__ import annotations

import argparse
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class BadSettings(Exception):
    """A start-up setting is missing or unusable; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything the process needs to know; `callback` is the prefix of allowed OAuth redirect URIs."""

    host: str
    port: int
    store: Path
    admin_key: str
    client_id: str
    client_secret: str
    callback: str
    seed_cast: bool = True
    #: Where the mail wire listens; 0 for no mail.
    imap_port: int = 0
    smtp_port: int = 0

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Build `Settings` from the command line and the environment.

    Raises `BadSettings` naming the setting when one is missing, or when the host is not loopback: the
    practice network has no accounts of its own, whoever reaches it may play anyone.
    """
    parser = argparse.ArgumentParser(prog="python -m practice", description="Chowk, the practice network")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--store", type=Path, required=True, help="folder for the network's own small store")
    parser.add_argument("--no-cast", action="store_true", help="start without the ready-made people")
    parser.add_argument("--imap-port", type=int, default=0, help="port on which mailboxes are read; without it there is no mail")
    parser.add_argument("--smtp-port", type=int, default=0, help="port on which mail is handed in")
    options = parser.parse_args(arguments)
    if not is_loopback(options.host):
        raise BadSettings(f"--host {options.host}: the practice network listens on loopback only, use 127.0.0.1")
    if not 1 <= options.port <= 65535:
        raise BadSettings(f"--port {options.port}: must be between 1 and 65535")
    for name in ("imap_port", "smtp_port"):
        if not 0 <= getattr(options, name) <= 65535:
            raise BadSettings(f"--{name.replace('_', '-')} {getattr(options, name)}: must be between 1 and 65535")
    required = {}
    for name in ("PRACTICE_ADMIN_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET", "PRACTICE_CALLBACK"):
        value = environ.get(name, "").strip()
        if not value:
            raise BadSettings(f"{name} is not set: give it a value in the environment (see practice/README.md)")
        required[name] = value
    return Settings(
        host=options.host,
        port=options.port,
        store=options.store,
        admin_key=required["PRACTICE_ADMIN_KEY"],
        client_id=required["X_CLIENT_ID"],
        client_secret=required["X_CLIENT_SECRET"],
        callback=required["PRACTICE_CALLBACK"].rstrip("/"),
        seed_cast=not options.no_cast,
        imap_port=options.imap_port,
        smtp_port=options.smtp_port,
    )
