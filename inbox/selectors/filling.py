"""Reading forms, and what was filled into them."""

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import NotFound
from inbox.models import Entry, Form, FormSubject


def forms() -> list[Form]:
    """All of the workspace, by what they are for and name. One query."""
    return list(Form.objects.select_related("channel").order_by("subject", "name", "id"))


def get_form(form_id: int) -> Form:
    """One form. Raises NotFound."""
    row = Form.objects.select_related("channel").filter(id=form_id).first()
    if row is None:
        raise NotFound(_("There is no such form."))
    return row


def forms_for(subject: str, *, channel_id: int | None = None) -> list[Form]:
    """The forms of which one must be filled in: for conversations those of every channel and of this one. One query."""
    rows = Form.objects.filter(subject=subject, is_active=True)
    if subject == FormSubject.CONVERSATION:
        rows = rows.filter(Q(channel_id=None) | Q(channel_id=channel_id))
    return list(rows.order_by("name", "id"))


def entry_of(*, conversation_id: int | None = None, ticket_id: int | None = None) -> Entry | None:
    """What was filled in for a conversation or a ticket, with its values. Two queries."""
    rows = Entry.objects.select_related("form").prefetch_related("values")
    return rows.filter(conversation_id=conversation_id, ticket_id=ticket_id).first()
