"""Quotes and searches over line one: found on the practice network, a conversation each, counted for what they cost."""

import pytest

from inbox.models import Conversation, Message
from social.models import ReadCount
from social.services import streams
from tests.accounts.factories import signed_in
from tests.flows.conftest import Line, line, network, running  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_names_nobody_is_found_once_and_paid_for_once(line: Line) -> None:  # noqa: F811
    line.of(lambda: streams.add(channel_id=line.channel.pk, words="#chowkfair", actor_id=None))
    ours = line.network.post("brand", "We deliver in two days.")
    line.network.post("ayesha", "The queue at the #chowkfair was endless")
    line.network.call("POST", "/posts", author="ayesha", text="Is this a joke?", quote=ours["id"])
    line.network.post("ayesha", "@brand see you at the #chowkfair")
    assert line.pull() == 3
    assert line.pull() == 0
    rows = line.of(lambda: {m.body.split(" https")[0].split("\n")[0]: m.context for m in Message.objects.all()})
    assert rows["The queue at the #chowkfair was endless"] == {"found_by": "search"}
    assert rows["@brand see you at the #chowkfair"] is None
    quote = rows["Is this a joke?"]
    assert (quote["found_by"], quote["quoted"]["text"], quote["quoted"]["ours"]) == ("quote", "We deliver in two days.", True)
    counted = line.of(lambda: {row.feed.partition(":")[0]: row.items for row in ReadCount.objects.all()})
    assert counted == {"mentions": 1, "quotes": 1, "search": 1}
    tab = signed_in(line.member.user)
    found = line.of(lambda: Conversation.objects.get(snippet__contains="endless"))
    page = tab.get(f"/w/{line.workspace.slug}/inbox/{found.pk}/").content.decode()
    assert "Found by a search" in page
    assert "open the post and answer there" in page
    joked = line.of(lambda: Conversation.objects.get(snippet__contains="joke"))
    page = tab.get(f"/w/{line.workspace.slug}/inbox/{joked.pk}/").content.decode()
    assert 'class="cited"' in page
    assert "We deliver in two days." in page
    assert "open the post and answer there" not in page
    # Whoever quotes us may be answered.
    assert line.answer("It is not.", pk=joked.pk).state == "sent"
