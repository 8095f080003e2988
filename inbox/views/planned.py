"""Planned replies on the page: put there by the composer, moved, sent at once, taken back into the composer."""

from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core import local_times
from core.errors import Invalid
from core.htmx import toast
from inbox.models import IfWritten
from inbox.services import planned
from inbox.views.changes import answer_deed


def time_of(request: MemberRequest) -> datetime | None:
    """The moment that a form names, in UTC: `later` is one of the short choices, or `at` with `day` and `clock`. None without one.

    Raises Invalid (field `send_at`).
    """
    later = request.POST.get("later", "")
    if not later:
        return None
    if later == "at":
        return local_times.named(request.POST.get("day", ""), request.POST.get("clock", ""), field="send_at")
    return local_times.preset(later, field="send_at")


def choice_of(request: MemberRequest) -> str:
    """What happens where the customer writes meanwhile."""
    return IfWritten.SEND if request.POST.get("if_written") == "send" else IfWritten.ASK


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def change(request: MemberRequest, slug: str, planned_id: int) -> HttpResponse:
    """Another time, or another choice."""
    moment = time_of(request)
    choice = choice_of(request) if "choice" in request.POST else None
    if moment is None and choice is None:
        raise Invalid(_("Choose a day and a time."), field="send_at", code="required")
    row = planned.change(member=request.membership, planned_id=planned_id, send_at=moment, if_written=choice)
    return toast(answer_deed(request, row.conversation_id), _("Planned anew."), seconds=4)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def send_now(request: MemberRequest, slug: str, planned_id: int) -> HttpResponse:
    """Do not wait any longer."""
    message = planned.send_now(member=request.membership, planned_id=planned_id)
    return answer_deed(request, message.conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def take_back(request: MemberRequest, slug: str, planned_id: int) -> HttpResponse:
    """Back into the composer, to be changed or thrown away."""
    row = planned.take_back(member=request.membership, planned_id=planned_id)
    return answer_deed(request, row.conversation_id)
