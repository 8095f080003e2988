"""API v1 of what hangs on messages: the bytes, fetched through us, as a page shows them."""

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import calls_network
from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, asked
from core.errors import RabtaError
from core.reasons import in_words
from inbox.services.attached import attached
from inbox.views.media import handed_out
from social.models import FileState


class Unavailable(RabtaError):
    """The network does not hand the file out just now, or any more."""

    status = 424
    code = "not_fetched"


@calls_network
class MessageMediumView(APIView):
    """`GET messages/<id>/media/<number>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, operation_id="messages_medium")
    def get(self, request: Request, slug: str, message_id: int, number: int) -> HttpResponseBase:
        """What stands at a place (from 0) of a message's `media`. Pictures are drawn anew, as WebP. 424 where the network does not
        hand it out, 429 while many others are fetched: ask again in a moment.
        """
        asked(Strict, request)
        workspace_id = member_of(request).workspace_id
        file = attached(workspace_id=workspace_id, message_id=message_id, number=number).file
        if file.state == FileState.FAILED:
            raise Unavailable(in_words(file.error))
        return handed_out(request._request, file, workspace_id=workspace_id, small=False)
