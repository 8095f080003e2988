"""The table of LinkedIn's endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from ..wire.gate import Endpoint
from . import work
from .gate import DAY_LIMIT, LinkedInGate

if TYPE_CHECKING:
    from ..world import World

READ, WRITE, TOKEN = ("read",), ("write",), ("token",)
COMMENTS = "/rest/socialActions/{urn}/comments"

ENDPOINTS = (
    Endpoint("l_token", "POST", "/oauth/v2/accessToken", work.access_token, TOKEN, DAY_LIMIT, open=True),
    Endpoint("l_roles", "GET", "/rest/organizationAcls", work.roles, READ, DAY_LIMIT),
    Endpoint("l_organization", "GET", "/rest/organizations/{id}", work.organization, READ, DAY_LIMIT),
    Endpoint("l_told", "GET", "/rest/organizationalEntityNotifications", work.notifications, READ, DAY_LIMIT, lists=True),
    Endpoint("l_posts", "GET", "/rest/posts", work.own_posts, READ, DAY_LIMIT, lists=True),
    Endpoint("l_comments", "GET", COMMENTS, work.comments, READ, DAY_LIMIT, lists=True),
    Endpoint("l_comment", "GET", COMMENTS + "/{id}", work.one, READ, DAY_LIMIT),
    Endpoint("l_edit", "POST", COMMENTS + "/{id}", work.edit, WRITE, DAY_LIMIT, writes=True),
    Endpoint("l_delete", "DELETE", COMMENTS + "/{id}", work.remove, WRITE, DAY_LIMIT, writes=True),
    Endpoint("l_react", "POST", "/rest/reactions", work.react, WRITE, DAY_LIMIT, writes=True),
    Endpoint("l_unreact", "DELETE", "/rest/reactions/{key}", work.unreact, WRITE, DAY_LIMIT, writes=True),
    Endpoint("l_create", "POST", COMMENTS, work.create, WRITE, DAY_LIMIT, writes=True),
)


def linkedin_routes(world: World) -> list[Route]:
    """Routes of LinkedIn's wire."""
    return [Route(e.path, LinkedInGate(world, e), methods=[e.method], name=e.name) for e in ENDPOINTS]
