"""Handing a conversation over with a note."""

import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import selectors as people
from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.keyset import number_after
from inbox import selectors
from inbox.services import handover
from inbox.views.changes import answer_deed


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_ASSIGN)
def hand_over(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The note to be changed, for `assignee` or `team`; POST leaves it and gives the conversation away."""
    given = request.POST if request.method == "POST" else request.GET
    assignee_id, team_id = (number_after(given.get(name, ""), field=name) for name in ("assignee", "team"))
    if (assignee_id is None) == (team_id is None):
        raise Invalid(_("Hand it to a person or to a team."), field="assignee", code="required")
    if request.method == "POST":
        handover.hand_over(
            member=request.membership,
            conversation_id=conversation_id,
            note=given.get("note", ""),
            assignee_id=assignee_id,
            team_id=team_id,
            expected_id=number_after(given.get("expected", ""), field="expected"),
            check="expected" in given,
            idempotency_key=f"page:{request.membership.pk}:{given['key']}" if given.get("key") else "",
        )
        return answer_deed(request, conversation_id)
    conversation = selectors.get_conversation(conversation_id)
    name = people.member(assignee_id).user.display_name if assignee_id else people.team(team_id or 0).name
    context = {
        "conversation": conversation,
        "name": name,
        "assignee": assignee_id or "",
        "team": team_id or "",
        "expected": (conversation.assignee_id if assignee_id else conversation.team_id) or "",
        "note": handover.summary(member=request.membership, conversation_id=conversation_id),
        "key": secrets.token_urlsafe(18),
    }
    return render(request, "inbox/_handover.html", context)
