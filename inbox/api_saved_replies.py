"""API v1 of saved replies: the same services as the page and the composer."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import calls_network
from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, Several, Strict, Text, Whole, asked, page, page_of, read, refuse_body
from core.keyset import MAX_ID
from core.tenancy import tenant
from inbox import selectors
from inbox.models import SavedReply, Scope
from inbox.selectors import saved_replies as kept
from inbox.services import saved_replies, saved_reply_attachments, saved_reply_files
from inbox.services.saved_replies import MAX_BODY, MAX_FOLDER, MAX_SHORTCUT, MAX_TITLE
from social.api_files import Bytes, FileOut, NameQuery
from social.views.kept import whole_body


class SavedReplyOut(serializers.Serializer[object]):
    """Words kept to be used again."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    shortcut = serializers.CharField()
    body = serializers.CharField(help_text="May hold blanks such as {{contact.name}}.")
    lang = serializers.CharField()
    folder = serializers.CharField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    networks = serializers.ListField(child=serializers.CharField(), help_text="Offered only there; empty: everywhere.")
    channels = serializers.ListField(child=serializers.IntegerField(), help_text="Offered only there; empty: everywhere.")
    used_count = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()


class SavedReplyQuery(Strict):
    """Parameters of the lists."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=kept.MAX_QUERY)
    folder = serializers.CharField(required=False, default="", max_length=MAX_FOLDER)


class OfferedQuery(Strict):
    """Parameters of what fits a conversation."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=kept.MAX_QUERY)


class SavedReplyChange(Strict):
    """What may be set. Fields that are not sent stay as they are, or empty in a new one."""

    title = Text(required=False, max_length=MAX_TITLE)
    shortcut = Text(required=False, allow_blank=True, max_length=MAX_SHORTCUT + 1)
    body = Text(required=False, max_length=MAX_BODY)
    lang = Text(required=False, allow_blank=True, max_length=10)
    folder = Text(required=False, allow_blank=True, max_length=MAX_FOLDER)
    scope = serializers.ChoiceField(choices=Scope.choices, required=False)
    team = Whole(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    networks = Several(child=Text(max_length=20), required=False, max_length=50)
    channels = Several(child=Whole(min_value=1, max_value=MAX_ID), required=False, max_length=500)


class AlongOut(serializers.Serializer[object]):
    """A file that goes along with a saved reply."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["image", "video", "audio", "file"])
    mime = serializers.CharField(help_text="By its content.")
    size = serializers.IntegerField(help_text="In bytes.")


class FilledOut(serializers.Serializer[object]):
    """The words for one conversation."""

    text = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Blanks without a value: nothing is sent with them.")
    files = AlongOut(many=True, help_text="What goes along: hand each over to this conversation by its number.")


class TableIn(Strict):
    """A table in CSV, its first row naming the columns."""

    csv = Text(max_length=2_000_000)


class RefusedOut(serializers.Serializer[object]):
    """A row that was not kept."""

    row = serializers.IntegerField(help_text="The first below the headings is 2.")
    field = serializers.CharField()
    reason = serializers.CharField()


class ImportedOut(serializers.Serializer[object]):
    """What became of a table."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    refused = RefusedOut(many=True)


class SavedRepliesView(APIView):
    """`GET` and `POST saved-replies`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(
        parameters=[SavedReplyQuery], responses=page_of(SavedReplyOut, "SavedReplyPage"), operation_id="saved_replies_list"
    )
    def get(self, request: Request, slug: str) -> Response:
        """What the member may use, the most used first. One page holds them; a search finds what it does not."""
        query = asked(SavedReplyQuery, request)
        rows = kept.saved_replies(member_of(request), words=query["q"], folder=query["folder"])
        return Response(page(request, SavedReplyOut(rows, many=True).data, after=""))

    @extend_schema(request=SavedReplyChange, responses={201: SavedReplyOut}, operation_id="saved_replies_create")
    def post(self, request: Request, slug: str) -> Response:
        """Keep new words: one's own, or with the right to, a team's or everybody's."""
        row = saved_replies.keep(member=member_of(request), values=read(SavedReplyChange, request.data))
        return Response(_shown(row), status=201)


class SavedReplyView(APIView):
    """`GET` and `PATCH saved-replies/<id>`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(responses=SavedReplyOut, operation_id="saved_replies_read")
    def get(self, request: Request, slug: str, reply_id: int) -> Response:
        """One of them."""
        return Response(_shown(kept.get_saved_reply(reply_id, member_of(request))))

    @extend_schema(request=SavedReplyChange, responses=SavedReplyOut, operation_id="saved_replies_change")
    def patch(self, request: Request, slug: str, reply_id: int) -> Response:
        """Change it."""
        values = read(SavedReplyChange, request.data)
        return Response(_shown(saved_replies.keep(member=member_of(request), values=values, reply_id=reply_id)))


class RemoveView(APIView):
    """`POST saved-replies/<id>/remove`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=SavedReplyOut, operation_id="saved_replies_remove")
    def post(self, request: Request, slug: str, reply_id: int) -> Response:
        """Throw it away. Answers with what it was."""
        refuse_body(request)
        return Response(_shown(saved_replies.remove(member=member_of(request), reply_id=reply_id)))


class ImportView(APIView):
    """`POST saved-replies/import`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=TableIn, responses=ImportedOut, operation_id="saved_replies_import")
    def post(self, request: Request, slug: str) -> Response:
        """Keep the rows of a table. What is wrong with a row is told, and its neighbours are kept."""
        imported = saved_reply_files.bring_in(member=member_of(request), text=read(TableIn, request.data)["csv"])
        return Response(ImportedOut(imported).data)


class OfferedView(APIView):
    """`GET conversations/<id>/saved-replies`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(
        parameters=[OfferedQuery], responses=page_of(SavedReplyOut, "FittingReplyPage"), operation_id="saved_replies_fitting"
    )
    def get(self, request: Request, slug: str, conversation_id: int) -> Response:
        """What fits this conversation's channel, as the composer offers it: the first few."""
        words = asked(OfferedQuery, request)["q"]
        rows = kept.fitting_replies(selectors.get_conversation(conversation_id), member_of(request), words=words)
        return Response(page(request, SavedReplyOut(rows, many=True).data, after=""))


class UseView(APIView):
    """`POST conversations/<id>/saved-replies/<id>/use`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=FilledOut, operation_id="saved_replies_use")
    def post(self, request: Request, slug: str, conversation_id: int, reply_id: int) -> Response:
        """Its words with the blanks filled for this conversation. It counts as used; nothing is sent."""
        refuse_body(request)
        filled, files = saved_replies.use(member=member_of(request), conversation_id=conversation_id, reply_id=reply_id)
        return Response(FilledOut({"text": filled.text, "missing": filled.missing, "files": files}).data)


@calls_network
class LayView(APIView):
    """`POST conversations/<id>/saved-replies/<id>/files/<id>`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses={201: FileOut}, operation_id="saved_replies_lay")
    def post(self, request: Request, slug: str, conversation_id: int, reply_id: int, attached_id: int) -> Response:
        """Choose a saved reply's file for a reply here. 422 for what this channel's network does not take. Nothing is sent."""
        refuse_body(request)
        file = saved_reply_attachments.lay(
            member=member_of(request), conversation_id=conversation_id, reply_id=reply_id, file_id=attached_id
        )
        return Response(FileOut(file).data, status=201)


@calls_network
class FilesView(APIView):
    """`POST saved-replies/<id>/files`."""

    permission = Permission.CONVERSATIONS_REPLY
    parser_classes = (Bytes,)

    @extend_schema(
        parameters=[NameQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: AlongOut(many=True)},
        operation_id="saved_replies_attach",
    )
    def post(self, request: Request, slug: str, reply_id: int) -> Response:
        """Keep a file with a saved reply: the body is its bytes. Answers with all that go along."""
        name = asked(NameQuery, request)["name"]
        content = whole_body(request._request)
        row = saved_reply_attachments.attach(member=member_of(request), reply_id=reply_id, name=name, content=content)
        return Response(_along(request, row), status=201)


@calls_network
class DetachView(APIView):
    """`POST saved-replies/<id>/files/<id>/remove`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=AlongOut(many=True), operation_id="saved_replies_detach")
    def post(self, request: Request, slug: str, reply_id: int, attached_id: int) -> Response:
        """Take a file away from it. Answers with those that are left."""
        refuse_body(request)
        row = saved_reply_attachments.detach(member=member_of(request), reply_id=reply_id, file_id=attached_id)
        return Response(_along(request, row))


def _along(request: Request, row: SavedReply) -> Any:
    with tenant(member_of(request).workspace_id):
        return AlongOut(kept.files_of(row), many=True).data


def _shown(row: SavedReply) -> Any:
    return SavedReplyOut(row).data
