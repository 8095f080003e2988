"""What the frame around every page shows: the person, where they are, where else they could go, what they may do."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from accounts.keys import grouped, keys_with
from accounts.models import Membership
from accounts.selectors import places_of

#: Where the session remembers the workspace a person was in last.
LAST_SLUG = "last_workspace"
#: The cookie that keeps a stranger's choice until they sign in.
THEME_COOKIE = "theme"
THEMES = frozenset({"auto", "light", "dark"})

#: Counters in the frame: name in the template → dotted path of a function from membership to number. config/ fills it.
counters: dict[str, str] = {}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Asks the database only for what a template really uses."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        theme = request.COOKIES.get(THEME_COOKIE, "auto")
        return {"theme": theme if theme in THEMES else "auto", "workspaces": [], "permissions": frozenset()}
    membership: Membership | None = getattr(request, "membership", None)
    return {
        "theme": user.theme,
        "key_groups": SimpleLazyObject(lambda: list(grouped(keys_with(user.keys)))),
        "calendar": user.calendar,
        "time_zone": user.time_zone,
        "workspace": getattr(request, "workspace", None) or SimpleLazyObject(lambda: _last_workspace(request)),
        "membership": membership,
        "permissions": membership.permissions if membership else frozenset(),
        "workspaces": SimpleLazyObject(lambda: [place.workspace for place in _places(request)]),
        **_counts(membership),
    }


def _places(request: Any) -> Any:
    if not hasattr(request, "places"):
        request.places = places_of(request.user)
    return request.places


def _last_workspace(request: Any) -> Any:
    """On a person's own pages the frame still leads back to where they were."""
    slugs = {place.workspace.slug: place.workspace for place in _places(request)}
    return slugs.get(request.session.get(LAST_SLUG), next(iter(slugs.values()), None))


def _counts(membership: Membership | None) -> dict[str, Any]:
    if membership is None:
        return {}
    return {name: _counter(path, membership) for name, path in counters.items()}


def _counter(path: str, membership: Membership) -> Callable[[], int]:
    """Templates call it when they show it, and then once."""
    return cache(lambda: import_string(path)(membership))
