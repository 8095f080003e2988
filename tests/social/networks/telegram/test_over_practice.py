"""Telegram against the practice network: a process of its own that speaks the Bot API, and lies when told to."""

import json
from typing import Any

import pytest

from core.clock import now
from social.networks._telegram_pages import HOOK_HEADER
from social.networks.errors import OutcomeUnknown, Rejected, Unauthorized
from social.networks.telegram import Telegram
from social.networks.values import Access, Cursor, DeedKind, Hook, Item, Outgoing
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.servers import Practice

NETWORK = Telegram(read_seconds=1.5, total_seconds=6.0)
SQUARE = "-1001000000001"
HOOK = "https://crm.example/hooks/AAAAAAAAAAAAAAAAAAAAAA/"


@pytest.fixture
def bot(practice: Practice) -> Access:
    practice.person("anar_bot", name="Anar Market", is_brand=True, network="telegram")
    practice.person("ali", name="Ali Raza", network="telegram", lang="ur")
    return access_of(practice)


def access_of(practice: Practice, **secrets: str) -> Access:
    token = practice.tokens("anar_bot")["access_token"]
    return Access(token.partition(":")[0], {"token": token, **secrets}, "anar_bot", hook_url=HOOK)


def write(practice: Practice, text: str, author: str = "ali") -> str:
    """A private message to the bot; its id as we name it."""
    made = practice.call("POST", "/dms", {"from": author, "to": "anar_bot", "text": text})
    return f"{practice.call('GET', f'/people/{author}')['id']}_{made['id']}"


def read_everything(access: Access, cursor: Cursor, *, patience: int = 60) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=patience)


def test_the_bot_says_who_it_is(practice: Practice, bot: Access) -> None:
    profile = NETWORK.identify(bot)
    assert (profile.external_id, profile.handle, profile.name) == (bot.external_id, "anar_bot", "Anar Market")


def test_the_offered_token_opens_the_ready_made_bot_and_nobody_else(practice: Practice, bot: Access) -> None:
    token = NETWORK.practice_offer()
    identifier, _, secret = token.partition(":")
    ready = {"id": identifier, "handle": "ready_bot", "name": "Ready", "is_brand": True, "network": "telegram"}
    practice.call("POST", "/import", {"people": [ready]})
    practice.call("POST", "/dms", {"from": "ali", "to": "ready_bot", "text": "hello"})
    access = Access(identifier, {"token": token}, "ready_bot")
    assert NETWORK.identify(access).handle == "ready_bot"
    assert len(read_everything(access, {})[0]) == 1
    for other in (practice.call("GET", "/people/ali")["id"], "1"):
        with pytest.raises(Unauthorized):
            NETWORK.identify(Access("", {"token": f"{other}:{secret}"}))


def test_a_private_complaint_and_its_answer(practice: Practice, bot: Access) -> None:
    complaint = write(practice, "میرا آرڈر ابھی تک نہیں آیا & I am <angry> 😀")
    items, _aside, cursor = read_everything(bot, {})
    item = items[complaint]
    assert (item.visibility, item.text) == ("private", "میرا آرڈر ابھی تک نہیں آیا & I am <angry> 😀")
    assert item.author is not None
    assert (item.author.handle, item.author.name, item.author.profile["language"]) == ("ali", "Ali Raza", "ur")
    receipt = NETWORK.send(bot, Outgoing("direct", "Sorry! <3", to=item.author.external_id, thread_key=item.thread_key))
    (told,) = [entry for entry in practice.ledger() if entry["origin"] == "api"]
    assert (told["text"], receipt.external_id) == ("Sorry! <3", f"{item.author.external_id}_{told['object_id']}")
    assert read_everything(bot, cursor) == ({}, [], {})


def test_what_was_not_confirmed_comes_again(practice: Practice, bot: Access) -> None:
    write(practice, "first")
    page = NETWORK.fetch(bot, {})
    again = NETWORK.fetch(bot, {})
    assert [item.external_id for item in page.items] == [item.external_id for item in again.items]
    assert NETWORK.fetch(bot, page.cursor).items == ()
    assert NETWORK.fetch(bot, {}).items == ()


def test_the_group_sees_what_is_said_in_it(practice: Practice, bot: Access) -> None:
    practice.post("ali", "not for the bot")
    complaint = practice.post("ali", "@anar_bot where is my order")
    items, _aside, cursor = read_everything(bot, {})
    (item,) = items.values()
    assert (item.external_id, item.visibility, item.thread_key) == (f"{SQUARE}_{complaint}", "public", SQUARE)
    receipt = NETWORK.send(bot, Outgoing("reply", "On its way.", in_reply_to=item.external_id, thread_key=SQUARE))
    own = receipt.external_id.partition("_")[2]
    ours = practice.call("GET", f"/posts/{own}")
    assert (ours["reply_to"], ours["text"]) == (complaint, "On its way.")
    practice.post("ali", "thank you", reply_to=own)
    items, _aside, cursor = read_everything(bot, cursor)
    (item,) = items.values()
    assert (item.text, item.parent_id, item.thread_key) == ("thank you", receipt.external_id, SQUARE)
    practice.call("DELETE", f"/posts/{complaint}")
    with pytest.raises(Rejected) as caught:
        NETWORK.send(bot, Outgoing("reply", "Hello?", in_reply_to=f"{SQUARE}_{complaint}", thread_key=SQUARE))
    assert caught.value.code == "parent_gone"


def test_an_edit_is_another_version_of_the_same(practice: Practice, bot: Access) -> None:
    first = practice.post("ali", "@anar_bot where is my pracel")
    _items, _aside, cursor = read_everything(bot, {})
    practice.call("PATCH", f"/posts/{first}", {"text": "@anar_bot where is my parcel"})
    items, _aside, cursor = read_everything(bot, cursor)
    (item,) = items.values()
    assert (item.root_id, item.revision >= 1, item.text) == (f"{SQUARE}_{first}", True, "@anar_bot where is my parcel")


def test_a_heart_below_what_the_bot_said_is_told(practice: Practice, bot: Access) -> None:
    complaint = practice.post("ali", "@anar_bot help")
    ours = NETWORK.send(bot, Outgoing("reply", "On our way.", in_reply_to=f"{SQUARE}_{complaint}", thread_key=SQUARE)).external_id
    _items, _aside, cursor = read_everything(bot, {})
    practice.call("POST", f"/posts/{ours.partition('_')[2]}/like", {"by": "ali"})
    (told,) = NETWORK.fetch(bot, cursor).reactions
    assert (told.message_id, dict(told.signs), told.by) == (ours, {"❤": 1}, str(practice.call("GET", "/people/ali")["id"]))


@pytest.mark.parametrize("kind", ["reply", "direct"])
def test_messages_get_a_heart_and_ours_are_mended_and_deleted(practice: Practice, bot: Access, kind: str) -> None:
    write(practice, "help")
    practice.post("ali", "@anar_bot help")
    items, _aside, _cursor = read_everything(bot, {})
    visibility = "public" if kind == "reply" else "private"
    item = next(item for item in items.values() if item.visibility == visibility)

    def seen(identifier: str) -> Any:
        name = identifier.partition("_")[2]
        if kind == "reply":
            return practice.call("GET", f"/posts/{name}")
        return next((row for row in practice.call("GET", "/dms", account="ali")["dms"] if row["id"] == name), None)

    for deed, liked in ((DeedKind.LIKE, True), (DeedKind.LIKE, True), (DeedKind.UNLIKE, False)):
        act_on(NETWORK, bot, deed, item.external_id, visibility=visibility)
        shown = seen(item.external_id)
        assert bool(shown["likes"] if kind == "reply" else shown["reaction"]) is liked
    place = {"in_reply_to": item.external_id, "thread_key": item.thread_key}
    ours = NETWORK.send(bot, Outgoing("reply" if kind == "reply" else "direct", "Thank yuo.", **place)).external_id
    for _time in range(2):
        act_on(NETWORK, bot, DeedKind.EDIT, ours, ours=True, text="Thank you.", visibility=visibility)
    assert seen(ours)["text"] == "Thank you."
    with pytest.raises(Rejected):
        act_on(NETWORK, bot, DeedKind.EDIT, item.external_id, ours=True, text="I praise you.", visibility=visibility)
    for _time in range(2):
        act_on(NETWORK, bot, DeedKind.DELETE, ours, ours=True, visibility=visibility)
    shown = seen(ours)
    assert shown is None or shown["deleted"]
    if kind == "reply":
        with pytest.raises(Rejected) as caught:
            act_on(NETWORK, bot, DeedKind.DELETE, item.external_id)
        assert caught.value.code == "not_permitted"


def test_who_blocks_the_bot_is_known_and_cannot_be_reached(practice: Practice, bot: Access) -> None:
    write(practice, "help")
    items, _aside, cursor = read_everything(bot, {})
    (item,) = items.values()
    assert item.author is not None
    for is_open in (False, True):
        practice.call("PATCH", "/people/ali", {"dm_open": is_open})
        items, _aside, cursor = read_everything(bot, cursor)
        (news,) = items.values()
        assert news.silent
        assert news.author is not None
        assert (news.author.external_id, news.author.profile["blocked"]) == (item.author.external_id, not is_open)
        answer = Outgoing("direct", "Hello?", to=item.author.external_id, thread_key=item.thread_key)
        if is_open:
            assert NETWORK.send(bot, answer)
            continue
        with pytest.raises(Rejected) as caught:
            NETWORK.send(bot, answer)
        assert caught.value.code == "blocked"


def test_a_bot_cannot_write_first(practice: Practice, bot: Access) -> None:
    stranger = str(practice.person("zain", network="telegram")["id"])
    with pytest.raises(Rejected) as caught:
        NETWORK.send(bot, Outgoing("direct", "Buy now", to=stranger, thread_key=stranger))
    assert caught.value.code == "no_conversation"


def test_a_webhook_takes_the_place_of_asking_and_gives_it_back(practice: Practice, bot: Access) -> None:
    called = Access(bot.external_id, {**bot.secrets, "arrival": "webhook"}, bot.handle, hook_url=HOOK)
    assert NETWORK.fetch(called, {}).cursor == {"hook": {"waiting": 0, "error": ""}}
    complaint = write(practice, "help")
    elsewhere = Access(bot.external_id, bot.secrets, bot.handle)
    with pytest.raises(Rejected) as caught:
        NETWORK.fetch(elsewhere, {})
    assert caught.value.code == "webhook_active"
    calls = practice.call("POST", "/telegram/anar_bot/calls", {})
    assert calls["url"] == HOOK
    (update,) = calls["updates"]
    page = NETWORK.unpack(called, Hook({HOOK_HEADER: calls["secret"]}, json.dumps(update).encode()))
    assert [item.external_id for item in page.items] == [complaint]
    later = write(practice, "still there?")
    items, _aside, _cursor = read_everything(bot, {})
    assert list(items) == [later]


def test_networks_do_not_see_each_other(practice: Practice, bot: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@anar_bot from another network")
    assert read_everything(bot, {})[0] == {}
    token = practice.tokens("xena")["access_token"]
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"token": f"7:{token}"}))


def test_a_revoked_token_is_refused(practice: Practice, bot: Access) -> None:
    practice.call("POST", "/tokens/revoke", {"account": "anar_bot"})
    with pytest.raises(Unauthorized):
        NETWORK.fetch(bot, {})


LIES = (*(name for name, _how in overpractice.ACCEPTED), *overpractice.REFUSED)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", ["reply", "direct"])
def test_whatever_is_not_a_clear_word_is_doubt_and_stays_it(practice: Practice, bot: Access, lie: str, kind: str) -> None:
    write(practice, "help")
    practice.post("ali", "@anar_bot help")
    items, _aside, _cursor = read_everything(bot, {})
    item = next(item for item in items.values() if (item.visibility == "public") == (kind == "reply"))
    assert item.author is not None
    outgoing = Outgoing(
        "reply" if kind == "reply" else "direct", "On our way.",
        in_reply_to=item.external_id, to=item.author.external_id, thread_key=item.thread_key,
    )  # fmt: skip
    practice.trouble(lie, group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(bot, outgoing)
    practice.calm()
    found = NETWORK.find_sent(bot, outgoing, since=now())
    assert (found.receipts, found.complete) == ((), False)


READ_LIES = (*overpractice.READING, ("hold", {"options": {"ms": 60_000}, "probability": 0.5}), ("hang", {"probability": 0.2}))


@pytest.mark.parametrize(("lie", "how"), READ_LIES, ids=[f"{lie}-{n}" for n, (lie, _how) in enumerate(READ_LIES)])
def test_nothing_is_lost_to_a_lying_reader(practice: Practice, bot: Access, lie: str, how: dict[str, Any]) -> None:
    wanted = {write(practice, f"complaint {number}") for number in range(12)}
    practice.trouble(lie, group="read", **how)
    got, aside, cursor = read_everything(bot, {}, patience=12)
    if lie == "hold":
        assert len(got) < len(wanted)
    practice.calm()
    more, later, _cursor = read_everything(bot, cursor)
    got |= more
    spoiled = len(aside) + len(later)
    assert set(got) <= wanted
    if lie == "malformed_item":
        # Whole again behind its number, or set aside: never gone without a trace.
        assert len(got) + spoiled >= len(wanted)
    else:
        assert set(got) == wanted
