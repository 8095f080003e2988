"""Telegram over both lines: complaint, stored, conversation, reply, seen on the practice network; and the webhook's door."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from core.tenancy import tenant
from crm.models import Contact, Identity
from inbox.models import Conversation, Message
from inbox.services.ingest import ingest
from social.models import Delivery, Pull
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, people, running  # noqa: F401 - fixtures
from tests.practice.conftest import Network


@pytest.fixture
def line(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """`anar_bot` on the practice network, connected with its token; `sara` and, elsewhere, X's people."""
    settings.PRACTICE_URL = settings.X_API_BASE = settings.TELEGRAM_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    people(network, "telegram", "anar_bot", "sara", lang="ur")
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member: Membership = membership_in(workspace, owner)
    return Line(network, workspace, member, connect(network, workspace.pk))


def connect(network: Network, workspace_id: int, **values: str) -> Any:  # noqa: F811
    token = network.call("POST", "/tokens", account="anar_bot")["access_token"]
    return connect_with_tokens(network="telegram", values={"token": token, **values}, workspace_id=workspace_id, actor_id=None)


def write(line: Line, text: str) -> None:
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar_bot", "text": text})


def said_by_us(line: Line) -> list[dict[str, Any]]:
    return [entry for entry in line.network.call("GET", "/ledger")["entries"] if entry["origin"] == "api"]


def test_a_private_complaint_is_answered_in_its_chat(line: Line) -> None:
    write(line, "میرا پارسل کہاں ہے؟")
    line.network.post("ayesha", "@brand somebody else, on another network")
    assert line.pull() == 1
    with line.inside():
        conversation = Conversation.objects.get()
        assert conversation.visibility == "private"
        assert Message.objects.get().body == "میرا پارسل کہاں ہے؟"
        identity = Identity.objects.get(network="telegram")
        assert (identity.handle, identity.profile["language"], identity.profile["blocked"]) == ("sara", "ur", False)
    delivery = line.answer("Sorry! We look at once.")
    assert delivery.state == "sent"
    (sent,) = said_by_us(line)
    assert sent["text"] == "Sorry! We look at once."
    write(line, "thanks")
    line.pull()
    assert line.of(lambda: (Conversation.objects.count(), Message.objects.filter(direction="in").count())) == (1, 2)


def test_a_word_in_the_group_is_answered_below_it_for_all_to_see(line: Line) -> None:
    complaint = line.network.call("POST", "/posts", author="sara", text="@anar_bot help")
    line.pull()
    assert line.of(lambda: Conversation.objects.get().visibility) == "public"
    delivery = line.answer("On our way.")
    assert delivery.state == "sent"
    sent = line.network.call("GET", f"/posts/{str(delivery.external_id).partition('_')[2]}")
    assert (sent["reply_to"], sent["text"]) == (complaint["id"], "On our way.")
    line.network.call("POST", "/posts", author="sara", text="thanks", reply_to=sent["id"])
    line.pull()
    assert line.of(lambda: Conversation.objects.count()) == 1


def test_an_edit_replaces_the_words(line: Line) -> None:
    complaint = line.network.call("POST", "/posts", author="sara", text="@anar_bot my pracel is late")
    line.pull()
    line.network.call("PATCH", f"/posts/{complaint['id']}", text="@anar_bot my parcel is late")
    line.pull()
    assert line.of(lambda: Message.objects.get().body) == "@anar_bot my parcel is late"


@pytest.mark.parametrize(("lie", "said"), [("swallow", 1), ("after500", 1), ("after429", 1), ("garble", 1), ("500", 0)])
def test_an_answer_in_doubt_is_a_persons_and_never_doubled(line: Line, lie: str, said: int) -> None:
    """Nothing can be read back, so nobody guesses: it is not sent again, and it is not called failed."""
    write(line, "help")
    line.pull()
    line.network.call("POST", "/trouble", name=lie, group="write", count=1)
    delivery = line.answer("On our way.")
    assert delivery.state == "unknown"
    line.network.call("DELETE", "/trouble")
    line.of(lambda: Delivery.objects.update(not_before=delivery.created_at))
    assert line.settle() == 1
    line.deliver()
    found = line.of(lambda: Delivery.objects.get(id=delivery.pk))
    assert (found.state, found.error_code) == ("needs_decision", "not_shown")
    assert "Telegram" in found.error
    assert len(said_by_us(line)) == said


def test_who_blocks_the_bot_is_marked_and_says_nothing_by_it(line: Line) -> None:
    write(line, "help")
    line.pull()
    line.network.call("PATCH", "/people/sara", dm_open=False)
    assert line.pull() == 1
    with line.inside():
        assert Identity.objects.get(network="telegram").profile["blocked"] is True
        assert (Message.objects.count(), Contact.objects.count()) == (1, 1)
    delivery = line.answer("Are you there?")
    assert (delivery.state, delivery.error_code) == ("failed", "blocked")


def test_a_channel_with_a_webhook_is_called_instead(line: Line, settings: Any) -> None:
    settings.BASE_URL = "https://crm.example"
    channel = connect(line.network, line.workspace.pk, arrival="webhook")
    assert channel.pk == line.channel.pk
    line.pull()
    write(line, "help")
    line.pull()
    assert line.of(lambda: Message.objects.count()) == 0
    calls = line.network.call("POST", "/telegram/anar_bot/calls")
    assert calls["url"] == f"https://crm.example/hooks/{channel.hook_key}/"
    for secret, status in (("wrong", 401), (calls["secret"], 202), (calls["secret"], 202)):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        body = json.dumps(calls["updates"][0])
        said = Client().post(f"/hooks/{channel.hook_key}/", body, content_type="application/json", headers=headers)
        assert said.status_code == status
    ingest(**line.ids)
    assert line.of(lambda: Message.objects.get().body) == "help"
    assert line.of(lambda: Pull.objects.get().cursor)["hook"]["error"] == ""
    assert line.answer("We come.").state == "sent"
    # Asked for again, the webhook of our own is taken down and nothing was lost.
    connect(line.network, line.workspace.pk)
    write(line, "hurry")
    line.pull()
    line.pull()
    assert line.of(lambda: Message.objects.filter(direction="in").count()) == 2
