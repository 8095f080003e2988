"""Which channels ask how it was, and what was answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.keyset import number_after
from inbox.selectors import surveys as reading
from inbox.services import surveys as work
from social.networks import network_of

PAGE = 40


@require_GET
@member_view(Permission.WORKSPACE_MANAGE)
def surveys(request: MemberRequest, slug: str) -> HttpResponse:
    """The channels that may ask, and the newest answers."""
    return _page(request)


@require_POST
@member_view(Permission.WORKSPACE_MANAGE)
def survey_set_up(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Whether and how a channel asks."""
    try:
        work.set_up(member=request.membership, channel_id=channel_id, changes=_changes(request))
    except Invalid as error:
        return _page(request, channel_id=channel_id, error=error)
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('surveys', args=[slug])}#channel-{channel_id}")


def _changes(request: MemberRequest) -> dict[str, Any]:
    given = request.POST
    texts = {language: given.get(f"text-{language}", "") for language in work.LANGUAGES}
    found: dict[str, Any] = {"is_on": given.get("is_on") == "yes", "texts": texts}
    for name in ("delay_minutes", "every_days"):
        if name in given:
            found[name] = _number(given[name], name)
    return found


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Invalid(_("This must be a whole number."), field=field, code="not_a_number")
    return int(text)


def _page(request: MemberRequest, *, channel_id: int = 0, error: Invalid | None = None) -> HttpResponse:
    before = number_after(request.GET.get("after", ""))
    rows = reading.answers(before_id=before, limit=PAGE + 1)
    languages = (("en", "English"), ("ur", "اردو"), ("fa", "فارسی"), ("ar", "العربية"))
    context = {
        "section": "tickets",
        "channels": [
            {
                "channel": channel,
                "network": network_of(channel.network),
                "setting": setting,
                "texts": [(code, name, setting.texts.get(code, ""), work.words(code)) for code, name in languages],
                "wrong": {error.field: str(error)} if error and channel.id == channel_id else {},
            }
            for channel, setting in reading.survey_settings()
        ],
        "answers": rows[:PAGE],
        "next_url": f"{reverse('surveys', args=[request.workspace.slug])}?after={rows[PAGE - 1].id}" if len(rows) > PAGE else "",
    }
    return render(request, "inbox/surveys.html", context, status=error.status if error else 200)
