"""What a visitor writes reaches the inbox, what an agent answers reaches the visitor, each once. tests/faults kills in between."""

import pytest

from core.errors import Invalid
from core.tenancy import tenant
from crm.models import Identity
from inbox.models import Conversation, Message
from social.models import ChatLine, ChatThread, Delivery, Pull, RawItem
from social.services import chatting, connecting, outbox, pulling
from tests.social.webchat.factories import Shop, open_shop, token

pytestmark = pytest.mark.django_db


def test_a_visitors_words_are_stored_raw_then_stand_in_the_inbox(shop: Shop) -> None:
    answer = shop.say("میرا پارسل کہاں ہے؟", name="عائشہ", email="a@mail.example", page="https://shop.example/orders")
    assert answer.status_code == 200, answer.content
    assert answer.json()["line"] == {"number": 1, "ours": False, "text": "میرا پارسل کہاں ہے؟", "at": answer.json()["line"]["at"]}
    assert shop.raw() == 1
    assert shop.bodies() == []
    shop.digest()
    with shop.inside():
        message = Message.objects.get()
        assert (message.body, message.visibility, message.url) == ("میرا پارسل کہاں ہے؟", "private", "https://shop.example/orders")
        conversation = Conversation.objects.select_related("contact").get()
        assert conversation.contact.name == "عائشہ"
        identity = Identity.objects.get()
        assert (identity.network, identity.scope) == ("webchat", shop.channel.external_id)
        assert identity.external_id == conversation.thread_key
        assert identity.profile == {"verified": False, "email": "a@mail.example"}
        assert Pull.objects.get().items_total == 1


def test_the_answer_stands_before_the_visitor_and_the_thread_goes_on(shop: Shop) -> None:
    shop.say()
    shop.digest()
    message = shop.answer("It leaves today.")
    assert shop.lines() == [(1, False, "Where is my parcel?"), (2, True, "It leaves today.")]
    assert shop.lines(after=1) == [(2, True, "It leaves today.")]
    with shop.inside():
        delivery = Delivery.objects.get(id=message.delivery_id)
        assert (delivery.state, delivery.external_id) == ("sent", f"out-{shop.channel.workspace_id}-{delivery.id}")
    shop.say("Thanks!", line="line-0002")
    shop.digest()
    with shop.inside():
        assert Conversation.objects.count() == 1
        assert Identity.objects.count() == 1


def test_the_same_line_again_changes_nothing_and_answers_the_same(shop: Shop) -> None:
    first = shop.say().json()
    for _time in range(3):
        assert shop.say().json() == first
    shop.digest()
    assert shop.bodies() == ["Where is my parcel?"]
    other = shop.say("Something else")
    assert (other.status_code, other.json()["error"]["field"]) == (409, "id")
    # The same id in another visitor's browser is another line.
    assert shop.say("Something else", who=2).status_code == 200
    shop.digest()
    assert len(shop.bodies()) == 2


def test_two_visitors_see_nothing_of_each_other(shop: Shop) -> None:
    shop.say("first", who=1)
    shop.say("second", who=2)
    shop.digest()
    assert shop.lines(who=1) == [(1, False, "first")]
    assert shop.lines(who=2) == [(1, False, "second")]
    assert shop.lines(who=3) == []
    with shop.inside():
        assert Conversation.objects.count() == 2


def test_an_answer_handed_over_twice_stands_once(shop: Shop) -> None:
    shop.say()
    with shop.inside():
        person = ChatThread.objects.get().person
        for _time in range(2):
            chatting.hand_over(channel_id=shop.channel.pk, person=person, key="out-1-1", text="Once.")
    assert shop.lines() == [(1, False, "Where is my parcel?"), (2, True, "Once.")]


def test_an_answer_finds_a_visitor_who_is_away(shop: Shop) -> None:
    with shop.inside():
        chatting.hand_over(channel_id=shop.channel.pk, person="42", key="out-1-2", text="For later.")
    assert shop.lines(**shop.signed("42", shop.secret())) == [(1, True, "For later.")]


def test_numbers_have_no_holes_and_come_in_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatting, "MAX_LINES", 2)
    for number in range(5):
        shop.say(f"word {number}", line=f"line-000{number}")
    first = shop.read().json()
    assert ([line["number"] for line in first["lines"]], first["more"]) == ([1, 2], True)
    rest = shop.read(after=4).json()
    assert ([line["number"] for line in rest["lines"]], rest["more"]) == ([5], False)


def test_a_paused_widget_takes_the_message_and_says_that_nobody_is_there(shop: Shop) -> None:
    with shop.inside():
        connecting.pause(channel_id=shop.channel.pk, actor_id=None)
    looks = shop.ask().json()
    assert looks["away"]
    assert "Nobody is here" in looks["away_words"]
    said = shop.say(email="sara@mail.example")
    assert (said.status_code, said.json()["away"]) == (200, True)
    shop.digest()
    assert shop.bodies() == ["Where is my parcel?"]
    message = shop.answer("Queued meanwhile.")
    assert len(shop.lines()) == 1
    with shop.inside():
        connecting.resume(channel_id=shop.channel.pk, actor_id=None)
    shop.deliver()
    assert shop.lines(after=1) == [(2, True, "Queued meanwhile.")]
    with shop.inside():
        assert Delivery.objects.get(id=message.delivery_id).state == "sent"


def test_a_channel_that_was_let_go_of_is_not_there(shop: Shop) -> None:
    shop.say()
    with shop.inside():
        connecting.disconnect(channel_id=shop.channel.pk, actor_id=None)
    for answer in (shop.ask(), shop.say("more", line="line-0002"), shop.read()):
        assert answer.status_code == 404
    again = connecting.connect_with_tokens(
        network="webchat", values={"name": "shop DESK"}, workspace_id=shop.channel.workspace_id, actor_id=None
    )
    assert (again.pk, again.hook_key) == (shop.channel.pk, shop.channel.hook_key)
    assert shop.lines() == [(1, False, "Where is my parcel?")]


def test_reading_the_channel_asks_nobody_and_keeps_it_healthy(shop: Shop) -> None:
    assert pulling.pull(workspace_id=shop.channel.workspace_id, channel_id=shop.channel.pk) == 0
    with shop.inside():
        pull = Pull.objects.get()
        assert (pull.failures, pull.error) == (0, "")
        assert pull.last_finished_at is not None


def test_a_webhook_at_the_widgets_key_is_nobodys(shop: Shop) -> None:
    assert shop.browser.post(f"/hooks/{shop.channel.hook_key}/", b"{}", content_type="application/json").status_code == 404
    assert shop.raw() == 0


def test_nothing_public_can_be_queued(shop: Shop) -> None:
    from core.clock import now
    from social.networks.values import Outgoing

    with shop.inside(), pytest.raises(Invalid):
        outbox.queue(
            channel=shop.channel, outgoing=Outgoing("reply", "x", in_reply_to="1"), lane="l", idempotency_key="k", not_before=now(),
            actor_id=None,
        )  # fmt: skip


def test_one_users_id_at_two_sites_is_two_people(shop: Shop) -> None:
    second = connecting.connect_with_tokens(
        network="webchat", values={"name": "Other site"}, workspace_id=shop.channel.workspace_id, actor_id=None
    )
    other = Shop(shop.workspace, second, shop.member)
    other.change(origins=[other.origin])
    for place in (shop, other):
        assert place.say(**place.signed("42", place.secret())).status_code == 200
        place.digest()
    with tenant(shop.channel.workspace_id):
        assert Identity.objects.filter(external_id="42").count() == 2
        assert Conversation.objects.count() == 2
        assert ChatLine.objects.count() == RawItem.objects.count() == 2


def test_one_browsers_token_is_another_name_at_each_widget(shop: Shop) -> None:
    other = open_shop("other")
    shop.say("here")
    other.say("there")
    names = []
    for place in (shop, other):
        with place.inside():
            names.append(ChatThread.objects.get().person)
    assert len(set(names)) == 2
    assert all(token() not in name for name in names)
