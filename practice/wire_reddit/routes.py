"""The table of Reddit's endpoints. praw writes a slash behind some of them; Reddit takes both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import login, work
from .gate import CALLS, RedditGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, MESSAGES, TOKEN = ("read",), ("write",), ("read", "dm"), ("token",)

ENDPOINTS = (
    Endpoint("r_token", "POST", "/api/v1/access_token", login.access_token, TOKEN, CALLS, open=True),
    Endpoint("r_me", "GET", "/api/v1/me", work.me, READ, CALLS),
    Endpoint("r_inbox", "GET", "/message/inbox", work.inbox, MESSAGES, CALLS, lists=True),
    Endpoint("r_sent", "GET", "/message/sent", work.sent, MESSAGES, CALLS, lists=True),
    Endpoint("r_search", "GET", "/r/all/search", work.search, READ, CALLS, lists=True),
    Endpoint("r_new", "GET", "/r/{names}/new", work.new, READ, CALLS, lists=True),
    Endpoint("r_comments", "GET", "/r/{names}/comments", work.comments, READ, CALLS, lists=True),
    Endpoint("r_feed_new", "GET", "/user/{who}/m/{feed}/new", work.new, READ, CALLS, lists=True),
    Endpoint("r_feed_comments", "GET", "/user/{who}/m/{feed}/comments", work.comments, READ, CALLS, lists=True),
    Endpoint("r_own", "GET", "/user/{who}/comments", work.own, READ, CALLS, lists=True),
    Endpoint("r_info", "GET", "/api/info", work.info, READ, CALLS, lists=True),
    Endpoint("r_edit", "POST", "/api/editusertext", work.edit, WRITE, CALLS, writes=True),
    Endpoint("r_delete", "POST", "/api/del", work.remove, WRITE, CALLS, writes=True),
    Endpoint("r_remove", "POST", "/api/remove", work.moderate, WRITE, CALLS, writes=True),
    Endpoint("r_approve", "POST", "/api/approve", work.moderate, WRITE, CALLS, writes=True),
    Endpoint("r_comment", "POST", "/api/comment", work.comment, WRITE, CALLS, writes=True),
)


def reddit_routes(world: World) -> list[Route]:
    """Routes of Reddit's wire."""
    return [Route(path, RedditGate(world, e), methods=[e.method]) for e in ENDPOINTS for path in (e.path, e.path + "/")]
