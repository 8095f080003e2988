"""API v1 of files for replies that arrive in parts: the same service as the composer's."""

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import calls_network
from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Strict, StrictJSONParser, Text, Whole, asked, read, refuse_body
from inbox.models import Upload
from inbox.services import uploads
from social.api_files import Bytes, FileOut
from social.models import StoredFile


class UploadIn(Strict):
    """A file that is about to come."""

    name = Text(max_length=200)
    size = Whole(min_value=1, max_value=2**40, help_text="In bytes.")


class UploadOut(serializers.Serializer[object]):
    """How much of a file is here."""

    id = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="Bytes that are here: the next part begins there.")
    part = serializers.IntegerField(help_text="Bytes of one part; only the last is shorter.")
    file = FileOut(allow_null=True, help_text="The file, once all of it is here.")


class OffsetQuery(Strict):
    """Where a part begins."""

    offset = serializers.IntegerField(min_value=0, max_value=2**40)


def _shown(row: Upload, file: StoredFile | None) -> Any:
    known = FileOut(file).data if file else None
    return {"id": row.pk, "offset": row.received, "part": uploads.PART_BYTES, "file": known}


@calls_network
class UploadsView(APIView):
    """`POST conversations/<id>/uploads`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=UploadIn, responses={201: UploadOut}, operation_id="uploads_begin")
    def post(self, request: Request, slug: str, conversation_id: int) -> Response:
        """Announce a file for a reply. 422 for one that is larger than the channel's network takes."""
        given = read(UploadIn, request.data)
        row = uploads.begin(member=member_of(request), conversation_id=conversation_id, name=given["name"], size=given["size"])
        return Response(_shown(row, None), status=201)


@calls_network
class UploadView(APIView):
    """`GET` and `POST conversations/<id>/uploads/<id>`."""

    permission = Permission.CONVERSATIONS_REPLY
    parser_classes = (Bytes,)

    @extend_schema(responses=UploadOut, operation_id="uploads_read")
    def get(self, request: Request, slug: str, conversation_id: int, upload_id: int) -> Response:
        """How much of it is here: after a broken line, go on from there."""
        row = uploads.state(member=member_of(request), conversation_id=conversation_id, upload_id=upload_id)
        return Response(_shown(row, uploads.chosen(row)))

    @extend_schema(
        parameters=[OffsetQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=UploadOut,
        operation_id="uploads_put",
    )
    def post(self, request: Request, slug: str, conversation_id: int, upload_id: int) -> Response:
        """Hand over the next part: the body is its bytes. 409 names the offset to go on from. The last part is answered with the
        file; 422 for what the network does not take, or what is not what its name says, which ends the upload.
        """
        offset = asked(OffsetQuery, request)["offset"]
        content = request._request.read(min(uploads.PART_BYTES, settings.MEDIA_FILE_BYTES) + 1)
        row, file = uploads.put(
            member=member_of(request), conversation_id=conversation_id, upload_id=upload_id, offset=offset, content=content
        )
        return Response(_shown(row, file))


@calls_network
class UploadDropView(APIView):
    """`POST conversations/<id>/uploads/<id>/drop`."""

    permission = Permission.CONVERSATIONS_REPLY
    parser_classes = (StrictJSONParser,)

    @extend_schema(request=None, responses=UploadOut, operation_id="uploads_drop")
    def post(self, request: Request, slug: str, conversation_id: int, upload_id: int) -> Response:
        """Let go of one that is on its way. Answers with how far it was."""
        refuse_body(request)
        row = uploads.drop(member=member_of(request), conversation_id=conversation_id, upload_id=upload_id)
        return Response(_shown(row, None))
