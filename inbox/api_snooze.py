"""API v1 of sleeping conversations."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, Strict, Text, asked, read
from core.errors import Invalid
from core.when import MAX_LENGTH
from inbox.api_shapes import ConversationOut
from inbox.selectors import get_conversation
from inbox.services import snoozing


class SnoozeIn(Strict):
    """Until when: one of the two."""

    until = serializers.DateTimeField(required=False, help_text="A moment with its offset.")
    text = Text(required=False, max_length=MAX_LENGTH, help_text="In words: “tomorrow 9”, «دو ساعت دیگر», «کل صبح ۹ بجے» …")
    sleeps_on = Flag(required=False, default=False, help_text="Sleep until then even when the customer writes.")


class MomentQuery(Strict):
    """A moment in words."""

    text = serializers.CharField(max_length=MAX_LENGTH, allow_blank=True, trim_whitespace=False)


class MomentOut(serializers.Serializer[object]):
    """What was understood."""

    at = Moment()
    others = serializers.ListField(child=Moment(), help_text="What else may be meant.")


class SnoozeView(APIView):
    """`POST conversations/<id>/snooze`."""

    permission = Permission.CONVERSATIONS_RESOLVE

    @extend_schema(request=SnoozeIn, responses=ConversationOut, operation_id="conversations_snooze")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Let it sleep until a moment, given as such or in words of four languages in the member's own zone and calendar.

        It wakes by itself; earlier when its customer writes, unless `sleeps_on`. To wake it by hand set its status to open.
        """
        given = read(SnoozeIn, request.data)
        if ("until" in given) == ("text" in given):
            raise Invalid(_("Name one of the two: a moment, or words for it."), field="until")
        member = member_of(request)
        until = given["until"] if "until" in given else snoozing.understood(given["text"], member=member).at
        snoozing.snooze(member=member, conversation_id=conversation_id, until=until, sleeps_on=given["sleeps_on"])
        return Response(ConversationOut(get_conversation(conversation_id)).data)


class MomentView(APIView):
    """`GET moment`."""

    permission = Permission.CONVERSATIONS_RESOLVE

    @extend_schema(parameters=[MomentQuery], responses=MomentOut, operation_id="moment_understand")
    def get(self, request: Request, slug: str) -> Response:
        """What moment words mean to this member, and what else they may mean. 422 for words that are no moment."""
        found = snoozing.understood(asked(MomentQuery, request)["text"], member=member_of(request))
        return Response(MomentOut(found).data)
