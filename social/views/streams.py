"""What a channel listens for, and what its reading costs: the cards of its page, and changing them."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.clock import now
from core.errors import Conflict, Invalid
from social import selectors
from social.models import Channel
from social.networks import network_of
from social.networks.features import Capability
from social.services import streams


def streams_shown(channel: Channel) -> dict[str, Any]:
    """What the cards show. Two queries where the network can be searched or takes money for reading; none elsewhere."""
    network = network_of(channel.network)
    if Capability.SEARCH not in network.capabilities and not network.read_prices:
        return {}
    rows = selectors.streams_of(channel.id)
    meter = selectors.reading_costs(channel, rows)
    by_feed = {line.feed: line for line in meter}
    return {
        "searches": Capability.SEARCH in network.capabilities,
        "streams": [(row, by_feed.get(network.stream_feed(str(row.id)))) for row in rows],
        "streams_left": network.max_streams - len(rows),
        "meter": meter,
        "meter_sum": sum((line.dollars for line in meter), Decimal(0)),
        "meter_since": now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0),
    }


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def add(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Search for these words from now on."""
    try:
        streams.add(channel_id=channel_id, words=request.POST.get("words", ""), actor_id=request.membership.pk)
        messages.success(request, _("It is searched for from now on."))
    except (Conflict, Invalid) as error:
        messages.error(request, str(error))
    return _back(slug, channel_id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def remove(request: MemberRequest, slug: str, channel_id: int, stream_id: int) -> HttpResponse:
    """Search for it no more."""
    streams.remove(channel_id=channel_id, stream_id=stream_id, actor_id=request.membership.pk)
    return _back(slug, channel_id)


def _back(slug: str, channel_id: int) -> HttpResponse:
    return redirect(f"{reverse('channel', args=[slug, channel_id])}#streams")
