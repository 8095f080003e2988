"""API v1 of what was done to a conversation."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.policies import Permission
from core.api import Moment, PageQuery, asked, page, page_of
from core.keyset import number_after
from inbox.selectors import get_conversation
from inbox.selectors.history import history


class HistoryLineOut(serializers.Serializer[object]):
    """One thing that was done. `text` is in the caller's language; `kind` is the log's own name."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    at = Moment()
    actor = serializers.IntegerField(source="actor_id", allow_null=True, help_text="A member's id; null for Rabta itself.")
    text = serializers.CharField()
    until = Moment(allow_null=True)
    many = serializers.BooleanField(help_text="Done to many conversations at once.")
    undone = serializers.BooleanField(help_text="It took something back.")


class HistoryView(APIView):
    """`GET conversations/<id>/history`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(parameters=[PageQuery], responses=page_of(HistoryLineOut, "HistoryPage"), operation_id="conversations_history")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """What was done to a conversation and its tickets, newest first."""
        query = asked(PageQuery, request)
        found = history(get_conversation(conversation_id), before_id=number_after(query["after"]), size=query["limit"])
        return Response(page(request, HistoryLineOut(found.lines, many=True).data, after=found.before))
