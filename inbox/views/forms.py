"""Forms: an admin's list of what must be filled in, and one of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.keyset import number_after
from inbox.models import FieldKind, Form, FormSubject
from inbox.selectors import filling as reading
from inbox.services import filling as work
from social.selectors import channels

#: So many empty lines stand below the fields there are.
SPARE = 3


@require_http_methods(["GET", "POST"])
@member_view(Permission.WORKSPACE_MANAGE)
def forms(request: MemberRequest, slug: str) -> HttpResponse:
    """The list, and an empty form below it; with POST, a new one."""
    if request.method == "GET":
        return _list(request)
    try:
        work.save_form(member=request.membership, **_said(request.POST))
    except (Invalid, Conflict) as error:
        return _list(request, error=error)
    messages.success(request, _("Saved."))
    return redirect("forms", slug=slug)


@require_http_methods(["GET", "POST"])
@member_view(Permission.WORKSPACE_MANAGE)
def form(request: MemberRequest, slug: str, form_id: int) -> HttpResponse:
    """One form; with POST, as it is from now on."""
    row = reading.get_form(form_id)
    if request.method == "GET":
        return render(request, "inbox/form.html", _editor(row))
    try:
        work.save_form(member=request.membership, form_id=form_id, **_said(request.POST))
    except (Invalid, Conflict) as error:
        return render(request, "inbox/form.html", _editor(row, given=request.POST, error=error), status=error.status)
    messages.success(request, _("Saved."))
    return redirect("forms", slug=slug)


@require_POST
@member_view(Permission.WORKSPACE_MANAGE)
def form_remove(request: MemberRequest, slug: str, form_id: int) -> HttpResponse:
    """Take it away, or out of use where something was filled in already."""
    work.remove_form(member=request.membership, form_id=form_id)
    messages.success(request, _("Removed. What was filled in stays."))
    return redirect("forms", slug=slug)


def _list(request: MemberRequest, *, error: Invalid | Conflict | None = None) -> HttpResponse:
    context = {"forms": reading.forms(), **_editor(None, given=request.POST or None, error=error)}
    return render(request, "inbox/forms.html", context, status=error.status if error else 200)


def _said(given: QueryDict) -> dict[str, Any]:
    """What the page says of a form: one line a field, those without a name left out."""
    labels, keys = given.getlist("label"), given.getlist("key")
    kinds, choices = given.getlist("kind"), given.getlist("choices")
    required = set(given.getlist("required"))
    channel = given.get("channel", "")
    return {
        "name": given.get("name", ""),
        "subject": given.get("subject", FormSubject.CONVERSATION),
        "channel_id": number_after(channel, field="channel"),
        "is_active": given.get("is_active", "yes") == "yes",
        "fields": [
            {
                "label": label,
                "key": keys[place] if place < len(keys) else "",
                "kind": kinds[place] if place < len(kinds) else "",
                "choices": (choices[place] if place < len(choices) else "").replace("،", ",").split(","),
                "required": str(place) in required,
            }
            for place, label in enumerate(labels)
            if label.strip()
        ],
    }


def _editor(row: Form | None, *, given: QueryDict | None = None, error: Invalid | Conflict | None = None) -> dict[str, Any]:
    if given is not None:
        said = _said(given)
        fields, facts = said["fields"], said
    else:
        fields = row.fields if row else []
        facts = (
            {"name": row.name, "subject": row.subject, "channel_id": row.channel_id, "is_active": row.is_active}
            if row
            else {"subject": FormSubject.CONVERSATION, "is_active": True}
        )
    lines = [{**field, "choices": ", ".join(choice.strip() for choice in field["choices"])} for field in fields]
    return {
        "section": "tickets",
        "form_row": row,
        "facts": facts,
        "lines": [*lines, *({"kind": FieldKind.TEXT, "required": True} for _line in range(SPARE))],
        "kinds": FieldKind.choices,
        "subjects": FormSubject.choices,
        "channels": channels(),
        "wrong": {error.field or "name": str(error)} if error else {},
    }
