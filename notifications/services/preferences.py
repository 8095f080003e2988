"""Choosing what one hears of, by which way, and when not."""

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.errors import Invalid, NotFound
from core.tenancy import tenant
from notifications.kinds import Mail, kinds
from notifications.models import Notification, Preference, Rhythm
from notifications.models.preference import DAYS
from notifications.selectors import choices_of, rhythm_of

MINUTES = 24 * 60
FLAGS = ("mail_on", "quiet_on")
CLOCKS = ("daily_at", "quiet_from", "quiet_to")
SALT = "notifications.no-mail"


def choose(*, member: Membership, choices: Mapping[str, Mapping[str, Any]], rhythm: Mapping[str, Any]) -> None:
    """Keep what is named of `in_app` and `mail` of each kind, and of the rhythm; the rest stays.

    Raises Forbidden, Invalid naming the kind or the field.
    """
    require(member, Permission.CONVERSATIONS_VIEW)
    before = {choice.kind.key: {"in_app": choice.in_app, "mail": choice.mail} for choice in choices_of(member)}
    changed = {}
    for key, given in choices.items():
        if key not in kinds():
            raise Invalid(_("There is no such kind of notification."), field=str(key)[:40])
        after = before[key] | dict(given)
        if after["mail"] not in Mail.values:
            raise Invalid(_("Say never, at once, every hour or once a day."), field=f"mail.{key}")
        if after != before[key]:
            changed[key] = after
    kept = _changed_rhythm(member, rhythm)
    if changed:
        Preference.objects.bulk_create(
            [Preference(member_id=member.pk, kind=key, **after) for key, after in changed.items()],
            update_conflicts=True,
            unique_fields=["workspace_id", "member", "kind"],
            update_fields=["in_app", "mail"],
        )
    if changed or kept:
        subject = f"accounts.Membership:{member.pk}"
        record("notification_preferences.changed", actor_id=member.pk, subject=subject, data={"kinds": changed, "rhythm": kept})


def _changed_rhythm(member: Membership, given: Mapping[str, Any]) -> dict[str, Any]:
    row = rhythm_of(member.pk)
    after = {name: given.get(name, getattr(row, name)) for name in (*FLAGS, *CLOCKS)}
    after["quiet_days"] = sorted(set(given.get("quiet_days", row.quiet_days)))
    for name in CLOCKS:
        if not 0 <= after[name] < MINUTES:
            raise Invalid(_("A time of day lies between 00:00 and 23:59."), field=name)
    if any(not 0 <= day < DAYS for day in after["quiet_days"]):
        raise Invalid(_("Days are numbers from 0 (Monday) to 6 (Sunday)."), field="quiet_days")
    if after["quiet_on"] and after["quiet_from"] == after["quiet_to"] and len(after["quiet_days"]) == DAYS:
        raise Invalid(_("Quiet all day on all days would let no mail through. Turn mail off instead."), field="quiet_to")
    changed = {name: value for name, value in after.items() if value != getattr(row, name)}
    if changed:
        Rhythm.objects.update_or_create(member_id=member.pk, defaults=after)
    if changed.get("mail_on") is False:
        Notification.objects.filter(member_id=member.pk, mail_at__isnull=False).update(mail_at=None)
    return changed


def no_mail_token(member: Membership) -> str:
    """What stands in the link of each mail with which its reader, and nobody else, ends the mails. It has no end itself."""
    return signing.dumps([member.workspace_id, member.pk], salt=SALT)


def end_mail(*, token: str) -> None:
    """No mail any more for the member of a mail's link, whoever holds it: it was sent to their own mailbox.

    Nothing else can be done or seen with it. Raises NotFound for a link of somebody else's making.
    """
    workspace_id, member_id = _read(token)
    with tenant(workspace_id, step="preferences.end_mail"):
        member = Membership.objects.filter(pk=member_id).first()
        if member is None:
            raise NotFound(_("This link does not work."))
        if member.is_active:
            choose(member=member, choices={}, rhythm={"mail_on": False})


def check_token(token: str) -> None:
    """Raises NotFound for a link of somebody else's making."""
    _read(token)


def _read(token: str) -> tuple[int, int]:
    try:
        workspace_id, member_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound(_("This link does not work.")) from error
    return int(workspace_id), int(member_id)
