"""Forms: an admin says what must be filled in, and nothing is resolved or done without it."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid
from core.folding import fold
from core.names import shows_something
from inbox.models import Conversation, Entry, FieldKind, Form, FormSubject, Ticket, Value
from inbox.selectors.filling import entry_of, forms_for, get_form
from social.models import Channel

MAX_FIELDS = 20
MAX_CHOICES = 50
MAX_NAME = 80
MAX_TEXT = 2_000
MAX_FORMS = 50
_NUMBER = re.compile(r"-?\d{1,14}(?:[.,٫]\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in: into which form (None: the only one there is), and its fields by key."""

    form_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class Unfilled(Invalid):
    """Something must be filled in first. `forms` are those to choose from; `wrong` says what is wrong, by the field's key."""

    code = "form_required"

    def __init__(self, forms: list[Form], *, chosen: Form | None = None, wrong: Mapping[str, str] | None = None) -> None:
        self.forms, self.chosen, self.wrong = forms, chosen, dict(wrong or {})
        detail = {
            "forms": [{"id": form.id, "name": form.name, "asks": form.fields} for form in forms],
            "wrong": self.wrong,
        }
        super().__init__(_("Fill in what is asked for first."), field="values", code=self.code, detail=detail)


def see_filled(*, member: Membership, subject: Conversation | Ticket, filled: Filled | None) -> Entry | None:
    """Keep what was filled in for a conversation that is to be resolved, or a ticket that is to be done.

    Returns what stands there; None where no form asks for anything. What was filled in before need not be again.
    Raises Unfilled.
    """
    is_ticket = isinstance(subject, Ticket)
    of = {"ticket_id": subject.id} if is_ticket else {"conversation_id": subject.id}
    kind = FormSubject.TICKET if is_ticket else FormSubject.CONVERSATION
    forms = forms_for(kind, channel_id=None if isinstance(subject, Ticket) else subject.channel_id)
    if not forms:
        return None
    known = entry_of(**of)
    if filled is None:
        if known is not None:
            return known
        raise Unfilled(forms)
    form = _chosen(forms, filled)
    typed = _typed(forms, form, filled.values)
    entry = known or Entry(**of)
    entry.form, entry.author, entry.filled_at = form, member, now()
    entry.save()
    Value.objects.filter(entry=entry).delete()
    Value.objects.bulk_create([Value(entry=entry, **value) for value in typed])
    told = {value["label"]: _plain(value) for value in typed}
    record("forms.filled", actor_id=member.id, subject=_subject(subject), data={"form": form.id, "values": told})
    return entry_of(**of)


def unfilled_among(conversations: Iterable[Conversation]) -> set[int]:
    """Which of these would have to be filled in before they are resolved. At most two queries at any size."""
    rows = list(conversations)
    asking = set(Form.objects.filter(subject=FormSubject.CONVERSATION, is_active=True).values_list("channel_id", flat=True))
    wanted = {row.id for row in rows if None in asking or row.channel_id in asking}
    if not wanted:
        return set()
    return wanted - set(Entry.objects.filter(conversation_id__in=wanted).values_list("conversation_id", flat=True))


def _subject(row: Conversation | Ticket) -> str:
    return f"inbox.{type(row).__name__}:{row.id}"


def _chosen(forms: list[Form], filled: Filled) -> Form:
    if filled.form_id is None and len(forms) == 1:
        return forms[0]
    form = next((row for row in forms if row.id == filled.form_id), None)
    if form is None:
        raise Unfilled(forms, wrong={"form": _("Choose what it was about.")})
    return form


def _typed(forms: list[Form], form: Form, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The values of a form's fields as they are stored. Raises Unfilled naming each that is wrong."""
    wrong = {key: _("There is no such field.") for key in values if key not in {entry["key"] for entry in form.fields}}
    found = []
    for entry in form.fields:
        try:
            found.append(_value(entry, values.get(entry["key"])))
        except ValueError as error:
            wrong[entry["key"]] = str(error)
    if wrong:
        raise Unfilled(forms, chosen=form, wrong=wrong)
    return found


def _value(entry: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """One field's value. Raises ValueError with the sentence for the person."""
    stored: dict[str, Any] = {"key": entry["key"], "label": entry["label"], "kind": entry["kind"]}
    if entry["kind"] == FieldKind.CHECK:
        flag = given is True or given == "yes"
        if entry["required"] and not flag:
            raise ValueError(_("This must be ticked."))
        return stored | {"flag": flag}
    if isinstance(given, bool) or not isinstance(given, str | int | float | type(None)):
        raise ValueError(_("This is no text."))
    text = "" if given is None else str(given).replace("\x00", "").replace("\r\n", "\n").strip()
    if not shows_something(text):
        if entry["required"]:
            raise ValueError(_("This must be filled in."))
        return stored
    if entry["kind"] == FieldKind.NUMBER:
        return stored | {"number": _number(text)}
    if entry["kind"] == FieldKind.CHOICE and text not in entry["choices"]:
        raise ValueError(_("Choose one of those listed."))
    if len(text) > MAX_TEXT:
        raise ValueError(_("At most {limit} characters, please.").format(limit=MAX_TEXT))
    return stored | {"text": text}


def _number(text: str) -> Decimal:
    """A number in anybody's digits. Raises ValueError."""
    plain = fold(text).replace("٬", "").replace(" ", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(_("This must be a number."))
    try:
        return Decimal(plain.replace(",", ".").replace("٫", "."))
    except InvalidOperation as error:
        raise ValueError(_("This must be a number.")) from error


def _plain(value: Mapping[str, Any]) -> Any:
    number = value.get("number")
    return float(number) if number is not None else value.get("flag", value.get("text", ""))


def save_form(*, member: Membership, form_id: int | None = None, **facts: Any) -> Form:
    """Make a form, or change one: `name`, `subject`, `channel_id`, `fields`, `is_active`. What was filled in stays as it was.

    Raises NotFound, Forbidden, Invalid (fields `name`, `subject`, `channel`, `asks`), Conflict (field `name`).
    """
    require(member, Permission.WORKSPACE_MANAGE)
    form = get_form(form_id) if form_id is not None else Form(created_at=now())
    if form_id is None and Form.objects.count() >= MAX_FORMS:
        raise Invalid(_("There are at most {limit} forms.").format(limit=MAX_FORMS), field="name", code="too_many")
    for name, value in _form_facts(form, facts).items():
        setattr(form, name, value)
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError as error:
        raise Conflict(_("There is a form of that name."), field="name") from error
    event = "forms.changed" if form_id is not None else "forms.created"
    record(event, actor_id=member.id, subject=f"inbox.Form:{form.id}", data={"name": form.name, "fields": form.fields})
    return form


def remove_form(*, member: Membership, form_id: int) -> None:
    """Take a form away that was never filled in; another is put out of use. Raises NotFound, Forbidden."""
    require(member, Permission.WORKSPACE_MANAGE)
    form = get_form(form_id)
    try:
        with transaction.atomic():
            form.delete()
    except ProtectedError:
        form.is_active = False
        form.save(update_fields=["is_active"])
    record("forms.removed", actor_id=member.id, subject=f"inbox.Form:{form_id}", data={"name": form.name})


def _form_facts(form: Form, facts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "name" in facts or not form.name:
        found["name"] = _name(facts.get("name", ""), field="name")
    subject = facts.get("subject", form.subject)
    if subject not in FormSubject.values:
        raise Invalid(_("A form is for conversations or for tickets."), field="subject")
    found["subject"] = subject
    channel_id = facts.get("channel_id", form.channel_id)
    if channel_id is not None and (subject != FormSubject.CONVERSATION or not Channel.objects.filter(id=channel_id).exists()):
        raise Invalid(_("There is no such channel here."), field="channel")
    found["channel_id"] = channel_id
    if "fields" in facts or not form.fields:
        found["fields"] = _fields(facts.get("fields", []))
    if "is_active" in facts:
        found["is_active"] = bool(facts["is_active"])
    return found


def _fields(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a form, each with a key that stays. Raises Invalid."""
    found: list[dict[str, Any]] = []
    for row in rows:
        label = _name(str(row.get("label", "")), field="asks")
        kind = row.get("kind", FieldKind.TEXT)
        choices = list(dict.fromkeys(" ".join(str(choice).replace("\x00", "").split()) for choice in row.get("choices") or []))
        choices = [choice for choice in choices if choice][: MAX_CHOICES + 1]
        if kind not in FieldKind.values:
            raise Invalid(_("A field is a text, a choice, a number or a checkbox."), field="asks")
        if kind == FieldKind.CHOICE and not 2 <= len(choices) <= MAX_CHOICES:
            raise Invalid(_("A choice wants 2 to {limit} answers to choose from.").format(limit=MAX_CHOICES), field="asks")
        if any(len(choice) > MAX_NAME for choice in choices):
            raise Invalid(_("At most {limit} characters, please.").format(limit=MAX_NAME), field="asks", code="too_long")
        key = str(row.get("key") or "")
        key = key if re.fullmatch(r"[a-z0-9]{1,12}", key) and key not in {entry["key"] for entry in found} else secrets.token_hex(4)
        choices = choices if kind == FieldKind.CHOICE else []
        found.append({"key": key, "label": label, "kind": str(kind), "choices": choices, "required": bool(row.get("required"))})
    if not 1 <= len(found) <= MAX_FIELDS:
        raise Invalid(_("A form has 1 to {limit} fields.").format(limit=MAX_FIELDS), field="asks")
    return found


def _name(text: str, *, field: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not shows_something(name) or len(name) > MAX_NAME:
        raise Invalid(_("A name has 1 to {limit} characters.").format(limit=MAX_NAME), field=field)
    return name
