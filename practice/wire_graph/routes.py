"""The table of the Graph's endpoints, under whatever version a client asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import files, instagram, login, subscribing, templates, work
from .gate import GraphGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, DM, UPLOAD, TOKEN, CALLS = ("read",), ("write",), ("dm",), ("upload",), ("token",), 900
VERSION = "/v{major:int}.{minor:int}"

ENDPOINTS = (
    Endpoint("g_token", "GET", "/oauth/access_token", login.access_token, TOKEN, CALLS, open=True),
    Endpoint("g_debug", "GET", "/debug_token", login.debug_token, TOKEN, CALLS, open=True),
    Endpoint("g_app", "GET", "/app", subscribing.app, READ, CALLS, open=True),
    Endpoint("g_subscriptions", "GET", "/{id}/subscriptions", subscribing.subscriptions, READ, CALLS, open=True),
    Endpoint("g_subscribe", "POST", "/{id}/subscriptions", subscribing.subscribe, TOKEN, CALLS, open=True),
    Endpoint("g_hear", "POST", "/{id}/subscribed_apps", subscribing.hear, TOKEN, CALLS),
    Endpoint("g_rights", "GET", "/me/permissions", login.permissions, TOKEN, CALLS),
    Endpoint("g_managed", "GET", "/me/accounts", login.accounts, TOKEN, CALLS),
    Endpoint("g_businesses", "GET", "/me/businesses", login.businesses, TOKEN, CALLS),
    Endpoint("g_phones", "GET", "/{id}/phone_numbers", login.phone_numbers, TOKEN, CALLS),
    Endpoint("g_me", "GET", "/me", work.me, READ, CALLS),
    Endpoint("g_feed", "GET", "/{id}/feed", work.feed, READ, CALLS, lists=True),
    Endpoint("g_tagged", "GET", "/{id}/tagged", work.nothing, READ, CALLS, lists=True),
    Endpoint("g_ratings", "GET", "/{id}/ratings", work.nothing, READ, CALLS, lists=True),
    Endpoint("g_comments", "GET", "/{id}/comments", work.comments, READ, CALLS, lists=True),
    Endpoint("g_comment", "POST", "/{id}/comments", work.answer, WRITE, CALLS, writes=True),
    Endpoint("g_media", "GET", "/{id}/media", instagram.media, READ, CALLS, lists=True),
    Endpoint("g_tags", "GET", "/{id}/tags", instagram.tags, READ, CALLS, lists=True),
    Endpoint("g_replies", "GET", "/{id}/replies", instagram.replies, READ, CALLS, lists=True),
    Endpoint("g_reply", "POST", "/{id}/replies", instagram.answer, WRITE, CALLS, writes=True),
    Endpoint("g_mention", "POST", "/{id}/mentions", instagram.mention, WRITE, CALLS, writes=True),
    Endpoint("g_talks", "GET", "/{id}/conversations", work.talks, DM, CALLS, lists=True),
    Endpoint("g_messages", "GET", "/{id}/messages", work.talk, DM, CALLS, lists=True),
    Endpoint("g_write", "POST", "/{id}/messages", work.write, (*WRITE, *DM), CALLS, writes=True),
    Endpoint("g_upload", "POST", "/{id}/media", files.upload_to_number, UPLOAD, CALLS, writes=True),
    Endpoint("g_attach", "POST", "/{id}/message_attachments", files.upload_attachment, UPLOAD, CALLS, writes=True),
    Endpoint("g_like", "POST", "/{id}/likes", work.like, WRITE, CALLS, writes=True),
    Endpoint("g_unlike", "DELETE", "/{id}/likes", work.unlike, WRITE, CALLS, writes=True),
    Endpoint("g_change", "POST", "/{id}", work.change, WRITE, CALLS, writes=True),
    Endpoint("g_templates", "GET", "/{id}/message_templates", templates.approved, READ, CALLS, lists=True),
    Endpoint("g_show", "GET", "/{id}", work.show, READ, CALLS),
    Endpoint("g_delete", "DELETE", "/{id}", work.remove, WRITE, CALLS, writes=True),
)


def graph_routes(world: World) -> list[Route]:
    """Routes of the Graph; fixed paths come before those with an id in them."""
    return [Route(VERSION + e.path, GraphGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
