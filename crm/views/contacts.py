"""Contacts: finding them, and one person's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Conflict, Invalid
from core.htmx import page_or_part
from crm import selectors
from crm.forms import ContactForm
from crm.models import Contact, Identity
from crm.panels import panels_of
from crm.selectors import TimelinePage
from crm.services.contacts import EDITABLE, update_contact
from social.networks import networks

MAX_SEARCH = 200
EVIDENCE = {"account": gettext_lazy("The network's own account id")}


@require_GET
@member_view(Permission.CONTACTS_VIEW)
def contacts(request: MemberRequest, slug: str) -> HttpResponse:
    """Whoever was heard of last comes first; for htmx only the rows."""
    search = request.GET.get("q", "").replace("\x00", "")[:MAX_SEARCH]
    after = request.GET.get("after", "")
    page = selectors.contact_page(search=search, after=after)
    more = f"{reverse('contacts', args=[slug])}?{urlencode({'q': search, 'after': page.after})}"
    known = networks()
    context = {
        "section": "contacts",
        "search": search,
        "after": after,
        "rows": [(row, [(identity, known.get(identity.network)) for identity in row.identities.all()]) for row in page.rows],
        "next_url": more if page.after else "",
    }
    return page_or_part(request, page="crm/contacts.html", part="crm/_rows.html", context=context)


@require_GET
@member_view(Permission.CONTACTS_VIEW)
def contact(request: MemberRequest, slug: str, contact_id: int) -> HttpResponse:
    """One person: handles, facts, what happened."""
    return _contact_page(request, selectors.get_contact(contact_id))


def _contact_page(
    request: MemberRequest,
    row: Contact,
    *,
    form: ContactForm | None = None,
    differences: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, also after a change that was not accepted."""
    slug = request.workspace.slug
    facts = {field: getattr(row, field) for field in EDITABLE}
    context = {
        "section": "contacts",
        "contact": row,
        "identities": [_identity(identity) for identity in selectors.identities_of(row.id)],
        "may_edit": request.membership.may(Permission.CONTACTS_EDIT),
        "form": form or ContactForm(initial={**facts, "revision": row.revision}),
        "is_editing": form is not None,
        "differences": differences or [],
        "panels": panels_of(slug=slug, contact_id=row.id),
        **_timeline_context(slug, row.id, selectors.timeline_page(row.id)),
    }
    return render(request, "crm/contact.html", context, status=status)


def _identity(identity: Identity) -> dict[str, Any]:
    network = networks().get(identity.network)
    return {
        "row": identity,
        "network": network,
        "url": network.profile_url(identity.handle) if network else "",
        "why": EVIDENCE.get(identity.evidence, identity.evidence),
    }


def _timeline_context(slug: str, contact_id: int, page: TimelinePage) -> dict[str, Any]:
    older = reverse("contact_timeline", args=[slug, contact_id])
    return {"timeline": page.rows, "older_url": f"{older}?after={page.after}" if page.after else ""}


@require_GET
@member_view(Permission.CONTACTS_VIEW)
def timeline(request: MemberRequest, slug: str, contact_id: int) -> HttpResponse:
    """Older rows of a timeline."""
    row = selectors.get_contact(contact_id)
    page = selectors.timeline_page(row.id, after=request.GET.get("after", ""))
    return render(request, "crm/_timeline.html", _timeline_context(slug, row.id, page))


@require_POST
@member_view(Permission.CONTACTS_EDIT)
def contact_edit(request: MemberRequest, slug: str, contact_id: int) -> HttpResponse:
    """Save what the form says. When somebody else saved meanwhile, both versions are shown and nothing is overwritten."""
    row = selectors.get_contact(contact_id)
    facts = {field: getattr(row, field) for field in EDITABLE}
    form = ContactForm(request.POST, initial=facts)
    if not form.is_valid():
        return _contact_page(request, row, form=form, status=422)
    try:
        update_contact(member=request.membership, contact_id=contact_id, revision=form.cleaned_data["revision"], **form.changes())
    except Conflict as error:
        again = form.data.copy()
        again["revision"] = str(error.detail["revision"])
        form = ContactForm(again, initial=form.initial)
        form.is_valid()
        form.blame(error)
        return _contact_page(request, row, form=form, differences=_differences(form, error), status=error.status)
    except Invalid as error:
        form.blame(error)
        return _contact_page(request, row, form=form, status=error.status)
    messages.success(request, _("Saved."))
    return redirect("contact", slug=slug, contact_id=contact_id)


def _differences(form: ContactForm, error: Conflict) -> list[dict[str, Any]]:
    """Field by field: what stands there now, and what this person wants, where the two differ."""
    theirs, ours = error.detail["current"], error.detail["yours"]
    return [
        {"label": form.fields[field].label, "theirs": theirs[field], "yours": ours[field]}
        for field in EDITABLE
        if field in ours and theirs[field] != ours[field]
    ]
