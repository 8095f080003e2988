"""API v1 of networks: what each can do, from its own file."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.policies import Permission
from core.api import Strict, asked, page, page_of
from social import matrix
from social.networks.base import Network


class LimitsOut(serializers.Serializer[object]):
    """What fits. Lengths as the network counts them, sizes in bytes, times in seconds; 0 and null mean none."""

    public_length = serializers.IntegerField()
    private_length = serializers.IntegerField()
    reply_window_seconds = serializers.IntegerField(allow_null=True)
    media_kinds = serializers.ListField(child=serializers.CharField())
    media_bytes = serializers.IntegerField()
    figures_from = serializers.CharField(source="source", help_text="Where the figures come from, and when they were read.")


class NetworkOut(serializers.Serializer[object]):
    """A kind of place where customers speak, and what can be done there."""

    slug = serializers.CharField()
    name = serializers.CharField(source="label")
    capabilities = serializers.SerializerMethodField()
    reads_back = serializers.BooleanField(help_text="Whether older items are read on demand.")
    signs_in = serializers.BooleanField(help_text="Whether accounts are connected on its own sign-in page.")
    practice = serializers.SerializerMethodField(help_text="Whether calls go to the practice network.")
    poll_seconds = serializers.FloatField()
    limits = LimitsOut()

    @staticmethod
    def get_capabilities(network: Network) -> list[str]:
        """In the order of the matrix."""
        return [row.capability.value for row in matrix.abilities([network]) if row.cells[0]]

    @staticmethod
    def get_practice(network: Network) -> bool:
        """Asked anew: it depends on the settings."""
        return network.is_practice()


class NetworksView(APIView):
    """`GET networks`."""

    permission = Permission.CHANNELS_VIEW

    @extend_schema(responses=page_of(NetworkOut, "NetworkPage"), operation_id="networks_list")
    def get(self, request: Request, slug: str) -> Response:
        """Every network this installation speaks, and what each can do. One page holds them all."""
        asked(Strict, request)
        rows: Any = NetworkOut(matrix.known(), many=True).data
        return Response(page(request, rows, after=""))
