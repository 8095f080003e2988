"""What a view says about itself: which right it wants, and whether it calls a network. For the views of all rooms."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_authenticate
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import ApiToken, Membership, User, Workspace
from accounts.policies import Permission, require
from accounts.selectors import Place
from core.htmx import go, wants_part

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class MemberRequest(HttpRequest):
    """For typing: a request below /w/<slug>/ after WorkspaceMiddleware: who, where, and what they are there."""

    user: User  # type: ignore[assignment]
    workspace: Workspace
    membership: Membership
    places: list[Place]
    api_token: ApiToken | None


def member_view(permission: Permission, *, post: Permission | None = None) -> Callable[[View], View]:
    """Let a page view run only for members who may do that; others get 403. `post` asks more of requests that write.

    Membership itself is WorkspaceMiddleware's business: who has none never gets here.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            wanted = permission if request.method in SAFE_METHODS else (post or permission)
            require(request.membership, wanted)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.post_permission = post or permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def calls_network(view: View) -> View:
    """Mark a view, or an API view class, that calls a network: it opens short `tenant()` blocks itself.

    WorkspaceMiddleware resolves the workspace for it, but holds no transaction around it.
    """
    view.calls_network = True  # type: ignore[attr-defined]
    return view


def fresh_sign_in(back_to: str) -> Callable[[View], View]:
    """Ask for the password (or second factor) again before a request that writes, unless it was given minutes ago.

    What was sent is not replayed: the person returns to the page named `back_to` and chooses again, knowingly.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in SAFE_METHODS or did_recently_authenticate(request):
                return view(request, *args, **kwargs)
            methods = get_adapter(request).get_reauthentication_methods(request.user)
            messages.info(request, _("Please confirm that it is you, then choose again."))
            page = reverse(back_to, kwargs={"slug": request.workspace.slug})
            address = f"{methods[0]['url']}?{urlencode({'next': page})}"
            return go(address) if wants_part(request) else redirect(address)

        return guarded  # type: ignore[return-value]

    return decorate
