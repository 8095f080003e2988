"""API v1 of forms: what must be filled in before a conversation is resolved or a ticket is done."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, Several, Strict, Text, Whole, read, refuse_body
from core.errors import Invalid
from core.keyset import MAX_ID
from inbox.models import Entry, FieldKind, FormSubject
from inbox.selectors import filling as reading
from inbox.selectors import get_conversation
from inbox.services import filling as work


class FieldOut(serializers.Serializer[object]):
    """One field of a form."""

    key = serializers.CharField(help_text="Its name for programs; it stays when the label changes.")
    label = serializers.CharField()
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    choices = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()


class FormOut(serializers.Serializer[object]):
    """A type of conversation or ticket, and what is asked for."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    subject = serializers.ChoiceField(choices=FormSubject.choices)
    channel = serializers.IntegerField(source="channel_id", allow_null=True, help_text="Null: for every channel.")
    asks = FieldOut(source="fields", many=True)
    is_active = serializers.BooleanField()


class FieldIn(Strict):
    """One field. With `key` an earlier one goes on under that key."""

    label = Text(max_length=work.MAX_NAME)
    kind = serializers.ChoiceField(choices=FieldKind.values)
    choices = Several(child=Text(max_length=work.MAX_NAME), required=False, default=list, max_length=work.MAX_CHOICES)
    required = Flag(required=False, default=False)
    key = Text(required=False, default="", allow_blank=True, max_length=12)


class FormIn(Strict):
    """A new form."""

    name = Text(max_length=work.MAX_NAME)
    subject = serializers.ChoiceField(choices=FormSubject.values)
    channel = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    asks = FieldIn(many=True, max_length=work.MAX_FIELDS)
    is_active = Flag(required=False, default=True)


class FormChange(Strict):
    """What may be changed. What is not sent stays."""

    name = Text(required=False, max_length=work.MAX_NAME)
    channel = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    asks = FieldIn(required=False, many=True, max_length=work.MAX_FIELDS)
    is_active = Flag(required=False)


class ValueOut(serializers.Serializer[object]):
    """One field as it was filled in."""

    key = serializers.CharField()
    label = serializers.CharField()
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    value = serializers.JSONField(help_text="Text, a number, true or false; null for a number that was left out.")


class EntryOut(serializers.Serializer[object]):
    """What was filled in."""

    form = serializers.IntegerField(source="form_id")
    name = serializers.CharField(source="form.name")
    filled_at = Moment()
    values = ValueOut(source="values.all", many=True)


class AskedOut(serializers.Serializer[object]):
    """What a conversation asks for before it is resolved, and what was filled in."""

    forms = FormOut(many=True)
    entry = EntryOut(allow_null=True)


def asked_of(forms: Any, entry: Entry | None) -> dict[str, Any]:
    """The body of `AskedOut`."""
    return {"forms": forms, "entry": entry}


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    names = {"channel": "channel_id", "asks": "fields"}
    return {names.get(name, name): value for name, value in given.items()}


class FormsView(APIView):
    """`GET` and `POST forms`."""

    permission = Permission.WORKSPACE_MANAGE

    @extend_schema(responses=FormOut(many=True), operation_id="forms_list")
    def get(self, request: Request, slug: str) -> Response:
        """All forms of the workspace."""
        return Response(FormOut(reading.forms(), many=True).data)

    @extend_schema(request=FormIn, responses={201: FormOut}, operation_id="forms_create")
    def post(self, request: Request, slug: str) -> Response:
        """Say what must be filled in, for conversations (of one channel or all) or tickets."""
        form = work.save_form(member=member_of(request), **_facts(read(FormIn, request.data)))
        return Response(FormOut(form).data, status=201)


class FormView(APIView):
    """`GET` and `PATCH forms/<id>`."""

    permission = Permission.WORKSPACE_MANAGE

    @extend_schema(responses=FormOut, operation_id="forms_read")
    def get(self, request: Request, slug: str, form_id: int) -> Response:
        """One form."""
        return Response(FormOut(reading.get_form(form_id)).data)

    @extend_schema(request=FormChange, responses=FormOut, operation_id="forms_change")
    def patch(self, request: Request, slug: str, form_id: int) -> Response:
        """Change it. What was filled in stays as it was."""
        given = read(FormChange, request.data)
        if not given:
            raise Invalid(_("Name at least one field to change."), code="empty")
        return Response(FormOut(work.save_form(member=member_of(request), form_id=form_id, **_facts(given))).data)


class FormRemoveView(APIView):
    """`POST forms/<id>/remove`."""

    permission = Permission.WORKSPACE_MANAGE

    @extend_schema(request=None, responses=FormOut(many=True), operation_id="forms_remove")
    def post(self, request: Request, slug: str, form_id: int) -> Response:
        """Take it away; where something was filled in it is put out of use instead. Answers with those that are left."""
        refuse_body(request)
        work.remove_form(member=member_of(request), form_id=form_id)
        return Response(FormOut(reading.forms(), many=True).data)


class ConversationFormView(APIView):
    """`GET conversations/<id>/form`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=AskedOut, operation_id="conversations_form")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """What is asked for before it is resolved, and what was filled in. Fill it in with `form`, `values` beside the status."""
        row = get_conversation(conversation_id)
        forms = reading.forms_for(FormSubject.CONVERSATION, channel_id=row.channel_id)
        return Response(AskedOut(asked_of(forms, reading.entry_of(conversation_id=row.id))).data)
