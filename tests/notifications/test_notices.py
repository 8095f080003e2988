"""Who is told what: of assignments, mentions, followed conversations, answers that fail and tickets; once, and never the actor."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.services.teams import add_to_team
from activity.models import Event, SetAside
from activity.services.log import record
from core.clock import now
from core.tenancy import tenant
from inbox.services import following, notices, replies, tickets, triage
from notifications.models import Notification
from notifications.services import notifying, reading
from notifications.services.notifying import Notice, notify
from notifications.services.preferences import choose
from tests.accounts.factories import Cast, make_member, make_user
from tests.inbox.factories import Desk, direct, force_state, hear
from tests.notifications.telling import spread, told_to, unread_of

pytestmark = pytest.mark.django_db


def test_what_is_given_is_told_to_its_new_owner_and_nobody_else(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        owner = cast.member("owner")
        add_to_team(by=owner, team_id=cast.team.pk, membership_id=cast.member("agent").pk)
        triage.assign(member=owner, conversation_id=desk.private.pk, assignee_id=cast.member("sales").pk)
        triage.assign(member=owner, conversation_id=desk.conversation.pk, assignee_id=owner.pk)
        triage.assign_team(member=owner, conversation_id=desk.private.pk, team_id=cast.team.pk)
    spread(desk)
    assert told_to(desk, cast, "sales") == [("assigned", "by", True, 1)]
    assert told_to(desk, cast, "agent") == [("team_assigned", "by", True, 1)]
    assert told_to(desk, cast, "owner") == [], "somebody is told of their own deed"
    assert unread_of(desk, cast, "sales") == 1


def test_mentions_tickets_and_answers_in_trouble(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        owner, agent = cast.member("owner"), cast.member("agent")
        replies.note(member=owner, conversation_id=desk.private.pk, body="@you", mentions=[f"member:{agent.pk}"])
        (row,) = tickets.open_tickets(member=owner, conversation_id=None, title="Look", owner_id=agent.pk)
        tickets.change(member=owner, ticket_id=row.pk, changes={"owner": cast.member("sales").pk})
        answer = replies.reply(member=agent, conversation_id=desk.private.pk, body="Hello.", undo_seconds=3600)
    force_state(answer, "failed")
    with tenant(desk.workspace.pk):
        record("deliveries.changed", actor_id=None, data={"ids": [answer.delivery_id, "nonsense"]})
    spread(desk)
    assert told_to(desk, cast, "agent") == [
        ("mentioned", "by", True, 1), ("ticket", "by", True, 1), ("undelivered", "failed", True, 1),
    ]  # fmt: skip
    assert told_to(desk, cast, "sales") == [("ticket", "by", True, 1)]
    with tenant(desk.workspace.pk):
        assert not SetAside.objects.exists()


def test_followers_hear_of_customers_words_once_until_they_look(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        following.follow(member=cast.member("agent"), conversation_id=desk.private.pk)
    for words in ("and?", "hello?"):
        hear(desk.channel, direct(desk.channel, words))
    spread(desk)
    assert told_to(desk, cast, "agent") == [("followed", None, True, 2)]
    hear(desk.channel, direct(desk.channel, "still there?"))
    spread(desk)
    assert told_to(desk, cast, "agent") == [("followed", None, True, 3)]
    with tenant(desk.workspace.pk):
        reading.mark_subject_read(member=cast.member("agent"), subject=f"inbox.Conversation:{desk.private.pk}")
    hear(desk.channel, direct(desk.channel, "once more"))
    spread(desk)
    assert told_to(desk, cast, "agent") == [("followed", None, False, 3), ("followed", None, True, 1)]
    assert unread_of(desk, cast, "agent") == 1


def test_the_same_event_twice_tells_once_and_an_old_one_nobody(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        triage.assign(member=cast.member("owner"), conversation_id=desk.private.pk, assignee_id=cast.member("agent").pk)
        events = list(Event.objects.filter(kind="conversations.assigned"))
        for _ in range(2):
            notices.apply_events(events)
        assert told_to(desk, cast, "agent") == [("assigned", "by", True, 1)]
        reading.mark_all_read(member=cast.member("agent"))
        notices.apply_events(events)
        assert told_to(desk, cast, "agent") == [("assigned", "by", False, 1)], "what was read is told again"
        Notification.objects.all().delete()
        for event in events:
            event.occurred_at = now() - timedelta(days=2)
        notices.apply_events(events)
    assert told_to(desk, cast, "agent") == []


def test_whoever_left_or_wants_nothing_is_not_told(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        gone = make_member(desk.workspace, make_user("gone@people.example"), "agent", is_active=False)
        choose(member=cast.member("agent"), choices={"assigned": {"in_app": False, "mail": "none"}}, rhythm={})
        choose(member=cast.member("sales"), choices={"assigned": {"in_app": False, "mail": "now"}}, rhythm={})
        ids = (gone.pk, cast.member("agent").pk, cast.member("sales").pk)
        notify([Notice("assigned", "a.A:1", ids, "inbox/1/", {"name": "A"})])
        assert [row.is_shown for row in Notification.objects.all()] == [False]
    assert unread_of(desk, cast, "sales") == 0


def test_it_costs_the_same_for_one_and_for_many(cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        members = tuple(cast.member(role).pk for role in ("owner", "admin", "supervisor", "agent", "sales", "viewer"))

        def cost(given: list[Notice]) -> int:
            with CaptureQueriesContext(connection) as captured:
                notify(given)
            return len(captured)

        one = cost([Notice("assigned", "a.A:1", members[:1], "inbox/1/")])
        assert cost([Notice("assigned", f"a.A:{n}", members, "inbox/1/") for n in range(2, 60)]) == one == 4
        owner, agent = cast.member("owner"), cast.member("agent")

        def batch() -> int:
            events = list(Event.objects.filter(kind__in=notices.KINDS_OF_EVENTS))
            with CaptureQueriesContext(connection) as captured:
                notices.apply_events(events)
            return len(captured)

        triage.assign(member=owner, conversation_id=desk.private.pk, assignee_id=agent.pk)
        triage.assign_team(member=owner, conversation_id=desk.private.pk, team_id=cast.team.pk)
        tickets.open_tickets(member=owner, conversation_id=None, title="1", owner_id=agent.pk, team_ids=[cast.team.pk])
        few = batch()
        for n in range(8):
            triage.assign(member=owner, conversation_id=desk.conversation.pk, assignee_id=(agent.pk, members[4])[n % 2])
            tickets.open_tickets(member=owner, conversation_id=None, title=str(n), owner_id=agent.pk)
        assert batch() == few <= 11


def test_sentences_are_in_the_readers_language_and_bear_what_is_missing(cast: Cast, desk: Desk) -> None:
    from notifications.kinds import kinds

    for language in ("en", "ur", "fa", "ar"):
        with translation.override(language):
            for kind in kinds().values():
                for form in kind.forms:
                    said = kind.sentence({"form": form, "name": "{actor} %s", "actor": "علی", "team": "A", "ticket": "#1"})
                    assert "\u2068" in said
                    assert "–" not in said
            assert "–" in kinds()["assigned"].sentence({"form": "by"})
    assert "{actor}" in kinds()["followed"].sentence({"name": "{actor}"}), "a name is no blank"


def rows_of(member: Any) -> list[Notification]:
    return list(Notification.objects.filter(member_id=member.pk).order_by("id"))


def test_left_for_later_and_read_again(cast: Cast, desk: Desk) -> None:
    agent, sales = cast.member("agent"), cast.member("sales")
    with tenant(desk.workspace.pk):
        for _ in range(2):
            notify([Notice("assigned", "a.A:1", (agent.pk, sales.pk), "inbox/1/"), Notice("followed", "a.A:1", (agent.pk,), "x/")])
            reading.mark_all_read(member=agent)
        assert unread_of(desk, cast, "agent") == 0
        ids = [row.pk for row in rows_of(agent)]
        reading.mark_unread(member=agent, ids=[*ids, rows_of(sales)[0].pk])
        assert unread_of(desk, cast, "agent") == 2, "two rows of one kind and subject are unread"
        assert unread_of(desk, cast, "sales") == 1
        reading.mark_read(member=sales, ids=ids)
        assert unread_of(desk, cast, "agent") == 2, "another member's were read"
        reading.mark_unread(member=agent, ids=ids)
        reading.mark_read(member=agent, ids=ids)
        assert unread_of(desk, cast, "agent") == 0


def test_a_second_mail_about_the_same_rests(cast: Cast, desk: Desk) -> None:
    agent = cast.member("agent")
    with tenant(desk.workspace.pk):
        given = [Notice("mentioned", "a.A:1", (agent.pk,), "inbox/1/")]
        notify(given)
        mailed = now() - timedelta(minutes=5)
        Notification.objects.update(mail_at=None, mailed_at=mailed)
        notify(given)
        (row,) = rows_of(agent)
        assert row.mail_at == mailed + notifying.MAIL_REST
        reading.mark_all_read(member=agent)
        assert rows_of(agent)[0].mail_at is None, "what was read here is mailed"
