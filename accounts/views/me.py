"""A person's own pages: profile, devices, language and theme."""

from copy import copy
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.context import THEME_COOKIE
from accounts.devices import device_name
from accounts.forms import ProfileForm
from accounts.models import Theme
from accounts.selectors import sessions_of
from accounts.services.profiles import save_profile, set_language, set_theme
from accounts.services.sessions import end_other_sessions, end_session
from core.errors import Invalid

COOKIE_SECONDS = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: Any) -> HttpResponse:
    """How a person is called and likes to read."""
    # A form writes wrong values onto its instance, too: the page must not be drawn for that one.
    form = ProfileForm(request.POST or None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        save_profile(user=form.instance, fields=ProfileForm.Meta.fields)
        translation.activate(form.instance.language)
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@login_required
def sessions(request: Any) -> HttpResponse:
    """Where this person is signed in."""
    rows = [{"session": row, "device": device_name(row.user_agent)} for row in sessions_of(request.user)]
    return render(request, "accounts/sessions.html", {"rows": rows, "current": request.session.session_key})


@require_POST
@login_required
def session_end(request: Any, session_id: int) -> HttpResponse:
    """Sign one device out; the own one too, if that is what was chosen."""
    ended = end_session(user=request.user, session_id=session_id)
    if ended == request.session.session_key:
        logout(request)
        return redirect("account_login")
    messages.success(request, _("That device has been signed out."))
    return redirect("sessions")


@require_POST
@login_required
def sessions_end_others(request: Any) -> HttpResponse:
    """Sign every other device out."""
    end_other_sessions(user=request.user, keep=request.session.session_key)
    messages.success(request, _("All other devices have been signed out."))
    return redirect("sessions")


@require_POST
def language(request: Any) -> HttpResponse:
    """Set the language of the pages: of the person, or of this browser for a stranger."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise Invalid(_("Rabta does not speak this language yet."), field="language")
    if request.user.is_authenticated:
        set_language(user=request.user, language=chosen)
    response = _back(request)
    _keep(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@require_POST
def theme(request: Any) -> HttpResponse:
    """Set the colours of the pages: of the person, or of this browser for a stranger."""
    chosen = request.POST.get("theme", "")
    if chosen not in Theme.values:
        raise Invalid(_("There is no such theme."), field="theme")
    if request.user.is_authenticated:
        set_theme(user=request.user, theme=chosen)
    response = _back(request)
    _keep(response, THEME_COOKIE, chosen)
    return response


def _back(request: Any) -> HttpResponse:
    """To `next` if it is an address of ours, else home. A script gets an empty answer instead."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if ours else "/")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=name != THEME_COOKIE,
    )
