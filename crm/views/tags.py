"""The workspace's tags on one page, for those who keep them in order."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.keyset import number_after
from crm import selectors
from crm.models import Tone
from crm.services import tags as service
from crm.tag_holders import all_counts


@require_GET
@member_view(Permission.TAGS_MANAGE)
def tags(request: MemberRequest, slug: str) -> HttpResponse:
    """Every tag with its colour and how much carries it."""
    return _page(request)


def _page(request: MemberRequest, *, error: str = "", wrong: int | None = None, status: int = 200) -> HttpResponse:
    counts = all_counts()
    rows = [(row, counts.get(row.pk, 0)) for row in selectors.tags()]
    context = {
        "section": "inbox", "rows": rows, "tones": Tone.choices, "error": error, "wrong": wrong, "limit": service.MAX_NAME,
    }  # fmt: skip
    return render(request, "crm/tags.html", context, status=status)


@require_POST
@member_view(Permission.TAGS_MANAGE)
def change(request: MemberRequest, slug: str, tag_id: int) -> HttpResponse:
    """Rename or recolour one."""
    given = {"name": request.POST.get("name", ""), "tone": request.POST.get("tone", "")}
    try:
        service.change_tag(member=request.membership, tag_id=tag_id, **given)
    except (Invalid, Conflict) as error:
        return _page(request, error=str(error), wrong=tag_id, status=error.status)
    messages.success(request, _("Saved."))
    return redirect("tags", slug=slug)


@require_POST
@member_view(Permission.TAGS_MANAGE)
def merge(request: MemberRequest, slug: str, tag_id: int) -> HttpResponse:
    """Let one go up in another."""
    target = number_after(request.POST.get("into", ""), field="into")
    if target is None:
        return _page(request, error=_("Choose another tag to merge it into."), wrong=tag_id, status=422)
    try:
        kept = service.merge_tags(member=request.membership, source_id=tag_id, target_id=target)
    except Invalid as error:
        return _page(request, error=str(error), wrong=tag_id, status=error.status)
    messages.success(request, _("Merged into “{name}”.").format(name=kept.name))
    return redirect("tags", slug=slug)


@require_POST
@member_view(Permission.TAGS_MANAGE)
def delete(request: MemberRequest, slug: str, tag_id: int) -> HttpResponse:
    """Take one from everything, and away."""
    service.delete_tag(member=request.membership, tag_id=tag_id)
    messages.success(request, _("The tag is gone; the conversations stay."))
    return redirect("tags", slug=slug)
