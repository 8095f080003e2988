"""The guards of notifications: how each is taken away, and who notices. `test_guards.py` does it."""

import itertools
from datetime import timedelta

import pytest

import notifications.services.digests
import notifications.services.preferences
from core.clock import now
from core.errors import NotFound
from core.tenancy import tenant
from notifications.models import Notification
from notifications.services import digests, notifying, preferences, reading
from tests.tenancy.world import World

NUMBERS = itertools.count()


def anybodys_are_read(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(reading, "READ", reading.READ.replace("AND member_id = %(m)s AND read_at IS NULL", "AND read_at IS NULL"))


def others_leave_ours_unread(world: World) -> None:
    with tenant(world.cast.meridian.pk):
        reading.mark_read(member=world.cast.member("agent"), ids=[world.ids["notification"]])
        assert Notification.objects.get(pk=world.ids["notification"]).read_at is None


def everybody_is_told(patch: pytest.MonkeyPatch, world: World) -> None:
    real = notifying.Notice
    patch.setattr(notifying, "Notice", lambda *given, actor_id=None, **more: real(*given, **more))


def actors_hear_nothing_of_themselves(world: World) -> None:
    owner = world.cast.member("owner").pk
    with tenant(world.cast.meridian.pk):
        notifying.notify([notifying.Notice("assigned", f"a.A:{next(NUMBERS)}", (owner,), "x/", actor_id=owner)])
        assert not Notification.objects.filter(member_id=owner, subject__startswith="a.A:").exists()


def claims_are_not_kept(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(notifications.services.digests, "CLAIM", "SELECT %(now)s, %(w)s, %(ids)s")


def a_mail_is_claimed_once(world: World) -> None:
    workspace, member = world.cast.meridian.pk, world.cast.member("owner").pk
    with tenant(workspace):
        Notification.objects.filter(member_id=member, read_at=None).update(mail_at=now() - timedelta(seconds=1))
    assert digests.claim(workspace_id=workspace, member_id=member) is not None
    assert digests.claim(workspace_id=workspace, member_id=member) is None


def no_hour_is_quiet(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(notifications.services.digests, "quiet_until", lambda moment, hours: None)


def quiet_hours_are_kept(world: World) -> None:
    workspace, member = world.cast.meridian.pk, world.cast.member("owner")
    quiet = {"quiet_on": True, "quiet_from": 0, "quiet_to": 1439, "quiet_days": list(range(7))}
    with tenant(workspace):
        preferences.choose(member=member, choices={}, rhythm=quiet)
        Notification.objects.filter(member_id=member.pk, read_at=None).update(mail_at=now() - timedelta(days=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "now", lambda: now().replace(hour=12))
        assert digests.claim(workspace_id=workspace, member_id=member.pk) is None


def any_link_ends_mail(patch: pytest.MonkeyPatch, world: World) -> None:
    place = (world.cast.meridian.pk, world.cast.member("owner").pk)
    patch.setattr(notifications.services.preferences, "_read", lambda token: place)


def links_are_signed(world: World) -> None:
    refused = False
    try:
        preferences.end_mail(token="made-up")
    except NotFound:
        refused = True
    assert refused, "a made-up link ended somebody's mail"


GUARDS = (
    ("whose a notification is", anybodys_are_read, others_leave_ours_unread),
    ("nobody is told of their own deed", everybody_is_told, actors_hear_nothing_of_themselves),
    ("a mail's claim before it leaves", claims_are_not_kept, a_mail_is_claimed_once),
    ("quiet hours", no_hour_is_quiet, quiet_hours_are_kept),
    ("signature of a mail's last link", any_link_ends_mail, links_are_signed),
)
