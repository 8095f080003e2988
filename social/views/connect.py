"""Connecting an account: the page, the way to the network's sign-in and back, and pasted tokens.

The network sends people back to one address for all workspaces. There only the person's session is looked into; the
workspace's own address, which checks membership and role, does the rest.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Invalid, RabtaError
from core.names import addressed
from core.tenancy import tenant
from social.forms import TokensForm
from social.models import Channel
from social.networks import networks
from social.networks.base import Network
from social.networks.values import Profile
from social.services import choosing, connecting
from social.services.connecting import Ticket

#: Sign-ins under way, in the session: state → ticket, and what the network sent back with it.
TICKETS = "connect_tickets"
MAX_TICKETS = 5
#: A sign-in that opened several accounts, in the session until somebody has chosen: its ticket and the sealed accounts.
CHOICE = "connect_choice"


def connect_page(request: MemberRequest, *, status: int = 200, form: TokensForm | None = None, at: str = "") -> Any:
    """The page, also after tokens that were not accepted."""
    rows = [
        {
            "network": network,
            "practice": network.is_practice(),
            "form": form if form is not None and network.slug == at else _form_of(network),
            "open": network.slug == at,
        }
        for network in sorted(networks().values(), key=lambda network: network.label)
    ]
    context = {"section": "channels", "rows": rows, "again": _again(request)}
    # The frame counts what is in the inbox; the views that call a network have no transaction of their own for that.
    with tenant(request.workspace.pk, step="connect.page"):
        response = render(request, "social/connect.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _form_of(network: Network) -> TokensForm | None:
    return TokensForm(network) if network.credential_fields else None


def _again(request: HttpRequest) -> str:
    """The id of the channel that is to be connected anew, if the address names one."""
    value = request.POST.get("channel") or request.GET.get("channel") or ""
    return value if value.isascii() and value.isdigit() and len(value) < 19 else ""


def _channel_id(request: HttpRequest) -> int | None:
    again = _again(request)
    return int(again) if again else None


@require_GET
@member_view(Permission.CHANNELS_CONNECT)
def connect(request: MemberRequest, slug: str) -> HttpResponse:
    """What can be connected, and how."""
    answer: HttpResponse = connect_page(request)
    return answer


@require_POST
@member_view(Permission.CHANNELS_CONNECT)
def connect_begin(request: MemberRequest, slug: str, network: str) -> HttpResponse:
    """Send the browser to the network's sign-in page."""
    url, ticket = connecting.begin(
        network=network,
        slug=slug,
        workspace_id=request.workspace.pk,
        user_id=request.user.pk,
        redirect_uri=_callback(network),
        channel_id=_channel_id(request),
    )
    tickets = {**request.session.get(TICKETS, {}), ticket.state: ticket.as_json()}
    # The oldest first: dictionaries keep their order, in JSON too.
    request.session[TICKETS] = dict(list(tickets.items())[-MAX_TICKETS:])
    return redirect(url)


def _callback(network: str) -> str:
    """The address registered at the network: the installation's own, whatever name this request came by."""
    return f"{settings.BASE_URL}{reverse('connect_callback', args=[network])}"


@require_GET
@login_required
def connect_callback(request: HttpRequest, network: str) -> HttpResponse:
    """Where networks send people back to. Raises Invalid for a sign-in this session did not start."""
    state = request.GET.get("state", "")
    kept = request.session.get(TICKETS, {}).get(state)
    if kept is None or kept["network"] != network:
        raise Invalid(_("This sign-in was not started here, or was already finished. Start again."), field="state")
    answer = {"code": request.GET.get("code", "")[:4096], "error": request.GET.get("error", "")[:100]}
    request.session[TICKETS] = {**request.session[TICKETS], state: {**kept, "answer": answer}}
    return redirect(f"{reverse('connect_finish', args=[kept['slug'], network])}?state={state}")


@require_GET
@calls_network
@member_view(Permission.CHANNELS_CONNECT)
def connect_finish(request: MemberRequest, slug: str, network: str) -> HttpResponse:
    """End the sign-in in its workspace. The ticket works once, whatever comes of it."""
    state = request.GET.get("state", "")
    tickets = dict(request.session.get(TICKETS, {}))
    kept = tickets.pop(state, None)
    request.session[TICKETS] = tickets
    request.session.save()
    if kept is None or "answer" not in kept:
        messages.error(request, _("This sign-in was not started here, or was already finished. Start again."))
        return redirect("connect", slug=slug)
    answer = kept.pop("answer")
    if answer["error"] or kept["network"] != network:
        messages.error(request, _("The sign-in was cancelled. Nothing was connected."))
        return redirect("connect", slug=slug)
    try:
        ticket = Ticket.from_json(kept)
        found = connecting.finish(
            ticket=ticket,
            state=state,
            code=answer["code"],
            redirect_uri=_callback(network),
            workspace_id=request.workspace.pk,
            user_id=request.user.pk,
            actor_id=request.membership.pk,
        )
    except RabtaError as error:
        messages.error(request, str(error))
        return redirect("connect", slug=slug)
    if isinstance(found, Channel):
        return _connected(request, slug, found)
    # One choice at a time: what was opened before and not chosen from is forgotten.
    request.session[CHOICE] = {"ticket": ticket.as_json(), "sealed": choosing.sealed(ticket, found)}
    return redirect("connect_choose", slug=slug, network=network)


@require_http_methods(["GET", "POST"])
@calls_network
@member_view(Permission.CHANNELS_CONNECT)
def connect_choose(request: MemberRequest, slug: str, network: str) -> HttpResponse:
    """Which of the accounts that one sign-in opened become channels."""
    kept = request.session.get(CHOICE) or {}
    try:
        profiles = choosing.opened(kept, network=network, workspace_id=request.workspace.pk, user_id=request.user.pk)
    except RabtaError as error:
        messages.error(request, str(error))
        return redirect("connect", slug=slug)
    if request.method == "GET":
        return _choose_page(request, network, profiles)
    try:
        channels = choosing.connect(
            network=network,
            profiles=profiles,
            chosen=request.POST.getlist("account"),
            workspace_id=request.workspace.pk,
            actor_id=request.membership.pk,
        )
    except RabtaError as error:
        return _choose_page(request, network, profiles, problem=error)
    del request.session[CHOICE]
    for channel in channels[1:]:
        messages.success(request, _("Connected: {name}. Reading begins now.").format(name=channel.name))
    return _connected(request, slug, channels[0])


def _choose_page(
    request: MemberRequest, network: str, profiles: tuple[Profile, ...], *, problem: RabtaError | None = None
) -> HttpResponse:
    context = {"section": "channels", "network": connecting.network_named(network), "profiles": profiles, "problem": problem}
    with tenant(request.workspace.pk, step="connect.page"):
        response = render(request, "social/choose.html", context, status=problem.status if problem else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@calls_network
@member_view(Permission.CHANNELS_CONNECT)
def connect_tokens(request: MemberRequest, slug: str, network: str) -> HttpResponse:
    """Connect the account some pasted tokens are for."""
    adapter = connecting.network_named(network)
    form = TokensForm(adapter, request.POST)
    if not form.is_valid():
        answer: HttpResponse = connect_page(request, status=422, form=form, at=network)
        return answer
    try:
        channel = connecting.connect_with_tokens(
            network=network,
            values=form.cleaned_data,
            workspace_id=request.workspace.pk,
            actor_id=request.membership.pk,
            channel_id=_channel_id(request),
        )
    except RabtaError as error:
        form.blame(error)
        refused: HttpResponse = connect_page(request, status=error.status, form=form, at=network)
        return refused
    return _connected(request, slug, channel)


def _connected(request: HttpRequest, slug: str, channel: Channel) -> HttpResponse:
    name = addressed(channel.handle) or channel.name
    messages.success(request, _("Connected: {name}. Reading begins now.").format(name=name))
    return redirect("channel", slug=slug, channel_id=channel.pk)
