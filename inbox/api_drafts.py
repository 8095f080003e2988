"""API v1 of drafts: what the person behind a token has begun to write."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, Several, Strict, Text, Whole, page, page_of, read
from core.keyset import MAX_ID
from inbox import selectors
from inbox.api_shapes import ChosenFile
from inbox.models import DraftKind
from inbox.services import drafts
from social.services.chosen_files import MAX_FILES


class DraftIn(Strict):
    """What was written so far."""

    body = Text(max_length=drafts.MAX_CHARACTERS, required=False, default="", allow_blank=True)
    media = ChosenFile(many=True, required=False, max_length=MAX_FILES)
    template = Text(required=False, default="", max_length=200, help_text="`name|language` of an approved text.")
    parameters = Several(child=Text(max_length=1000), required=False, default=list, max_length=50, help_text="What fills it.")
    privately = Flag(required=False, default=False)
    base = Whole(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=MAX_ID,
        help_text="The `counter` you saw: refuse with 409 when something else was written meanwhile. Without it yours counts.",
    )


class DraftOut(serializers.Serializer[object]):
    """Something begun and not sent."""

    conversation = serializers.IntegerField(source="conversation_id")
    kind = serializers.ChoiceField(choices=DraftKind.choices)
    body = serializers.CharField()
    media = serializers.JSONField(source="files")
    template = serializers.CharField(source="manner.template", default="")
    parameters = serializers.ListField(source="manner.parameters", default=list)
    privately = serializers.BooleanField(source="manner.privately", default=False)
    counter = serializers.IntegerField(help_text="Grows with each version.")
    remark = serializers.CharField(help_text="Why it came back, where it did.")
    saved_at = Moment()


class DraftsView(APIView):
    """`GET drafts`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(responses=page_of(DraftOut, "DraftPage"), operation_id="drafts_list")
    def get(self, request: Request, slug: str) -> Response:
        """Your own drafts, the one written last first; the newest hundred."""
        return Response(page(request, DraftOut(selectors.own_drafts(member_of(request)), many=True).data, after=""))


class DraftView(APIView):
    """`GET`, `PUT conversations/<id>/drafts/<kind>`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(responses=DraftOut, operation_id="drafts_read")
    def get(self, request: Request, slug: str, conversation_id: int, kind: str) -> Response:
        """Your draft here; an empty one where you have begun nothing."""
        return Response(DraftOut(drafts.get(member=member_of(request), conversation_id=conversation_id, kind=kind)).data)

    @extend_schema(request=DraftIn, responses=DraftOut, operation_id="drafts_save")
    def put(self, request: Request, slug: str, conversation_id: int, kind: str) -> Response:
        """Keep what was written so far; nothing at all throws it away. 409 (`draft_changed`) when another window wrote something
        else since `base`.
        """
        given = read(DraftIn, request.data)
        kept = drafts.keep(
            member=member_of(request),
            conversation_id=conversation_id,
            kind=kind,
            body=given["body"],
            media=[(file["id"], file["alt"]) for file in given.get("media", [])],
            manner={name: given[name] for name in ("template", "parameters", "privately")},
            base=given["base"],
        )
        return Response(DraftOut(kept).data)
