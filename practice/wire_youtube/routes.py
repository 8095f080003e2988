"""The table of YouTube's endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from .. import people, posts
from ..trouble import Switch
from ..wire.gate import Endpoint
from ..wire_google.gate import GoogleGate
from . import names, work

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, CALLS = ("read",), ("write",), 900
PREFIX = "/youtube/v3"

ENDPOINTS = (
    Endpoint("y_channels", "GET", "/channels", work.channels, READ, CALLS),
    Endpoint("y_videos", "GET", "/videos", work.videos, READ, CALLS),
    Endpoint("y_threads", "GET", "/commentThreads", work.threads, READ, CALLS, lists=True),
    Endpoint("y_comments", "GET", "/comments", work.comments, READ, CALLS, lists=True),
    Endpoint("y_insert", "POST", "/comments", work.insert, WRITE, CALLS, writes=True),
    Endpoint("y_update", "PUT", "/comments", work.update, WRITE, CALLS, writes=True),
    Endpoint("y_delete", "DELETE", "/comments", work.remove, WRITE, CALLS, writes=True),
    Endpoint("y_moderate", "POST", "/comments/setModerationStatus", work.moderate, WRITE, CALLS, writes=True),
)


class YouTubeGate(GoogleGate):
    """An ASGI application for one endpoint of YouTube. Its rows are threads, and comments."""

    network = "youtube"
    rows = "items"

    def hide_author(self, row: Any) -> None:
        """Authors without a channel, and without a name too."""
        for comment in comments_in(row):
            for name in ("authorChannelId", "authorDisplayName", "authorChannelUrl"):
                comment["snippet"].pop(name, None)

    def malformed(self, rows: list[Any], switch: Switch) -> None:
        """Break one row, another way each time."""
        index = switch.random.randrange(len(rows))
        way = (switch.fired - 1) % 5
        if way == 0:
            rows[index] = {name: value for name, value in rows[index].items() if name != "id"}
        elif way == 1:
            rows[index] = f"row {index}"
        elif way == 2:
            for comment in comments_in(rows[index])[:1]:
                comment["snippet"]["publishedAt"] = "yesterday, around noon"
        elif way == 3:
            for comment in comments_in(rows[index])[:1]:
                comment["snippet"] = None
        else:
            for comment in comments_in(rows[index])[:1]:
                comment["snippet"]["textDisplay"] = "a NUL \x00, a bidi trap \u202e<script>alert(1)</script>"


def comments_in(row: Any) -> list[dict[str, Any]]:
    """The comments of a row, which is a thread or a comment itself."""
    if not isinstance(row, dict) or not isinstance(row.get("snippet"), dict):
        return []
    if row.get("kind") != "youtube#commentThread":
        return [row] if "textDisplay" in row["snippet"] else []
    found = [row["snippet"]["topLevelComment"], *row.get("replies", {}).get("comments", [])]
    return [comment for comment in found if isinstance(comment.get("snippet"), dict)]


def youtube_routes(world: World) -> list[Route]:
    """Routes of YouTube's API, and the page of a video, which is the post's own page here."""

    async def watch(request: Request) -> Response:
        video, comment = (request.query_params.get(name, "") for name in ("v", "lc"))
        row = posts.find(world, names.post_of_comment(comment) or names.post_of_video(video))
        if row is None or row["network"] != "youtube":
            return PlainTextResponse("There is no such video on the square.", 404)
        author = people.get(world, row["author_id"])
        return RedirectResponse(f"/{author['handle']}/status/{row['id']}", 303)

    routes = [Route(PREFIX + e.path, YouTubeGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
    return [Route("/watch", watch), *routes]
