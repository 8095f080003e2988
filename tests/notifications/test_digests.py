"""Mail about what was not read: in its reader's language, once whoever races or dies, never in quiet hours, ended by its link."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.tenancy import tenant
from notifications.models import Notification, Rhythm
from notifications.services import digests, reading
from notifications.services.notifying import Notice, notify
from notifications.services.preferences import SALT, choose, no_mail_token
from notifications.tasks import send_digests, sweep_digests
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db


def owe(cast: Cast, desk: Desk, *, number: int = 1, role: str = "agent") -> None:
    """So many things about which a mail to the agent is due."""
    with tenant(desk.workspace.pk):
        member = cast.member(role)
        who = {"name": "Zainab", "actor": "Ali", "form": "by"}
        notify(Notice("mentioned", f"inbox.Conversation:{n}", (member.pk,), f"inbox/{n}/", who) for n in range(number))
        Notification.objects.filter(member_id=member.pk, read_at=None).update(mail_at=now() - timedelta(seconds=1))


@pytest.fixture
def outbox(settings: Any) -> list[Any]:
    """What was mailed."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


def test_one_mail_a_person_in_their_own_language(cast: Cast, desk: Desk, outbox: list[Any]) -> None:
    user = cast.user("agent")
    user.language = "fa"
    user.save(update_fields=["language"])
    owe(cast, desk, number=27)
    owe(cast, desk, role="sales")
    assert digests.due_workspaces() == [desk.workspace.pk]
    sweep_digests()
    send_digests(desk.workspace.pk)
    assert [letter.to for letter in outbox] == [["agent@meridian.example"], ["sales@meridian.example"]]
    farsi, english = outbox
    page = farsi.alternatives[0][0]
    assert '<html lang="fa" dir="rtl">' in page
    assert "27" in farsi.subject or "۲۷" in farsi.subject
    assert page.count("<li>") == digests.LINES
    assert "http://localhost" in page
    assert english.subject == "\u2068Ali\u2069 mentioned you in a note about \u2068Zainab\u2069"
    assert english.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    send_digests(desk.workspace.pk)
    assert len(outbox) == 2, "a mail came twice"
    assert digests.due_workspaces() == []


def test_what_was_read_is_not_mailed_nor_what_nobody_wants(cast: Cast, desk: Desk, outbox: list[Any]) -> None:
    owe(cast, desk)
    with tenant(desk.workspace.pk):
        reading.mark_all_read(member=cast.member("agent"))
    owe(cast, desk, role="sales")
    with tenant(desk.workspace.pk):
        choose(member=cast.member("sales"), choices={}, rhythm={"mail_on": False})
    owe(cast, desk, role="viewer")
    with tenant(desk.workspace.pk):
        member = cast.member("viewer")
        member.is_active = False
        member.save(update_fields=["is_active"])
    send_digests(desk.workspace.pk)
    assert outbox == []
    assert digests.due_workspaces() == []


def test_quiet_hours_put_it_off_until_they_end(cast: Cast, desk: Desk, outbox: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    night = datetime(2030, 1, 4, 22, 0, tzinfo=UTC)
    owe(cast, desk)
    with tenant(desk.workspace.pk):
        choose(member=cast.member("agent"), choices={}, rhythm={"quiet_on": True})
    monkeypatch.setattr(digests, "now", lambda: night)
    send_digests(desk.workspace.pk)
    assert outbox == []
    with tenant(desk.workspace.pk):
        assert Notification.objects.get(member_id=cast.member("agent").pk).mail_at == night + timedelta(hours=10)
    monkeypatch.setattr(digests, "now", lambda: night + timedelta(hours=10))
    send_digests(desk.workspace.pk)
    assert len(outbox) == 1


def test_a_worker_that_dies_between_claim_and_mail_sends_nothing_twice(cast: Cast, desk: Desk, outbox: list[Any]) -> None:
    """At most once: the mail is lost, what it would have said stands in the list, unread."""
    owe(cast, desk)
    claimed = digests.claim(workspace_id=desk.workspace.pk, member_id=cast.member("agent").pk)
    assert claimed is not None
    send_digests(desk.workspace.pk)
    assert outbox == []
    with tenant(desk.workspace.pk):
        assert Notification.objects.get(member_id=claimed.member.pk).read_at is None


def test_a_mail_server_that_is_away_gives_the_claim_back(cast: Cast, desk: Desk, outbox: list[Any], settings: Any) -> None:
    owe(cast, desk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    send_digests(desk.workspace.pk)
    with tenant(desk.workspace.pk):
        row = Notification.objects.get(member_id=cast.member("agent").pk)
        assert row.mail_at is not None
        assert row.mail_at > now() + timedelta(minutes=4)
        assert row.mailed_at is None


def test_a_claim_costs_the_same_for_one_and_for_many(cast: Cast, desk: Desk) -> None:
    def cost(number: int) -> int:
        owe(cast, desk, number=number)
        with CaptureQueriesContext(connection) as captured:
            assert digests.claim(workspace_id=desk.workspace.pk, member_id=cast.member("agent").pk) is not None
        return len(captured)

    assert cost(1) == cost(40)


def link_of(letter: Any) -> str:
    return str(letter.extra_headers["List-Unsubscribe"]).strip("<>").partition("//")[2].partition("/")[2]


def test_the_link_of_a_mail_ends_its_readers_mails_and_does_nothing_else(cast: Cast, desk: Desk, outbox: list[Any]) -> None:
    owe(cast, desk)
    send_digests(desk.workspace.pk)
    address = "/" + link_of(outbox[0])
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(address).status_code == 200
    with tenant(desk.workspace.pk):
        assert not Rhythm.objects.exists(), "a program that looked at the mail ended it"
    assert stranger.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with tenant(desk.workspace.pk):
        assert [(row.member_id, row.mail_on) for row in Rhythm.objects.all()] == [(cast.member("agent").pk, False)]
    owe(cast, desk)
    send_digests(desk.workspace.pk)
    assert len(outbox) == 1


def test_a_link_of_somebody_elses_making_is_nothing(cast: Cast, desk: Desk) -> None:
    good = no_mail_token(cast.member("agent"))
    elsewhere = signing.dumps([cast.outside.pk, cast.member("agent").pk], salt=SALT)
    other = signing.dumps([desk.workspace.pk, cast.member("agent").pk], salt="something else")
    for token in (good[:-1] + ("a" if good[-1] != "a" else "b"), "nobody", other):
        for ask in (Client().get, Client().post):
            assert ask(f"/notifications/no-mail/{token}/").status_code == 404, token
    assert Client().post(f"/notifications/no-mail/{elsewhere}/").status_code == 404
    with tenant(desk.workspace.pk):
        assert not Rhythm.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(transactional_db: None, settings: Any) -> None:
    from tests.accounts.factories import make_cast
    from tests.inbox.factories import make_desk

    cast = make_cast()
    desk = make_desk(cast.meridian, cast.member("owner"))
    owe(cast, desk, number=5)
    member, found = cast.member("agent").pk, []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            found.append(digests.claim(workspace_id=desk.workspace.pk, member_id=member))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(len(one.rows) for one in found if one is not None) == [5]
