"""API v1 of reading channels back: starting, stopping, going on, and how far it came."""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, PageQuery, Strict, Whole, asked, numbered_page, page_of, read, refuse_body
from social import selectors
from social.models import BackfillState
from social.services import backfilling


class BackfillOut(serializers.Serializer[object]):
    """One reading back and how far it came."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=BackfillState.choices)
    since = Moment(help_text="How far back it was asked to read.")
    oldest_at = Moment(allow_null=True, help_text="When the oldest item seen so far was written.")
    pages = serializers.IntegerField()
    items = serializers.IntegerField(help_text="Items seen.")
    new_items = serializers.IntegerField(help_text="How many of them were not known before.")
    failures = serializers.IntegerField(help_text="Tries in a row that failed.")
    error_code = serializers.CharField()
    error = serializers.CharField()
    started_at = Moment()
    ended_at = Moment(allow_null=True)


class BackfillBody(Strict):
    """How far back to read."""

    days = Whole(min_value=1, max_value=backfilling.MOST_DAYS)


class BackfillsView(APIView):
    """`GET, POST channels/<id>/backfills`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(
        parameters=[PageQuery], responses=page_of(BackfillOut, "BackfillPage"), operation_id="backfills_list"
    )
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """A channel's readings back, newest first."""
        query = asked(PageQuery, request)
        channel = selectors.get_channel(channel_id)
        return Response(numbered_page(request, query, BackfillOut, partial(selectors.backfills, channel.id)))

    @extend_schema(request=BackfillBody, responses={201: BackfillOut}, operation_id="backfills_start")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Have older items read. 422 for a network that gives none on demand, 409 while another one runs."""
        days = read(BackfillBody, request.data)["days"]
        run = backfilling.start(channel_id=channel_id, days=days, actor_id=member_of(request).pk)
        return Response(BackfillOut(run).data, status=201)


class BackfillView(APIView):
    """`GET channels/<id>/backfills/<run>`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(responses=BackfillOut, operation_id="backfills_read")
    def get(self, request: Request, slug: str, channel_id: int, run_id: int) -> Response:
        """One reading back as it stands."""
        return Response(BackfillOut(selectors.get_backfill(channel_id, run_id)).data)


class BackfillStopView(APIView):
    """`POST channels/<id>/backfills/<run>/stop`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=BackfillOut, operation_id="backfills_stop")
    def post(self, request: Request, slug: str, channel_id: int, run_id: int) -> Response:
        """Stop it; what was read stays. One that has ended stays as it ended."""
        refuse_body(request)
        run = selectors.get_backfill(channel_id, run_id)
        return Response(BackfillOut(backfilling.stop(run_id=run.id, actor_id=member_of(request).pk)).data)


class BackfillGoOnView(APIView):
    """`POST channels/<id>/backfills/<run>/go-on`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=BackfillOut, operation_id="backfills_go_on")
    def post(self, request: Request, slug: str, channel_id: int, run_id: int) -> Response:
        """Go on from where a stopped or failed one stands. 409 for one that is done, or while another one runs."""
        refuse_body(request)
        run = selectors.get_backfill(channel_id, run_id)
        return Response(BackfillOut(backfilling.go_on(run_id=run.id, actor_id=member_of(request).pk)).data)
