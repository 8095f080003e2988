"""Reading a channel back: the form, how far it came, stopping and going on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.keyset import number_after
from social import selectors
from social.models import Channel
from social.networks import network_of
from social.services import backfilling

#: What the page offers; the API takes any number of days up to the most.
DAYS = (1, 7, 30, 90, 365)


def backfill_shown(channel: Channel) -> dict[str, Any]:
    """What the card about older messages shows. One query."""
    run = selectors.latest_backfill(channel.id)
    return {
        "run": run,
        "run_share": _share(run),
        "backfill_days": DAYS,
        "reads_back": network_of(channel.network).reads_back,
    }


def _share(run: Any) -> int:
    """How much of the way back is done, in percent, by the network's time: the way is as long as the days are."""
    if run is None or run.oldest_at is None:
        return 0
    whole = (run.started_at - run.since).total_seconds()
    done = (run.started_at - run.oldest_at).total_seconds()
    return max(0, min(100, round(100 * done / whole))) if whole > 0 else 0


@require_http_methods(["GET", "POST"])
@member_view(Permission.CHANNELS_MANAGE)
def backfill(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """The card alone, for a page that watches it; or have the last so many days read."""
    channel = selectors.get_channel(channel_id)
    if request.method == "POST":
        return _start(request, channel)
    context = {"channel": channel, "network": network_of(channel.network), **backfill_shown(channel)}
    return render(request, "social/_backfill.html", context)


def _start(request: MemberRequest, channel: Channel) -> HttpResponse:
    days = number_after(request.POST.get("days", ""), field="days")
    if days is None:
        raise Invalid(_("Say how many days."), field="days")
    try:
        backfilling.start(channel_id=channel.id, days=days, actor_id=request.membership.pk)
    except (Conflict, Invalid) as error:
        messages.error(request, str(error))
    return _back(request, channel.id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def stop(request: MemberRequest, slug: str, channel_id: int, run_id: int) -> HttpResponse:
    """Stop it; what was read stays."""
    run = selectors.get_backfill(channel_id, run_id)
    backfilling.stop(run_id=run.id, actor_id=request.membership.pk)
    return _back(request, channel_id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def go_on(request: MemberRequest, slug: str, channel_id: int, run_id: int) -> HttpResponse:
    """Go on from where it stands."""
    run = selectors.get_backfill(channel_id, run_id)
    try:
        backfilling.go_on(run_id=run.id, actor_id=request.membership.pk)
    except Conflict as error:
        messages.error(request, str(error))
    return _back(request, channel_id)


def _back(request: MemberRequest, channel_id: int) -> HttpResponse:
    return redirect(f"{reverse('channel', args=[request.workspace.slug, channel_id])}#backfill")
