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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Invalid, RabtaError
from core.names import addressed
from core.tenancy import tenant
from social import selectors
from social.forms import SignInForm, TokensForm
from social.models import Channel
from social.networks import network_of, networks
from social.networks.base import Network
from social.networks.features import Shelf
from social.networks.values import Profile
from social.services import choosing, connecting, signing_in
from social.services.signing_in import Ticket

#: Sign-ins under way, in the session: state → ticket, and what the network sent back with it.
TICKETS = "connect_tickets"
MAX_TICKETS = 5
#: A sign-in that opened several accounts, in the session until somebody has chosen: its ticket and the sealed accounts.
CHOICE = "connect_choice"


SHELVES = {
    Shelf.SOCIAL: gettext_lazy("Social networks"),
    Shelf.MESSAGES: gettext_lazy("Messages, mail and calls"),
    Shelf.SITES: gettext_lazy("Reviews, news and your own sites"),
}
#: What a network says when the person themselves said no (RFC 6749; Facebook and LinkedIn have words of their own).
SAID_NO = frozenset({"access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize", "consent_required"})


def connect_page(request: MemberRequest, *, status: int = 200, form: TokensForm | None = None, at: str = "") -> Any:
    """The page, also after an answer that was not accepted. For a channel that is connected anew it shows that network alone."""
    # The frame counts what is in the inbox; the views that call a network have no transaction of their own for that.
    with tenant(request.workspace.pk, step="connect.page"):
        channel = selectors.channel_to_renew(_channel_id(request))
        shown = [network_of(channel.network)] if channel else list(networks().values())
        rows = [_row(network, form if network.slug == at else None) for network in sorted(shown, key=lambda each: str(each.label))]
        shelves = [(label, [row for row in rows if row["network"].shelf == shelf]) for shelf, label in SHELVES.items()]
        context = {
            "section": "channels",
            "shelves": [(label, found) for label, found in shelves if found],
            "open": at or (channel.network if channel else ""),
            "again": channel,
        }
        response = render(request, "social/connect.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _row(network: Network, form: TokensForm | None) -> dict[str, Any]:
    """One network on the page; `form` is the one of its two that was not accepted."""
    tokens = TokensForm(network) if network.credential_fields else None
    signing = SignInForm(network) if network.signs_in else None
    refused = isinstance(form, SignInForm)
    return {
        "network": network,
        "practice": network.is_practice(),
        "lacks": network.sign_in_lacks() if network.signs_in else (),
        "signing": form if refused else signing,
        "tokens": form if form is not None and not refused else tokens,
        "pasting": form is not None and not refused,
    }


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
@calls_network
@member_view(Permission.CHANNELS_CONNECT)
def connect_begin(request: MemberRequest, slug: str, network: str) -> HttpResponse:
    """Send the browser to the network's sign-in page."""
    adapter = connecting.network_named(network)
    form = SignInForm(adapter, request.POST)
    if not form.is_valid():
        answer: HttpResponse = connect_page(request, status=422, form=form, at=network)
        return answer
    try:
        url, ticket = signing_in.begin(
            network=network,
            slug=slug,
            workspace_id=request.workspace.pk,
            user_id=request.user.pk,
            redirect_uri=_callback(network),
            channel_id=_channel_id(request),
            values=form.cleaned_data,
        )
    except RabtaError as error:
        form.blame(error)
        refused: HttpResponse = connect_page(request, status=error.status, form=form, at=network)
        return refused
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
    words = request.GET.get("error_description") or request.GET.get("error_message") or ""
    error = request.GET.get("error", "") or ("unknown" if words else "")
    answer = {"code": request.GET.get("code", "")[:4096], "error": error[:100], "words": words[:300]}
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
    again = f"?channel={kept['channel_id']}" if kept["channel_id"] else ""
    back = f"{reverse('connect', args=[slug])}{again}"
    if answer["error"] and answer["error"] not in SAID_NO:
        reason = _("The network did not let you sign in: {words}").format(words=answer["words"] or answer["error"])
        messages.error(request, reason)
        return redirect(back)
    if answer["error"] or kept["network"] != network:
        messages.error(request, _("The sign-in was cancelled. Nothing was connected."))
        return redirect(back)
    try:
        ticket = Ticket.from_json(kept)
        found = signing_in.finish(
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
        return redirect(back)
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
