"""API v1 of tags on conversations."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Several, Strict, Text, Whole, read
from core.keyset import MAX_ID
from inbox.api_shapes import ConversationOut
from inbox.services import tagging


class TagChange(Strict):
    """Which tags it gets and loses. What is so already stays so."""

    add = Several(child=Whole(min_value=1, max_value=MAX_ID), required=False, default=list, max_length=tagging.MAX_TAGS)
    remove = Several(child=Whole(min_value=1, max_value=MAX_ID), required=False, default=list, max_length=500)
    names = Several(
        child=Text(), required=False, default=list, max_length=tagging.MAX_TAGS, help_text="Found by name, or made."
    )


class ConversationTagsView(APIView):
    """`POST conversations/<id>/tags`."""

    permission = Permission.CONVERSATIONS_ASSIGN

    @extend_schema(request=TagChange, responses=ConversationOut, operation_id="conversations_tag")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Put tags on a conversation and take others away, at once."""
        given = read(TagChange, request.data)
        row = tagging.change_tags(member=member_of(request), conversation_id=conversation_id, **given)
        return Response(ConversationOut(row).data)
