"""The table of wire endpoints.

Limits are X's documented calls per user and 15 minutes (docs.x.com/x-api/fundamentals/rate-limits, read 2026-11);
where the document counts per day or per app only, the nearest figure per 15 minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from . import dms, media, oauth, timelines, tweets, users
from .gate import Endpoint, Gate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, UPLOAD, DM, TOKEN = ("read",), ("write",), ("upload",), ("dm",), ("token",)
WITH = "/2/dm_conversations/with/{participant_id}"
SEE = ("tweet.read", "users.read")

ENDPOINTS = (
    Endpoint("token", "POST", "/2/oauth2/token", oauth.token, TOKEN, 10_000, writes=True, open=True),
    Endpoint("revoke", "POST", "/2/oauth2/revoke", oauth.revoke, TOKEN, 10_000, writes=True, open=True),
    Endpoint("me", "GET", "/2/users/me", users.me, READ, 75, ("users.read",)),
    Endpoint("users", "GET", "/2/users", users.by_ids, READ, 900, SEE),
    Endpoint("users_by", "GET", "/2/users/by", users.by_usernames, READ, 900, SEE),
    Endpoint("user_by_name", "GET", "/2/users/by/username/{username}", users.by_username, READ, 900, SEE),
    Endpoint("user", "GET", "/2/users/{id}", users.by_id, READ, 900, SEE),
    Endpoint("mentions", "GET", "/2/users/{id}/mentions", timelines.mentions, READ, 300, SEE, lists=True),
    Endpoint("own_posts", "GET", "/2/users/{id}/tweets", timelines.own_posts, READ, 900, SEE, lists=True),
    Endpoint("search", "GET", "/2/tweets/search/recent", timelines.search, READ, 300, SEE, lists=True),
    Endpoint("posts", "GET", "/2/tweets", tweets.by_ids, READ, 5000, SEE, lists=True),
    Endpoint("create", "POST", "/2/tweets", tweets.create, WRITE, 100, (*SEE, "tweet.write"), writes=True),
    Endpoint("post", "GET", "/2/tweets/{id}", tweets.by_id, READ, 900, SEE),
    Endpoint("delete", "DELETE", "/2/tweets/{id}", tweets.delete, WRITE, 50, (*SEE, "tweet.write"), writes=True),
    Endpoint("hide", "PUT", "/2/tweets/{id}/hidden", tweets.hide, WRITE, 50, ("tweet.moderate.write",), writes=True),
    Endpoint("likers", "GET", "/2/tweets/{id}/liking_users", tweets.liking_users, READ, 75, SEE),
    Endpoint("like", "POST", "/2/users/{id}/likes", tweets.like, WRITE, 50, ("like.write",), writes=True),
    Endpoint("unlike", "DELETE", "/2/users/{id}/likes/{tweet_id}", tweets.unlike, WRITE, 50, ("like.write",), writes=True),
    Endpoint("media_status", "GET", "/2/media/upload", media.status, READ, 1000, ("media.write",)),
    Endpoint("media", "POST", "/2/media/upload", media.upload, UPLOAD, 500, ("media.write",), writes=True),
    Endpoint("media_begin", "POST", "/2/media/upload/initialize", media.initialize, UPLOAD, 1875, ("media.write",), writes=True),
    Endpoint("media_append", "POST", "/2/media/upload/{id}/append", media.append, UPLOAD, 1875, ("media.write",), writes=True),
    Endpoint("media_finish", "POST", "/2/media/upload/{id}/finalize", media.finalize, UPLOAD, 1875, ("media.write",), writes=True),
    Endpoint("media_words", "POST", "/2/media/metadata", media.metadata, UPLOAD, 500, ("media.write",), writes=True),
    Endpoint("media_old", "POST", "/1.1/media/upload.json", media.upload_old, UPLOAD, 615, ("media.write",), writes=True),
    Endpoint("dm_events", "GET", "/2/dm_events", dms.all_events, DM, 15, ("dm.read",), lists=True),
    Endpoint("dm_with", "GET", WITH + "/dm_events", dms.events_with, DM, 15, ("dm.read",), lists=True),
    Endpoint("dm_in", "GET", "/2/dm_conversations/{id}/dm_events", dms.events_in, DM, 15, ("dm.read",), lists=True),
    Endpoint("dm_send_with", "POST", WITH + "/messages", dms.send_with, DM, 15, ("dm.write",), writes=True),
    Endpoint("dm_send_in", "POST", "/2/dm_conversations/{id}/messages", dms.send_in, DM, 15, ("dm.write",), writes=True),
    Endpoint("dm_group", "POST", "/2/dm_conversations", dms.create_group, DM, 15, ("dm.write",), writes=True),
)  # fmt: skip


def wire_routes(world: World) -> list[Route]:
    """Routes of the wire; fixed paths come before those with an id in them."""
    return [Route(e.path, Gate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
