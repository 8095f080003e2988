"""API v1 of how a channel writes whose answers are letters."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Strict, Text, asked, read
from social.services import letters


class LettersOut(serializers.Serializer[object]):
    """How a channel writes."""

    signature = serializers.CharField()
    quotes_original = serializers.BooleanField()
    auto_answer = serializers.CharField(help_text="Answers what people write by itself; empty: nothing does.")
    connection = serializers.DictField(
        source="fields", child=serializers.CharField(), help_text="What of the connection may be changed without connecting anew."
    )


class LettersChange(Strict):
    """What to change; what is left out stays."""

    signature = Text(required=False, max_length=letters.TEXTS["signature"], allow_blank=True)
    quotes_original = Flag(required=False)
    auto_answer = Text(required=False, max_length=letters.TEXTS["auto_answer"], allow_blank=True)
    sender_name = Text(required=False, max_length=100, allow_blank=True, help_text="E-mail: what customers see before the address.")
    aliases = Text(required=False, max_length=4000, allow_blank=True, help_text="E-mail: further addresses, with commas between.")


class LettersView(APIView):
    """`GET` and `PATCH channels/<id>/letters`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(responses=LettersOut, operation_id="channels_letters_read")
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """How a channel writes. 409 for one that writes no letters."""
        asked(Strict, request)
        return Response(LettersOut(letters.settings_of(channel_id)).data)

    @extend_schema(request=LettersChange, responses=LettersOut, operation_id="channels_letters_change")
    def patch(self, request: Request, slug: str, channel_id: int) -> Response:
        """Change how a channel writes. 409 for one that writes no letters, 422 for an address that is none."""
        values = read(LettersChange, request.data)
        return Response(LettersOut(letters.change(channel_id=channel_id, values=values, actor_id=member_of(request).pk)).data)
