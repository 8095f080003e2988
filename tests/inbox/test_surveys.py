"""Asking how it was after resolving: once, of people, by a page whose address cannot be guessed; and what becomes of the answer."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from crm.models import Contact, Interaction
from inbox.models import Conversation, Message, Survey
from inbox.services import surveys, triage
from inbox.tasks import ask, sweep_surveys
from social.models import Delivery
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, make_desk
from tests.inbox.test_api_conversations import refused
from tests.inbox.test_screens_list import text_of
from tests.inbox.test_screens_thread import again, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"))


@pytest.fixture
def asking(desk: Desk) -> Desk:
    """The desk's channel asks, at once."""
    set_up(desk)
    return desk


def set_up(desk: Desk, **changes: Any) -> None:
    with tenant(desk.workspace.pk):
        facts = {"is_on": True, "delay_minutes": 0, **changes}
        surveys.set_up(member=desk.member, channel_id=desk.channel.pk, changes=facts)


def settle(desk: Desk, conversation: Conversation | None = None, status: str = "resolved") -> None:
    with tenant(desk.workspace.pk):
        triage.set_status(member=desk.member, conversation_id=(conversation or desk.private).pk, status=status)


def the(desk: Desk) -> Survey:
    with tenant(desk.workspace.pk):
        return Survey.objects.latest("id")


def asked(desk: Desk) -> list[str]:
    """The texts that were put into the outbox."""
    with tenant(desk.workspace.pk):
        return [row.outgoing["text"] for row in Delivery.objects.filter(idempotency_key__startswith="survey:").order_by("id")]


def link(desk: Desk) -> str:
    with tenant(desk.workspace.pk):
        return "/rate/" + surveys.link_of(the(desk)).rpartition("/rate/")[2]


def test_a_resolved_conversation_asks_once(asking: Desk) -> None:
    settle(asking)
    assert surveys.due_workspaces() == [asking.workspace.pk]
    sweep_surveys()
    for _try in range(2):
        ask(asking.workspace.pk)
    (text,) = asked(asking)
    assert link(asking) in text
    assert the(asking).state == "sent"
    row = again(asking.private)
    assert row.status == "resolved"
    with tenant(asking.workspace.pk):
        message = Message.objects.get(body=text)
    assert (message.direction, message.program, message.visibility) == ("out", "auto_reply", "private")


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("reopened", lambda desk: settle(desk, status="open")),
        ("off", lambda desk: set_up(desk, is_on=False)),
        ("program", lambda desk: Message.objects.filter(conversation=desk.private).update(program="auto_reply")),
        ("never_wrote", lambda desk: Message.objects.filter(conversation=desk.private, direction="in").update(deleted_at=now())),
        ("channel", lambda desk: type(desk.channel).objects.filter(pk=desk.channel.pk).update(state="disconnected")),
    ],
)
def test_some_are_not_asked(asking: Desk, reason: str, change: Any) -> None:
    settle(asking)
    with tenant(asking.workspace.pk):
        change(asking)
    ask(asking.workspace.pk)
    assert asked(asking) == []
    assert (the(asking).state, the(asking).reason) == ("dropped", reason)


def test_nobody_is_asked_where_others_read_or_nothing_is_set(desk: Desk) -> None:
    settle(desk)
    set_up(desk)
    settle(desk, desk.conversation)
    with tenant(desk.workspace.pk):
        assert not Survey.objects.exists()


def test_one_person_is_asked_once_in_so_many_days(asking: Desk) -> None:
    for _time in range(2):
        settle(asking)
        ask(asking.workspace.pk)
        settle(asking, status="open")
    assert len(asked(asking)) == 1
    assert the(asking).reason == "asked_lately"
    with tenant(asking.workspace.pk):
        Survey.objects.filter(state="sent").update(sent_at=now() - timedelta(days=31))
    settle(asking)
    ask(asking.workspace.pk)
    assert len(asked(asking)) == 2


def test_resolving_again_while_the_question_waits_is_one_question(desk: Desk) -> None:
    set_up(desk, delay_minutes=60)
    for status in ("resolved", "open", "resolved"):
        settle(desk, status=status)
    with tenant(desk.workspace.pk):
        assert Survey.objects.count() == 1
    ask(desk.workspace.pk)
    assert the(desk).state == "waiting"


def test_words_are_the_customers_language_and_the_companys_own(asking: Desk) -> None:
    set_up(asking, texts={"ur": "ہم کیسے تھے؟"})
    with tenant(asking.workspace.pk):
        Contact.objects.filter(pk=asking.contact.pk).update(language="ur")
    settle(asking)
    ask(asking.workspace.pk)
    assert asked(asking)[0].startswith("ہم کیسے تھے؟\n")
    page = text_of(Client().get(link(asking)))
    assert 'dir="rtl"' in page
    assert 'lang="ur"' in page
    assert 'dir="ltr"' in text_of(Client().get(link(asking) + "?lang=en"))


def test_one_press_rates_and_may_be_changed(asking: Desk, tab: Client, program: Program) -> None:
    settle(asking)
    ask(asking.workspace.pk)
    customer, address = Client(), link(asking)
    page = customer.get(address)
    assert text_of(page).count('name="score"') == 5
    assert page["Referrer-Policy"] == "same-origin", "without its origin a browser's answer would be taken for forged"
    assert the(asking).score is None, "looking answers nothing"
    assert customer.post(address, {"score": "2"}).status_code == 200
    assert customer.post(address, {"comment": "Slow."}).status_code == 200
    customer.post(address, {"score": "4"})
    row = the(asking)
    assert (row.score, row.comment) == (4, "Slow.")
    with tenant(asking.workspace.pk):
        told = [event.data["score"] for event in Event.objects.filter(kind="csat.answered").order_by("id")]
        assert Interaction.objects.get(kind="rating").snippet == "★★★★☆ Slow."
        assert Message.objects.filter(body__startswith="• The customer rated").count() == 1
    assert told == [2, 2, 4]
    thread = text_of(tab.get(page_of(asking, asking.private)))
    assert "The customer rated this 4 of 5." in thread
    assert thread.count("thread-event") == 1
    (rating,) = program.get("ratings").json()["results"]
    assert (rating["score"], rating["comment"], rating["conversation"]) == (4, "Slow.", asking.private.pk)
    assert "Slow." in text_of(tab.get("/w/meridian/surveys/"))


def test_no_address_is_guessed_and_none_lasts(asking: Desk) -> None:
    settle(asking)
    ask(asking.workspace.pk)
    address, stranger = link(asking), Client()
    token = address.split("/")[2]
    body, _dot, signature = token.partition(".")
    for wrong in (body, f"{body}.", f"{body}.{signature[:-1]}", f"{body[:-1]}A.{signature}", "x" * 500, "1", "é"):
        assert stranger.get(f"/rate/{wrong}/").status_code == 404, wrong
    for given in ({"score": "6"}, {"score": "0"}, {"score": "x"}, {"comment": "x" * 2001}, {}):
        assert stranger.post(address, given).status_code == 422, given
    assert the(asking).score is None
    with tenant(asking.workspace.pk):
        Survey.objects.update(expires_at=now() - timedelta(seconds=1))
    assert stranger.post(address, {"score": "5"}).status_code == 410
    assert the(asking).score is None


def test_whoever_knocks_too_often_waits(asking: Desk) -> None:
    cache.clear()
    codes = {Client().get("/rate/nothing/").status_code for _knock in range(40)}
    assert codes == {404, 429}
    cache.clear()


def test_a_channel_is_set_up_through_both_doors(desk: Desk, tab: Client, program: Program) -> None:
    path = f"channels/{desk.channel.pk}/survey"
    assert program.get(path).json()["is_on"] is False
    sent = {"is_on": "yes", "delay_minutes": "5", "every_days": "7", "text-fa": "چطور بود؟"}
    assert tab.post(f"/w/meridian/surveys/{desk.channel.pk}/", sent).status_code == 302
    row = program.get(path).json()
    assert (row["is_on"], row["delay_minutes"], row["every_days"], row["texts"]) == (True, 5, 7, {"fa": "چطور بود؟"})
    assert program.patch(path, {"is_on": False}).json()["is_on"] is False
    refused(program.patch(path, {"delay_minutes": -1}), 422, "delay_minutes")
    refused(program.patch(path, {"texts": {"de": "Wie"}}), 422, "texts.de")
    assert tab.post(f"/w/meridian/surveys/{desk.channel.pk}/", {"delay_minutes": "soon"}).status_code == 422
    assert program.get("channels/999999/survey").status_code == 404


class Killed(Exception):
    """A worker that dies."""


def test_a_worker_that_dies_before_the_commit_has_asked_nobody(asking: Desk) -> None:
    settle(asking)
    with pytest.raises(Killed), tenant(asking.workspace.pk):
        assert surveys.ask_due() == 1
        raise Killed
    assert asked(asking) == []
    ask(asking.workspace.pk)
    ask(asking.workspace.pk)
    assert len(asked(asking)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_once(transactional_db: None) -> None:
    cast = make_cast()
    desk = make_desk(cast.meridian, cast.member("owner"))
    set_up(desk)
    settle(desk)
    begin = threading.Barrier(3)

    def work() -> None:
        begin.wait()
        ask(desk.workspace.pk)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(asked(desk)) == 1
