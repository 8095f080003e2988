"""The one page of a guest: what they are asked, what they may see, and a place to answer. No sign-in; the link is the key.

It says nothing to search engines, and to other sites not where a reader comes from. The referrer stays within this address, though:
without any, a browser would call the form's origin “null”, and the protection against forged forms would refuse it.
"""

import secrets

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.selectors import workspace_name
from core.errors import Conflict, Invalid, NotFound
from core.limits import take
from core.tenancy import tenant
from inbox import selectors
from inbox.models import SideThread
from inbox.services import side_threads

#: Pages an address may ask for in a minute, links that nobody made in five, and answers to one link in ten.
LOOKS, LOOK_SECONDS = 60, 60
MISSES, MISS_SECONDS = 20, 300
ANSWERS, ANSWER_SECONDS = 10, 600


@require_http_methods(["GET", "POST"])
@never_cache
def guest(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question and take answers. 404 for a link nobody made, 410 for one that works no more, 429 for haste."""
    address = _address(request)
    wait = take(f"guest:{address}", most=LOOKS, seconds=LOOK_SECONDS)
    workspace_id = None if wait else side_threads.workspace_behind(token)
    if not wait and workspace_id is None:
        wait = take(f"guest-miss:{address}", most=MISSES, seconds=MISS_SECONDS)
    if wait:
        return _closed(_page(request, "inbox/guest_wait.html", status=429), wait)
    if workspace_id is None:
        return _closed(_page(request, "inbox/guest_closed.html", status=404))
    try:
        with tenant(workspace_id):
            return _closed(_inside(request, token, workspace_id, address))
    except (NotFound, Conflict):
        return _closed(_page(request, "inbox/guest_closed.html", status=410))


def _inside(request: HttpRequest, token: str, workspace_id: int, address: str) -> HttpResponse:
    side = side_threads.enter(token, lock=request.method == "POST")
    if request.method != "POST":
        side_threads.looked(side, address=address)
        return _asked(request, side, workspace_id)
    wait = take(f"guest-answer:{workspace_id}:{side.id}", most=ANSWERS, seconds=ANSWER_SECONDS)
    if wait:
        return _closed(_page(request, "inbox/guest_wait.html", status=429), wait)
    body = request.POST.get("body", "")
    try:
        side_threads.answer(side, body=body, key=request.POST.get("key", "") or secrets.token_urlsafe(18), address=address)
    except Invalid as error:
        return _asked(request, side, workspace_id, error=str(error), text=body, status=422)
    return redirect(f"{request.path}?sent=yes")


def _asked(
    request: HttpRequest, side: SideThread, workspace_id: int, *, error: str = "", text: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "side": side,
        "company": workspace_name(workspace_id),
        "shown": selectors.shown_to(side),
        "exchange": selectors.exchange_of(side),
        "longest": side_threads.MAX_ANSWER,
        "key": secrets.token_urlsafe(18),
        "sent": request.GET.get("sent") == "yes",
        "error": error,
        "text": text,
    }
    return render(request, "inbox/guest.html", context, status=status)


def _page(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    return render(request, template, status=status)


def _closed(response: HttpResponse, wait: int = 0) -> HttpResponse:
    """What every answer here says of itself, whatever it is."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "same-origin"
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _address(request: HttpRequest) -> str:
    """Where it comes from, as sign-in's limits count it; one bucket for all whom a proxy does not name."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return "unknown"
