"""API v1 of this room: the same services as its pages."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, PageQuery, Several, Strict, Text, Whole, asked, read
from core.errors import Invalid
from core.keyset import MAX_ID
from notifications import selectors
from notifications.kinds import Mail
from notifications.selectors import ToldQuery
from notifications.services import reading
from notifications.services.preferences import choose

MOST = 200


class ToldParameters(PageQuery):
    """Parameters of the list."""

    show = serializers.ChoiceField(choices=["all", "unread"], required=False, default="all")
    kind = serializers.CharField(required=False, default="", max_length=40)


class NotificationOut(serializers.Serializer[object]):
    """One thing you were told, in your language."""

    id = serializers.IntegerField()
    kind = serializers.CharField(source="kind.key")
    subject = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField()
    times = serializers.IntegerField()
    happened_at = Moment()
    is_read = serializers.BooleanField()


class NotificationsOut(serializers.Serializer[object]):
    """A page of them, newest first."""

    results = NotificationOut(many=True)
    next = serializers.CharField(allow_null=True)
    unread = serializers.IntegerField()


class MarkChange(Strict):
    """Which, and whether they are read."""

    ids = Several(child=Whole(min_value=1, max_value=MAX_ID), required=False, max_length=MOST)
    subject = Text(required=False, max_length=80)
    all = Flag(required=False)
    read = Flag(required=False, default=True)


class UnreadOut(serializers.Serializer[object]):
    """How many are unread now."""

    unread = serializers.IntegerField()


class KindChange(Strict):
    """What is not sent stays."""

    in_app = Flag(required=False)
    mail = serializers.ChoiceField(choices=Mail.choices, required=False)


class RhythmShape(Strict):
    """Times are minutes after midnight in your own time zone; days are those on which quiet begins, Monday is 0."""

    mail_on = Flag(required=False)
    daily_at = Whole(required=False)
    quiet_on = Flag(required=False)
    quiet_from = Whole(required=False)
    quiet_to = Whole(required=False)
    quiet_days = Several(child=Whole(), required=False, max_length=7)


class PreferencesChange(Strict):
    """What is not sent stays."""

    kinds = serializers.DictField(child=KindChange(), required=False)
    rhythm = RhythmShape(required=False)


class ChoiceOut(serializers.Serializer[object]):
    """What you hear of one kind."""

    kind = serializers.CharField(source="kind.key")
    words = serializers.CharField(source="kind.label")
    in_app = serializers.BooleanField()
    mail = serializers.ChoiceField(choices=Mail.choices)


class RhythmOut(serializers.Serializer[object]):
    """When you are left in peace."""

    mail_on = serializers.BooleanField()
    daily_at = serializers.IntegerField()
    quiet_on = serializers.BooleanField()
    quiet_from = serializers.IntegerField()
    quiet_to = serializers.IntegerField()
    quiet_days = serializers.ListField(child=serializers.IntegerField())


class PreferencesOut(serializers.Serializer[object]):
    """All your choices in this workspace."""

    kinds = ChoiceOut(many=True)
    rhythm = RhythmOut()


class NotificationsView(APIView):
    """`GET notifications`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(parameters=[ToldParameters], responses=NotificationsOut, operation_id="notifications_list")
    def get(self, request: Request, slug: str) -> Response:
        """What you were told."""
        given = asked(ToldParameters, request)
        query = ToldQuery.parse(given)
        member = member_of(request)
        page = selectors.told(member, slug, query, after=given["after"], limit=given["limit"])
        parameters = {**query.parameters(), "limit": given["limit"], "after": page.after}
        more = f"{reverse('api_notifications', args=[slug])}?{urlencode(parameters)}" if page.after else None
        return Response(NotificationsOut({"results": page.rows, "next": more, "unread": selectors.unread_count(member)}).data)


class NotificationsMarkView(APIView):
    """`POST notifications/mark`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(request=MarkChange, responses=UnreadOut, operation_id="notifications_mark")
    def post(self, request: Request, slug: str) -> Response:
        """Read some, everything about a subject, or all; or leave some for later. What is not yours is left alone."""
        given: dict[str, Any] = read(MarkChange, request.data)
        member = member_of(request)
        named = [name for name in ("ids", "subject", "all") if given.get(name)]
        if len(named) != 1:
            raise Invalid(_("Name ids, a subject, or all."), code="empty")
        if not given["read"]:
            if named != ["ids"]:
                raise Invalid(_("Name which to leave for later."), field="ids")
            reading.mark_unread(member=member, ids=given["ids"])
        elif given.get("all"):
            reading.mark_all_read(member=member)
        elif given.get("subject"):
            reading.mark_subject_read(member=member, subject=given["subject"])
        else:
            reading.mark_read(member=member, ids=given["ids"])
        return Response(UnreadOut({"unread": selectors.unread_count(member)}).data)


class PreferencesView(APIView):
    """`GET` and `PATCH notification-preferences`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=PreferencesOut, operation_id="notification_preferences_read")
    def get(self, request: Request, slug: str) -> Response:
        """What you hear of, and when."""
        return self._all(request)

    @extend_schema(request=PreferencesChange, responses=PreferencesOut, operation_id="notification_preferences_change")
    def patch(self, request: Request, slug: str) -> Response:
        """Choose."""
        given: dict[str, Any] = read(PreferencesChange, request.data)
        choose(member=member_of(request), choices=given.get("kinds", {}), rhythm=given.get("rhythm", {}))
        return self._all(request)

    def _all(self, request: Request) -> Response:
        member = member_of(request)
        found = {"kinds": selectors.choices_of(member), "rhythm": selectors.rhythm_of(member.pk)}
        return Response(PreferencesOut(found).data)
