"""Who is welcome: what blocked identities write comes in resolved and rings nowhere. Nothing is deleted; all can be taken back."""

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.errors import Invalid, NotFound
from crm.models import Identity, Standing


def set_standing(*, member: Membership, contact_id: int, network: str, standing: str) -> list[Identity]:
    """Say how a person's identities on one network are taken from now on. Raises Forbidden, Invalid, NotFound."""
    require(member, Permission.CONVERSATIONS_MODERATE)
    if standing not in Standing.values:
        raise Invalid(_("Use blocked, spam, or nothing."), field="standing")
    rows = list(Identity.objects.select_for_update().filter(contact_id=contact_id, network=network).order_by("id"))
    if not rows:
        raise NotFound(_("Nobody of that network is known here."))
    for row in rows:
        if row.standing == standing:
            continue
        data = {"identity": row.id, "network": network, "standing": [row.standing, standing]}
        row.standing = standing
        row.save(update_fields=["standing"])
        record("contacts.standing_changed", actor_id=member.id, subject=f"crm.Contact:{contact_id}", data=data)
    return rows
