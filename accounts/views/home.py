"""The way in: where a person goes from `/`, and opening one more workspace."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.context import LAST_SLUG
from accounts.forms import WorkspaceForm
from accounts.selectors import places_of
from accounts.services.workspaces import open_workspace


@require_GET
def home(request: Any) -> HttpResponse:
    """The last workspace, the only one, or a choice. Strangers sign in."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    places = places_of(request.user)
    slugs = [place.workspace.slug for place in places]
    last = request.session.get(LAST_SLUG)
    if last in slugs or len(slugs) == 1:
        return redirect("workspace", slug=last if last in slugs else slugs[0])
    return render(request, "accounts/choose.html", {"places": places, "form": WorkspaceForm()})


@require_http_methods(["GET", "POST"])
@login_required
def new_workspace(request: Any) -> HttpResponse:
    """Open one more workspace; the person becomes its owner."""
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workspace = open_workspace(name=form.cleaned_data["name"], owner=request.user, language=request.user.language)
        return redirect("workspace", slug=workspace.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/new_workspace.html", {"form": form}, status=status)
