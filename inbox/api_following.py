"""API v1 of following: the same services as the inbox's pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Strict, read, refuse_body
from inbox import selectors
from inbox.models import Because
from inbox.services import following


class FollowerOut(serializers.Serializer[object]):
    """A member who follows a conversation."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    because = serializers.ChoiceField(choices=Because.choices)


class FollowersOut(serializers.Serializer[object]):
    """Everybody who follows a conversation."""

    followers = FollowerOut(many=True)


class HabitOut(serializers.Serializer[object]):
    """When a member follows by themselves."""

    assigned = serializers.BooleanField()
    mentioned = serializers.BooleanField()
    wrote = serializers.BooleanField()


class HabitChange(Strict):
    """What is not sent stays."""

    assigned = Flag(required=False)
    mentioned = Flag(required=False)
    wrote = Flag(required=False)


def _followers(conversation_id: int) -> Response:
    found = selectors.followers_of(selectors.get_conversation(conversation_id))
    return Response(FollowersOut({"followers": found}).data)


class FollowersView(APIView):
    """`GET conversations/<id>/followers`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=FollowersOut, operation_id="followers_list")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Who follows a conversation."""
        return _followers(conversation_id)


class FollowView(APIView):
    """`POST conversations/<id>/follow`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(request=None, responses=FollowersOut, operation_id="conversations_follow")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Follow it."""
        refuse_body(request)
        following.follow(member=member_of(request), conversation_id=conversation_id)
        return _followers(conversation_id)


class UnfollowView(APIView):
    """`POST conversations/<id>/unfollow`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(request=None, responses=FollowersOut, operation_id="conversations_unfollow")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Follow it no more; nothing brings you back by itself."""
        refuse_body(request)
        following.unfollow(member=member_of(request), conversation_id=conversation_id)
        return _followers(conversation_id)


class HabitsView(APIView):
    """`GET` and `PATCH following`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=HabitOut, operation_id="following_read")
    def get(self, request: Request, slug: str) -> Response:
        """When you follow by yourself."""
        return Response(HabitOut(selectors.habit_of(member_of(request))).data)

    @extend_schema(request=HabitChange, responses=HabitOut, operation_id="following_change")
    def patch(self, request: Request, slug: str) -> Response:
        """Say when you do."""
        given: dict[str, Any] = read(HabitChange, request.data)
        before = selectors.habit_of(member_of(request))
        wanted = {name: given.get(name, getattr(before, name)) for name in ("assigned", "mentioned", "wrote")}
        return Response(HabitOut(following.set_habit(member=member_of(request), **wanted)).data)
