"""API v1 of what hangs on messages: the bytes, fetched through us, as a page shows them; and files handed over for replies."""

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import calls_network
from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, asked
from core.errors import RabtaError
from core.reasons import in_words
from inbox.services.attached import attached
from inbox.services.attaching import attach
from social.api_files import Bytes, FileOut, NameQuery
from social.models import FileState
from social.views.kept import handed_out, whole_body


class Unavailable(RabtaError):
    """The network does not hand the file out just now, or any more."""

    status = 424
    code = "not_fetched"


class Removed(RabtaError):
    """It was older than the workspace keeps files."""

    status = 410
    code = "removed"


@calls_network
class MessageMediumView(APIView):
    """`GET messages/<id>/media/<number>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, operation_id="messages_medium")
    def get(self, request: Request, slug: str, message_id: int, number: int) -> HttpResponseBase:
        """What stands at a place (from 0) of a message's `media`. Pictures are drawn anew, as WebP. 424 where the network does not
        hand it out, 410 where it was removed for its age, 429 while many others are fetched: ask again in a moment.
        """
        asked(Strict, request)
        workspace_id = member_of(request).workspace_id
        file = attached(workspace_id=workspace_id, message_id=message_id, number=number).file
        if file.state == FileState.FAILED:
            raise Unavailable(in_words(file.error))
        if file.state == FileState.REMOVED:
            raise Removed(_("This file is kept no longer."))
        return handed_out(request._request, file, workspace_id=workspace_id, small=False)


@calls_network
class ConversationFilesView(APIView):
    """`POST conversations/<id>/files`."""

    permission = Permission.CONVERSATIONS_REPLY
    parser_classes = (Bytes,)

    @extend_schema(
        parameters=[NameQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: FileOut},
        operation_id="files_create",
    )
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Hand over one file for a reply: the body is its bytes. Nothing is sent by it. 422 for what the network does not take, or
        what is not what its name says.
        """
        name = asked(NameQuery, request)["name"]
        content = whole_body(request._request)
        file = attach(member=member_of(request), conversation_id=conversation_id, name=name, content=content)
        return Response(FileOut(file).data, status=201)
