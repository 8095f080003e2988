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
from inbox.api_approvals import RequestOut
from inbox.api_shapes import ChosenFile, ConversationOut, MessageOut
from inbox.models import ApprovalRequest, Priority, Status
from inbox.selectors import ListQuery
from inbox.services import approval_rule, approvals, replies, triage
from inbox.services.note_mentions import MOST
from inbox.services.wording import MAX_CHARACTERS
from social.services.chosen_files import MAX_FILES


class ListFilter(Strict):
    """What a list of conversations shows. Filters combine; those that take several values take them with commas between."""

    view = serializers.ChoiceField(choices=list(selectors.VIEWS), required=False, default="open")
    sort = serializers.CharField(required=False, default="newest", max_length=20, help_text="`newest`, `waiting`, `priority`.")

    def get_fields(self) -> dict[str, Any]:
        """With one parameter for each facet there is."""
        known = selectors.facets().values()
        filters = {f.key: serializers.CharField(required=False, max_length=2000, help_text=FILTERS.get(f.key, "")) for f in known}
        return {**super().get_fields(), **filters}


#: What the values of a filter are.
FILTERS = {
    "status": "`open`, `pending`, `snoozed`, `resolved`; several. Takes the place of the view's own.",
    "assignee": "Members' ids, `me`, `nobody`; several.",
    "team": "Teams' ids, `none`; several.",
    "tag": "Tags' ids; several, any of which it carries.",
    "channel": "Channels' ids; several.",
    "network": "Networks' names as `networks` tells them; several.",
    "language": "Language codes (`ur`, `pt-br`) of the newest message; several.",
    "priority": "0 (low) to 3 (urgent); several.",
    "waiting": "The customer waits longer than: `30m`, `4h`, `2d`.",
    "visibility": "`public` or `private`.",
    "unread": "`yes`.",
    "has": "`file`: something is attached to a message.",
    "from": "Active on or after this day (`2026-03-01`), in the member's time zone.",
    "until": "Last active on or before this day.",
    "contact": "A contact's id.",
}


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
    expected_team = Whole(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID, help_text="With `team`: the same for teams."
    )


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
    seen = Whole(
        required=False,
        min_value=0,
        max_value=MAX_ID,
        help_text="For replies: the newest message you know. 409 `answered` when a colleague answered after it.",
    )
    mentions = Several(
        child=Text(max_length=30), required=False, default=list, max_length=MOST,
        help_text="Whom a note names: `member:<id>`, `team:<id>`.",
    )  # fmt: skip
    signed = Flag(required=False, default=True, help_text="With the signature, where answers are letters (e-mail).")


class Decision(Strict):
    """What a person saw on the network."""

    arrived = Flag()


RELOAD = serializers.BooleanField(help_text="Too much changed to be told here: read the list anew.")


def _filter(query: dict[str, Any]) -> ListQuery:
    return ListQuery.parse(query)


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
            message = replies.note(**common, mentions=given["mentions"])
        else:
            if given["mentions"]:
                raise Invalid(_("Only notes name colleagues."), field="mentions", code="no_mentions")
            chosen = [(file["id"], file["alt"]) for file in given.get("media", [])]
            manner = {name: given[name] for name in ("template", "parameters", "signed")} | {"seen": given.get("seen")}
            asked_for = self._asked_for(given, common, chosen)
            if asked_for is not None:
                return Response(RequestOut(asked_for).data, status=202)
            message = replies.reply(**common, media=chosen, privately=given["kind"] == "private_reply", **manner)
        return Response(MessageOut(message).data, status=201)

    def _asked_for(
        self, given: dict[str, Any], common: dict[str, Any], chosen: list[tuple[int, str]]
    ) -> ApprovalRequest | None:
        """What waits for approval instead of going, where the workspace's rule wants that."""
        conversation = selectors.get_conversation(common["conversation_id"])
        place = {"channel_id": conversation.channel_id, "visibility": conversation.visibility}
        if given["kind"] == "private_reply" or not approval_rule.needed(common["member"], **place):
            return None
        manner = {"template": given["template"], "parameters": given["parameters"], "unsigned": not given["signed"]}
        return approvals.ask(**common, media=chosen, manner=manner)


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
