"""Where a socket may be opened from: pages of this very address, port and scheme included.

Cookies know no ports and a socket asks for no CSRF token, so a page of another server on the same machine (the practice
network is one) would otherwise listen with the person's session. Channels' own validator of hosts leaves the port out.
"""

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOrigin:
    """Let a handshake through when its Origin is BASE_URL, or the allowed host it was addressed to; deny it otherwise."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.deny = WebsocketDenier.as_asgi()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name.lower(): value.decode("latin-1").lower() for name, value in scope["headers"]}
        chosen = self.inner if is_ours(headers.get(b"origin", ""), headers.get(b"host", "")) else self.deny
        return await chosen(scope, receive, send)


class VisitorsApart:
    """Sockets below /chat/ are for pages of other sites: no session is read for them, their consumer asks its channel's list."""

    def __init__(self, visitors: Any, others: Any) -> None:
        self.visitors = visitors
        self.others = others

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        return await (self.visitors if scope["path"].startswith("/chat/") else self.others)(scope, receive, send)


def is_ours(origin: str, host: str) -> bool:
    """Whether a page of `origin` is one of ours; `host` is what the request was addressed to. Both in lower case."""
    base: str = settings.BASE_URL.lower()
    if origin == base:
        return True
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS) and origin == f"{base.split('://', 1)[0]}://{host}"
