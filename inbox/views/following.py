"""Following a conversation, and saying when one does so by oneself."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.htmx import toast
from inbox import selectors
from inbox.services import following
from inbox.views.changes import answer_deed


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def follow(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Follow it."""
    following.follow(member=request.membership, conversation_id=conversation_id)
    return toast(answer_deed(request, conversation_id), _("You follow this conversation."), seconds=3)


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def unfollow(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Follow it no more."""
    following.unfollow(member=request.membership, conversation_id=conversation_id)
    return toast(answer_deed(request, conversation_id), _("You no longer follow this conversation."), seconds=3)


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_VIEW)
def habits(request: MemberRequest, slug: str) -> HttpResponse:
    """When this member follows by themselves: three boxes that keep what is ticked."""
    if request.method == "POST":
        wanted = {name: request.POST.get(name) == "yes" for name in ("assigned", "mentioned", "wrote")}
        habit = following.set_habit(member=request.membership, **wanted)
    else:
        habit = selectors.habit_of(request.membership)
    return render(request, "inbox/_habits.html", {"habit": habit})
