"""API v1 of the workspace's tags."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, Text, Whole, page_of, read
from core.api import page as paged
from core.errors import Invalid
from core.keyset import MAX_ID
from crm import selectors
from crm.models import Tone
from crm.services import tags
from crm.tag_holders import all_counts


class TagOut(serializers.Serializer[object]):
    """A tag, and how many things carry it (only in lists)."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    tone = serializers.ChoiceField(choices=Tone.choices)
    count = serializers.IntegerField(required=False)


class TagIn(Strict):
    """A tag to find or make."""

    name = Text(max_length=200)


class TagChange(Strict):
    """What may be changed. Fields that are not sent stay."""

    name = Text(required=False, max_length=200)
    tone = Text(required=False, max_length=8)


class TagMerge(Strict):
    """Where it goes up."""

    into = Whole(min_value=1, max_value=MAX_ID)


class TagsView(APIView):
    """`GET` and `POST tags`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "POST": Permission.CONVERSATIONS_ASSIGN}

    @extend_schema(responses=page_of(TagOut, "TagPage"), operation_id="tags_list")
    def get(self, request: Request, slug: str) -> Response:
        """Every tag, by name."""
        counts = all_counts()
        rows = [{"id": row.pk, "name": row.name, "tone": row.tone, "count": counts.get(row.pk, 0)} for row in selectors.tags()]
        return Response(paged(request, TagOut(rows, many=True).data, after=""))

    @extend_schema(request=TagIn, responses={201: TagOut}, operation_id="tags_make")
    def post(self, request: Request, slug: str) -> Response:
        """The tag of this name, made when there is none."""
        row = tags.find_or_make(member=member_of(request), name=read(TagIn, request.data)["name"])
        return Response(TagOut(row).data, status=201)


class TagView(APIView):
    """`PATCH` and `DELETE tags/<id>`."""

    permission = Permission.TAGS_MANAGE

    @extend_schema(request=TagChange, responses=TagOut, operation_id="tags_change")
    def patch(self, request: Request, slug: str, tag_id: int) -> Response:
        """Rename or recolour. 409 when the name is taken."""
        given = read(TagChange, request.data)
        if not given:
            raise Invalid(_("Name at least one field to change."), code="empty")
        return Response(TagOut(tags.change_tag(member=member_of(request), tag_id=tag_id, **given)).data)

    @extend_schema(responses={204: None}, operation_id="tags_delete")
    def delete(self, request: Request, slug: str, tag_id: int) -> Response:
        """Take it from everything that carries it, and away."""
        tags.delete_tag(member=member_of(request), tag_id=tag_id)
        return Response(status=204)


class TagMergeView(APIView):
    """`POST tags/<id>/merge`."""

    permission = Permission.TAGS_MANAGE

    @extend_schema(request=TagMerge, responses=TagOut, operation_id="tags_merge")
    def post(self, request: Request, slug: str, tag_id: int) -> Response:
        """Let it go up in another."""
        into = read(TagMerge, request.data)["into"]
        return Response(TagOut(tags.merge_tags(member=member_of(request), source_id=tag_id, target_id=into)).data)
