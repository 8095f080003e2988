"""One way to say no: a page for people, one JSON shape for programs. And the project's handlers of errors."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.errors import Forbidden, NotFound, RabtaError
from core.htmx import toast, wants_part

API_PREFIX = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks, and JSON is the answer whatever happens."""
    return request.path_info.startswith(API_PREFIX)


def error_body(error: RabtaError) -> dict[str, Any]:
    """The shape of every refusal of the API."""
    return {
        "error": {
            "code": error.code,
            "message": str(error),
            "field": error.field,
            "detail": error.detail or None,
        },
    }


def error_response(request: HttpRequest, error: RabtaError, *, status: int | None = None) -> HttpResponse:
    """Answer a refusal: JSON for the API, a toast for an open page's request, a page for all others."""
    code = status or error.status
    if is_api(request):
        response: HttpResponse = JsonResponse(error_body(error), status=code)
        if code == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response
    if wants_part(request):
        return toast(HttpResponse(str(error), status=code, content_type="text/plain"), str(error), tone="bad")
    template = f"{code}.html" if code in (403, 404) else "accounts/refused.html"
    return render(request, template, {"error": error, "status": code}, status=code)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400. What was wrong is not repeated: it may be an attack, and Django has logged it."""
    if is_api(request):
        return error_response(request, RabtaError(_("This request cannot be read."), code="bad_request"))
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return error_response(request, Forbidden(_("Your role in this workspace does not include this.")))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404: the same words for what is not there and what is another's."""
    return error_response(request, NotFound(_("Nothing here.")))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. Draws nothing that needs the database: that may be what just failed."""
    if is_api(request):
        return error_response(request, RabtaError(_("Something went wrong on our side."), code="server_error"), status=500)
    return render(request, "500.html", status=500)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """handler429, which allauth calls."""
    if is_api(request):
        return error_response(request, RabtaError(_("Too many requests."), code="throttled"), status=429)
    return render(request, "429.html", status=429)
