"""The table of Bluesky's endpoints. Bluesky allows 3,000 calls in five minutes, and 5,000 points of writing an hour of which a
record put costs two (docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11): 9,000 and 625 in our windows of 15 minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import blobs, chat, work, writing
from .gate import BlueskyGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, TOKEN, CALLS, WRITES = ("read",), ("write",), ("token",), 9000, 625
XRPC, SERVER, REPO, FEED, ACTOR = "/xrpc/", "com.atproto.server.", "com.atproto.repo.", "app.bsky.feed.", "app.bsky.actor."
CONVO, MESSAGES = "chat.bsky.convo.", ("read", "dm")

ENDPOINTS = (
    Endpoint("b_session", "POST", XRPC + SERVER + "createSession", writing.create_session, TOKEN, CALLS, open=True),
    Endpoint("b_refresh", "POST", XRPC + SERVER + "refreshSession", writing.refresh_session, TOKEN, CALLS, open=True),
    Endpoint("b_profile", "GET", XRPC + ACTOR + "getProfile", work.get_profile, READ, CALLS),
    Endpoint("b_profiles", "GET", XRPC + ACTOR + "getProfiles", work.get_profiles, READ, CALLS),
    Endpoint("b_handle", "GET", XRPC + "com.atproto.identity.resolveHandle", work.resolve_handle, READ, CALLS),
    Endpoint(
        "b_notifications", "GET", XRPC + "app.bsky.notification.listNotifications", work.notifications, READ, CALLS, lists=True
    ),
    Endpoint("b_posts", "GET", XRPC + FEED + "getPosts", work.get_posts, READ, CALLS, lists=True),
    Endpoint("b_thread", "GET", XRPC + FEED + "getPostThread", work.get_thread, READ, CALLS),
    Endpoint("b_feed", "GET", XRPC + FEED + "getAuthorFeed", work.get_author_feed, READ, CALLS, lists=True),
    Endpoint("b_record", "GET", XRPC + REPO + "getRecord", work.get_record, READ, CALLS),
    Endpoint("b_put", "POST", XRPC + REPO + "putRecord", writing.put_record, WRITE, WRITES, writes=True),
    Endpoint("b_blob", "POST", XRPC + REPO + "uploadBlob", blobs.upload, ("upload",), WRITES, writes=True),
    Endpoint("b_create", "POST", XRPC + REPO + "createRecord", writing.create_record, WRITE, WRITES, writes=True),
    Endpoint("b_talks", "GET", XRPC + CONVO + "listConvos", chat.list_convos, MESSAGES, CALLS),
    Endpoint("b_talk", "GET", XRPC + CONVO + "getMessages", chat.get_messages, MESSAGES, CALLS),
    Endpoint("b_talk_with", "GET", XRPC + CONVO + "getConvoForMembers", chat.for_members, MESSAGES, CALLS),
    Endpoint("b_say", "POST", XRPC + CONVO + "sendMessage", chat.send, ("write",), WRITES, writes=True),
    Endpoint("b_delete", "POST", XRPC + REPO + "deleteRecord", writing.delete_record, WRITE, WRITES, writes=True),
)


def bluesky_routes(world: World) -> list[Route]:
    """Routes of the Bluesky wire."""
    return [Route(e.path, BlueskyGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
