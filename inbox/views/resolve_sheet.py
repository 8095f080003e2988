"""The sheet that asks what must be filled in before a conversation is resolved."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.access import MemberRequest
from core.errors import Invalid
from core.htmx import wants_part
from core.keyset import number_after
from inbox.models import Conversation, Entry, Form
from inbox.selectors.filling import entry_of
from inbox.services.filling import Filled, Unfilled


def asking(request: MemberRequest, row: Conversation, error: Unfilled, *, given: QueryDict | None = None) -> HttpResponse:
    """The sheet, as the answer to a deed that wants it first; a page of its own where no script runs."""
    context = resolve_sheet(row, error.forms, error=error, given=given)
    template = "inbox/_resolving.html" if wants_part(request) else "inbox/resolving.html"
    return render(request, template, context, status=error.status)


def filled_in(given: QueryDict, forms: list[Form]) -> Filled:
    """What a form's page says: fields by their key behind `f-`; a box that is not ticked says nothing."""
    try:
        number = number_after(given.get("form", ""), field="form")
    except Invalid:
        number = None
    form = next((row for row in forms if row.id == number), forms[0] if len(forms) == 1 else None)
    keys = [entry["key"] for entry in form.fields] if form else []
    return Filled(form.id if form else None, {key: given[f"f-{key}"] for key in keys if f"f-{key}" in given})


def resolve_sheet(
    row: Conversation, forms: list[Form], *, error: Unfilled | None = None, given: QueryDict | None = None
) -> dict[str, Any]:
    """Every form with its fields: those of the chosen one are shown."""
    entry = entry_of(conversation_id=row.id)
    return {
        "conversation": row,
        "forms": form_fields(forms, entry, error=error, given=given),
        "wrong_form": error.wrong.get("form", "") if error else "",
    }


def form_fields(
    forms: list[Form], entry: Entry | None, *, error: Unfilled | None = None, given: QueryDict | None = None
) -> list[dict[str, Any]]:
    """Forms for drawing: which is chosen, and of each field what stands in it and what is wrong with that."""
    known = {value.key: value.value for value in entry.values.all()} if entry else {}
    only = forms[0].id if len(forms) == 1 else None
    chosen = error.chosen.id if error and error.chosen else entry.form_id if entry else only
    return [
        {
            "form": form,
            "chosen": form.id == chosen,
            "fields": [
                {
                    **field,
                    "value": given.get(f"f-{field['key']}", "") if given is not None else known.get(field["key"], ""),
                    "wrong": error.wrong.get(field["key"], "") if error and form.id == chosen else "",
                }
                for field in form.fields
            ],
        }
        for form in forms
    ]
