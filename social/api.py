"""API v1 of channels: how they do, pausing and letting go of them, and what could not be digested."""

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
from core.api import Flag, Moment, PageQuery, Several, Strict, Text, Whole, asked, numbered_page, page, page_of, read, refuse_body
from social import selectors
from social.models import AlertKind, Channel, ChannelState
from social.models.chat import MAX_ORIGINS, Asked, Side, WidgetTheme
from social.services import chat_widgets, connecting, stored


class QuotaOut(serializers.Serializer[object]):
    """What a network's headers said is left of one window."""

    name = serializers.CharField()
    limit = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    resets_at = Moment(allow_null=True)


class AlertOut(serializers.Serializer[object]):
    """What a person should look at although nothing failed."""

    kind = serializers.ChoiceField(choices=AlertKind.choices)
    since = Moment(help_text="Of silence the last item heard; of a sign-in the moment it ends.")
    raised_at = Moment()


class SpentOut(serializers.Serializer[object]):
    """What a channel spent this month, where its network says what messages and calls cost."""

    currency = serializers.CharField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=6)
    charges = serializers.IntegerField(help_text="How many messages and calls.")


class ChannelOut(serializers.Serializer[object]):
    """A channel and how it does. Secrets are never part of it."""

    id = serializers.IntegerField(source="channel.id")
    network = serializers.CharField(source="channel.network")
    network_label = serializers.CharField(source="network.label")
    name = serializers.CharField(source="channel.name")
    handle = serializers.CharField(source="channel.handle")
    practice = serializers.BooleanField(source="channel.practice", help_text="Connected to the practice network.")
    state = serializers.ChoiceField(choices=ChannelState.choices, source="channel.state")
    trouble = serializers.CharField(source="channel.trouble", help_text="Why it needs somebody; empty while all is well.")
    connected_at = Moment(source="channel.connected_at", allow_null=True)
    level = serializers.ChoiceField(choices=["good", "late", "trouble", "off"])
    lag_seconds = serializers.FloatField(allow_null=True, help_text="Since the last finished reading.")
    last_pull_at = Moment(source="pull.last_finished_at", allow_null=True, default=None)
    next_try = Moment(allow_null=True)
    error_code = serializers.CharField(source="pull.error_code", default="")
    error = serializers.CharField(source="pull.error", default="")
    quotas = QuotaOut(many=True)
    set_aside = serializers.IntegerField(help_text="Items that could not be digested.")
    waiting = serializers.IntegerField(help_text="Messages still to be sent.")
    troubled = serializers.IntegerField(help_text="Messages that failed, wait for a decision, or are not shown by the network.")
    resting = serializers.BooleanField(help_text="Left alone until next_try, because calls in a row were not answered.")
    keeper = serializers.IntegerField(source="channel.connected_by_id", allow_null=True, help_text="The member who answers for it.")
    alerts = AlertOut(many=True)
    spent = SpentOut(many=True)


class SetAsideOut(serializers.Serializer[object]):
    """An item as the network gave it, and why it is not in the inbox."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    error_code = serializers.CharField()
    error = serializers.CharField()
    attempts = serializers.IntegerField()
    stored_at = Moment()
    state = serializers.CharField()
    payload = serializers.JSONField()


def _healthy(rows: list[Channel]) -> Any:
    return ChannelOut(selectors.health_of(rows), many=True).data


def _one(channel: Channel) -> Response:
    return Response(_healthy([channel])[0])


class ChannelsView(APIView):
    """`GET channels`."""

    permission = Permission.CHANNELS_VIEW

    @extend_schema(responses=page_of(ChannelOut, "ChannelPage"), operation_id="channels_list")
    def get(self, request: Request, slug: str) -> Response:
        """All channels and how they do, connected ones first. They are few: one page holds them all."""
        asked(Strict, request)
        return Response(page(request, _healthy(selectors.channels()), after=""))


class ChannelView(APIView):
    """`GET channels/<id>`."""

    permission = Permission.CHANNELS_VIEW

    @extend_schema(responses=ChannelOut, operation_id="channels_read")
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """One channel and how it does."""
        return _one(selectors.get_channel(channel_id))


class ChannelActionView(APIView):
    """`POST channels/<id>/pause` and its neighbours: one class each, below."""

    permission = Permission.CHANNELS_MANAGE
    deed: ClassVar[Callable[..., Channel]]

    def act(self, request: Request, channel_id: int) -> Response:
        """Do it, and answer the channel as it stands then."""
        return _one(type(self).deed(channel_id=channel_id, actor_id=member_of(request).pk))


class PauseView(ChannelActionView):
    """`POST channels/<id>/pause`."""

    deed = connecting.pause

    @extend_schema(request=None, responses=ChannelOut, operation_id="channels_pause")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Stop reading and sending for a while. 409 unless it is connected."""
        refuse_body(request)
        return self.act(request, channel_id)


class ResumeView(ChannelActionView):
    """`POST channels/<id>/resume`."""

    deed = connecting.resume

    @extend_schema(request=None, responses=ChannelOut, operation_id="channels_resume")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Go on after a pause. 409 for a channel that must be connected again."""
        refuse_body(request)
        return self.act(request, channel_id)


class DisconnectView(ChannelActionView):
    """`POST channels/<id>/disconnect`."""

    deed = connecting.disconnect

    @extend_schema(request=None, responses=ChannelOut, operation_id="channels_disconnect")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Forget the channel's secrets and stop. All history stays."""
        refuse_body(request)
        return self.act(request, channel_id)


class RotateHookView(ChannelActionView):
    """`POST channels/<id>/rotate-webhook`."""

    deed = connecting.rotate_hook_key

    @extend_schema(request=None, responses=ChannelOut, operation_id="channels_rotate_webhook")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Give the channel a new webhook address; the old one leads nowhere from now on. 409 where nobody calls."""
        refuse_body(request)
        return self.act(request, channel_id)


class TransferBody(Strict):
    """Who answers for the channel from now on."""

    member = Whole(min_value=1, max_value=2**63 - 1, help_text="A member who may connect channels.")


class TransferView(APIView):
    """`POST channels/<id>/transfer`."""

    permission = Permission.CHANNELS_CONNECT

    @extend_schema(request=TransferBody, responses=ChannelOut, operation_id="channels_transfer")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Let another member answer for the channel. Its sign-in and its history stay."""
        heir = read(TransferBody, request.data)["member"]
        return _one(connecting.transfer(channel_id=channel_id, membership_id=heir, actor_id=member_of(request).pk))


class SetAsideView(APIView):
    """`GET channels/<id>/set-aside`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(
        parameters=[PageQuery], responses=page_of(SetAsideOut, "SetAsidePage"), operation_id="channels_set_aside_list"
    )
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """What could not be digested, newest first, each with its reason and its body."""
        query = asked(PageQuery, request)
        channel = selectors.get_channel(channel_id)
        return Response(numbered_page(request, query, SetAsideOut, partial(selectors.set_aside_items, channel.id)))


class SetAsideRetryView(APIView):
    """`POST channels/<id>/set-aside/<item>/retry`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=SetAsideOut, operation_id="channels_set_aside_retry")
    def post(self, request: Request, slug: str, channel_id: int, item_id: int) -> Response:
        """Hand an item to the inbox once more."""
        refuse_body(request)
        item = selectors.get_set_aside(channel_id, item_id)
        return Response(SetAsideOut(stored.retry_set_aside(item_id=item.id, actor_id=member_of(request).pk)).data)


class SetAsideDiscardView(APIView):
    """`POST channels/<id>/set-aside/<item>/discard`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=SetAsideOut, operation_id="channels_set_aside_discard")
    def post(self, request: Request, slug: str, channel_id: int, item_id: int) -> Response:
        """Put an item out of sight for good; its body stays for the record."""
        refuse_body(request)
        item = selectors.get_set_aside(channel_id, item_id)
        return Response(SetAsideOut(stored.discard_set_aside(item_id=item.id, actor_id=member_of(request).pk)).data)


class WidgetOut(serializers.Serializer[object]):
    """A chat widget's settings."""

    key = serializers.CharField(source="channel.hook_key", help_text="`data-key` of the script on the site's pages.")
    title = serializers.CharField()
    greeting = serializers.CharField()
    away_words = serializers.CharField()
    color = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    theme = serializers.ChoiceField(choices=WidgetTheme.choices)
    language = serializers.CharField(help_text="Empty: the language of the page.")
    ask_name = serializers.ChoiceField(choices=Asked.choices)
    ask_email = serializers.ChoiceField(choices=Asked.choices)
    takes_files = serializers.BooleanField(help_text="Whether visitors may send files.")
    origins = serializers.ListField(child=serializers.CharField(), help_text="Sites whose pages may show it.")


class WidgetChange(Strict):
    """What may be changed. Fields that are not sent stay."""

    title = Text(required=False, allow_blank=True)
    greeting = Text(required=False, allow_blank=True)
    away_words = Text(required=False, allow_blank=True)
    color = Text(required=False, help_text="As `#0f766e`.")
    side = Text(required=False)
    theme = Text(required=False)
    language = Text(required=False, allow_blank=True)
    ask_name = Text(required=False)
    ask_email = Text(required=False)
    takes_files = Flag(required=False)
    origins = Several(child=Text(), required=False, max_length=MAX_ORIGINS)


class WidgetSecretOut(serializers.Serializer[object]):
    """A signing secret, shown this one time."""

    secret = serializers.CharField()


class WidgetView(APIView):
    """`GET` and `PATCH channels/<id>/widget`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(responses=WidgetOut, operation_id="channels_widget_read")
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """The settings of a channel's chat widget. 409 for a channel without one."""
        asked(Strict, request)
        return Response(WidgetOut(chat_widgets.get_widget(channel_id)).data)

    @extend_schema(request=WidgetChange, responses=WidgetOut, operation_id="channels_widget_change")
    def patch(self, request: Request, slug: str, channel_id: int) -> Response:
        """Change settings; open pages show them when they are loaded again. 409 for a channel without a widget."""
        values = read(WidgetChange, request.data)
        return Response(
            WidgetOut(chat_widgets.change(channel_id=channel_id, values=values, actor_id=member_of(request).pk)).data
        )


class WidgetSecretView(APIView):
    """`POST channels/<id>/widget/secret`."""

    permission = Permission.CHANNELS_MANAGE

    @extend_schema(request=None, responses=WidgetSecretOut, operation_id="channels_widget_secret")
    def post(self, request: Request, slug: str, channel_id: int) -> Response:
        """Make a new secret with which the site signs for its users; the old one ends at once. It is shown this one time."""
        refuse_body(request)
        secret = chat_widgets.renew_secret(channel_id=channel_id, actor_id=member_of(request).pk)
        return Response(WidgetSecretOut({"secret": secret}).data)
