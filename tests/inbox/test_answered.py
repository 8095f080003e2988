"""What a message answers, what was hidden elsewhere, and sentences of ours in what others did."""

import pytest
from django.utils import translation

from activity.models import Event
from core.clock import now
from core.reasons import NOTICE, notice_in_words, noticed
from core.templatetags.ui import linked
from core.tenancy import tenant
from inbox.models import Message
from inbox.services.hidings import apply_events
from tests.accounts.factories import Cast, signed_in
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db


def test_the_thread_shows_what_a_message_answers(cast: Cast, desk: Desk) -> None:
    for text in ("first thing", "second thing", "about the first"):
        hear(desk.channel, post(desk.channel, text, thread=desk.conversation.thread_key))
    with tenant(desk.workspace.pk):
        first, second, third = Message.objects.filter(body__in=["first thing", "second thing", "about the first"]).order_by("id")
        Message.objects.filter(pk__in=[second.pk, third.pk]).update(parent_external_id=first.external_id)
    page = signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/").content.decode()
    # The second stands right below what it answers, so that only the third says it.
    assert page.count(f'data-answered="{first.pk}"') == 1
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=first.pk).update(deleted_at=now())
    page = signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/").content.decode()
    assert "first thing" not in page


def test_hidden_elsewhere_is_hidden_here(desk: Desk) -> None:
    for hidden in (True, True, False):
        data = {"channel": desk.channel.pk, "ids": [desk.incoming.external_id, "unknown"], "hidden": hidden}
        with tenant(desk.workspace.pk):
            apply_events([Event(kind="items.hidden", data=data)])
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
