"""Views that misbehave on purpose, below the real middleware."""

from typing import Any, ClassVar

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import calls_network, member_view
from accounts.errors import bad_request, forbidden, not_found, server_error  # noqa: F401
from accounts.models import Team
from accounts.policies import Permission
from config.urls import urlpatterns as real
from core.errors import Conflict
from core.tenancy import has_workspace, tenant

handler404 = "accounts.errors.not_found"
handler403 = "accounts.errors.forbidden"
handler500 = "accounts.errors.server_error"


@member_view(Permission.PEOPLE_VIEW)
def writes(request: Any, slug: str, how: str) -> Any:
    """Write a row, then end as asked."""
    Team.objects.create(name="written")
    if how == "raise":
        raise ZeroDivisionError
    if how == "404":
        raise Http404
    if how == "refuse":
        raise Conflict("Somebody was first.")
    if how == "stream":
        return StreamingHttpResponse(iter([b"x"]))
    return HttpResponse(how, status=int(how))


@calls_network
@member_view(Permission.PEOPLE_VIEW)
def calls(request: Any, slug: str) -> HttpResponse:
    """Say whether a workspace is selected and a transaction held."""
    with tenant(request.workspace.pk):
        seen = Team.objects.count()
    depth = len(connection.savepoint_ids)
    return HttpResponse(f"{has_workspace()} {depth} {seen}")


@member_view(Permission.PEOPLE_VIEW)
def inside(request: Any, slug: str) -> HttpResponse:
    """The same for an ordinary view."""
    return HttpResponse(f"{has_workspace()} {len(connection.savepoint_ids)}")


class Api(APIView):
    """The same for the API."""

    permission = Permission.PEOPLE_VIEW

    def get(self, request: Request, slug: str, how: str) -> Response:
        Team.objects.create(name="written")
        if how == "raise":
            raise ZeroDivisionError
        if how == "refuse":
            raise Conflict("Somebody was first.", field="name", detail={"by": 7})
        return Response({}, status=int(how))


class Managers(APIView):
    """Reading is for all, writing for those who manage the workspace."""

    permission: ClassVar[dict[str, Permission]] = {"GET": Permission.PEOPLE_VIEW, "POST": Permission.WORKSPACE_MANAGE}

    def get(self, request: Request, slug: str) -> Response:
        return Response({})

    def post(self, request: Request, slug: str) -> Response:
        Team.objects.create(name="written")
        return Response({}, status=201)


class Nameless(APIView):
    """Names no permission."""

    def get(self, request: Request, slug: str) -> Response:
        return Response({})


def global_view(request: HttpRequest) -> HttpResponse:
    """Outside of any workspace."""
    raise Conflict("Somebody was first.")


urlpatterns = [
    path("w/<slug:slug>/t/writes/<str:how>/", writes),
    path("w/<slug:slug>/t/calls/", calls),
    path("w/<slug:slug>/t/inside/", inside),
    path("api/v1/w/<slug:slug>/t/managers", Managers.as_view()),
    path("api/v1/w/<slug:slug>/t/nameless", Nameless.as_view()),
    path("api/v1/w/<slug:slug>/t/<str:how>", Api.as_view()),
    path("t/global/", global_view),
    *real,
]
