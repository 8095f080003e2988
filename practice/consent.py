"""The page on which a person lets an app act for an account: OAuth 2 authorization, with PKCE where the network has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import people, tokens, web
from .wire_mail import login

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
ON_REDDIT = {
    "identity": "See who it is",
    "read": "Read what this account can see",
    "history": "Read what it wrote",
    "privatemessages": "Read and write its private messages",
    "submit": "Comment in its name",
    "edit": "Change and delete what it wrote",
    "modposts": "Remove and approve where it moderates",
}
ON_LINKEDIN = {
    "rw_organization_admin": "See the pages it administers, and what happens around them",
    "r_organization_social": "Read their posts and comments",
    "r_organization_social_feed": "Read comments and reactions below their posts",
    "w_organization_social_feed": "Comment and react in their name",
    "w_organization_social": "Comment in their name",
}
ON_MASTODON = {
    "read": "Read everything this account can see",
    "write:statuses": "Post, answer, edit and delete in its name",
    "write:media": "Upload pictures",
    "write:favourites": "Like in its name",
}
ON_META = {
    "pages_show_list": ("facebook", "List the Pages this account manages"),
    "pages_read_engagement": ("facebook", "Read posts of its Pages"),
    "pages_read_user_content": ("facebook", "Read comments and posts of visitors"),
    "pages_manage_engagement": ("facebook", "Answer, hide and delete comments"),
    "pages_manage_metadata": ("facebook", "Be told at once of what is new"),
    "pages_messaging": ("facebook", "Read and answer messages"),
    "instagram_basic": ("instagram", "See its Instagram accounts"),
    "instagram_manage_comments": ("instagram", "Read and answer comments on Instagram"),
    "instagram_manage_messages": ("instagram", "Read and answer messages on Instagram"),
    "whatsapp_business_management": ("whatsapp", "See its numbers and templates on WhatsApp"),
    "whatsapp_business_messaging": ("whatsapp", "Write on WhatsApp"),
}
YOUTUBE_RIGHT = "https://www.googleapis.com/auth/youtube.force-ssl"
# Google's rights, each with the network whose accounts it is about.
GOOGLE_MEANINGS = {
    YOUTUBE_RIGHT: ("youtube", "Read, write and moderate comments on its YouTube channel"),
    "https://www.googleapis.com/auth/business.manage": ("google", "See and answer the reviews of its businesses"),
    **{scope: ("email", words) for scope, words in login.GOOGLE.items()},
}
MOST_PEOPLE = 60


def scopes_of(asked: Mapping[str, str]) -> list[str]:
    """The rights asked for; Meta writes commas between them."""
    return asked.get("scope", "").replace(",", " ").split()


@dataclass(frozen=True)
class Desk:
    """Where one network asks: its address, what its scopes mean, and whether it wants a PKCE challenge."""

    network: str
    path: str
    meanings: Mapping[str, str]
    pkce: bool = False
    #: Whether a refresh token comes without being asked for.
    stays: bool = False
    #: Whose accounts a right is about, where that is not `network`.
    homes: Mapping[str, str] = field(default_factory=dict)
    #: Whether apps register here by themselves; else there is one, of the settings.
    registers: bool = False
    #: Whether single rights can be left out.
    unticks: bool = False
    #: What every sign-in here is given beside what was asked for.
    beside: tuple[str, ...] = ()

    def home(self, asked: Mapping[str, str]) -> str:
        """The network whose accounts are asked for."""
        return next((self.homes[scope] for scope in scopes_of(asked) if scope in self.homes), self.network)


DESKS = (
    Desk("x", "/i/oauth2/authorize", MEANINGS, pkce=True),
    Desk("reddit", "/api/v1/authorize", ON_REDDIT),
    Desk("linkedin", "/oauth/v2/authorization", ON_LINKEDIN, stays=True),
    Desk(
        "google",
        "/o/oauth2/v2/auth",
        {scope: words for scope, (_home, words) in GOOGLE_MEANINGS.items()},
        pkce=True,
        homes={scope: home for scope, (home, _words) in GOOGLE_MEANINGS.items()},
    ),
    Desk("mastodon", "/oauth/authorize", ON_MASTODON, registers=True),
    Desk(
        "facebook",
        "/v{major:int}.{minor:int}/dialog/oauth",
        {scope: words for scope, (_home, words) in ON_META.items()},
        homes={scope: home for scope, (home, _words) in ON_META.items() if home != "facebook"},
        unticks=True,
        beside=(tokens.OF_A_PERSON,),
    ),
    Desk("email", "/common/oauth2/v2.0/authorize", login.MICROSOFT, pkce=True),
)
ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    "duration", "access_type",
)  # fmt: skip


def allowed_redirect(callback: str, uri: str) -> bool:
    """Whether a redirect URI is below the registered prefix: same scheme, host and port, path within."""
    base, given = urlsplit(callback), urlsplit(uri)
    if (base.scheme, base.netloc) != (given.scheme, given.netloc) or ".." in given.path or given.fragment:
        return False
    prefix = base.path.rstrip("/")
    return given.path == prefix or given.path.startswith(prefix + "/")


def knows(world: World, desk: Desk, client_id: str) -> bool:
    """Whether an app is registered under this id."""
    if desk.registers:
        return world.store.one("SELECT 1 FROM apps WHERE client_id = ?", (client_id,)) is not None
    return client_id == world.settings.client_id


def problem_of(world: World, desk: Desk, asked: Mapping[str, str]) -> str | None:
    """Why an authorization request cannot be shown, in words; None when all is well."""
    if not knows(world, desk, asked.get("client_id", "")):
        return "client_id: no app is registered under this id."
    if not allowed_redirect(world.settings.callback, asked.get("redirect_uri", "")):
        return "redirect_uri: it is not below the address registered for this app."
    if asked.get("response_type") != "code":
        return "response_type: must be code."
    if not asked.get("state"):
        return "state: is missing; the app would not know whose answer this is."
    if desk.pkce and (asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43):
        return "code_challenge: a PKCE challenge with method S256 is required."
    scopes = scopes_of(asked)
    unknown = [scope for scope in scopes if scope not in desk.meanings]
    if not scopes or unknown:
        return f"scope: {' '.join(unknown) or 'is missing'} is not something this network can grant."
    return None


def send_back(uri: str, **values: str) -> RedirectResponse:
    """Redirect to the app with the answer added to its address."""
    parts = urlsplit(uri)
    query = "&".join(piece for piece in (parts.query, urlencode(values)) if piece)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303, headers={"cache-control": "no-store"})


def choices(world: World, network: str) -> list[dict[str, Any]]:
    """Accounts to choose from: every brand, and a handful of people, those made by hand first."""
    folk = [row for row in people.everyone(world, brands=False, network=network) if not row["suspended"]]
    folk.sort(key=lambda row: ("page", "control", "cast", "import").index(row["origin"]))
    shops = [row for row in people.everyone(world, brands=True, network=network) if not row["suspended"]]
    return [people.describe(row) for row in (*shops, *folk[:MOST_PEOPLE])]


def granted(desk: Desk, asked: Mapping[str, str], withheld: Collection[str] = ()) -> list[str]:
    """The scopes of the code: only X asks for a sign-in that stays by a scope."""
    stays = desk.stays or "offline_access" in scopes_of(asked)
    stays = stays or asked.get("duration") == "permanent" or asked.get("access_type") == "offline"
    given = [scope for scope in scopes_of(asked) if not (desk.unticks and scope in withheld)]
    return [*given, *desk.beside, *([tokens.OFFLINE] if stays else [])]


def consent_routes(world: World) -> list[Route]:
    """Of each desk, GET shows the page and POST takes the decision."""
    return [route for desk in DESKS for route in desk_routes(world, desk)]


def desk_routes(world: World, desk: Desk) -> list[Route]:
    """The two routes of one desk."""

    async def ask(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        problem = problem_of(world, desk, asked)
        if problem is not None:
            return web.page("refused.html", status=400, problem=problem)
        target = urlsplit(asked["redirect_uri"])
        return web.page(
            "consent.html",
            form_targets=f"{target.scheme}://{target.netloc}",
            asked=asked,
            desk=request.url.path,
            app_host=target.netloc,
            meanings=[(scope, desk.meanings[scope]) for scope in scopes_of(asked)],
            unticks=desk.unticks,
            accounts=choices(world, desk.home(asked)),
        )

    async def decide(request: Request) -> Response:
        if not web.from_here(request):
            return web.page("refused.html", status=403, problem="This decision did not come from our own page.")
        async with request.form() as form:
            values = {name: str(value) for name, value in form.items()}
            withheld = [str(value) for value in form.getlist("withhold")]
        problem = problem_of(world, desk, values)
        if problem is not None:
            return web.page("refused.html", status=400, problem=problem)
        if values.get("decision") != "allow":
            return send_back(values["redirect_uri"], error="access_denied", state=values["state"])
        account = people.on(world, values.get("account", ""), desk.home(values))
        if account is None or account["suspended"]:
            return web.page("refused.html", status=400, problem="account: choose one of the accounts shown.")
        code = tokens.new_code(
            world, user_id=account["id"], redirect_uri=values["redirect_uri"], challenge=values.get("code_challenge", ""),
            scopes=granted(desk, values, withheld),
        )  # fmt: skip
        return send_back(values["redirect_uri"], state=values["state"], code=code)

    return [Route(desk.path, ask, methods=["GET"]), Route(desk.path, decide, methods=["POST"])]
