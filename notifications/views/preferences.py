"""What one hears of, by which way and when; and the link in each mail that ends them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from notifications import selectors
from notifications.kinds import Mail, kinds
from notifications.services.preferences import CLOCKS, FLAGS, check_token, choose, end_mail

LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_VIEW)
def preferences(request: MemberRequest, slug: str) -> HttpResponse:
    """A member's own choices in this workspace."""
    wrong: Invalid | None = None
    if request.method == "POST":
        try:
            choose(member=request.membership, choices=_choices(request.POST), rhythm=_rhythm(request.POST))
        except Invalid as error:
            wrong = error
        else:
            messages.success(request, _("Saved."))
            return redirect("notification_preferences", slug=slug)
    rhythm = selectors.rhythm_of(request.membership.pk)
    given = _rhythm(request.POST, strict=False) if wrong else {name: getattr(rhythm, name) for name in (*FLAGS, "quiet_days")}
    clocks = {name: request.POST.get(name, "") if wrong else _clock(getattr(rhythm, name)) for name in CLOCKS}
    context: dict[str, Any] = {
        "choices": selectors.choices_of(request.membership),
        "mails": Mail.choices,
        "given": given,
        "clocks": clocks,
        "days": [(number, WEEKDAYS[number], number in given["quiet_days"]) for number in range(7)],
        "wrong": {wrong.field: str(wrong)} if wrong else {},
        "zone": request.user.time_zone,
    }
    return render(request, "notifications/preferences.html", context, status=wrong.status if wrong else 200)


def _choices(given: Any) -> dict[str, dict[str, Any]]:
    """Every kind: a box that is not ticked was not sent."""
    return {key: {"in_app": given.get(f"in_app.{key}") == "yes", "mail": given.get(f"mail.{key}", "")} for key in kinds()}


def _rhythm(given: Any, *, strict: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {name: given.get(name) == "yes" for name in FLAGS}
    found["quiet_days"] = [int(day) for day in given.getlist("quiet_days") if day in "0123456" and len(day) == 1]
    return found | ({name: _minutes(given.get(name, ""), name) for name in CLOCKS} if strict else {})


def _minutes(text: str, field: str) -> int:
    """Minutes after midnight of HH:MM in any digits. Raises Invalid naming the field."""
    hour, _colon, minute = text.strip().translate(LATIN).partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(hour) < 3 and len(minute) == 2 and int(hour) < 24 and int(minute) < 60):
        raise Invalid(_("Write a time of day, such as 20:00."), field=field)
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


# Mail programs send this POST without a session (RFC 8058): the signed link is the right, and it can do nothing but end mail.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def no_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Where a mail's link leads: it asks first, since programs that look at mail open every link; the answer ends the mails."""
    if request.method == "POST":
        end_mail(token=token)
        return render(request, "notifications/no_mail.html", {"done": True})
    check_token(token)
    return render(request, "notifications/no_mail.html", {"done": False})
