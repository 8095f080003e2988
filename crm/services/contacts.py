"""What people of ours write about a contact."""

from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.errors import Conflict, Invalid
from core.folding import fold
from core.names import clean_name
from crm.models import Contact
from crm.selectors import get_contact, identities_of

EDITABLE = ("name", "email", "phone", "location", "language", "about")


def update_contact(*, member: Membership, contact_id: int, revision: int, **values: Any) -> Contact:
    """Change what we know of a person. Raises NotFound, Forbidden, Invalid naming the field, Conflict.

    `revision` is the one the form was filled from: when somebody else saved meanwhile, nothing is overwritten; the error's detail
    carries both versions.
    """
    require(member, Permission.CONTACTS_EDIT)
    unknown = sorted(set(values) - set(EDITABLE))
    if unknown:
        raise Invalid(_("There is no field “{field}”.").format(field=unknown[0]), field=unknown[0], code="unknown_field")
    contact = get_contact(contact_id, lock=True)
    wanted = {field: _checked(field, value) for field, value in values.items()}
    if contact.revision != revision:
        theirs = {field: getattr(contact, field) for field in EDITABLE}
        raise Conflict(
            _("Somebody else changed this contact meanwhile. Compare both and save again."),
            code="stale",
            detail={"current": theirs, "yours": wanted, "revision": contact.revision},
        )
    before = {field: getattr(contact, field) for field in wanted}
    if before == wanted:
        return contact
    for field, value in wanted.items():
        setattr(contact, field, value)
    handles = " ".join(identity.handle for identity in identities_of(contact.id))
    contact.folded = fold(f"{contact.name} {handles} {contact.email}")[:400]
    contact.revision += 1
    contact.save(update_fields=[*wanted, "folded", "revision"])
    changed = {field: [before[field], value] for field, value in wanted.items() if before[field] != value}
    record("contacts.changed", actor_id=member.id, subject=f"crm.Contact:{contact.id}", data=changed)
    return contact


def _checked(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(_("This must be text."), field=field, code="not_text")
    text = value.replace("\x00", "").strip()
    limit = Contact._meta.get_field(field).max_length or 5000
    if len(text) > limit:
        raise Invalid(
            _("At most {limit} characters fit here; these are {count}.").format(limit=limit, count=len(text)), field=field
        )
    if field == "name":
        text = clean_name(text)
        if not text:
            raise Invalid(_("A contact needs a name."), field=field, code="empty")
    if field == "email" and text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise Invalid(_("This is not an e-mail address."), field=field) from error
    if field == "phone" and text:
        return _phone(text)
    return text


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise Invalid(_("Write the number with its country code, like +92 300 1234567."), field="phone") from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid(_("This number is too short or too long for its country."), field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
