"""API tokens."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, fresh_sign_in, member_view
from accounts.forms import TokenForm
from accounts.policies import Permission
from accounts.selectors import api_tokens
from accounts.services.tokens import create_token, revoke_token


def _page(request: MemberRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {"section": "people", "tokens": list(api_tokens()), "form": TokenForm()}
    response = render(request, "accounts/tokens.html", context | extra, status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
@member_view(Permission.TOKENS_MANAGE)
@fresh_sign_in("tokens")
def tokens(request: MemberRequest, slug: str) -> HttpResponse:
    """List tokens without their secrets; make one and show it, this one time."""
    if request.method != "POST":
        return _page(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, form=form)
    made, secret = create_token(by=request.membership, name=form.cleaned_data["name"], days=form.cleaned_data["days"])
    return _page(request, made=made, secret=secret)


@require_POST
@member_view(Permission.TOKENS_MANAGE)
def token_revoke(request: MemberRequest, slug: str, token_id: int) -> HttpResponse:
    """End a token at once."""
    revoke_token(by=request.membership, token_id=token_id)
    messages.success(request, _("The token no longer works."))
    return redirect("tokens", slug=slug)
