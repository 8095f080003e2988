"""What was edited or deleted on the network, or taken back by us, stands nowhere any more: not in the list, not on the timeline."""

from typing import Any

import pytest

from activity.models import Event
from core.tenancy import tenant
from crm.models import Interaction
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.deletions import apply_events
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk, hear, post

pytestmark = pytest.mark.django_db


def shown(desk: Desk, program: Program) -> str:
    """Everything the API says of this conversation and its contact."""
    answers = (
        program.get("conversations", view="all"),
        program.get(f"conversations/{desk.conversation.pk}"),
        program.get(f"conversations/{desk.conversation.pk}/messages"),
        program.get(f"contacts/{desk.contact.pk}/timeline"),
    )
    return "".join(answer.content.decode() for answer in answers)


def delete(desk: Desk, *messages: Message) -> None:
    """The network no longer shows these."""
    with tenant(desk.workspace.pk):
        ids = [message.external_id for message in messages]
        apply_events([Event(kind="items.gone", data={"channel": desk.channel.pk, "ids": ids})])


def heard(desk: Desk, text: str, **options: Any) -> tuple[dict[str, Any], Message]:
    """A post of the customer in the same thread."""
    payload = post(desk.channel, text, thread=desk.conversation.thread_key, **options)
    hear(desk.channel, payload)
    with tenant(desk.workspace.pk):
        return payload, Message.objects.get(external_id=payload["post"]["id"])


def test_a_deleted_post_is_shown_nowhere(desk: Desk, program: Program) -> None:
    _payload, newest = heard(desk, "my card number is four two four two")
    assert "four two" in shown(desk, program)
    delete(desk, newest)
    assert "four two" not in shown(desk, program)
    row = program.get(f"conversations/{desk.conversation.pk}").json()
    assert row["snippet"] == "doubtful parcel"
    with tenant(desk.workspace.pk):
        assert Message.objects.get(pk=newest.pk).body == "my card number is four two four two"
        assert Interaction.objects.get(kind="message_in", source_id=newest.pk).snippet == ""


def test_a_deleted_post_below_leaves_the_top_alone(desk: Desk, program: Program) -> None:
    heard(desk, "and my name is Ayesha")
    delete(desk, desk.incoming)
    row = program.get(f"conversations/{desk.conversation.pk}").json()
    assert (row["snippet"], row["last_direction"]) == ("and my name is Ayesha", "in")
    assert row["waiting_since"] is not None
    assert desk.incoming.body not in shown(desk, program)


def test_a_conversation_of_which_nothing_is_left(desk: Desk, program: Program) -> None:
    payload = post(desk.channel, "gone in a moment", author="88")
    hear(desk.channel, payload)
    with tenant(desk.workspace.pk):
        message = Message.objects.get(external_id=payload["post"]["id"])
    delete(desk, message)
    row = program.get(f"conversations/{message.conversation_id}").json()
    assert (row["snippet"], row["last_direction"], row["waiting_since"]) == ("", "", None)


def test_open_pages_hear_of_it(desk: Desk, program: Program) -> None:
    mark = program.get("conversations").json()["mark"]
    delete(desk, desk.incoming)
    changed = program.get("conversations/changes", since=mark, view="all").json()
    assert desk.conversation.pk in {row["id"] for row in changed["results"]}


def test_an_edited_post_shows_its_new_words_everywhere(desk: Desk, program: Program) -> None:
    payload, first = heard(desk, "call me at 0300 1234567")
    edited = {**payload, "post": {**payload["post"], "text": "call me please"}}
    edited["post"]["id"] = str(int(payload["post"]["id"]) + 1)
    edited["post"]["edit_history_tweet_ids"] = [payload["post"]["id"], edited["post"]["id"]]
    hear(desk.channel, edited)
    text = shown(desk, program)
    # What it said before stands among its versions, and there alone.
    assert text.count("1234567") == text.count('"versions":[{"body":"call me at 0300 1234567"') == 1
    assert text.count("call me please") == 4
    with tenant(desk.workspace.pk):
        assert Message.objects.get(pk=first.pk).revision == 1


def test_taking_back_and_sending_again(desk: Desk, program: Program) -> None:
    before = program.get(f"conversations/{desk.private.pk}").json()
    with tenant(desk.workspace.pk):
        answer = replies.reply(member=desk.member, conversation_id=desk.private.pk, body="We  are\nlooking.", undo_seconds=600)
    said = program.get(f"conversations/{desk.private.pk}").json()
    assert (said["snippet"], said["waiting_since"], said["message_count"]) == ("We are looking.", None, 2)
    program.post(f"messages/{answer.pk}/take-back")
    back = program.get(f"conversations/{desk.private.pk}").json()
    for name in ("snippet", "snippet_lang", "last_direction", "waiting_since", "message_count"):
        assert back[name] == before[name], name
    program.post(f"messages/{answer.pk}/retry")
    again = program.get(f"conversations/{desk.private.pk}").json()
    assert (again["snippet"], again["waiting_since"], again["message_count"]) == ("We are looking.", None, 2)


def test_lists_of_one_workspace_only_are_told_anew(desk: Desk, cast: Any) -> None:
    from inbox.services.topmost import restate

    with tenant(cast.zarrin.pk):
        restate([desk.conversation.pk])
    with tenant(desk.workspace.pk):
        assert Conversation.objects.get(pk=desk.conversation.pk).snippet == desk.conversation.snippet
