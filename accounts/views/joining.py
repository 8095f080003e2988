"""Joining by invitation. The link's secret leaves the address bar at once; the session keeps its hash."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models.user import normal_email
from accounts.secrets import token_hash
from accounts.selectors import dead_link, find_invitation
from accounts.services.invitations import PENDING, accept_invitation


@require_GET
@never_cache
def join(request: Any, token: str) -> HttpResponse:
    """Where the link leads. Any link that does not work is the same 404."""
    hashed = token_hash(token)
    if find_invitation(hashed) is None:
        raise dead_link()
    request.session[PENDING] = hashed
    return redirect("join_pending")


@require_http_methods(["GET", "POST"])
@never_cache
def join_pending(request: Any) -> HttpResponse:
    """Show what the invitation offers; a signed-in person accepts it here, others sign in or up first."""
    hashed = request.session.get(PENDING)
    if hashed is None and request.method == "GET" and request.user.is_authenticated:
        return redirect("home")  # signing up has accepted it already and came back here
    found = find_invitation(hashed) if hashed else None
    if found is None:
        raise dead_link()
    if request.method == "POST" and request.user.is_authenticated:
        accept_invitation(hashed=hashed, user=request.user)
        del request.session[PENDING]
        return redirect("workspace", slug=found.workspace.slug)
    fits = request.user.is_authenticated and normal_email(request.user.email) == found.email
    return render(request, "accounts/join.html", {"invitation": found, "fits": fits})
