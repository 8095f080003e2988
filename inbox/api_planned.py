"""API v1 of planned replies: what waits for its time in a conversation."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import IDEMPOTENCY_KEY, member_of, own_key
from accounts.policies import Permission
from core.api import Flag, Moment, Several, Strict, Text, page, page_of, read, refuse_body
from inbox.api_shapes import ChosenFile, MemberRef, MessageOut
from inbox.models import IfWritten, PlannedState
from inbox.services import planned
from inbox.services.wording import MAX_CHARACTERS
from social.services.chosen_files import MAX_FILES


class PlannedIn(Strict):
    """A reply, and when it is to go."""

    body = Text(max_length=MAX_CHARACTERS, required=False, default="", allow_blank=True)
    send_at = Moment(help_text="With its time zone.")
    if_written = serializers.ChoiceField(
        choices=IfWritten.choices, default=IfWritten.ASK, help_text="What happens where the customer writes meanwhile."
    )
    media = ChosenFile(many=True, required=False, max_length=MAX_FILES)
    template = Text(required=False, default="", max_length=200)
    parameters = Several(child=Text(max_length=1000), required=False, default=list, max_length=50)
    privately = Flag(required=False, default=False)
    signed = Flag(required=False, default=True)


class PlannedChange(Strict):
    """What may be changed; what is not sent stays."""

    body = Text(max_length=MAX_CHARACTERS, required=False)
    send_at = Moment(required=False)
    if_written = serializers.ChoiceField(choices=IfWritten.choices, required=False)


class PlannedOut(serializers.Serializer[object]):
    """A reply that waits for its time. `held`: it did not go, and a person decides."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    author = MemberRef()
    body = serializers.CharField()
    media = serializers.JSONField(source="files")
    state = serializers.ChoiceField(choices=PlannedState.choices)
    send_at = Moment()
    if_written = serializers.ChoiceField(choices=IfWritten.choices)
    reason = serializers.CharField(help_text="Why it is held.")
    message = serializers.IntegerField(source="message_id", allow_null=True, help_text="What became of it.")


class PlannedListView(APIView):
    """`GET`, `POST conversations/<id>/planned`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "POST": Permission.CONVERSATIONS_REPLY}

    @extend_schema(responses=page_of(PlannedOut, "PlannedPage"), operation_id="planned_list")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """What waits here, the next first."""
        return Response(page(request, PlannedOut(planned.planned_in(conversation_id), many=True).data, after=""))

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=PlannedIn, responses={201: PlannedOut}, operation_id="planned_create")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Answer the customer later. It is checked now as if it went now."""
        given = read(PlannedIn, request.data)
        # Where the workspace's rule wants approval this is refused (409, `needs_approval`): ask by way of `messages`.
        row = planned.plan(
            member=member_of(request),
            conversation_id=conversation_id,
            body=given["body"],
            send_at=given["send_at"],
            if_written=given["if_written"],
            media=[(file["id"], file["alt"]) for file in given.get("media", [])],
            manner={
                **{name: given[name] for name in ("template", "parameters", "privately")},
                "unsigned": not given["signed"],
            },
            idempotency_key=own_key(request),
        )
        return Response(PlannedOut(row).data, status=201)


class PlannedView(APIView):
    """`GET`, `PATCH planned/<id>`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "PATCH": Permission.CONVERSATIONS_REPLY}

    @extend_schema(responses=PlannedOut, operation_id="planned_read")
    def get(self, request: Request, slug: str, planned_id: int) -> Response:
        """One planned reply, also once it went."""
        return Response(PlannedOut(planned.get(planned_id)).data)

    @extend_schema(request=PlannedChange, responses=PlannedOut, operation_id="planned_change")
    def patch(self, request: Request, slug: str, planned_id: int) -> Response:
        """Other words, another time, another choice. 409 once it went or was taken back."""
        row = planned.change(member=member_of(request), planned_id=planned_id, **read(PlannedChange, request.data))
        return Response(PlannedOut(row).data)


class PlannedSendView(APIView):
    """`POST planned/<id>/send`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=MessageOut, operation_id="planned_send")
    def post(self, request: Request, slug: str, planned_id: int) -> Response:
        """Send it at once."""
        refuse_body(request)
        return Response(MessageOut(planned.send_now(member=member_of(request), planned_id=planned_id)).data)


class PlannedTakeBackView(APIView):
    """`POST planned/<id>/take-back`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=PlannedOut, operation_id="planned_take_back")
    def post(self, request: Request, slug: str, planned_id: int) -> Response:
        """Do not send it; it becomes your draft. 409 where you are writing something else there."""
        refuse_body(request)
        return Response(PlannedOut(planned.take_back(member=member_of(request), planned_id=planned_id)).data)
