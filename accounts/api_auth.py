"""The API's doors: who asks (a token, or a signed-in page), what their role allows, and one shape for every refusal.

WorkspaceMiddleware has already looked at the token or the session and found the membership; these classes tell DRF.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import error_body
from accounts.models import Membership
from accounts.policies import Permission
from core.errors import Forbidden, Invalid, NotFound, RabtaError


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer rbt_…`: good for the workspace it was made in, with its member's rights of the moment."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = getattr(request._request, "api_token", None)
        return (request._request.user, token) if token is not None else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MiddlewareSessionAuthentication(SessionAuthentication):
    """The person of the page's own session; requests that write must carry its CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MemberMay(BasePermission):
    """Ask the member's role for `view.permission`: one Permission, or a dictionary of them by HTTP method.

    A view that names none is a programming error, not an open door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        membership = getattr(request._request, "membership", None)
        if membership is None:
            return False
        wanted: Permission | dict[str, Permission] | None = getattr(view, "permission", None)
        if isinstance(wanted, dict):
            method = "GET" if request.method in ("HEAD", "OPTIONS") else str(request.method)
            wanted = wanted.get(method)
            if wanted is None and method not in view.allowed_methods:
                raise exceptions.MethodNotAllowed(method)
        if wanted is None:
            raise ImproperlyConfigured(f"{type(view).__name__} names no permission for {request.method}.")
        return bool(membership.may(wanted))


def member_of(request: Request) -> Membership:
    """The member behind an API request, found by WorkspaceMiddleware."""
    membership: Membership = request._request.membership  # type: ignore[attr-defined]
    return membership


#: Leaves room for whose key it is.
MAX_KEY = 160
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=f"Up to {MAX_KEY} characters. Sent again with the same body, the first answer comes back and nothing is written "
    "twice; with another body it is refused with 409.",
)


def own_key(request: Request) -> str:
    """The program's key, made its member's own, so that nobody can spend another's; empty without one. Raises Invalid."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY:
        sentence = _("A key has at most {limit} characters.").format(limit=MAX_KEY)
        raise Invalid(sentence, field="idempotency_key", code="too_long")
    return f"api:{member_of(request).pk}:{key}" if key else ""


def one_error_shape(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: `{"error": {code, message, field, detail}}` whatever was raised.

    Nothing the view wrote stays. None for a fault of ours: Django logs it and accounts.errors.server_error answers.
    """
    refusal, status, headers = _as_refusal(error)
    request = context.get("request")
    if request is not None:
        request._request.must_roll_back = True
    if refusal is None:
        return None
    return Response(error_body(refusal), status=status, headers=headers)


def _as_refusal(error: Exception) -> tuple[RabtaError | None, int, dict[str, str]]:
    if isinstance(error, RabtaError):
        return error, error.status, {}
    if isinstance(error, Http404):
        return NotFound(_("Nothing here.")), 404, {}
    if isinstance(error, PermissionDenied):
        return Forbidden(_("Your role in this workspace does not include this.")), 403, {}
    if isinstance(error, RequestDataTooBig):
        return RabtaError(_("This body is too large."), code="too_large"), 413, {}
    if not isinstance(error, exceptions.APIException):
        return None, 500, {}
    headers = {}
    challenge, wait = getattr(error, "auth_header", None), getattr(error, "wait", None)
    if challenge:
        headers["WWW-Authenticate"] = str(challenge)
    if wait:
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        field, message = _first_fault(error.detail)
        return RabtaError(message, field=field, code="invalid", detail={"fields": error.detail}), 422, headers
    code = error.get_codes()
    refusal = RabtaError(str(error.detail), code=code if isinstance(code, str) else "refused")
    return refusal, error.status_code, headers


def _first_fault(detail: Any, path: tuple[str, ...] = ()) -> tuple[str | None, str]:
    """The first wrong field of a serializer's report, `author.name` for nested ones, and what is wrong with it."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if inner:
                return _first_fault(inner, path if name == "non_field_errors" else (*path, str(name)))
    if isinstance(detail, list):
        for number, inner in enumerate(detail):
            if inner:
                return _first_fault(inner, path if isinstance(inner, str) else (*path, str(number)))
    return ".".join(path) or None, str(detail)
