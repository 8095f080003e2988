"""API v1 of posts: writing something new on one or several channels, what became of it on each, taking it back."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import IDEMPOTENCY_KEY, member_of, own_key
from accounts.policies import Permission
from core.api import Moment, PageQuery, Several, Strict, Text, Whole, asked, numbered_page, page_of, read, refuse_body
from core.keyset import MAX_ID
from social import selectors
from social.api_files import Bytes, FileOut, NameQuery
from social.models import DeliveryState
from social.services import publishing
from social.services.chosen_files import MAX_ALT, MAX_FILES
from social.views.kept import whole_body


class CarriedOut(serializers.Serializer[object]):
    """What became of a post on one channel."""

    id = serializers.IntegerField(help_text="Its number in the outbox.")
    channel = serializers.IntegerField(source="channel_id")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    url = serializers.CharField(help_text="Where it stands; empty where the network gives no address.")
    external_id = serializers.CharField(allow_null=True)
    error_code = serializers.CharField()
    error = serializers.CharField()
    not_before = Moment(help_text="Until then it can be taken back.")
    settled_at = Moment(allow_null=True)
    missing_since = Moment(allow_null=True, help_text="Since when the network does not show it (any more).")


class PostOut(serializers.Serializer[object]):
    """Something new that was written for one or several channels."""

    id = serializers.IntegerField()
    body = serializers.CharField()
    media = serializers.JSONField()
    author = serializers.IntegerField(source="author_id", allow_null=True, help_text="A member's id.")
    send_at = Moment(allow_null=True, help_text="When it was to appear; null for at once.")
    created_at = Moment()
    deliveries = CarriedOut(source="carried", many=True)


class PostFile(Strict):
    """A file that was handed over before."""

    id = Whole(min_value=1, max_value=MAX_ID)
    alt = Text(required=False, default="", allow_blank=True, max_length=MAX_ALT, help_text="What it shows.")


class PostIn(Strict):
    """What to publish, and where."""

    channels = Several(child=Whole(min_value=1, max_value=MAX_ID), min_length=1, max_length=publishing.MAX_CHANNELS)
    body = Text(max_length=publishing.MAX_CHARACTERS, required=False, default="", allow_blank=True, help_text="Empty with `media`.")
    media = PostFile(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_FILES, help_text="Files, as `posts/files` gave them."
    )
    send_at = Moment(required=False, allow_null=True, default=None, help_text="When it is to appear; null for at once.")


class PostsView(APIView):
    """`GET` and `POST posts`."""

    permission = {"GET": Permission.CONVERSATIONS_VIEW, "POST": Permission.POSTS_PUBLISH}

    @extend_schema(parameters=[PageQuery], responses=page_of(PostOut, "PostPage"), operation_id="posts_list")
    def get(self, request: Request, slug: str) -> Response:
        """What was published from here, newest first."""
        return Response(numbered_page(request, asked(PageQuery, request), PostOut, selectors.posts))

    @extend_schema(request=PostIn, responses={201: PostOut}, parameters=[IDEMPOTENCY_KEY], operation_id="posts_publish")
    def post(self, request: Request, slug: str) -> Response:
        """Publish on these channels: on all of them, or on none where one cannot take it (422, `detail.refusals`)."""
        given = read(PostIn, request.data)
        post = publishing.publish(
            member=member_of(request),
            channel_ids=given["channels"],
            body=given["body"],
            media=[(file["id"], file["alt"]) for file in given.get("media", ())],
            send_at=given["send_at"],
            idempotency_key=own_key(request),
        )
        return Response(PostOut(post).data, status=201)


class PostView(APIView):
    """`GET posts/<id>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=PostOut, operation_id="posts_read")
    def get(self, request: Request, slug: str, post_id: int) -> Response:
        """One post, and what became of it on each channel."""
        asked(Strict, request)
        return Response(PostOut(selectors.get_post(post_id)).data)


class PostTakeBackView(APIView):
    """`POST posts/<id>/take-back`."""

    permission = Permission.POSTS_PUBLISH

    @extend_schema(request=None, responses=PostOut, operation_id="posts_take_back")
    def post(self, request: Request, slug: str, post_id: int) -> Response:
        """Stop it wherever it has not left yet. 409 where it has left everywhere."""
        refuse_body(request)
        return Response(PostOut(publishing.take_back(member=member_of(request), post_id=post_id)).data)


class PostFilesView(APIView):
    """`POST posts/files`."""

    permission = Permission.POSTS_PUBLISH
    #: No transaction is held around it (accounts/access.py): drawing a large picture takes a second.
    calls_network = True
    parser_classes = (Bytes,)

    @extend_schema(
        parameters=[NameQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: FileOut},
        operation_id="posts_files_create",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hand over one file for a post: the body is its bytes. Nothing is sent by it. 422 for what none of the channels takes."""
        name = asked(NameQuery, request)["name"]
        file = publishing.attach(member=member_of(request), name=name, content=whole_body(request._request))
        return Response(FileOut(file).data, status=201)
