"""Deeds on many conversations: the sheet that says what will happen, the deed, how far it is."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from accounts.selectors import members_who_may, teams
from core.errors import Invalid
from core.htmx import add_event, toast, wants_part
from core.keyset import number_after
from crm.selectors import tags
from inbox.models import BulkAction, BulkRun, BulkState, ItemState, Priority, Status
from inbox.selectors import ListQuery
from inbox.selectors.bulk import MOST, Choice, Progress, get_run, preview, progress
from inbox.services import bulk, snoozing
from inbox.services.bulk_deeds import REASONS, RIGHTS
from inbox.views.shown import conversation_url
from inbox.views.snooze import choices as moments

UNDO_SECONDS = 15.0
#: What the buttons of the bar lead to; giving to a person and to a team stand in one sheet.
SHEETS = (BulkAction.ASSIGN, BulkAction.TAG, BulkAction.PRIORITY, BulkAction.SNOOZE, BulkAction.STATUS, BulkAction.READ)


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_REPLY)
def deed(request: MemberRequest, slug: str) -> HttpResponse:
    """The sheet of one deed with how many it meets; with POST, the deed."""
    if request.method == "GET":
        return _count(request) if request.GET.get("action") == "count" else _sheet(request, request.GET)
    try:
        action, given = _given(request)
        run = bulk.start(member=request.membership, action=action, given=given, choice=_choice(request.POST))
    except Invalid as error:
        if request.POST.get("sheet"):
            return _sheet(request, request.POST, error=error)
        raise
    return _said(request, run)


def _count(request: MemberRequest) -> HttpResponse:
    """How many stand in a list, for the button that chooses them all: a number, or the most with a plus."""
    seen = preview(_choice(request.GET), request.membership)
    return HttpResponse(f"{MOST}+" if seen.too_many else str(seen.total), content_type="text/plain")


def _choice(data: QueryDict) -> Choice:
    """What the page has chosen: `ids` with commas, or `list`, the list's address."""
    numbers = [number_after(text, field="ids") for text in data.get("ids", "").split(",") if text.strip()]
    query = ListQuery.parse(QueryDict(data["list"])) if data.get("list") else None
    return Choice.of([number for number in numbers if number is not None], query)


def _given(request: MemberRequest) -> tuple[str, dict[str, Any]]:
    """The deed and what it needs. `give` is `member:5`, `team:3`, `member:` or `team:`. Raises Invalid."""
    data = request.POST
    action = data.get("action", "")
    given: dict[str, Any] = {name: data.get(name) == "yes" for name in ("spare", "sleeps_on")}
    given["status"] = data.get("status")
    if action == BulkAction.ASSIGN:
        kind, _colon, text = data.get("give", "").partition(":")
        if kind not in ("member", "team"):
            raise Invalid(_("Say who gets them."), field="give", code="required")
        action = BulkAction.ASSIGN if kind == "member" else BulkAction.TEAM
        given["assignee" if kind == "member" else "team"] = number_after(text, field="give")
    elif action == BulkAction.PRIORITY:
        given["priority"] = number_after(data.get("priority", "") or "9", field="priority")
    elif action == BulkAction.TAG:
        for key in ("add", "remove"):
            given[key] = [number for text in data.getlist(key) if (number := number_after(text, field=key)) is not None]
    elif action == BulkAction.SNOOZE:
        given["until"] = _until(request)
    return action, given


def _until(request: MemberRequest) -> datetime | None:
    chosen = request.POST.get("until", "")
    if not chosen:
        return snoozing.understood(request.POST.get("text", "").replace("\x00", ""), member=request.membership).at
    try:
        moment = datetime.fromisoformat(chosen)
    except ValueError as error:
        raise Invalid(_("This is no moment."), field="until") from error
    return moment if moment.tzinfo else None


def _sheet(request: MemberRequest, data: QueryDict, *, error: Invalid | None = None) -> HttpResponse:
    action = data.get("action", "")
    if action not in SHEETS:
        raise Invalid(_("There is no such deed."), field="action")
    seen = preview(_choice(data), request.membership)
    context = {
        "action": action,
        "status": data.get("status", "") if data.get("status") in Status.values else "",
        "ids": data.get("ids", ""),
        "list": data.get("list", ""),
        "seen": seen,
        "most": MOST,
        "error": str(error) if error else "",
        "may": request.membership.may(RIGHTS[BulkAction(action)]),
        **_choices(request, action),
    }
    return render(request, "inbox/_bulk_sheet.html", context, status=error.status if error else 200)


def _choices(request: MemberRequest, action: str) -> dict[str, Any]:
    """What one deed lets people choose from."""
    if action == BulkAction.ASSIGN:
        return {"people": members_who_may(Permission.CONVERSATIONS_REPLY), "teams": teams()}
    if action == BulkAction.TAG:
        return {"tags": tags()}
    if action == BulkAction.PRIORITY:
        return {"priorities": Priority.choices}
    return {"moments": moments(snoozing.own_now(request.membership))} if action == BulkAction.SNOOZE else {}


def words_of(found: Progress) -> str:
    """What became of a run, in one sentence."""
    counts, undone = found.counts, found.run.state in (BulkState.UNDOING, BulkState.UNDONE)
    done = counts.get(ItemState.UNDONE if undone else ItemState.DONE, 0)
    said = ngettext("{count} conversation given back.", "{count} conversations given back.", done) if undone else None
    parts = [(said or ngettext("{count} conversation changed.", "{count} conversations changed.", done)).format(count=done)]
    left = counts.get(ItemState.KEPT if undone else ItemState.REFUSED, 0)
    if left:
        parts.append(ngettext("{count} left alone.", "{count} left alone.", left).format(count=left))
    return " ".join(parts)


def _said(request: MemberRequest, run: BulkRun) -> HttpResponse:
    """What an open page is told: a toast with a way back, and where to watch what goes on."""
    slug = request.workspace.slug
    if not wants_part(request):
        return redirect("inbox_bulk_run", slug=slug, bulk_id=run.id)
    found = progress(run)
    response = add_event(
        HttpResponse(), "rabta:bulk", {"url": reverse("inbox_bulk_run", args=[slug, run.id]), "open": found.is_open}
    )
    if found.is_open:
        return response
    undo = reverse("inbox_bulk_undo", args=[slug, run.id]) if found.may_be_undone else ""
    tone = "warn" if found.told else "info"
    return toast(response, words_of(found), tone=tone, undo_url=undo, undo_label=_("Undo"), seconds=UNDO_SECONDS)


@require_GET
@member_view(Permission.CONVERSATIONS_REPLY)
def run(request: MemberRequest, slug: str, bulk_id: int) -> HttpResponse:
    """How far a deed is, and which conversations it left alone and why: a line in the list for htmx, else a page."""
    return _drawn(request, bulk_id)


def _drawn(request: MemberRequest, bulk_id: int) -> HttpResponse:
    found = progress(get_run(bulk_id))
    context = {
        "found": found,
        "words": words_of(found),
        "told": [
            (item, conversation_url(request.workspace.slug, item.conversation_id), REASONS.get(item.reason, ""))
            for item in found.told
        ],
        "may": request.membership.may(RIGHTS[BulkAction(found.run.action)]),
        "section": "inbox",
    }
    return render(request, "inbox/_bulk_run.html" if wants_part(request) else "inbox/bulk_run.html", context)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def stop(request: MemberRequest, slug: str, bulk_id: int) -> HttpResponse:
    """Let the rest be."""
    bulk.stop(member=request.membership, run_id=bulk_id)
    return _after(request, bulk_id)


@require_POST
@member_view(Permission.CONVERSATIONS_REPLY)
def undo(request: MemberRequest, slug: str, bulk_id: int) -> HttpResponse:
    """Give back what was there."""
    return _said(request, bulk.undo(member=request.membership, run_id=bulk_id))


def _after(request: MemberRequest, bulk_id: int) -> HttpResponse:
    if wants_part(request):
        return _drawn(request, bulk_id)
    return redirect("inbox_bulk_run", slug=request.workspace.slug, bulk_id=bulk_id)
