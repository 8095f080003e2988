"""API v1 of this room."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.policies import Permission, Role


class WorkspaceOut(serializers.Serializer[object]):
    """A workspace as its members see it."""

    slug = serializers.CharField()
    name = serializers.CharField()
    language = serializers.CharField()


class PersonOut(serializers.Serializer[object]):
    """The person behind the request."""

    email = serializers.EmailField()
    name = serializers.CharField(source="display_name")
    language = serializers.CharField()
    calendar = serializers.CharField()
    time_zone = serializers.CharField()


class MeOut(serializers.Serializer[object]):
    """Who asks, where, and what they may do there."""

    member_id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Role.choices)
    permissions = serializers.ListField(child=serializers.ChoiceField(choices=[str(p) for p in Permission]))
    person = PersonOut()
    workspace = WorkspaceOut()


class MeView(APIView):
    """`GET /api/v1/w/<slug>/me`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=MeOut, operation_id="me")
    def get(self, request: Request, slug: str) -> Response:
        """Who asks, where, and what they may do there."""
        membership = request._request.membership  # type: ignore[attr-defined]
        workspace = request._request.workspace  # type: ignore[attr-defined]
        return Response(
            MeOut(
                {
                    "member_id": membership.pk,
                    "role": membership.role,
                    "permissions": sorted(membership.permissions),
                    "person": membership.user,
                    "workspace": workspace,
                }
            ).data
        )
