"""The page on which a person lets an app act for an account: OAuth 2 authorization with PKCE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import people, tokens, web

if TYPE_CHECKING:
    from .world import World

# What each scope means to the person who is asked.
MEANINGS = {
    "tweet.read": "Read posts this account can see, and posts that mention it",
    "tweet.write": "Post, answer and delete in its name",
    "tweet.moderate.write": "Hide and show answers below its posts",
    "users.read": "See profiles",
    "like.read": "See what it likes",
    "like.write": "Like and unlike in its name",
    "dm.read": "Read its direct messages",
    "dm.write": "Send direct messages in its name",
    "media.write": "Upload pictures",
    "follows.read": "See whom it follows",
    "offline.access": "Stay connected until you take the permission back",
}
YOUTUBE_RIGHT = "https://www.googleapis.com/auth/youtube.force-ssl"
# Google's rights, each with the network whose accounts it is about.
GOOGLE_MEANINGS = {
    YOUTUBE_RIGHT: ("youtube", "Read, write and moderate comments on its YouTube channel"),
    "https://www.googleapis.com/auth/business.manage": ("google", "See and answer the reviews of its businesses"),
}
MOST_PEOPLE = 60
ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "access_type")


@dataclass(frozen=True)
class Door:
    """One network's consent page: where it stands, what its rights mean, and whose accounts can be chosen."""

    path: str
    meanings: Mapping[str, str]
    #: Whose accounts a right is about; others are X's.
    homes: Mapping[str, str] = field(default_factory=dict)

    def network(self, asked: Mapping[str, str]) -> str:
        """The network whose accounts are asked for."""
        return next((self.homes[scope] for scope in asked.get("scope", "").split() if scope in self.homes), "x")

    def scopes(self, asked: Mapping[str, str]) -> list[str]:
        """What the token may do. Google asks for staying connected in words of its own."""
        offline = [tokens.OFFLINE] if asked.get("access_type") == "offline" else []
        return asked["scope"].split() + offline


X_DOOR = Door("/i/oauth2/authorize", MEANINGS)
GOOGLE_DOOR = Door(
    "/o/oauth2/v2/auth",
    {scope: words for scope, (_network, words) in GOOGLE_MEANINGS.items()},
    {scope: network for scope, (network, _words) in GOOGLE_MEANINGS.items()},
)


def allowed_redirect(callback: str, uri: str) -> bool:
    """Whether a redirect URI is below the registered prefix: same scheme, host and port, path within."""
    base, given = urlsplit(callback), urlsplit(uri)
    if (base.scheme, base.netloc) != (given.scheme, given.netloc) or ".." in given.path or given.fragment:
        return False
    prefix = base.path.rstrip("/")
    return given.path == prefix or given.path.startswith(prefix + "/")


def problem_of(world: World, asked: Mapping[str, str], door: Door = X_DOOR) -> str | None:
    """Why an authorization request cannot be shown, in words; None when all is well."""
    if asked.get("client_id") != world.settings.client_id:
        return "client_id: no app is registered under this id."
    if not allowed_redirect(world.settings.callback, asked.get("redirect_uri", "")):
        return "redirect_uri: it is not below the address registered for this app."
    if asked.get("response_type") != "code":
        return "response_type: must be code."
    if not asked.get("state"):
        return "state: is missing; the app would not know whose answer this is."
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        return "code_challenge: a PKCE challenge with method S256 is required."
    scopes = asked.get("scope", "").split()
    unknown = [scope for scope in scopes if scope not in door.meanings]
    if not scopes or unknown:
        return f"scope: {' '.join(unknown) or 'is missing'} is not something this network can grant."
    return None


def send_back(uri: str, **values: str) -> RedirectResponse:
    """Redirect to the app with the answer added to its address."""
    parts = urlsplit(uri)
    query = "&".join(piece for piece in (parts.query, urlencode(values)) if piece)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303, headers={"cache-control": "no-store"})


def choices(world: World, network: str = "x") -> list[dict[str, Any]]:
    """Accounts to choose from: every brand, and a handful of people, those made by hand first."""
    folk = [row for row in people.everyone(world, brands=False, network=network) if not row["suspended"]]
    folk.sort(key=lambda row: ("page", "control", "cast", "import").index(row["origin"]))
    shops = [row for row in people.everyone(world, brands=True, network=network) if not row["suspended"]]
    return [people.describe(row) for row in (*shops, *folk[:MOST_PEOPLE])]


def consent_routes(world: World) -> list[Route]:
    """Every network's consent page."""
    return [route for door in (X_DOOR, GOOGLE_DOOR) for route in routes_of(world, door)]


def routes_of(world: World, door: Door) -> list[Route]:
    """GET shows the page, POST takes the decision."""

    async def ask(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        problem = problem_of(world, asked, door)
        if problem is not None:
            return web.page("refused.html", status=400, problem=problem)
        target = urlsplit(asked["redirect_uri"])
        return web.page(
            "consent.html",
            form_targets=f"{target.scheme}://{target.netloc}",
            asked=asked,
            door=door.path,
            app_host=target.netloc,
            meanings=[door.meanings[scope] for scope in asked["scope"].split()],
            accounts=choices(world, door.network(asked)),
        )

    async def decide(request: Request) -> Response:
        if not web.from_here(request):
            return web.page("refused.html", status=403, problem="This decision did not come from our own page.")
        async with request.form() as form:
            values = {name: str(value) for name, value in form.items()}
        problem = problem_of(world, values, door)
        if problem is not None:
            return web.page("refused.html", status=400, problem=problem)
        if values.get("decision") != "allow":
            return send_back(values["redirect_uri"], error="access_denied", state=values["state"])
        account = people.on(world, values.get("account", ""), door.network(values))
        if account is None or account["suspended"]:
            return web.page("refused.html", status=400, problem="account: choose one of the accounts shown.")
        code = tokens.new_code(
            world, user_id=account["id"], redirect_uri=values["redirect_uri"], challenge=values["code_challenge"],
            scopes=door.scopes(values),
        )  # fmt: skip
        return send_back(values["redirect_uri"], state=values["state"], code=code)

    return [
        Route(door.path, ask, methods=["GET"]),
        Route(door.path, decide, methods=["POST"]),
    ]
