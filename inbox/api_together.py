"""API v1 of working together: side threads with people outside, and handing over with a note."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import IDEMPOTENCY_KEY, member_of, own_key
from accounts.policies import Permission
from core.api import Moment, Several, Strict, Text, Whole, read, refuse_body
from core.keyset import MAX_ID
from inbox import selectors
from inbox.api_shapes import ConversationOut, MemberRef
from inbox.models import Shows
from inbox.models.side_thread import MAX_DAYS, MAX_QUESTION
from inbox.services import handover, side_threads
from inbox.services.side_threads import MAX_CHOSEN, MAX_NAME
from inbox.services.wording import MAX_CHARACTERS


class SideThreadOut(serializers.Serializer[object]):
    """Somebody outside who was asked. The link is in the answer that makes it, and nowhere else."""

    id = serializers.IntegerField()
    guest_name = serializers.CharField()
    shows = serializers.ChoiceField(choices=Shows.choices)
    opened_by = MemberRef()
    created_at = Moment()
    expires_at = Moment()
    revoked_at = Moment(allow_null=True)
    looked_at = Moment(allow_null=True, help_text="When the guest looked last.")


class SideThreadMade(SideThreadOut):
    """A side thread that was just made."""

    link = serializers.CharField()


class SideThreadsOut(serializers.Serializer[object]):
    """The side threads of a conversation, newest first."""

    side_threads = SideThreadOut(many=True)


class SideThreadIn(Strict):
    """Whom to ask what, and what they may see."""

    guest_name = Text(max_length=MAX_NAME)
    question = Text(max_length=MAX_QUESTION)
    days = Whole(required=False, default=7, min_value=1, max_value=MAX_DAYS)
    shows = serializers.ChoiceField(choices=Shows.values, default=Shows.NONE)
    messages = Several(
        child=Whole(min_value=1, max_value=MAX_ID),
        required=False,
        default=list,
        max_length=MAX_CHOSEN,
        help_text="With `selected`.",
    )


class SayIn(Strict):
    """Something more for the guest."""

    question = Text(max_length=MAX_QUESTION)


class HandOverOut(serializers.Serializer[object]):
    """What happened so far, in words."""

    note = serializers.CharField()


class HandOverIn(Strict):
    """To whom, and the note to leave."""

    note = Text(max_length=MAX_CHARACTERS)
    assignee = Whole(required=False, min_value=1, max_value=MAX_ID)
    team = Whole(required=False, min_value=1, max_value=MAX_ID)
    expected = Whole(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID, help_text="Refuse with 409 unless it is still theirs."
    )


class SideThreadsView(APIView):
    """`GET` and `POST conversations/<id>/side-threads`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "POST": Permission.CONVERSATIONS_REPLY}

    @extend_schema(responses=SideThreadsOut, operation_id="side_threads_list")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Who outside was asked."""
        selectors.get_conversation(conversation_id)
        return Response(SideThreadsOut({"side_threads": selectors.side_threads_of(conversation_id)}).data)

    @extend_schema(request=SideThreadIn, responses={201: SideThreadMade}, operation_id="side_threads_open")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Ask somebody outside by a link that ends."""
        given: dict[str, Any] = read(SideThreadIn, request.data)
        chosen = given.pop("messages")
        side, token = side_threads.open_side_thread(
            member=member_of(request), conversation_id=conversation_id, message_ids=chosen, **given
        )
        link = request.build_absolute_uri(reverse("guest", args=[token]))
        return Response({**SideThreadOut(side).data, "link": link}, status=201)


class SideThreadSayView(APIView):
    """`POST side-threads/<id>/say`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=SayIn, responses=SideThreadOut, operation_id="side_threads_say")
    def post(self, request: Request, slug: str, side_thread_id: int) -> Response:
        """Say something more to the guest."""
        given = read(SayIn, request.data)
        side = side_threads.say(member=member_of(request), side_thread_id=side_thread_id, body=given["question"])
        return Response(SideThreadOut(side).data)


class SideThreadRevokeView(APIView):
    """`POST side-threads/<id>/revoke`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=SideThreadOut, operation_id="side_threads_revoke")
    def post(self, request: Request, slug: str, side_thread_id: int) -> Response:
        """Close the link at once."""
        refuse_body(request)
        return Response(SideThreadOut(side_threads.revoke(member=member_of(request), side_thread_id=side_thread_id)).data)


class HandOverView(APIView):
    """`GET` and `POST conversations/<id>/hand-over`."""

    permission = Permission.CONVERSATIONS_ASSIGN

    @extend_schema(responses=HandOverOut, operation_id="hand_over_note")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """What happened so far, in words that can be changed and left as a note."""
        return Response({"note": handover.summary(member=member_of(request), conversation_id=conversation_id)})

    @extend_schema(request=HandOverIn, responses=ConversationOut, parameters=[IDEMPOTENCY_KEY], operation_id="hand_over")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Leave the note and give the conversation to a person or a team; both or neither."""
        given = read(HandOverIn, request.data)
        handover.hand_over(
            member=member_of(request),
            conversation_id=conversation_id,
            note=given["note"],
            assignee_id=given.get("assignee"),
            team_id=given.get("team"),
            expected_id=given.get("expected"),
            check="expected" in given,
            idempotency_key=own_key(request),
        )
        return Response(ConversationOut(selectors.get_conversation(conversation_id)).data)
