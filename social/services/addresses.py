"""Where networks can call this installation."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

ACCOUNTS = "SELECT workspace_id, channel_id FROM social_hook_accounts(%s, %s)"
CHANNEL = "SELECT workspace_id, channel_id FROM social_hook_channel(%s)"
HEARD = """
UPDATE social_pull SET items_total = items_total + %s, newest_item_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s
"""
#: What `secrets.token_urlsafe(16)` can look like.
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


def hook_url(key: str) -> str:
    """The address of a channel's webhook (`social.urls`), whoever can reach it; empty without a key."""
    return f"{settings.BASE_URL}/hooks/{key}/" if key else ""


def is_public() -> bool:
    """Whether somebody outside can reach this installation, as far as its address tells: https, and a public name."""
    parts = urlsplit(settings.BASE_URL)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))


def callable_at(key: str) -> str:
    """The address of a channel's webhook, empty where no network could reach it."""
    return hook_url(key) if is_public() else ""


def channel_behind(key: str) -> tuple[int, int] | None:
    """(workspace, channel) of a public key; None for one nobody made. Asks a named door (docs/doors.md)."""
    if not _KEY.fullmatch(key):
        return None
    with connection.cursor() as cursor:
        cursor.execute(CHANNEL, [key])
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def channels_of(slug: str, accounts: list[str]) -> list[tuple[int, int]]:
    """(workspace, channel) of every channel that listens for one of these accounts. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [slug, accounts])
        return [(row[0], row[1]) for row in cursor.fetchall()]
