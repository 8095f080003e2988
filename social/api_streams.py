"""API v1 of streams: what a channel searches for, and what its reading costs."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, Strict, Text, asked, page, page_of, read, refuse_body
from social import selectors
from social.services import streams


class StreamOut(serializers.Serializer[object]):
    """Words that a channel's network is searched for."""

    id = serializers.IntegerField()
    words = serializers.CharField()
    created_at = Moment()


class StreamIn(Strict):
    """What to look for, in the network's own search language."""

    words = Text(max_length=512)


class CostOut(serializers.Serializer[object]):
    """What was read of one kind since the first of the month (UTC), and about what it costs."""

    feed = serializers.CharField(help_text="`search:<id>` for a stream.")
    items = serializers.IntegerField()
    dollars = serializers.DecimalField(max_digits=12, decimal_places=2)


class StreamsView(APIView):
    """`GET, POST channels/<id>/streams`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(
        responses=page_of(StreamOut, "StreamPage", costs=CostOut(many=True)), operation_id="streams_list"
    )
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """What a channel searches for, and what all its reading costs. One page holds them."""
        asked(Strict, request)
        channel = selectors.get_channel(channel_id)
        rows = selectors.streams_of(channel.id)
        costs = CostOut(selectors.reading_costs(channel, rows), many=True).data
        return Response(page(request, StreamOut(rows, many=True).data, after="", costs=costs))

    @extend_schema(request=StreamIn, responses={201: StreamOut}, operation_id="streams_add")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Search for these words from now on. 422 for what the network does not take, 409 past the most of a channel."""
        words = read(StreamIn, request.data)["words"]
        row = streams.add(channel_id=channel_id, words=words, actor_id=member_of(request).pk)
        return Response(StreamOut(row).data, status=201)


class StreamRemoveView(APIView):
    """`POST channels/<id>/streams/<id>/remove`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=StreamOut, operation_id="streams_remove")
    def post(self, request: Request, slug: str, channel_id: int, stream_id: int) -> Response:
        """Search for it no more; what was found stays. Answers what it was."""
        refuse_body(request)
        row = streams.remove(channel_id=channel_id, stream_id=stream_id, actor_id=member_of(request).pk)
        return Response(StreamOut(row).data)
