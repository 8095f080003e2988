"""Keeping the list on screen under a name, and what is done to kept lists."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from accounts.selectors import plain_teams
from core.errors import RabtaError
from core.htmx import go, toast, wants_part
from core.keyset import number_after
from inbox import selectors
from inbox.models import SavedView, Scope
from inbox.selectors import ListQuery
from inbox.services import saved_views
from inbox.views.tree import list_url, view_query


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def form(request: MemberRequest, slug: str) -> HttpResponse:
    """The dialog: for a new view, or with `view` for one that is there."""
    number = number_after(request.GET.get("view", ""), field="view")
    view = selectors.get_view(request.membership, number) if number is not None else None
    return render(request, "inbox/_keep.html", _form_context(request, view))


def _form_context(request: MemberRequest, view: SavedView | None) -> dict[str, Any]:
    may_share = request.membership.may(Permission.VIEWS_SHARE)
    return {
        "view": view,
        "name": view.name if view else "",
        "icons": saved_views.ICONS,
        "limit": saved_views.MAX_NAME,
        "scopes": Scope.choices if may_share else [],
        "teams": plain_teams() if may_share else [],
        "may_change": view is None or view.scope == Scope.PRIVATE or may_share,
    }


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def keep(request: MemberRequest, slug: str) -> HttpResponse:
    """Keep the list that `list` describes. What is wrong comes back in the dialog."""
    given = _given(request)
    parameters = ListQuery.parse(QueryDict(request.POST.get("list", ""))).parameters(named=False)
    try:
        view = saved_views.keep_view(
            member=request.membership,
            name=given["name"],
            icon=given.get("icon", "bookmark"),
            scope=given.get("scope", Scope.PRIVATE),
            team_id=given.get("team"),
            parameters=parameters,
        )
    except RabtaError as error:
        return _refused(request, None, error)
    return _gone_to(request, view_query(view))


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def change(request: MemberRequest, slug: str, view_id: int) -> HttpResponse:
    """Name, icon and who sees it; with `list` what it shows."""
    before = selectors.get_view(request.membership, view_id)
    changes: dict[str, Any] = {}
    if "name" in request.POST:
        changes |= _given(request)
    if "list" in request.POST:
        changes["parameters"] = ListQuery.parse(QueryDict(request.POST["list"])).parameters(named=False)
    try:
        view = saved_views.change_view(member=request.membership, view_id=view_id, changes=changes)
    except RabtaError as error:
        if "name" not in request.POST:
            raise
        return _refused(request, before, error)
    return _gone_to(request, view_query(view))


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def move(request: MemberRequest, slug: str, view_id: int) -> HttpResponse:
    """One place up or down among its neighbours."""
    saved_views.move_view(member=request.membership, view_id=view_id, down=request.POST.get("to") == "down")
    return _gone_to(request, view_query(selectors.get_view(request.membership, view_id)))


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def delete(request: MemberRequest, slug: str, view_id: int) -> HttpResponse:
    """Let go of a kept list; its conversations stay."""
    saved_views.delete_view(member=request.membership, view_id=view_id)
    return _gone_to(request, ListQuery())


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def default(request: MemberRequest, slug: str) -> HttpResponse:
    """Open the inbox with this list from now on; with no `view` as it opens for everybody."""
    number = number_after(request.POST.get("view", ""), field="view")
    saved_views.open_with(member=request.membership, view_id=number)
    query = view_query(selectors.get_view(request.membership, number)) if number is not None else ListQuery()
    answer = _gone_to(request, query)
    return toast(answer, _("Your inbox opens with this list now.") if number is not None else _("Your inbox opens as usual."))


def _given(request: MemberRequest) -> dict[str, Any]:
    given: dict[str, Any] = {"name": request.POST.get("name", "")}
    if request.POST.get("icon"):
        given["icon"] = request.POST["icon"]
    if request.POST.get("scope"):
        given |= {"scope": request.POST["scope"], "team": number_after(request.POST.get("team", ""), field="team")}
    return given


def _refused(request: MemberRequest, view: SavedView | None, error: RabtaError) -> HttpResponse:
    context = {**_form_context(request, view), "error": str(error), "name": request.POST.get("name", "")}
    return render(request, "inbox/_keep.html", context, status=error.status)


def _gone_to(request: MemberRequest, query: ListQuery) -> HttpResponse:
    address = list_url(request.workspace.slug, query)
    return go(address) if wants_part(request) else redirect(address)
