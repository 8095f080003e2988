"""API v1 of surveys: which channels ask how it was, and what customers answered."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, PageQuery, Strict, Text, Whole, asked, numbered_page, page_of, read
from core.errors import NotFound
from inbox.api_shapes import ContactRef, MemberRef
from inbox.selectors import surveys as reading
from inbox.services import surveys as work


class TextsShape(Strict):
    """Words of one's own by language; empty ones are ours."""

    en = Text(required=False, allow_blank=True, max_length=work.MAX_TEXT)
    ur = Text(required=False, allow_blank=True, max_length=work.MAX_TEXT)
    fa = Text(required=False, allow_blank=True, max_length=work.MAX_TEXT)
    ar = Text(required=False, allow_blank=True, max_length=work.MAX_TEXT)


class SurveySettingOut(serializers.Serializer[object]):
    """Whether and how a channel asks."""

    channel = serializers.IntegerField(source="channel_id")
    is_on = serializers.BooleanField()
    delay_minutes = serializers.IntegerField(help_text="After resolving. What was opened again by then is not asked about.")
    every_days = serializers.IntegerField(help_text="One person is asked once within so many days.")
    texts = serializers.DictField(child=serializers.CharField())


class SurveySettingChange(Strict):
    """What may be changed. What is not sent stays."""

    is_on = Flag(required=False)
    delay_minutes = Whole(required=False, min_value=0, max_value=work.MAX_DELAY_MINUTES)
    every_days = Whole(required=False, min_value=0, max_value=work.MAX_DAYS)
    texts = TextsShape(required=False)


class RatingOut(serializers.Serializer[object]):
    """What a customer answered."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    contact = ContactRef()
    channel = serializers.IntegerField(source="channel_id")
    member = MemberRef(allow_null=True, help_text="Who resolved the conversation.")
    score = serializers.IntegerField(help_text="1 to 5.")
    comment = serializers.CharField()
    sent_at = Moment()
    answered_at = Moment()


def _setting(channel_id: int) -> Response:
    for channel, setting in reading.survey_settings():
        if channel.id == channel_id:
            return Response(SurveySettingOut(setting).data)
    raise NotFound(_("There is no such channel."))


class SurveySettingView(APIView):
    """`GET` and `PATCH channels/<id>/survey`."""

    permission = Permission.WORKSPACE_MANAGE

    @extend_schema(responses=SurveySettingOut, operation_id="surveys_read")
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """Whether and how a channel asks. 404 for one that carries no private messages."""
        return _setting(channel_id)

    @extend_schema(request=SurveySettingChange, responses=SurveySettingOut, operation_id="surveys_set_up")
    def patch(self, request: Request, slug: str, channel_id: int) -> Response:
        """Change it."""
        changes = read(SurveySettingChange, request.data)
        return Response(SurveySettingOut(work.set_up(member=member_of(request), channel_id=channel_id, changes=changes)).data)


class RatingsView(APIView):
    """`GET ratings`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(parameters=[PageQuery], responses=page_of(RatingOut, "RatingPage"), operation_id="ratings_list")
    def get(self, request: Request, slug: str) -> Response:
        """What customers answered, the question asked last first."""
        return Response(numbered_page(request, asked(PageQuery, request), RatingOut, reading.answers))
