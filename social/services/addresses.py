"""Where networks can call this installation."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings


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
