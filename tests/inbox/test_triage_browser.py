"""A list dealt with by keyboard alone, in both directions; the right-to-left run types on a Persian keyboard.

`bench triage` plays the same with two hundred conversations a run.
"""

import pytest
from playwright.sync_api import Page

from bench.keyboard import PERSIAN, Hand, triage
from core.tenancy import tenant
from inbox.models import Conversation, Message, Status
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk, direct, hear
from tests.inbox.test_screens_browser import cast, desk, screen  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EACH_WAY = 10


def test_twenty_conversations_by_keyboard_alone(screen: Page, cast: Cast, desk: Desk) -> None:  # noqa: F811
    hear(desk.channel, *(direct(desk.channel, f"نامهٔ {n}", author=str(9500 + n)) for n in range(15)))
    person = cast.user("owner")
    screen.evaluate("window.addEventListener('pointerdown', () => { window.touched = true; }, true)")
    for language, letters in (("en", {}), ("fa", PERSIAN)):
        person.language = language
        person.save(update_fields=["language"])
        screen.goto("/w/meridian/inbox/?view=open")
        screen.wait_for_selector("html[data-ready] #rows [data-row]")
        done = triage(screen, Hand(screen, dict(letters)), count=EACH_WAY, give_to="agent")
        assert done == dict.fromkeys(("answer", "resolve", "note", "give", "unread"), EACH_WAY // 5)
        assert screen.evaluate("window.touched") is None
    with tenant(desk.workspace.pk):
        owner = cast.member("owner").pk
        assert Conversation.objects.filter(status=Status.RESOLVED).count() == 2 * EACH_WAY // 5 * 2
        assert Message.objects.filter(direction="note", author_id=owner).count() == 2 * EACH_WAY // 5 + 1
        ours = Message.objects.filter(direction="out", author_id=owner)
        assert ours.count() == 2 * EACH_WAY // 5 + len((desk.queued, desk.failed, desk.doubtful))
