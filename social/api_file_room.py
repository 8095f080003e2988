"""API v1 of the room that a workspace has for files, and for how long they are kept."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, Strict, Whole, asked, read
from social.services import file_room


class FileRoomOut(serializers.Serializer[object]):
    """The room for files."""

    held = serializers.IntegerField(help_text="Bytes that are kept.")
    most = serializers.IntegerField(help_text="Bytes that may be kept.")
    level = serializers.ChoiceField(choices=["good", "nearly", "full"], help_text="A full room keeps no file, coming or going.")
    keep_days = serializers.IntegerField(allow_null=True, help_text="For so many days files are kept; null for ever.")
    full_at = Moment(allow_null=True, help_text="When a file was last turned away; it is fetched once there is room.")
    swept_at = Moment(allow_null=True, help_text="When old files were last looked for.")
    removed = serializers.IntegerField(help_text="How many were removed then.")


class FileRoomChange(Strict):
    """For how long files are kept."""

    keep_days = Whole(min_value=1, max_value=file_room.MOST_DAYS, allow_null=True, help_text="Null: for ever.")


class FileRoomView(APIView):
    """`GET` and `PATCH file-room`."""

    permission = Permission.WORKSPACE_MANAGE

    @extend_schema(responses=FileRoomOut, operation_id="files_room_read")
    def get(self, request: Request, slug: str) -> Response:
        """How much of the workspace's room for files is taken, and for how long they are kept."""
        asked(Strict, request)
        return Response(FileRoomOut(file_room.room()).data)

    @extend_schema(request=FileRoomChange, responses=FileRoomOut, operation_id="files_room_change")
    def patch(self, request: Request, slug: str) -> Response:
        """Say for how many days files are kept. What is older goes within the hour, and does not come back."""
        given = read(FileRoomChange, request.data)
        return Response(FileRoomOut(file_room.change(member=member_of(request), keep_days=given["keep_days"])).data)
