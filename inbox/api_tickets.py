"""API v1 of tickets."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, PageQuery, Several, Strict, Text, Whole, asked, numbered_page, page_of, read
from core.keyset import MAX_ID
from inbox.api_shapes import ContactRef, MemberRef
from inbox.models import Priority, TicketStatus
from inbox.selectors import get_conversation
from inbox.selectors import tickets as reading
from inbox.services import tickets as work
from inbox.services.filling import Filled

Identifier = {"min_value": 1, "max_value": MAX_ID}


class StepOut(serializers.Serializer[object]):
    """One step of a checklist."""

    id = serializers.CharField()
    text = serializers.CharField()
    done = serializers.BooleanField()


class TicketOut(serializers.Serializer[object]):
    """Work that outlives a conversation or fans out of it."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="What people call it by: counted from 1 in each workspace.")
    title = serializers.CharField()
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    contact = ContactRef(allow_null=True)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    owner = MemberRef(allow_null=True)
    status = serializers.ChoiceField(choices=TicketStatus.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    due_at = Moment(allow_null=True)
    is_overdue = serializers.BooleanField()
    checklist = StepOut(many=True)
    answer = serializers.CharField(help_text="Its share of the joint answer to the customer.")
    created_at = Moment()
    done_at = Moment(allow_null=True)


class TicketFilter(PageQuery):
    """Parameters of the list of tickets."""

    view = serializers.ChoiceField(choices=list(reading.TICKET_VIEWS), required=False, default="open")
    team = serializers.IntegerField(required=False, **Identifier)


class TicketIn(Strict):
    """A ticket, or one for each of several teams."""

    title = Text(max_length=work.MAX_TITLE)
    conversation = Whole(required=False, allow_null=True, default=None, **Identifier)
    teams = Several(child=Whole(**Identifier), required=False, default=list, max_length=50)
    owner = Whole(required=False, allow_null=True, default=None, **Identifier)
    priority = Whole(required=False, default=int(Priority.NORMAL), min_value=0, max_value=max(Priority.values))
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    steps = Several(child=Text(max_length=work.MAX_STEP), required=False, default=list, max_length=work.MAX_STEPS)


class TicketChange(Strict):
    """What may be changed. Fields that are not sent stay; null takes team, owner or due moment away."""

    title = Text(required=False, max_length=work.MAX_TITLE)
    team = Whole(required=False, allow_null=True, **Identifier)
    owner = Whole(required=False, allow_null=True, **Identifier)
    status = serializers.ChoiceField(choices=TicketStatus.values, required=False)
    priority = Whole(required=False, min_value=0, max_value=max(Priority.values))
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    answer = Text(required=False, allow_blank=True, max_length=work.MAX_ANSWER)
    form = Whole(required=False, help_text="With status `done`: which form is filled in.", **Identifier)
    values = serializers.DictField(
        required=False, child=serializers.JSONField(), help_text="With status `done`: what is filled in, by the fields' keys."
    )


class StepIn(Strict):
    """A new step."""

    text = Text(max_length=work.MAX_STEP)


class StepChange(Strict):
    """A step of the checklist, and whether it is done; `remove` takes it away."""

    step = Text(max_length=20)
    done = Flag(required=False, default=False)
    remove = Flag(required=False, default=False)


class JointAnswerOut(serializers.Serializer[object]):
    """The tickets of a conversation, and what they answer together."""

    tickets = TicketOut(many=True)
    answer = serializers.CharField(help_text="A draft for the customer: what the tickets answer, in their order.")
    undone = serializers.IntegerField(help_text="How many are not done yet.")


def _made(rows: Any) -> Response:
    return Response(TicketOut(rows, many=True).data, status=201)


class TicketsView(APIView):
    """`GET` and `POST tickets`."""

    permission = {"GET": Permission.TICKETS_VIEW, "POST": Permission.TICKETS_WORK}

    @extend_schema(parameters=[TicketFilter], responses=page_of(TicketOut, "TicketPage"), operation_id="tickets_list")
    def get(self, request: Request, slug: str) -> Response:
        """Tickets of a view, newest first."""
        query = asked(TicketFilter, request)
        wanted = reading.TicketQuery(query["view"], query.get("team"))

        def found(**where: Any) -> Any:
            return reading.tickets(wanted, member_of(request), **where)

        return Response(numbered_page(request, query, TicketOut, found))

    @extend_schema(request=TicketIn, responses={201: TicketOut(many=True)}, operation_id="tickets_open")
    def post(self, request: Request, slug: str) -> Response:
        """Open one ticket for each of the teams named, or one without a team."""
        given = read(TicketIn, request.data)
        named = {"conversation_id": given.pop("conversation"), "team_ids": given.pop("teams"), "owner_id": given.pop("owner")}
        return _made(work.open_tickets(member=member_of(request), **named, **given))


class TicketView(APIView):
    """`GET` and `PATCH tickets/<id>`."""

    permission = {"GET": Permission.TICKETS_VIEW, "PATCH": Permission.TICKETS_WORK}

    @extend_schema(responses=TicketOut, operation_id="tickets_read")
    def get(self, request: Request, slug: str, ticket_id: int) -> Response:
        """One ticket."""
        return Response(TicketOut(reading.get_ticket(ticket_id)).data)

    @extend_schema(request=TicketChange, responses=TicketOut, operation_id="tickets_change")
    def patch(self, request: Request, slug: str, ticket_id: int) -> Response:
        """Change what is named. The last ticket of a conversation that gets done is told as `conversations.tickets_done`."""
        changes = read(TicketChange, request.data)
        values, form = changes.pop("values", None), changes.pop("form", None)
        filled = Filled(form, values or {}) if values is not None or form is not None else None
        return Response(TicketOut(work.change(member=member_of(request), ticket_id=ticket_id, changes=changes, filled=filled)).data)


class StepsView(APIView):
    """`POST` and `PATCH tickets/<id>/steps`."""

    permission = Permission.TICKETS_WORK

    @extend_schema(request=StepIn, responses={201: TicketOut}, operation_id="tickets_add_step")
    def post(self, request: Request, slug: str, ticket_id: int) -> Response:
        """One more step at the end of the checklist."""
        row = work.add_step(member=member_of(request), ticket_id=ticket_id, text=read(StepIn, request.data)["text"])
        return Response(TicketOut(row).data, status=201)

    @extend_schema(request=StepChange, responses=TicketOut, operation_id="tickets_change_step")
    def patch(self, request: Request, slug: str, ticket_id: int) -> Response:
        """Tick a step, untick it, or take it away."""
        given = read(StepChange, request.data)
        which = {"member": member_of(request), "ticket_id": ticket_id, "step": given["step"]}
        row = work.remove_step(**which) if given["remove"] else work.set_step(**which, done=given["done"])
        return Response(TicketOut(row).data)


class ConversationTicketsView(APIView):
    """`GET conversations/<id>/tickets`."""

    permission = Permission.TICKETS_VIEW

    @extend_schema(responses=JointAnswerOut, operation_id="conversations_tickets")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """The tickets of a conversation, and the one answer that theirs make together."""
        rows = reading.tickets_of_conversation(get_conversation(conversation_id).id)
        body = {"tickets": rows, "answer": work.joint_answer(rows), "undone": sum(not row.is_done for row in rows)}
        return Response(JointAnswerOut(body).data)
