"""Putting a conversation to sleep: the sheet, what its field means while somebody types, the month beside it, and the deed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core import calendars
from core.dates import digits, moment_in
from core.errors import Invalid
from core.htmx import toast
from core.when import MORNING
from inbox import selectors
from inbox.models import Conversation, Status
from inbox.services import snoozing
from inbox.views.changes import answer_deed
from inbox.views.deeds import UNDO_SECONDS

#: The year of a month's page stands within this many of the present one.
YEARS_AHEAD = 5


@require_http_methods(["GET", "POST"])
@member_view(Permission.CONVERSATIONS_RESOLVE)
def snooze(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """The sheet; and with POST, sleep until what `text` says or `until` names (a quick choice, an undo)."""
    row = selectors.get_conversation(conversation_id)
    if request.method == "GET":
        return render(request, "inbox/_snooze.html", _sheet(request, row))
    member = request.membership
    before = row.status, row.snoozed_until, row.sleeps_on
    # A button's moment wins over what stands in the field.
    until = _until(request) or snoozing.understood(_text(request, "text"), member=member).at
    sleeps_on = request.POST.get("sleeps_on") == "yes" or request.GET.get("sleeps_on") == "yes"
    changed = snoozing.snooze(member=member, conversation_id=conversation_id, until=until, sleeps_on=sleeps_on)
    if "until" in request.GET:  # an undo
        return answer_deed(request, conversation_id)
    return toast(
        answer_deed(request, conversation_id),
        _("Snoozed until {moment}.").format(moment=_in_words(request, changed.snoozed_until or until)),
        undo_url=_undo(slug, conversation_id, *before),
        seconds=UNDO_SECONDS,
    )


def _undo(slug: str, conversation_id: int, status: str, until: datetime | None, sleeps_on: bool) -> str:
    """Back to how it was: awake, or asleep until another moment."""
    if status != Status.SNOOZED or until is None:
        return f"{reverse('inbox_status', args=[slug, conversation_id])}?{urlencode({'status': status})}"
    parts = {"until": until.isoformat(), "sleeps_on": "yes" if sleeps_on else "no"}
    return f"{reverse('inbox_snooze', args=[slug, conversation_id])}?{urlencode(parts)}"


def _until(request: MemberRequest) -> datetime | None:
    text = _text(request, "until")
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(_("This is no moment."), field="until")
    return found.astimezone(UTC)


def _text(request: MemberRequest, name: str) -> str:
    return (request.POST.get(name) or request.GET.get(name, "")).replace("\x00", "")


def _in_words(request: MemberRequest, moment: datetime) -> str:
    local = moment.astimezone(snoozing.own_now(request.membership).tzinfo)
    return moment_in(local, calendar=request.user.calendar, style="soon", language=get_language() or "en")


def _sheet(request: MemberRequest, row: Conversation) -> dict[str, Any]:
    return {"conversation": row, "choices": choices(snoozing.own_now(request.membership)), **_month(request)}


def choices(moment: datetime) -> list[tuple[str, datetime]]:
    """What is chosen most, each with its moment; those of today that are over are left out."""
    morning = moment.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    evening = moment.replace(hour=18, minute=0, second=0, microsecond=0)
    found = [(_("In an hour"), moment + timedelta(hours=1)), (_("In three hours"), moment + timedelta(hours=3))]
    if moment < evening - timedelta(hours=1):
        found.append((_("This evening"), evening))
    found += [(_("Tomorrow morning"), morning + timedelta(days=1)), (_("In two days"), morning + timedelta(days=2))]
    return [*found, (_("In a week"), morning + timedelta(days=7))]


@require_GET
@member_view(Permission.CONVERSATIONS_RESOLVE)
def understood(request: MemberRequest, slug: str) -> HttpResponse:
    """What a text means, or why it means nothing; for the line below the field."""
    text = _text(request, "text")
    if not text.strip():
        return render(request, "inbox/_understood.html", {})
    try:
        found = snoozing.understood(text, member=request.membership)
    except Invalid as refused:
        return render(request, "inbox/_understood.html", {"refused": str(refused)})
    return render(request, "inbox/_understood.html", {"moment": found.at, "others": found.others})


@require_GET
@member_view(Permission.CONVERSATIONS_RESOLVE)
def month(request: MemberRequest, slug: str) -> HttpResponse:
    """A month of the person's own calendar, for choosing a day."""
    return render(request, "inbox/_month.html", _month(request))


def _month(request: MemberRequest) -> dict[str, Any]:
    calendar, language = request.user.calendar, get_language() or "en"
    today = snoozing.own_now(request.membership).date()
    here = calendars.parts_of(today, calendar)[:2]
    year, number = _asked_month(request, here)
    days = calendars.month_days(year, number, calendar)
    order = calendars.weekdays(calendar)
    blanks = order.index(days[0].weekday())
    cells: list[dict[str, Any] | None] = [None] * blanks + [_day(day, today, calendar, language) for day in days]
    cells += [None] * (-len(cells) % 7)
    before, after = calendars.next_month(year, number, by=-1), calendars.next_month(year, number)
    return {
        "month_title": digits(f"{calendars.month_name(number, calendar, language=language)} {year}", language=language),
        "weekday_names": [_weekday(number) for number in order],
        "weeks": [cells[place : place + 7] for place in range(0, len(cells), 7)],
        "month_before": before if before >= here else None,
        "month_after": after if after[0] <= here[0] + YEARS_AHEAD else None,
    }


def _asked_month(request: MemberRequest, here: tuple[int, ...]) -> tuple[int, int]:
    """The month the address asks for, kept between the present one and the furthest."""
    year, number = request.GET.get("year", ""), request.GET.get("month", "")
    if not (year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and len(year + number) < 8):
        return here[0], here[1]
    asked = (int(year), min(max(int(number), 1), 12))
    return min(max(asked, (here[0], here[1])), (here[0] + YEARS_AHEAD, 12))


def _day(day: date, today: date, calendar: str, language: str) -> dict[str, Any]:
    year, month, number = calendars.parts_of(day, calendar)
    label = f"{_weekday(day.weekday())} {number} {calendars.month_name(month, calendar, language=language)}"
    return {
        "text": f"{year:04d}-{month:02d}-{number:02d}",
        "label": digits(label, language=language),
        "number": digits(str(number), language=language),
        "past": day < today,
        "today": day == today,
    }


def _weekday(number: int) -> str:
    return str(WEEKDAYS[number])
