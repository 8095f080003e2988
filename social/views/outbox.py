"""What could not be sent, on all channels: with the reason, its age and what can be done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.keyset import number_after
from social import selectors
from social.models import DeliveryState
from social.networks import network_of
from social.services import outbox, publishing

PAGE = 30


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def unsettled(request: MemberRequest, slug: str) -> HttpResponse:
    """The list, newest first. Two queries, however long it is."""
    asked = _asked(request)
    before = number_after(request.GET.get("before", ""), field="before")
    channel_id = number_after(asked["channel"], field="channel")
    found = selectors.unsettled_deliveries(state=asked["state"], channel_id=channel_id, before_id=before, limit=PAGE + 1)
    shown = found[:PAGE]
    rows = [{"delivery": row, "network": network_of(row.channel.network)} for row in shown]
    context: dict[str, Any] = {
        "section": "inbox",
        "rows": rows,
        "tabs": _tabs(slug, asked),
        "filtered": any(asked.values()),
        "state": asked["state"],
        "may_act": request.membership.may(Permission.CONVERSATIONS_REPLY),
        "may_publish": request.membership.may(Permission.POSTS_PUBLISH),
        "channel": shown[0].channel if channel_id and shown else None,
    }
    if len(found) > PAGE:
        context["next_url"] = _address(slug, {**asked, "before": str(found[PAGE - 1].id)})
    return render(request, "social/outbox.html", context)


def _asked(request: MemberRequest) -> dict[str, str]:
    state = request.GET.get("state", "")
    if state and state not in selectors.UNSETTLED:
        raise Invalid(_("There is no such state."), field="state")
    return {"state": state, "channel": request.GET.get("channel", "")}


def _address(slug: str, parts: dict[str, str]) -> str:
    chosen = urlencode({name: value for name, value in parts.items() if value})
    return reverse("outbox", args=[slug]) + (f"?{chosen}" if chosen else "")


def _tabs(slug: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    kinds = (("", _("All")), *((state.value, state.label) for state in selectors.UNSETTLED))
    return [
        {"label": label, "url": _address(slug, {**asked, "state": state}), "current": asked["state"] == state}
        for state, label in kinds
    ]


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def retry(request: MemberRequest, slug: str, delivery_id: int) -> HttpResponse:
    """Send again what certainly did not arrive."""
    return _act(request, delivery_id, outbox.retry, _("It is on its way again."))


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def discard(request: MemberRequest, slug: str, delivery_id: int) -> HttpResponse:
    """Give up what certainly did not arrive."""
    return _act(request, delivery_id, outbox.discard, _("Discarded. It stands in its conversation as taken back."))


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def decide(request: MemberRequest, slug: str, delivery_id: int) -> HttpResponse:
    """Say whether something in doubt arrived."""
    arrived = request.POST.get("arrived", "")
    if arrived not in ("yes", "no"):
        raise Invalid(_("Say whether it arrived: yes or no."), field="arrived")
    said = _("Noted: it arrived.") if arrived == "yes" else _("It is on its way again.")
    return _act(request, delivery_id, outbox.decide, said, arrived=arrived == "yes")


def _act(request: MemberRequest, delivery_id: int, deed: Callable[..., Any], said: str, **given: bool) -> HttpResponse:
    """Do it and return to the list as it was filtered; a refusal is said there."""
    row = selectors.get_unsettled(delivery_id)
    publishing.require_hand(request.membership, row)
    try:
        deed(delivery_id=row.id, actor_id=request.membership.pk, **given)
        messages.success(request, said)
    except Conflict as error:
        messages.error(request, str(error))
    # Built here, never taken from the form: a form cannot send anybody elsewhere.
    state = request.POST.get("state", "")
    known = state if state in DeliveryState.values else ""
    return redirect(_address(request.workspace.slug, {"state": known}))
