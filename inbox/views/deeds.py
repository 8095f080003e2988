"""What agents do to a conversation and its messages. Each view parses, calls one service, and answers with what changed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.errors import error_response
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.htmx import add_event, toast, wants_part
from core.keyset import MAX_ID
from inbox import selectors
from inbox.models import Status
from inbox.selectors import ListQuery
from inbox.services import approval_rule, approvals, deeds, drafts, planned, replies, triage
from inbox.services.filling import Unfilled
from inbox.views.changes import answer_deed
from inbox.views.conversation import open_context
from inbox.views.drafts import chosen_files_of
from inbox.views.planned import choice_of, time_of
from inbox.views.resolve_sheet import asking

UNDO_SECONDS = 15.0


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def write(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Answer the customer, now or at the time that `later` names, or leave a note; with `then=resolve` the conversation is done as
    well, with `then=pending` it waits.

    What is wrong comes back as 422 or 409 with the sentence; the page keeps what was typed.
    """
    kind = request.POST.get("kind", "reply")
    if kind not in ("reply", "note"):
        raise Invalid(_("Write a reply or a note."), field="kind")
    given = {"member": request.membership, "conversation_id": conversation_id, "idempotency_key": _own_key(request)}
    body = request.POST.get("body", "")
    try:
        if kind == "note":
            replies.note(**given, body=body, mentions=request.POST.getlist("mention"))
        else:
            _answer(request, given, body)
    except (Invalid, Conflict) as error:
        if wants_part(request):
            if error.code == "answered":
                # The page offers to send anyway, which says that this answer was seen.
                return add_event(error_response(request, error), "rabta:held", {"seen": error.detail["message"]})
            raise
        context = open_context(request, selectors.get_conversation(conversation_id), ListQuery())
        context["composer"] |= {"error": str(error), "text": request.POST.get("body", ""), "kind": kind}
        return render(request, "inbox/page.html", context, status=error.status)
    drafts.clear(
        member=request.membership,
        conversation_id=conversation_id,
        kind=kind,
        sent=body,
        writer=request.POST.get("draft_writer", "")[: drafts.MAX_WRITER],
        sequence=_number(request, "draft_sequence") or 0,
    )
    then = request.POST.get("then", "")
    if kind == "reply" and then == "pending":
        triage.set_status(member=request.membership, conversation_id=conversation_id, status=Status.PENDING)
    if kind == "reply" and then == "resolve":
        before = selectors.get_conversation(conversation_id).status
        try:
            triage.set_status(member=request.membership, conversation_id=conversation_id, status=Status.RESOLVED)
        except Unfilled:
            # The reply is on its way: only the rest is still to be asked.
            address = reverse("inbox_resolving", args=[slug, conversation_id])
            return add_event(answer_deed(request, conversation_id), "rabta:sheet", {"url": address})
        return said_resolved(request, conversation_id, before)
    return answer_deed(request, conversation_id)


def _answer(request: MemberRequest, given: dict[str, Any], body: str) -> None:
    """Now, or at the time the form names; or once it is approved."""
    manner, media = _manner(request), chosen_files_of(request)
    send_at = time_of(request)
    conversation = selectors.get_conversation(given["conversation_id"])
    if not manner["privately"] and approval_rule.needed(
        request.membership, channel_id=conversation.channel_id, visibility=conversation.visibility
    ):
        approvals.ask(**given, body=body, media=media, manner=_waiting(manner), send_at=send_at, if_written=choice_of(request))
        return
    if send_at is None:
        replies.reply(**given, body=body, media=media, **manner)
        return
    planned.plan(**given, body=body, media=media, manner=_waiting(manner), send_at=send_at, if_written=choice_of(request))


def _waiting(manner: dict[str, Any]) -> dict[str, Any]:
    """The manner of a reply that waits: who answered before it is asked at its time."""
    kept = {name: value for name, value in manner.items() if name not in ("seen", "signed")}
    return kept | {"unsigned": not manner["signed"]}


def _manner(request: MemberRequest) -> dict[str, Any]:
    """How a reply goes: in private, or as an approved text."""
    return {
        "privately": request.POST.get("privately") == "yes",
        "template": request.POST.get("template", ""),
        "parameters": request.POST.getlist("variable"),
        "seen": _number(request, "seen"),
        # A form that offers no signature says nothing of it.
        "signed": "signs" not in request.POST or request.POST.get("signature") == "yes",
    }


def _own_key(request: MemberRequest) -> str:
    """The page's key, made the member's own, so that nobody can spend another's."""
    key = request.POST.get("idempotency_key", "")
    return f"page:{request.membership.pk}:{key}" if key else ""


def _number(request: MemberRequest, field: str) -> int | None:
    """A whole number of the form; None for an empty field. Raises Invalid naming it."""
    text = request.POST.get(field, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        raise Invalid(_("This must be a whole number."), field=field, code="not_a_number")
    return int(text)


@require_POST
@member_view(Permission.CONVERSATIONS_RESOLVE)
def status(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Open, hold or resolve."""
    row = selectors.get_conversation(conversation_id)
    before, wanted = row.status, request.POST.get("status") or request.GET.get("status", "")
    try:
        triage.set_status(member=request.membership, conversation_id=conversation_id, status=wanted)
    except Unfilled as error:
        return asking(request, row, error)
    if wanted == Status.RESOLVED and before != Status.RESOLVED:
        return said_resolved(request, conversation_id, before)
    return answer_deed(request, conversation_id)


def said_resolved(request: MemberRequest, conversation_id: int, before: str) -> HttpResponse:
    """The answer to resolving, with a way back."""
    back = Status.OPEN if before == Status.SNOOZED else before
    undo = reverse("inbox_status", args=[request.workspace.slug, conversation_id])
    return toast(
        answer_deed(request, conversation_id), _("Resolved."), undo_url=f"{undo}?status={back}", seconds=UNDO_SECONDS
    )


@require_POST
@member_view(Permission.CONVERSATIONS_ASSIGN)
def assign(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Give it to a member or to nobody. 409 when it went to somebody else since the page looked."""
    triage.assign(
        member=request.membership,
        conversation_id=conversation_id,
        assignee_id=_number(request, "assignee"),
        expected_id=_number(request, "expected"),
        check="expected" in request.POST,
    )
    return answer_deed(request, conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_ASSIGN)
def team(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Give it to a team, or to none. 409 when it went to another since the page looked."""
    wanted = _number(request, "team")
    triage.assign_team(
        member=request.membership,
        conversation_id=conversation_id,
        team_id=wanted,
        expected_id=_number(request, "expected"),
        check="expected" in request.POST,
    )
    return answer_deed(request, conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_ASSIGN)
def priority(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """How urgent it is."""
    wanted = _number(request, "priority")
    triage.set_priority(
        member=request.membership, conversation_id=conversation_id, priority=-1 if wanted is None else wanted
    )
    return answer_deed(request, conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def read(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Somebody looked at it."""
    triage.mark_read(member=request.membership, conversation_id=conversation_id)
    return answer_deed(request, conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def unread(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Leave it for later, in bold."""
    triage.mark_unread(member=request.membership, conversation_id=conversation_id)
    return toast(answer_deed(request, conversation_id), _("Marked unread."), seconds=3)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def take_back(request: MemberRequest, slug: str, message_id: int) -> HttpResponse:
    """Stop a reply that has not left."""
    message = replies.take_back(member=request.membership, message_id=message_id)
    return answer_deed(request, message.conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def retry(request: MemberRequest, slug: str, message_id: int) -> HttpResponse:
    """Send a reply again that certainly did not arrive."""
    message = replies.retry(member=request.membership, message_id=message_id)
    return answer_deed(request, message.conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def decide(request: MemberRequest, slug: str, message_id: int) -> HttpResponse:
    """Say whether a reply in doubt arrived."""
    arrived = request.POST.get("arrived", "")
    if arrived not in ("yes", "no"):
        raise Invalid(_("Say whether it arrived: yes or no."), field="arrived")
    message = replies.decide(member=request.membership, message_id=message_id, arrived=arrived == "yes")
    return answer_deed(request, message.conversation_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def deed(request: MemberRequest, slug: str, message_id: int) -> HttpResponse:
    """Like, hide, delete or edit a message on its network."""
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    message = deeds.do(member=request.membership, message_id=message_id, kind=kind, text=text)
    return answer_deed(request, message.conversation_id)
