"""Channels: how they do, what went wrong and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid, NotFound
from core.keyset import number_after
from social import selectors
from social.forms import LettersForm, WidgetForm
from social.models import Channel, ChannelState, Pull
from social.networks import network_of
from social.networks.features import Capability
from social.selectors import Health
from social.services import addresses, chat_widgets, connecting, file_room, letters, outbox, stored
from social.views.backfills import backfill_shown
from social.views.streams import streams_shown

ASIDE_PAGE = 20
#: Under its plain name, whatever the storage of static files calls it: the line stands on pages that are not ours, for years.
SCRIPT = "/static/webchat/chat.js"


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """A channel with its state in words. `tone` is good, warn, bad or empty; `advice` says what to do."""

    health: Health
    tone: str
    word: str
    problem: str
    advice: str
    remarks: list[str]
    quotas: list[dict[str, Any]]


def channel_shown(health: Health) -> ChannelShown:
    """How a channel does, for a person."""
    pull, state = health.pull, health.channel.state
    problem, advice = "", ""
    if state == ChannelState.DISCONNECTED:
        tone, word = "", _("Disconnected")
        advice = _("Nothing is read or sent. Connect it again to go on; its history is all here.")
    elif state == ChannelState.PAUSED:
        tone, word = "", _("Paused")
        advice = _("Nothing is read or sent until somebody lets it go on. Nothing is lost meanwhile.")
    elif state == ChannelState.NEEDS_RECONNECT:
        tone, word = "bad", _("Needs reconnecting")
        problem = health.channel.trouble
        if health.network.signs_in:
            advice = _("Sign in at {network} again with the same account.").format(network=health.network.label)
        else:
            advice = _("Once that is mended, connect it again.")
    elif health.resting:
        tone, word = "bad", _("Left alone")
        problem = pull.error if pull else ""
        advice = ngettext(
            "The network did not answer {n} call in a row. Nothing is asked or sent until the next try; nothing is lost.",
            "The network did not answer {n} calls in a row. Nothing is asked or sent until the next try; nothing is lost.",
            health.channel.failures,
        ).format(n=health.channel.failures)
    elif pull and pull.failures:
        tone, word = ("bad", _("In trouble")) if health.level == "trouble" else ("warn", _("Hiccup"))
        problem = pull.error
        advice = _("It tries again by itself. If this goes on for hours, look at the network's status page.")
    elif health.lag_seconds is None:
        tone, word = "warn", _("Starting")
        advice = _("The first reading has not finished yet. Give it a minute.")
    elif health.level == "late":
        tone, word = "warn", _("Late")
        advice = _("Reading takes longer than it should. Is a worker running?")
    elif health.silent_since:
        tone, word = "warn", _("Silent")
    else:
        tone, word = "good", _("Working")
    remarks = [str(text) for text in health.network.remarks(pull.cursor)] if pull else []
    labels = health.network.quota_labels
    quotas = [quota | {"label": str(labels.get(quota["name"], quota["name"]))} for quota in health.quotas]
    return ChannelShown(health, tone, word, problem, advice, remarks, quotas)


@require_GET
@member_view(Permission.CHANNELS_VIEW)
def channels(request: MemberRequest, slug: str) -> HttpResponse:
    """All channels and how they do. Nine queries, however many there are."""
    context = {
        "section": "channels",
        "rows": [channel_shown(health) for health in selectors.health_of(selectors.channels())],
        "may_connect": request.membership.may(Permission.CHANNELS_CONNECT),
        "room": file_room.room(),
        "room_link": reverse("files", args=[slug]) if request.membership.may(Permission.WORKSPACE_MANAGE) else "",
    }
    return render(request, "social/channels.html", context)


@require_GET
@member_view(Permission.CHANNELS_VIEW)
def channel(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """One channel: its health, what could not be digested, what could not be sent."""
    return channel_page(request, selectors.get_channel(channel_id))


def channel_page(request: MemberRequest, row: Channel, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a channel; `extra` brings what a form on it was answered."""
    slug = request.workspace.slug
    may_manage = request.membership.may(Permission.CHANNELS_MANAGE)
    listens = row.hook_key and Capability.WEBHOOKS in network_of(row.network).capabilities
    context: dict[str, Any] = {
        "section": "channels",
        "shown": channel_shown(selectors.health_of([row])[0]),
        "may_connect": request.membership.may(Permission.CHANNELS_CONNECT),
        "may_manage": may_manage,
        "expires_in": connecting.expires_in(row.id),
        "deliveries": selectors.troubled_deliveries(row.id),
        "keeper": selectors.keeper_of(row),
        "aside": [],
    }
    if listens and may_manage:
        context["hook_url"] = _hook_url(row, context["shown"].health.pull)
    if context["may_connect"]:
        context["keepers"] = [member for member in selectors.keepers() if member.pk != row.connected_by_id]
    if may_manage:
        context |= backfill_shown(row)
        context |= streams_shown(row)
        before = number_after(request.GET.get("before", ""), field="before")
        found = selectors.set_aside_items(row.id, before_id=before, limit=ASIDE_PAGE + 1)
        context["aside"] = found[:ASIDE_PAGE]
        if len(found) > ASIDE_PAGE:
            context["aside_next"] = f"{reverse('channel', args=[slug, row.id])}?before={found[ASIDE_PAGE - 1].id}#aside"
        if network_of(row.network).hosted:
            context |= _widget(row)
        if network_of(row.network).letters and row.state != ChannelState.DISCONNECTED:
            context["letters_form"] = LettersForm.of(letters.settings_of(row.id))
    return render(request, "social/channel.html", context | extra, status=status)


def _widget(row: Channel) -> dict[str, Any]:
    """What the page shows of a chat widget: its settings, and the line that a site's pages carry."""
    settings_of = chat_widgets.widget_of(row)
    return {
        "widget": settings_of,
        "widget_form": WidgetForm.of(settings_of),
        "widget_script": f"{settings.BASE_URL}{SCRIPT}",
        "signs": chat_widgets.has_secret(row),
    }


def _hook_url(row: Channel, pull: Pull | None) -> str:
    """The address to enter at the other side; empty where it was entered by Rabta, and where nobody would call it."""
    wanted = network_of(row.network).wants_address(pull.cursor if pull else {}, selectors.secrets_kept(row.id))
    return addresses.hook_url(row.hook_key) if wanted else ""


def _act(request: MemberRequest, channel_id: int, deed: Callable[..., Channel], said: str) -> HttpResponse:
    """Do something to a channel and return to its page; a refusal is said there."""
    try:
        deed(channel_id=channel_id, actor_id=request.membership.pk)
        messages.success(request, said)
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("channel", slug=request.workspace.slug, channel_id=channel_id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def pause(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Stop reading and sending for a while."""
    return _act(request, channel_id, connecting.pause, _("Paused. Nothing is read or sent until it goes on."))


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def resume(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Go on after a pause."""
    return _act(request, channel_id, connecting.resume, _("Going on from where it stopped."))


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def disconnect(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Let go of the account; its history stays."""
    return _act(request, channel_id, connecting.disconnect, _("Disconnected. Its tokens are forgotten, its history stays."))


@require_POST
@member_view(Permission.CHANNELS_CONNECT)
def transfer(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Let another member answer for it."""
    heir = number_after(request.POST.get("member", ""), field="member")
    if heir is None:
        raise Invalid(_("Choose who answers for it."), field="member")
    connecting.transfer(channel_id=channel_id, membership_id=heir, actor_id=request.membership.pk)
    messages.success(request, _("Handed over."))
    return redirect("channel", slug=slug, channel_id=channel_id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def rotate_webhook(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Give it a new webhook address."""
    return _act(request, channel_id, connecting.rotate_hook_key, _("This is the new address; the old one leads nowhere now."))


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def aside_retry(request: MemberRequest, slug: str, channel_id: int, item_id: int) -> HttpResponse:
    """Hand an item to the inbox once more."""
    return _item(request, channel_id, item_id, stored.retry_set_aside, _("Handed to the inbox again."))


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def aside_discard(request: MemberRequest, slug: str, channel_id: int, item_id: int) -> HttpResponse:
    """Put an item out of sight."""
    return _item(request, channel_id, item_id, stored.discard_set_aside, _("Discarded."))


def _item(request: MemberRequest, channel_id: int, item_id: int, deed: Callable[..., Any], said: str) -> HttpResponse:
    item = selectors.get_set_aside(channel_id, item_id)
    deed(item_id=item.id, actor_id=request.membership.pk)
    messages.success(request, said)
    return redirect(f"{reverse('channel', args=[request.workspace.slug, channel_id])}#aside")


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def delivery_retry(request: MemberRequest, slug: str, channel_id: int, delivery_id: int) -> HttpResponse:
    """Send something again that certainly did not arrive."""
    return _delivery(request, channel_id, delivery_id, outbox.retry)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def delivery_decide(request: MemberRequest, slug: str, channel_id: int, delivery_id: int) -> HttpResponse:
    """Say whether something in doubt arrived."""
    arrived = request.POST.get("arrived", "")
    if arrived not in ("yes", "no"):
        raise Invalid(_("Say whether it arrived: yes or no."), field="arrived")
    return _delivery(request, channel_id, delivery_id, outbox.decide, arrived=arrived == "yes")


def _delivery(request: MemberRequest, channel_id: int, delivery_id: int, deed: Callable[..., Any], **given: bool) -> HttpResponse:
    if all(row.id != delivery_id for row in selectors.troubled_deliveries(selectors.get_channel(channel_id).id, limit=1000)):
        raise NotFound(_("There is no such message to send."))
    try:
        deed(delivery_id=delivery_id, actor_id=request.membership.pk, **given)
        messages.success(request, _("Done."))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('channel', args=[request.workspace.slug, channel_id])}#sends")
