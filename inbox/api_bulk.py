"""API v1 of deeds on many conversations."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, Several, Strict, Whole, read, refuse_body
from core.errors import Invalid
from core.keyset import MAX_ID
from inbox.models import BulkAction, BulkItem, BulkState, ItemState, Priority, Status
from inbox.selectors import ListQuery
from inbox.selectors.bulk import MOST_NAMED, Choice, Progress, get_run, preview, progress
from inbox.services import bulk
from inbox.services.bulk_deeds import REASONS

Identifier = {"min_value": 1, "max_value": MAX_ID}


class Chosen(Strict):
    """Which conversations: one of the two."""

    conversations = Several(child=Whole(**Identifier), required=False, max_length=MOST_NAMED)
    list = serializers.DictField(
        child=serializers.CharField(max_length=2000),
        required=False,
        help_text="All of a list: its parameters, as `conversations` takes them.",
    )


class BulkIn(Chosen):
    """What to do to them."""

    action = serializers.ChoiceField(choices=BulkAction.choices)
    spare = Flag(required=False, default=False, help_text="Leave alone what somebody else has.")
    status = serializers.ChoiceField(choices=[Status.OPEN, Status.PENDING, Status.RESOLVED], required=False)
    assignee = Whole(required=False, allow_null=True, **Identifier)
    team = Whole(required=False, allow_null=True, **Identifier)
    priority = Whole(required=False, min_value=min(Priority.values), max_value=max(Priority.values))
    add = Several(child=Whole(**Identifier), required=False, max_length=20, help_text="Tags.")
    remove = Several(child=Whole(**Identifier), required=False, max_length=20, help_text="Tags.")
    until = serializers.DateTimeField(required=False, help_text="For `snooze`.")
    sleeps_on = Flag(required=False, default=False)


class BulkPreviewOut(serializers.Serializer[object]):
    """What is known beforehand."""

    total = serializers.IntegerField()
    theirs = serializers.IntegerField(help_text="Somebody else has them.")
    resolved = serializers.IntegerField()
    too_many = serializers.BooleanField()


class BulkItemOut(serializers.Serializer[BulkItem]):
    """A conversation that was left alone or kept as it is."""

    conversation = serializers.IntegerField(source="conversation_id")
    state = serializers.ChoiceField(choices=ItemState.choices)
    reason = serializers.CharField()
    why = serializers.SerializerMethodField()

    def get_why(self, item: BulkItem) -> str:
        return str(REASONS.get(item.reason, ""))


class BulkOut(serializers.Serializer[Progress]):
    """How far it is."""

    id = serializers.IntegerField(source="run.id")
    action = serializers.ChoiceField(choices=BulkAction.choices, source="run.action")
    state = serializers.ChoiceField(choices=BulkState.choices, source="run.state")
    total = serializers.IntegerField(source="run.total")
    passed = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By what became of them.")
    told = BulkItemOut(many=True, help_text="The first hundred left alone or kept.")
    author = serializers.IntegerField(source="run.author_id", allow_null=True)
    created_at = Moment(source="run.created_at")
    finished_at = Moment(source="run.finished_at", allow_null=True)


def _choice(given: dict[str, Any]) -> Choice:
    query = ListQuery.parse(given["list"]) if given.get("list") is not None else None
    return Choice.of(given.get("conversations") or (), query)


def _answer(run: Any, status: int = 200) -> Response:
    return Response(BulkOut(progress(run)).data, status=status)


class BulkPreviewView(APIView):
    """`POST bulk/preview`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=Chosen, responses=BulkPreviewOut, operation_id="bulk_preview")
    def post(self, request: Request, slug: str) -> Response:
        """How many conversations are chosen, and whose they are. Changes nothing."""
        return Response(BulkPreviewOut(preview(_choice(read(Chosen, request.data)), member_of(request))).data)


class BulkStartView(APIView):
    """`POST bulk`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=BulkIn, responses={201: BulkOut}, operation_id="bulk_start")
    def post(self, request: Request, slug: str) -> Response:
        """Do one thing to many conversations. Few are done when this answers; more go on as a job (`bulk/<id>`)."""
        given = read(BulkIn, request.data)
        wanted = {"assign": "assignee", "team": "team"}.get(given["action"])
        if wanted and wanted not in given:
            raise Invalid(_("Say to whom; null takes it away."), field=wanted, code="required")
        run = bulk.start(member=member_of(request), action=given["action"], given=given, choice=_choice(given))
        return _answer(run, 201)


class BulkView(APIView):
    """`GET bulk/<id>`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(responses=BulkOut, operation_id="bulk_read")
    def get(self, request: Request, slug: str, bulk_id: int) -> Response:
        """How far it is, and what was left alone."""
        return _answer(get_run(bulk_id))


class BulkStopView(APIView):
    """`POST bulk/<id>/stop`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=BulkOut, operation_id="bulk_stop")
    def post(self, request: Request, slug: str, bulk_id: int) -> Response:
        """Let the rest be. What is done stays, and can be undone."""
        refuse_body(request)
        return _answer(bulk.stop(member=member_of(request), run_id=bulk_id))


class BulkUndoView(APIView):
    """`POST bulk/<id>/undo`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=BulkOut, operation_id="bulk_undo")
    def post(self, request: Request, slug: str, bulk_id: int) -> Response:
        """Give back what was there, except where somebody changed it meanwhile. 409 while it runs, or when it was undone."""
        refuse_body(request)
        return _answer(bulk.undo(member=member_of(request), run_id=bulk_id))
