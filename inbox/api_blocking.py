"""API v1 of blocking who writes in a conversation."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, read
from inbox.api_shapes import ConversationOut
from inbox.selectors import get_conversation
from inbox.services import blocking


class StandingIn(Strict):
    """How whoever writes there is taken from now on."""

    standing = serializers.ChoiceField(choices=["blocked", "spam", "welcome"])


class StandingView(APIView):
    """`POST conversations/<id>/standing`."""

    permission = Permission.CONVERSATIONS_MODERATE

    @extend_schema(request=StandingIn, responses=ConversationOut, operation_id="conversations_standing")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Block whoever writes in a conversation, mark them as spam, or let them in again. What they write comes in resolved."""
        wanted = read(StandingIn, request.data)["standing"]
        standing = "" if wanted == "welcome" else wanted
        blocking.block(member=member_of(request), conversation_id=conversation_id, standing=standing)
        return Response(ConversationOut(get_conversation(conversation_id)).data)
