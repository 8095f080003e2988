"""API v1 of what is done on networks to messages that exist."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, Text, read
from inbox.api_shapes import MessageOut
from inbox.services import deeds
from inbox.services.wording import MAX_CHARACTERS
from social.networks.values import DeedKind


class DeedIn(Strict):
    """What to do to a message on its network."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in DeedKind])
    text = Text(required=False, default="", max_length=MAX_CHARACTERS, help_text="The new words of an edit, or the sign of a like.")


class DeedsView(APIView):
    """`POST messages/<id>/deeds`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=DeedIn, responses=MessageOut, operation_id="messages_do")
    def post(self, request: Request, slug: str, message_id: int) -> Response:
        """Like, hide, delete or edit a message on its network. It is done in the background; asked for twice, it is done once.

        422 for what the network does not offer, 409 for a message that is not there. Hiding and deleting what customers wrote wants
        the right `conversations.moderate`.
        """
        given = read(DeedIn, request.data)
        message = deeds.do(member=member_of(request), message_id=message_id, kind=given["kind"], text=given["text"])
        return Response(MessageOut(message).data)
