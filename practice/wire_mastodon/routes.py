"""The table of Mastodon's endpoints. Mastodon allows 300 calls in five minutes (docs.joinmastodon.org/api/rate-limits, read
2026-11), which makes 900 in our windows of fifteen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import login, streaming, work
from .gate import MastodonGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, UPLOAD, STREAM, TOKEN, CALLS = ("read",), ("write",), ("upload",), ("stream",), ("token",), 900
ACCOUNTS, STATUSES = "/api/v1/accounts", "/api/v1/statuses"

ENDPOINTS = (
    Endpoint("m_discovery", "GET", "/.well-known/oauth-authorization-server", login.discovery, READ, CALLS, open=True),
    Endpoint("m_app", "POST", "/api/v1/apps", login.register, TOKEN, CALLS, writes=True, open=True),
    Endpoint("m_token", "POST", "/oauth/token", login.token, TOKEN, CALLS, writes=True, open=True),
    Endpoint("m_instance", "GET", "/api/v2/instance", work.instance, READ, CALLS),
    # As Mastodon.py writes it.
    Endpoint("m_instance_too", "GET", "/api/v2/instance/", work.instance, READ, CALLS),
    Endpoint("m_me", "GET", ACCOUNTS + "/verify_credentials", work.me, READ, CALLS),
    Endpoint("m_own", "GET", ACCOUNTS + "/{id}/statuses", work.own, READ, CALLS, lists=True),
    Endpoint("m_account", "GET", ACCOUNTS + "/{id}", work.account, READ, CALLS),
    Endpoint("m_notifications", "GET", "/api/v1/notifications", work.notifications, READ, CALLS, lists=True),
    Endpoint("m_create", "POST", STATUSES, work.create, WRITE, CALLS, writes=True),
    Endpoint("m_media", "POST", "/api/v2/media", work.upload, UPLOAD, CALLS, writes=True),
    Endpoint("m_statuses", "GET", STATUSES, work.statuses, READ, CALLS, lists=True),
    Endpoint("m_context", "GET", STATUSES + "/{id}/context", work.context, READ, CALLS),
    Endpoint("m_like", "POST", STATUSES + "/{id}/favourite", work.like, WRITE, CALLS, writes=True),
    Endpoint("m_unlike", "POST", STATUSES + "/{id}/unfavourite", work.unlike, WRITE, CALLS, writes=True),
    Endpoint("m_edit", "PUT", STATUSES + "/{id}", work.edit, WRITE, CALLS, writes=True),
    Endpoint("m_delete", "DELETE", STATUSES + "/{id}", work.delete, WRITE, CALLS, writes=True),
    Endpoint("m_status", "GET", STATUSES + "/{id}", work.status, READ, CALLS),
)


STREAMS = (
    Endpoint("m_stream", "GET", "/api/v1/streaming/user", streaming.begins, STREAM, CALLS, lists=True),
    Endpoint("m_stream_told", "GET", "/api/v1/streaming/user/notification", streaming.begins, STREAM, CALLS, lists=True),
)


def mastodon_routes(world: World) -> list[Route]:
    """Routes of the Mastodon wire; fixed paths come before those with an id in them."""
    return [
        Route("/api/v1/streaming/health", streaming.health),
        *(Route(e.path, streaming.StreamGate(world, e), methods=[e.method], name=e.name) for e in STREAMS),
        *(Route(e.path, MastodonGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS),
    ]
