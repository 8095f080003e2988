"""The queue of replies that wait for approval: what changed, what the customer said since, and the three ways on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission, Role
from core import differences
from core.keyset import MAX_ID, number_after
from inbox import selectors
from inbox.models import ApprovalRequest
from inbox.selectors.approvals import PAGE
from inbox.services import approval_rule, approvals
from inbox.views.changes import answer_deed
from inbox.views.shown import conversation_url
from social.networks import network_of
from social.selectors import channels


@require_GET
@member_view(Permission.REPLIES_APPROVE)
def queue(request: MemberRequest, slug: str) -> HttpResponse:
    """What waits, the oldest first. One query, and for who may change the rule two more."""
    after = number_after(request.GET.get("after", ""))
    found = selectors.approval_queue(after_id=after)
    may_rule = request.membership.may(Permission.WORKSPACE_MANAGE)
    context: dict[str, Any] = {
        "section": "inbox",
        "rows": [_shown(request, row) for row in found[:PAGE]],
        "next_url": f"{reverse('approvals', args=[slug])}?after={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "may_rule": may_rule,
    }
    if may_rule:
        rule = approval_rule.rule()
        context["roles"] = [(role.value, role.label, role.value in rule.roles) for role in Role if role != Role.VIEWER]
        context["channels"] = [(row, network_of(row.network), row.id in rule.channels) for row in channels()]
    return render(request, "inbox/approvals.html", context)


def _shown(request: MemberRequest, row: ApprovalRequest) -> dict[str, Any]:
    before = row.versions[-2]["body"] if len(row.versions) > 1 else ""
    return {
        "item": row,
        "network": network_of(row.conversation.channel.network),
        "url": conversation_url(request.workspace.slug, row.conversation_id),
        "changes": differences.words(before, row.body) if before else [],
        "mine": row.author_id == request.membership.pk,
        "since": getattr(row, "since", 0),
    }


@require_POST
@member_view(Permission.REPLIES_APPROVE)
def approve(request: MemberRequest, slug: str, request_id: int) -> HttpResponse:
    """Let it go, with the words of the form."""
    version = number_after(request.POST.get("version", ""), field="version") or 0
    approvals.approve(member=request.membership, request_id=request_id, version=version, body=request.POST.get("body"))
    messages.success(request, _("Approved. It is on its way."))
    return redirect("approvals", slug=slug)


@require_POST
@member_view(Permission.REPLIES_APPROVE)
def send_back(request: MemberRequest, slug: str, request_id: int) -> HttpResponse:
    """Give it back with a word."""
    approvals.send_back(member=request.membership, request_id=request_id, remark=request.POST.get("remark", ""))
    messages.success(request, _("Sent back."))
    return redirect("approvals", slug=slug)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def withdraw(request: MemberRequest, slug: str, request_id: int) -> HttpResponse:
    """Back into its author's composer."""
    row = approvals.withdraw(member=request.membership, request_id=request_id)
    return answer_deed(request, row.conversation_id)


@require_POST
@member_view(Permission.WORKSPACE_MANAGE)
def rule(request: MemberRequest, slug: str) -> HttpResponse:
    """Whose public replies need approval, and where."""
    numbers = [number_after(text, field="channels") for text in request.POST.getlist("channels")]
    approval_rule.set_rule(
        member=request.membership,
        roles=request.POST.getlist("roles"),
        channel_ids=[number for number in numbers if number is not None and number <= MAX_ID],
    )
    messages.success(request, _("Saved."))
    return redirect("approvals", slug=slug)
