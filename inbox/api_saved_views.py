"""API v1 of kept lists."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, Text, Whole, page_of, read, refuse_body
from core.api import page as paged
from core.keyset import MAX_ID
from inbox import selectors
from inbox.models import SavedView, Scope
from inbox.selectors import ListQuery
from inbox.services import saved_views


class ViewOut(serializers.Serializer[object]):
    """A kept list. Ask `conversations` with its parameters for what stands in it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    icon = serializers.CharField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    parameters = serializers.DictField(child=serializers.CharField())
    position = serializers.IntegerField()
    opens = serializers.BooleanField(help_text="Your inbox opens with it.")
    count = serializers.IntegerField(required=False, help_text="How many stand in it, up to 99; only in lists.")
    more = serializers.BooleanField(required=False, help_text="There are at least so many; only in lists.")


class ViewIn(Strict):
    """A list to keep."""

    name = Text(max_length=200)
    icon = Text(required=False, default="bookmark", max_length=24)
    scope = Text(required=False, default=Scope.PRIVATE, max_length=10, help_text="`private`, `team`, `workspace`.")
    team = Whole(required=False, allow_null=True, default=None, min_value=1, max_value=MAX_ID)
    parameters = serializers.DictField(child=Text(), help_text="Parameters of `conversations`.")


class ViewChange(Strict):
    """What may be changed. Fields that are not sent stay."""

    name = Text(required=False, max_length=200)
    icon = Text(required=False, max_length=24)
    scope = Text(required=False, max_length=10)
    team = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    parameters = serializers.DictField(required=False, child=Text())
    position = Whole(required=False, min_value=-1000, max_value=1000)


class ViewsView(APIView):
    """`GET` and `POST views`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=page_of(ViewOut, "ViewPage"), operation_id="views_list")
    def get(self, request: Request, slug: str) -> Response:
        """Every kept list you see, in the order of the tree, with how many stand in each."""
        member = member_of(request)
        rows = selectors.visible_views(member)
        asked = {str(row.pk): _query(row) for row in rows}
        counted = selectors.tallies(asked, member)
        for row in rows:
            row.count, row.more = counted[str(row.pk)].number, counted[str(row.pk)].more  # type: ignore[attr-defined]
        return Response(paged(request, ViewOut(rows, many=True).data, after=""))

    @extend_schema(request=ViewIn, responses={201: ViewOut}, operation_id="views_keep")
    def post(self, request: Request, slug: str) -> Response:
        """Keep a list."""
        given = read(ViewIn, request.data)
        given["team_id"] = given.pop("team")
        row = saved_views.keep_view(member=member_of(request), **given)
        return Response(ViewOut(selectors.get_view(member_of(request), row.pk)).data, status=201)


def _query(row: SavedView) -> ListQuery:
    return ListQuery.parse(row.parameters)


class ViewView(APIView):
    """`GET`, `PATCH` and `DELETE views/<id>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=ViewOut, operation_id="views_read")
    def get(self, request: Request, slug: str, view_id: int) -> Response:
        """One kept list."""
        return Response(ViewOut(selectors.get_view(member_of(request), view_id)).data)

    @extend_schema(request=ViewChange, responses=ViewOut, operation_id="views_change")
    def patch(self, request: Request, slug: str, view_id: int) -> Response:
        """Change a kept list."""
        changes: dict[str, Any] = read(ViewChange, request.data)
        saved_views.change_view(member=member_of(request), view_id=view_id, changes=changes)
        return Response(ViewOut(selectors.get_view(member_of(request), view_id)).data)

    @extend_schema(responses={204: None}, operation_id="views_delete")
    def delete(self, request: Request, slug: str, view_id: int) -> Response:
        """Let go of it; its conversations stay."""
        saved_views.delete_view(member=member_of(request), view_id=view_id)
        return Response(status=204)


class ViewOpensView(APIView):
    """`POST views/<id>/open-with`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(request=None, responses=ViewOut, operation_id="views_open_with")
    def post(self, request: Request, slug: str, view_id: int) -> Response:
        """Your inbox opens with it from now on."""
        refuse_body(request)
        saved_views.open_with(member=member_of(request), view_id=view_id)
        return Response(ViewOut(selectors.get_view(member_of(request), view_id)).data)
