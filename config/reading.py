"""Reading the environment for the settings: what is missing or wrong is named in one sentence, with what would be right.

Everything here raises ImproperlyConfigured. Values are not repeated in the sentence where they may hold a password.
"""

import math
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """A variable that must be there. `<NAME>_FILE` may point at a file with the secret instead."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}.") from error
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. On one machine, `python3 manage.py up` sets it for you.")
    return value


def seconds(name: str, default: float, *, low: float, high: float = 86_400.0) -> float:
    """A number of seconds between `low` and `high`, both allowed."""
    given = os.environ.get(name, "")
    try:
        value = float(given) if given else default
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # nan is in no range
        raise ImproperlyConfigured(f"{name} is “{given}”: give a number of seconds from {low:g} to {high:g}.")
    return value


def whole(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both allowed."""
    given = os.environ.get(name, "")
    value = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None if given else default
    if value is None or not low <= value <= high:
        raise ImproperlyConfigured(f"{name} is “{given}”: give a whole number from {low} to {high}.")
    return value


def one_of(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    value = os.environ.get(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is “{value}”: give one of {', '.join(allowed)}.")
    return value


def web_address(name: str, default: str) -> str:
    """An http(s) address without a slash at its end; empty stays empty."""
    value = (os.environ.get(name) or default).rstrip("/")
    if value and not _is_address(value, ("http", "https")):
        raise ImproperlyConfigured(f"{name} is “{value}”: give an address such as https://rabta.example.com.")
    return value


def mail_server(name: str, schemes: tuple[str, ...]) -> str:
    """Where all mail servers of one kind are led instead (practice, tests); empty for nowhere."""
    value = os.environ.get(name, "").rstrip("/")
    if value and not (_is_address(value, schemes) and urlsplit(value).port):
        raise ImproperlyConfigured(f"{name} is “{value}”: give an address such as {schemes[0]}://localhost:8422.")
    return value


def broker_address(name: str) -> str:
    """Where Valkey or Redis lives."""
    value = required(name)
    if not (_is_address(value, ("redis", "rediss")) or value.startswith("unix:///")):
        raise ImproperlyConfigured(f"{name} is no address of a Valkey or Redis: give redis://:password@host:6379/0.")
    return value


def database(name: str) -> dict[str, Any]:
    """Django's description of a Postgres database."""
    value = required(name)
    # Without a host it is the machine's own socket.
    if not _is_address(value, ("postgresql", "postgres"), needs_host=False) or len(urlsplit(value).path) < 2:
        raise ImproperlyConfigured(f"{name} is no address of a Postgres database: give postgresql://role:password@host:5432/name.")
    found: dict[str, Any] = environ.Env.db_url_config(value)
    return found


def mail(name: str, default: str) -> dict[str, Any]:
    """Django's settings for sending mail."""
    try:
        found: dict[str, Any] = environ.Env.email_url_config(os.environ.get(name) or default)
    except (ImproperlyConfigured, ValueError) as error:
        raise ImproperlyConfigured(f"{name} is no address of a mail server: give smtp+tls://name:password@host:587.") from error
    return found


def _is_address(value: str, schemes: tuple[str, ...], *, needs_host: bool = True) -> bool:
    try:
        parts = urlsplit(value)
        has_port = parts.port != 0  # asking raises for what is no port
    except ValueError:
        return False
    return parts.scheme in schemes and (bool(parts.hostname) or not needs_host) and has_port and not re.search(r"[\s;]", value)
