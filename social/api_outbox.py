"""API v1 of what could not be sent, on all channels of a workspace: trying again, giving up, deciding about doubt."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Flag, Moment, PageQuery, Strict, asked, numbered_page, page_of, read, refuse_body
from social import selectors
from social.models import Delivery, DeliveryState
from social.services import outbox, publishing


class UnsettledOut(serializers.Serializer[object]):
    """One thing that was to be sent, and why it rests."""

    id = serializers.IntegerField()
    channel = serializers.IntegerField(source="channel_id")
    kind = serializers.CharField(source="outgoing.kind")
    text = serializers.CharField(source="outgoing.text")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    error_code = serializers.CharField()
    error = serializers.CharField()
    attempts = serializers.IntegerField()
    created_at = Moment()
    attempted_at = Moment(allow_null=True)
    settled_at = Moment(allow_null=True)


class OutboxQuery(PageQuery):
    """What is asked for."""

    state = serializers.ChoiceField(choices=[state.value for state in selectors.UNSETTLED], required=False, default="")
    channel = serializers.IntegerField(required=False, default=None, min_value=1, max_value=2**63 - 1)


class ArrivedBody(Strict):
    """What a person saw on the network."""

    arrived = Flag(help_text="False sends it again.")


class OutboxView(APIView):
    """`GET outbox`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(parameters=[OutboxQuery], responses=page_of(UnsettledOut, "OutboxPage"), operation_id="outbox_list")
    def get(self, request: Request, slug: str) -> Response:
        """What failed or waits for a decision on any channel, newest first."""
        query = asked(OutboxQuery, request)
        found = partial(selectors.unsettled_deliveries, state=query["state"], channel_id=query["channel"])
        return Response(numbered_page(request, query, UnsettledOut, found))


class OutboxActionView(APIView):
    """`POST outbox/<id>/retry` and its neighbours: one class each, below."""

    permission = Permission.CONVERSATIONS_REPLY
    deed: ClassVar[Callable[..., Delivery]]

    def act(self, request: Request, delivery_id: int, **given: Any) -> Response:
        """Do it, and answer the delivery as it stands then."""
        row = selectors.get_unsettled(delivery_id)
        publishing.require_hand(member_of(request), row)
        return Response(UnsettledOut(type(self).deed(delivery_id=row.id, actor_id=member_of(request).pk, **given)).data)


class OutboxRetryView(OutboxActionView):
    """`POST outbox/<id>/retry`."""

    deed = outbox.retry

    @extend_schema(request=None, responses=UnsettledOut, operation_id="outbox_retry")
    def post(self, request: Request, slug: str, delivery_id: int) -> Response:
        """Send again what certainly did not arrive. 409 for what may have."""
        refuse_body(request)
        return self.act(request, delivery_id)


class OutboxDiscardView(OutboxActionView):
    """`POST outbox/<id>/discard`."""

    deed = outbox.discard

    @extend_schema(request=None, responses=UnsettledOut, operation_id="outbox_discard")
    def post(self, request: Request, slug: str, delivery_id: int) -> Response:
        """Give up what certainly did not arrive. 409 for what may have."""
        refuse_body(request)
        return self.act(request, delivery_id)


class OutboxDecideView(OutboxActionView):
    """`POST outbox/<id>/decide`."""

    deed = outbox.decide

    @extend_schema(request=ArrivedBody, responses=UnsettledOut, operation_id="outbox_decide")
    def post(self, request: Request, slug: str, delivery_id: int) -> Response:
        """Say whether something in doubt arrived. 409 for what is in no doubt."""
        return self.act(request, delivery_id, arrived=read(ArrivedBody, request.data)["arrived"])
