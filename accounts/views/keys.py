"""The page where a person changes what their keys do."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.keys import grouped, keys_with
from accounts.services.keys import reset_keys, set_key, set_single_keys
from core.htmx import wants_part


@require_GET
@login_required
def keys(request: Any) -> HttpResponse:
    """All actions with their keys."""
    return render(request, "accounts/keys.html", {"groups": list(grouped(keys_with(request.user.keys)))})


@require_POST
@login_required
def key(request: Any) -> HttpResponse:
    """Give one action another key; `key` empty: none. A script gets the action's line."""
    action_id = request.POST.get("action", "")
    set_key(user=request.user, action_id=action_id, key=request.POST.get("key", ""))
    if not wants_part(request):
        return redirect("keys")
    line = next(shown for shown in keys_with(request.user.keys) if shown.action.id == action_id)
    return render(request, "accounts/_key.html", {"line": line})


@require_POST
@login_required
def reset(request: Any) -> HttpResponse:
    """All keys as they were at first."""
    reset_keys(user=request.user)
    messages.success(request, _("All keys are as they were at first."))
    return redirect("keys")


@require_POST
@login_required
def single(request: Any) -> HttpResponse:
    """Switch single letters on or off."""
    set_single_keys(user=request.user, on=request.POST.get("on") == "yes")
    return HttpResponse(status=204) if wants_part(request) else redirect("keys")
