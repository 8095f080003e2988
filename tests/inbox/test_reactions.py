"""Signs below messages, whichever is heard of first, and what a message answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from activity.models import Event
from core.clock import now
from core.reasons import NOTICE, notice_in_words, noticed
from core.templatetags.ui import linked
from core.tenancy import tenant
from inbox.models import Message, Reaction
from inbox.services.reactions import Put, apply_hidden, put
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db
BEGAN = now()


def signed(desk: Desk, *signs: tuple[str, str, int], on: str = "") -> set[int]:
    """People put signs to a message of the desk: who, which, at which second."""
    with tenant(desk.workspace.pk):
        named = on or desk.incoming.external_id or ""
        return put(desk.channel.pk, [Put(named, who, emoji, BEGAN + timedelta(seconds=at)) for who, emoji, at in signs])


def shown(desk: Desk, program: Program) -> list[dict[str, Any]]:
    found = program.get(f"conversations/{desk.conversation.pk}/messages").json()["results"]
    return next(row["reactions"] for row in found if row["id"] == desk.incoming.pk)


def test_the_newest_sign_of_each_person_counts_in_any_order(desk: Desk, program: Program) -> None:
    assert signed(desk, ("71", "❤️", 5), ("72", "👍", 1), ("73", "👍", 2)) == {desk.conversation.pk}
    assert shown(desk, program) == [{"emoji": "👍", "number": 2}, {"emoji": "❤️", "number": 1}]
    signed(desk, ("71", "👎", 3))
    signed(desk, ("72", "", 9))
    signed(desk, ("72", "😮", 8))
    assert shown(desk, program) == [{"emoji": "❤️", "number": 1}, {"emoji": "👍", "number": 1}]
    with tenant(desk.workspace.pk):
        assert Reaction.objects.count() == 3


def test_a_sign_may_come_before_its_message(desk: Desk) -> None:
    payload = post(desk.channel, "It came!", thread=desk.conversation.thread_key)
    assert signed(desk, ("71", "🎉", 0), on=payload["post"]["id"]) == set()
    hear(desk.channel, payload)
    with tenant(desk.workspace.pk):
        assert Message.objects.get(external_id=payload["post"]["id"]).shown_reactions == [{"emoji": "🎉", "number": 1}]


def test_the_thread_shows_signs_and_what_a_message_answers(cast: Cast, desk: Desk) -> None:
    for text in ("first thing", "second thing", "about the first"):
        hear(desk.channel, post(desk.channel, text, thread=desk.conversation.thread_key))
    with tenant(desk.workspace.pk):
        first, second, third = Message.objects.filter(body__in=["first thing", "second thing", "about the first"]).order_by("id")
        Message.objects.filter(pk=third.pk).update(parent_external_id=first.external_id)
        Message.objects.filter(pk=second.pk).update(parent_external_id=first.external_id)
    signed(desk, ("71", "🎉", 0), ("72", "🎉", 0), on=first.external_id or "")
    page = signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/").content.decode()
    assert 'data-sign="🎉"' in page
    # The second stands right below what it answers, so that only the third says it.
    assert page.count(f'data-quoted="{first.pk}"') == 1
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=first.pk).update(deleted_at=now())
    page = signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/").content.decode()
    assert "first thing" not in page
    assert 'data-sign="🎉"' not in page


def test_hidden_elsewhere_is_hidden_here(desk: Desk) -> None:
    for hidden in (True, True, False):
        data = {"channel": desk.channel.pk, "ids": [desk.incoming.external_id, "unknown"], "hidden": hidden}
        with tenant(desk.workspace.pk):
            apply_hidden([Event(kind="items.hidden", data=data)])
            assert Message.objects.get(pk=desk.incoming.pk).hidden is hidden


def test_a_sentence_of_ours_is_read_in_the_readers_language() -> None:
    said = f"{NOTICE}Answered a story of this account.\n\nSo beautiful. Really."
    with translation.override("ur"):
        found, sentence = notice_in_words(said), noticed(said)[0]
        drawn = linked(f"{said} <b> https://a.example/1")
    assert found == f"{NOTICE}{sentence} So beautiful. Really."
    assert "Answered" not in found
    assert drawn.startswith(f'<span class="msg-notice" lang="" dir="auto">{sentence}</span>So beautiful. Really. &lt;b&gt; <a ')
    for other in ("• no sentence", "Answered a story of this account.", f"{NOTICE}Some words of a customer. More."):
        with translation.override("ur"):
            assert notice_in_words(other) == other
