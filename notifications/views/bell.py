"""The bell: its number, its short list, the page of all, and marking."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.htmx import page_or_part
from core.keyset import number_after
from notifications import selectors
from notifications.kinds import kinds
from notifications.selectors import ToldQuery
from notifications.services import reading

SHORT = 15
MOST = 200


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def count(request: MemberRequest, slug: str) -> HttpResponse:
    """How many are unread. Read after the page, so that no page waits for it."""
    return _number(request)


def _number(request: MemberRequest) -> HttpResponse:
    return JsonResponse({"unread": selectors.unread_count(request.membership)})


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def short(request: MemberRequest, slug: str) -> HttpResponse:
    """The newest, for the bell's own list."""
    page = selectors.told(request.membership, slug, ToldQuery(), limit=SHORT)
    context = {"rows": page.rows, "unread": selectors.unread_count(request.membership)}
    return render(request, "notifications/_short.html", context)


@require_GET
@member_view(Permission.CONVERSATIONS_VIEW)
def notifications(request: MemberRequest, slug: str) -> HttpResponse:
    """All of them, narrowed down as the address says."""
    query = ToldQuery.parse(request.GET)
    page = selectors.told(request.membership, slug, query, after=request.GET.get("after", ""))
    address = reverse("notifications", args=[slug])
    context: dict[str, Any] = {
        "section": "notifications",
        "query": query,
        "tabs": [
            {"label": label, "url": _url(address, ToldQuery(unread, query.kind)), "current": unread == query.unread}
            for unread, label in ((False, _("All")), (True, _("Unread")))
        ],
        "kinds": kinds().values(),
        "rows": page.rows,
        "next_url": f"{address}?{urlencode({**query.parameters(), 'after': page.after})}" if page.after else "",
    }
    return page_or_part(request, page="notifications/page.html", part="notifications/_rows.html", context=context)


def _url(address: str, query: ToldQuery) -> str:
    return f"{address}?{urlencode(query.parameters())}" if query.parameters() else address


@require_POST
@member_view(Permission.CONVERSATIONS_VIEW)
def mark(request: MemberRequest, slug: str) -> HttpResponse:
    """Some are read (`ids`, or everything about a `subject`, or `all`), or left for later with `read=no`."""
    given, member = request.POST, request.membership
    ids = [number for number in (number_after(text, field="ids") for text in given.getlist("ids")[: MOST + 1]) if number]
    if len(ids) > MOST:
        raise Invalid(_("At most {limit} at once.").format(limit=MOST), field="ids")
    if given.get("read") == "no":
        reading.mark_unread(member=member, ids=ids)
    elif given.get("all") == "yes":
        reading.mark_all_read(member=member)
    elif given.get("subject"):
        reading.mark_subject_read(member=member, subject=given["subject"].replace("\x00", "")[:80])
    else:
        reading.mark_read(member=member, ids=ids)
    return _number(request)
