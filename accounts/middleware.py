"""Layers around every view: when a session was last seen, the person's language and time zone, and the workspace."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from structlog.contextvars import bind_contextvars

from accounts.context import LAST_SLUG
from accounts.errors import error_response, is_api, not_found
from accounts.secrets import token_hash
from accounts.selectors import place_by_token, places_of
from accounts.services.tokens import touch_token
from core.errors import RabtaError
from core.tenancy import tenant

PAGES = "/w/"
API = "/api/v1/w/"
#: How stale “last seen” may be. Each note costs five statements.
SEEN_SECONDS = 300

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SeenMiddleware:
    """Note when and from where a session was last used, for the list of devices; every few minutes, not on every request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        # Keys of the cache are read by more eyes than the cookie: the hash says as much.
        if key and request.user.is_authenticated and cache.add(f"seen:{token_hash(key)}", 1, SEEN_SECONDS):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


class PreferencesMiddleware:
    """Draw the page in the person's own language and time zone. Strangers follow their cookie and browser."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language() or user.language
        with timezone.override(zone_of(user.time_zone)):
            return self.get_response(request)


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that name; UTC when this machine does not know it (zone names come and go with tzdata)."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


class _RolledBack(Exception):
    """Carries an answer out of a transaction that must not be committed."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


class WorkspaceMiddleware:
    """Find the workspace an address names by the person's own membership, and run the view inside it.

    Below /w/<slug>/ and /api/v1/w/<slug>/ only. The view and its template run in one `tenant()` transaction, which is
    rolled back when the view raised or the answer is 500 or above. Views marked `@calls_network` get the workspace, but
    no transaction.
    A workspace that does not exist and one the person does not belong to are the same 404.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        view, slug = _named_workspace(request)
        if slug is None:
            return self.get_response(request)
        refusal = _admit(request, slug)
        if refusal is not None:
            return refusal
        _remember(request)
        if _is_marked(view, "calls_network"):
            return self.get_response(request)
        try:
            with tenant(request.workspace.pk, step="request"):
                response = self.get_response(request)
                if response.streaming:
                    raise TypeError("A streaming answer would outlive the workspace's transaction.")
                if response.status_code >= 500 or getattr(request, "must_roll_back", False):
                    raise _RolledBack(response)
        except _RolledBack as rolled_back:
            return rolled_back.response
        return response

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        """Called for whatever a view raised: nothing it wrote may stay, and a refusal becomes an answer."""
        request.must_roll_back = True
        return error_response(request, error) if isinstance(error, RabtaError) else None


def _named_workspace(request: HttpRequest) -> tuple[Any, str | None]:
    """The view an address leads to and the slug it names; (None, None) where no workspace is meant."""
    if not request.path_info.startswith((PAGES, API)):
        return None, None
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None, None
    return match.func, match.kwargs.get("slug")


def _admit(request: Any, slug: str) -> HttpResponse | None:
    """Put person, workspace and membership on the request; return an answer instead when they may not come in."""
    request.api_token = None
    bearer = bearer_token(request) if is_api(request) else None
    if bearer is not None:
        found = place_by_token(bearer)
        if found is None:
            return error_response(request, RabtaError(_("This token is not valid."), code="invalid_token"), status=401)
        place, request.api_token = found
        request.user, request.places = place.membership.user, [place]
    elif not request.user.is_authenticated:
        if is_api(request):
            refused = RabtaError(_("Sign in, or send a token."), code="not_authenticated")
            return error_response(request, refused, status=401)
        return redirect_to_login(request.get_full_path())
    else:
        request.places = places_of(request.user)
    chosen = next((place for place in request.places if place.workspace.slug == slug), None)
    if chosen is None:
        return not_found(request)
    request.workspace, request.membership = chosen.workspace, chosen.membership
    bind_contextvars(workspace=chosen.workspace.pk)
    if request.api_token is not None:
        touch_token(token=request.api_token)
    return None


def bearer_token(request: HttpRequest) -> str | None:
    """The token of an `Authorization: Bearer` header; None without one."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _remember(request: Any) -> None:
    """Keep the last workspace for `/`. Written only when it changes, and not for programs."""
    if not is_api(request) and request.session.get(LAST_SLUG) != request.workspace.slug:
        request.session[LAST_SLUG] = request.workspace.slug


def _is_marked(view: Any, mark: str) -> bool:
    """Whether a view function, or the class behind it, carries the mark."""
    return any(getattr(layer, mark, False) for layer in (view, getattr(view, "cls", None), getattr(view, "view_class", None)))
