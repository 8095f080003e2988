"""API v1 of conversations and messages: the same selectors and services as the inbox's pages."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import IDEMPOTENCY_KEY, member_of, own_key
from accounts.policies import Permission
from core.api import Flag, PageQuery, Several, SinceQuery, Strict, Text, Whole, asked, page, page_of, read, refuse_body
from core.errors import Invalid
from core.keyset import MAX_ID
from inbox import selectors
from inbox.api_shapes import ConversationOut, MessageOut
from inbox.models import Priority, Status, Visibility
from inbox.selectors import ListQuery
from inbox.services import replies, triage
from inbox.services.replies import MAX_CHARACTERS
from social.services.chosen_files import MAX_ALT, MAX_FILES


class ListFilter(Strict):
    """What a list of conversations shows."""

    view = serializers.ChoiceField(choices=list(selectors.VIEWS), required=False, default="open")
    channel = serializers.IntegerField(required=False, min_value=1, max_value=MAX_ID)
    visibility = serializers.ChoiceField(choices=Visibility.values, required=False)


class ConversationQuery(ListFilter, PageQuery):
    """Parameters of the list of conversations."""


class ChangesQuery(ListFilter, SinceQuery):
    """Parameters of the question for changed conversations."""


class ConversationChange(Strict):
    """What may be changed. Fields that are not sent stay; null takes an assignee or a team away."""

    status = serializers.ChoiceField(choices=[Status.OPEN, Status.PENDING, Status.RESOLVED], required=False)
    priority = Whole(required=False, min_value=min(Priority.values), max_value=max(Priority.values))
    assignee = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID, help_text="A member's id.")
    expected_assignee = Whole(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_ID,
        help_text="With `assignee`: refuse with 409 unless it is still this member's (null: nobody's).",
    )
    team = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    form = Whole(required=False, min_value=1, max_value=MAX_ID, help_text="With status `resolved`: which form is filled in.")
    values = serializers.DictField(
        required=False, child=serializers.JSONField(), help_text="With status `resolved`: what is filled in, by the fields' keys."
    )


class ChosenFile(Strict):
    """A file that was handed over before."""

    id = Whole(min_value=1, max_value=MAX_ID)
    alt = Text(required=False, default="", allow_blank=True, max_length=MAX_ALT, help_text="What it shows.")


class MessageIn(Strict):
    """What to write."""

    kind = serializers.ChoiceField(
        choices=["reply", "note", "private_reply"], default="reply", help_text="A private reply answers a public comment, once."
    )
    body = Text(
        max_length=MAX_CHARACTERS, required=False, default="", allow_blank=True, help_text="Empty with `template`, or with `media`."
    )
    media = ChosenFile(
        many=True, required=False, max_length=MAX_FILES, help_text="Files for a reply, as `conversations/<id>/files` gave them."
    )
    template = Text(required=False, default="", help_text="`name|language` of an approved text (WhatsApp).")
    parameters = Several(child=Text(), required=False, default=list, max_length=50, help_text="What fills it.")
    signed = Flag(required=False, default=True, help_text="With the signature, where answers are letters (e-mail).")


class Decision(Strict):
    """What a person saw on the network."""

    arrived = Flag()


RELOAD = serializers.BooleanField(help_text="Too much changed to be told here: read the list anew.")


def _filter(query: dict[str, Any]) -> ListQuery:
    return ListQuery(
        view=query["view"], channel_id=query.get("channel"), visibility=query.get("visibility", "")
    )


def _conversation(conversation_id: int) -> Response:
    return Response(ConversationOut(selectors.get_conversation(conversation_id)).data)


class ConversationsView(APIView):
    """`GET conversations`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(
        parameters=[ConversationQuery],
        responses=page_of(ConversationOut, "ConversationPage", mark=serializers.IntegerField()),
        operation_id="conversations_list",
    )
    def get(self, request: Request, slug: str) -> Response:
        """Conversations of a view, newest activity first. Ask `changes` with the `mark` for what changed later."""
        query = asked(ConversationQuery, request)
        found = selectors.list_page(_filter(query), member_of(request), after=query["after"], size=query["limit"])
        return Response(page(request, ConversationOut(found.rows, many=True).data, after=found.after, mark=found.mark))


class ConversationChangesView(APIView):
    """`GET conversations/changes`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(
        parameters=[ChangesQuery],
        responses=page_of(
            ConversationOut,
            "ConversationChanges",
            gone=serializers.ListField(child=serializers.IntegerField(), help_text="Changed, and not of this view any more."),
            reload=RELOAD,
            mark=serializers.IntegerField(),
        ),
        operation_id="conversations_changes",
    )
    def get(self, request: Request, slug: str) -> Response:
        """What changed in a view since a mark."""
        query = asked(ChangesQuery, request)
        found = selectors.changes(_filter(query), member_of(request), since=query["since"])
        rows = ConversationOut(found.rows, many=True).data
        return Response(page(request, rows, after="", gone=found.gone, reload=found.reload, mark=found.mark))


class ConversationView(APIView):
    """`GET` and `PATCH conversations/<id>`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "PATCH": Permission.CONVERSATIONS_ASSIGN}

    @extend_schema(responses=ConversationOut, operation_id="conversations_read")
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """One conversation."""
        return _conversation(conversation_id)

    @extend_schema(request=ConversationChange, responses=ConversationOut, operation_id="conversations_change")
    def patch(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Change status, priority, assignee or team; all of it or nothing.

        Resolving is refused with `form_required` while a form asks for something (`detail` says what); fill it in along with it.
        """
        triage.change(
            member=member_of(request), conversation_id=conversation_id, changes=read(ConversationChange, request.data)
        )
        return _conversation(conversation_id)


class ReadView(APIView):
    """`POST conversations/<id>/read`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=ConversationOut, operation_id="conversations_mark_read")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Somebody looked at it."""
        refuse_body(request)
        triage.mark_read(member=member_of(request), conversation_id=conversation_id)
        return _conversation(conversation_id)


class UnreadView(APIView):
    """`POST conversations/<id>/unread`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=ConversationOut, operation_id="conversations_mark_unread")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Leave it for later, in bold."""
        refuse_body(request)
        triage.mark_unread(member=member_of(request), conversation_id=conversation_id)
        return _conversation(conversation_id)


class MessagesView(APIView):
    """`GET` and `POST conversations/<id>/messages`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "POST": Permission.CONVERSATIONS_REPLY}

    @extend_schema(
        parameters=[PageQuery],
        responses=page_of(MessageOut, "MessagePage", mark=serializers.IntegerField()),
        operation_id="messages_list",
    )
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """The newest messages of a thread, in the order they were written; `next` leads to older ones."""
        query = asked(PageQuery, request)
        conversation = selectors.get_conversation(conversation_id)
        found = selectors.thread_page(conversation, before=query["after"], size=query["limit"])
        return Response(page(request, MessageOut(found.messages, many=True).data, after=found.before, mark=found.mark))

    @extend_schema(
        request=MessageIn, responses={201: MessageOut}, parameters=[IDEMPOTENCY_KEY], operation_id="messages_write"
    )
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Answer the customer where they spoke, or leave a note that only members see."""
        given = read(MessageIn, request.data)
        common = {
            "member": member_of(request), "conversation_id": conversation_id, "body": given["body"],
            "idempotency_key": own_key(request),
        }  # fmt: skip
        if given["kind"] == "note":
            if given.get("media"):
                raise Invalid(_("Files go with replies only."), field="media", code="no_files")
            message = replies.note(**common)
        else:
            chosen = [(file["id"], file["alt"]) for file in given.get("media", [])]
            manner = {name: given[name] for name in ("template", "parameters", "signed")}
            message = replies.reply(**common, media=chosen, privately=given["kind"] == "private_reply", **manner)
        return Response(MessageOut(message).data, status=201)


class MessageChangesView(APIView):
    """`GET conversations/<id>/messages/changes`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(
        parameters=[SinceQuery],
        responses=page_of(MessageOut, "MessageChanges", reload=RELOAD, mark=serializers.IntegerField()),
        operation_id="messages_changes",
    )
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Messages of a thread that are new or changed since a mark."""
        query = asked(SinceQuery, request)
        found = selectors.changed_messages(selectors.get_conversation(conversation_id), since=query["since"])
        much = len(found.messages) >= selectors.MAX_CHANGES
        rows = MessageOut(found.messages, many=True).data
        return Response(page(request, rows, after="", reload=much, mark=found.mark))


class MessageView(APIView):
    """`GET messages/<id>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=MessageOut, operation_id="messages_read")
    def get(self, request: Request, slug: str, message_id: int) -> Response:
        """One message."""
        return Response(MessageOut(selectors.get_message(message_id)).data)


class TakeBackView(APIView):
    """`POST messages/<id>/take-back`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=MessageOut, operation_id="messages_take_back")
    def post(self, request: Request, slug: str, message_id: int) -> Response:
        """Stop a reply that has not left yet. 409 when it is on its way."""
        refuse_body(request)
        return Response(MessageOut(replies.take_back(member=member_of(request), message_id=message_id)).data)


class RetryView(APIView):
    """`POST messages/<id>/retry`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=MessageOut, operation_id="messages_retry")
    def post(self, request: Request, slug: str, message_id: int) -> Response:
        """Send a reply again that certainly did not arrive. 409 for any other."""
        refuse_body(request)
        return Response(MessageOut(replies.retry(member=member_of(request), message_id=message_id)).data)


class DecideView(APIView):
    """`POST messages/<id>/decide`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=Decision, responses=MessageOut, operation_id="messages_decide")
    def post(self, request: Request, slug: str, message_id: int) -> Response:
        """Say whether a reply in doubt arrived; if not, it is sent again. 409 when nothing is to be decided."""
        arrived = read(Decision, request.data)["arrived"]
        message = replies.decide(member=member_of(request), message_id=message_id, arrived=arrived)
        return Response(MessageOut(message).data)
