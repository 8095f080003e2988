"""Teams, on the page of people."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.forms import TeamForm
from accounts.policies import Permission
from accounts.services.teams import add_to_team, create_team, delete_team, remove_from_team, rename_team
from accounts.views.people import people_page
from core.errors import Invalid


@require_POST
@member_view(Permission.TEAMS_MANAGE)
def team_create(request: MemberRequest, slug: str) -> HttpResponse:
    """Make a team."""
    form = TeamForm(request.POST)
    if not form.is_valid():
        return people_page(request, status=422, team_form=form)
    create_team(by=request.membership, name=form.cleaned_data["name"])
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.TEAMS_MANAGE)
def team_rename(request: MemberRequest, slug: str, team_id: int) -> HttpResponse:
    """Give a team another name."""
    rename_team(by=request.membership, team_id=team_id, name=request.POST.get("name", ""))
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.TEAMS_MANAGE)
def team_delete(request: MemberRequest, slug: str, team_id: int) -> HttpResponse:
    """Dissolve a team."""
    delete_team(by=request.membership, team_id=team_id)
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.TEAMS_MANAGE)
def team_add(request: MemberRequest, slug: str, team_id: int) -> HttpResponse:
    """Give a member a seat."""
    chosen = request.POST.get("member", "")
    # More digits than a bigint holds is nobody's id; the database would refuse it with an error of its own.
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) <= 18):
        raise Invalid(_("Choose a member."), field="member")
    add_to_team(by=request.membership, team_id=team_id, membership_id=int(chosen))
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.TEAMS_MANAGE)
def team_remove(request: MemberRequest, slug: str, team_id: int, membership_id: int) -> HttpResponse:
    """Take a member's seat."""
    remove_from_team(by=request.membership, team_id=team_id, membership_id=membership_id)
    return redirect("people", slug=slug)
