"""API v1 of how a reply will look on its network."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.policies import Permission
from core.api import Strict, Text, read
from inbox import selectors
from inbox.services.previews import preview
from inbox.services.wording import MAX_CHARACTERS


class PreviewIn(Strict):
    """What might be written."""

    body = Text(max_length=MAX_CHARACTERS, allow_blank=True)


class PieceOut(serializers.Serializer[object]):
    """Words of one kind."""

    kind = serializers.ChoiceField(choices=["text", "link", "mention", "tag"])
    text = serializers.CharField(help_text="As it is shown there.")
    whole = serializers.CharField(help_text="As it was written.")


class PreviewOut(serializers.Serializer[object]):
    """How it will look, as far as that is known."""

    parts = serializers.ListField(child=PieceOut(many=True), help_text="One, or as many as it travels in.")
    length = serializers.IntegerField(help_text="As the network counts it.")
    limit = serializers.IntegerField()


class PreviewView(APIView):
    """`POST conversations/<id>/preview`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=PreviewIn, responses=PreviewOut, operation_id="replies_preview")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """How a reply would look on its network. Nothing is sent or kept."""
        body = read(PreviewIn, request.data)["body"]
        return Response(PreviewOut(preview(selectors.get_conversation(conversation_id), body)).data)
