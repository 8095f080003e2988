"""API v1 of the search: the same question and the same answers as the page's."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, PageQuery, asked, page, page_of
from search import selectors
from search.models import Kind
from search.question import MAX_LENGTH


class PartOut(serializers.Serializer[object]):
    """A piece of the text around the hit."""

    text = serializers.CharField()
    is_hit = serializers.BooleanField(help_text="Whether it is one of the words asked for.")


class HitOut(serializers.Serializer[object]):
    """A message or a person."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    at = Moment()
    contact = serializers.IntegerField(source="contact.id")
    contact_name = serializers.CharField(source="contact.name")
    message = serializers.IntegerField(source="message.id", default=None, allow_null=True)
    conversation = serializers.IntegerField(source="message.conversation_id", default=None, allow_null=True)
    channel = serializers.IntegerField(source="channel.id", default=None, allow_null=True)
    parts = PartOut(many=True)


class SearchQuery(PageQuery):
    """Parameters of a search."""

    q = serializers.CharField(
        max_length=MAX_LENGTH,
        help_text='Words, "phrases", -excluded, begin*, and from:, on:, tag:, before:, after:, is:. '
        "Variants of Arabic letters are one.",
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)


class SearchView(APIView):
    """`GET search`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(
        parameters=[SearchQuery],
        responses=page_of(
            HitOut,
            "SearchPage",
            total=serializers.IntegerField(
                allow_null=True, help_text="How many have the words, counted up to 2001; null without words."
            ),
        ),
        operation_id="search",
    )
    def get(self, request: Request, slug: str) -> Response:
        """What answers a question, newest first."""
        query = asked(SearchQuery, request)
        kinds = [query["kind"]] if "kind" in query else ()
        found = selectors.find(
            selectors.asked(query["q"]), member_of(request), kinds=kinds, after=query["after"], size=query["limit"]
        )
        return Response(page(request, HitOut(found.hits, many=True).data, after=found.after, total=found.total))
