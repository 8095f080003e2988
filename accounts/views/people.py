"""People of a workspace: who is here, as what, and who is invited."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, fresh_sign_in, member_view
from accounts.forms import InvitationForm, TeamForm, WorkspaceForm
from accounts.policies import Permission, grantable_roles, reaches
from accounts.selectors import members, open_invitations, teams
from accounts.services.invitations import invite, revoke_invitation
from accounts.services.members import change_role, deactivate_member, leave, reactivate_member
from accounts.services.workspaces import rename_workspace
from core.errors import RabtaError


def invitation_form(request: MemberRequest, data: Any = None) -> InvitationForm:
    """The form with the roles this member may give and the teams there are."""
    return InvitationForm(data, roles=grantable_roles(request.membership.role), teams=list(teams()))


def people_page(request: MemberRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page, also after a form that was not accepted. Seven queries, however many people there are."""
    me = request.membership
    rows = [
        {
            "member": row,
            "teams": [seat.team for seat in row.seats.all()],
            "reachable": reaches(me.role, row.role),
            "is_me": row.pk == me.pk,
        }
        for row in members()
    ]
    context = {
        "section": "people",
        "rows": rows,
        "roles": grantable_roles(me.role),
        "invitations": open_invitations() if me.may(Permission.PEOPLE_INVITE) else [],
        "invitation_form": invitation_form(request) if me.may(Permission.PEOPLE_INVITE) else None,
        "workspace_form": WorkspaceForm(initial={"name": request.workspace.name}),
        "team_form": TeamForm(),
        "teams": [{"team": row, "seats": list(row.seats.all())} for row in teams()],
    }
    return render(request, "accounts/people.html", context | extra, status=status)


@require_GET
@member_view(Permission.PEOPLE_VIEW)
def people(request: MemberRequest, slug: str) -> HttpResponse:
    """Everybody who is here."""
    return people_page(request)


@require_POST
@member_view(Permission.PEOPLE_INVITE)
def invitation_create(request: MemberRequest, slug: str) -> HttpResponse:
    """Make a link and show it, this one time."""
    form = invitation_form(request, request.POST)
    if not form.is_valid():
        return people_page(request, status=422, invitation_form=form)
    try:
        made, secret = invite(
            by=request.membership,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            team_id=form.cleaned_data["team"],
            days=form.cleaned_data["days"],
        )
    except RabtaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return people_page(request, status=error.status, invitation_form=form)
    link = request.build_absolute_uri(reverse("join", kwargs={"token": secret}))
    response = people_page(request, made=made, link=link)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@member_view(Permission.PEOPLE_INVITE)
def invitation_revoke(request: MemberRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Make a link useless."""
    revoke_invitation(by=request.membership, invitation_id=invitation_id)
    messages.success(request, _("The invitation no longer works."))
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.ROLES_GRANT)
@fresh_sign_in("people")
def member_role(request: MemberRequest, slug: str, membership_id: int) -> HttpResponse:
    """Give somebody another role."""
    who = change_role(by=request.membership, membership_id=membership_id, role=request.POST.get("role", ""))
    messages.success(
        request,
        _("%(name)s is now: %(role)s.") % {"name": who.user.display_name, "role": who.get_role_display()},
    )
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.PEOPLE_MANAGE)
@fresh_sign_in("people")
def member_deactivate(request: MemberRequest, slug: str, membership_id: int) -> HttpResponse:
    """End somebody's access."""
    deactivate_member(by=request.membership, membership_id=membership_id)
    messages.success(request, _("Their access has ended. What they wrote stays."))
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.PEOPLE_MANAGE)
@fresh_sign_in("people")
def member_reactivate(request: MemberRequest, slug: str, membership_id: int) -> HttpResponse:
    """Let somebody back in."""
    reactivate_member(by=request.membership, membership_id=membership_id)
    messages.success(request, _("They are back."))
    return redirect("people", slug=slug)


@require_POST
@member_view(Permission.PEOPLE_VIEW)
def member_leave(request: MemberRequest, slug: str) -> HttpResponse:
    """Leave this workspace oneself."""
    leave(membership=request.membership)
    return redirect("home")


@require_POST
@member_view(Permission.WORKSPACE_MANAGE)
def workspace_rename(request: MemberRequest, slug: str) -> HttpResponse:
    """Give the workspace another name."""
    form = WorkspaceForm(request.POST)
    if not form.is_valid():
        return people_page(request, status=422, workspace_form=form)
    rename_workspace(by=request.membership, name=form.cleaned_data["name"])
    messages.success(request, _("Saved."))
    return redirect("people", slug=slug)
