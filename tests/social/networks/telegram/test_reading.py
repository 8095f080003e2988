"""How Telegram's updates come in: what an offset confirms and when, webhooks, and who else may be reading."""

import json
import logging
import traceback
from typing import Any
from urllib.parse import parse_qs

import pytest

from social.networks._telegram_pages import HOOK_HEADER, hook_secret, sort_out
from social.networks._telegram_text import length
from social.networks.errors import Forged, Malformed, NetworkError, Rejected, TryLater, Unauthorized
from social.networks.telegram import Telegram
from social.networks.values import Access, Hook
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.telegram.shapes import TOKEN, access, by_method, refusal, result, update

NETWORK = Telegram(read_seconds=1.0, total_seconds=4.0)
HOOK = "https://crm.example/hooks/AAAAAAAAAAAAAAAAAAAAAA/"


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TELEGRAM_API_BASE = scripted.url


def fields(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def with_hook(**secrets: str) -> Access:
    return Access("7000000001", {"token": TOKEN, **secrets}, "anar_bot", hook_url=HOOK)


def test_nothing_is_confirmed_before_the_next_question(scripted: Scripted) -> None:
    scripted.says(result([update(7, 1), update(9, 2)]), result([]))
    page = NETWORK.fetch(access(), {})
    assert "offset" not in fields(scripted.asked[0])
    assert (page.cursor, page.more) == ({"offset": 10}, True)
    assert NETWORK.fetch(access(), page.cursor).items == ()
    assert fields(scripted.asked[1])["offset"] == "10"


def test_an_old_offset_is_not_named_again(scripted: Scripted) -> None:
    """After a quiet week Telegram may count anew from below: an offset from before would confirm what nobody has read."""
    scripted.says(result([]), result([update(3, 5)]))
    page = NETWORK.fetch(access(), {"offset": 900_000})
    assert (page.cursor, page.more) == ({}, False)
    page = NETWORK.fetch(access(), page.cursor)
    assert "offset" not in fields(scripted.asked[1])
    assert [item.external_id for item in page.items] == ["-1002233445566_5"]


def test_only_what_is_understood_is_asked_for(scripted: Scripted) -> None:
    scripted.says(result([]))
    NETWORK.fetch(access(), {})
    asked = fields(scripted.asked[0])
    kinds = ["message", "edited_message", "my_chat_member", "message_reaction", "message_reaction_count"]
    assert json.loads(asked["allowed_updates"]) == kinds
    assert (asked["limit"], asked.get("timeout", "0")) == ("100", "0")


def test_an_update_that_is_broken_is_confirmed_all_the_same(scripted: Scripted) -> None:
    scripted.says(result([update(7, 1), {"update_id": 8, "message": None}]))
    page = NETWORK.fetch(access(), {})
    assert (len(page.items), len(page.broken), page.cursor) == (1, 1, {"offset": 9})


def test_an_edit_and_its_message_are_two_items_of_one(scripted: Scripted) -> None:
    first = update(7, 1)
    edit = {"update_id": 8, "edited_message": {**first["message"], "edit_date": first["message"]["date"] + 5, "text": "better"}}
    scripted.says(result([first, edit, {**edit, "update_id": 9}]))
    read = [NETWORK.read(item.payload, account_id="7") for item in NETWORK.fetch(access(), {}).items]
    assert [(item.root_id, item.revision, item.text) for item in read] == [
        ("-1002233445566_1", 0, "complaint 1"), ("-1002233445566_1", 5, "better"),
    ]  # fmt: skip


TWO = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
CALLED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@pytest.mark.parametrize(("words", "code"), [(TWO, "second_poller"), (CALLED, "webhook_active")])
def test_whoever_else_reads_is_told_in_words(scripted: Scripted, words: str, code: str) -> None:
    scripted.says(by_method(getUpdates=refusal(409, words), getWebhookInfo=result({"url": "https://other.example/bot"})))
    with pytest.raises(Rejected) as caught:
        NETWORK.fetch(with_hook(), {})
    assert caught.value.code == code
    assert "bot" in str(caught.value.reason)
    assert "deleteWebhook" not in [asked.path.rpartition("/")[2] for asked in scripted.asked]


def test_a_webhook_of_our_own_is_taken_down_when_we_ask_again(scripted: Scripted) -> None:
    scripted.says(by_method(getUpdates=refusal(409, CALLED), getWebhookInfo=result({"url": HOOK}), deleteWebhook=result(True)))
    page = NETWORK.fetch(with_hook(), {"offset": 5})
    assert (page.cursor, page.more) == ({"offset": 5}, True)
    assert fields(scripted.asked[-1]).get("drop_pending_updates", "false") == "false"


# --- handed over ----------------------------------------------------------------------------------------------------
def test_a_webhook_is_set_up_once_and_watched(scripted: Scripted) -> None:
    troubled = result({"url": HOOK, "pending_update_count": 3, "last_error_message": "Wrong response from the webhook: 503"})
    scripted.says(by_method(getWebhookInfo=result({"url": ""}), setWebhook=result(True)))
    page = NETWORK.fetch(with_hook(arrival="webhook"), {"offset": 4})
    wanted = fields(scripted.asked[1])
    assert (wanted["url"], wanted["secret_token"]) == (HOOK, hook_secret(TOKEN))
    assert not page.more
    scripted.says(by_method(getWebhookInfo=troubled))
    page = NETWORK.fetch(with_hook(arrival="webhook"), page.cursor)
    assert page.cursor == {"hook": {"waiting": 3, "error": "Wrong response from the webhook: 503"}}
    said = " ".join(str(text) for text in NETWORK.remarks(page.cursor))
    assert "503" in said
    assert "3" in said


def test_without_an_address_to_call_a_wish_for_a_webhook_still_reads(scripted: Scripted) -> None:
    scripted.says(by_method(getUpdates=result([update(7, 1)])))
    assert len(NETWORK.fetch(access(arrival="webhook"), {}).items) == 1


def test_a_call_is_believed_for_its_secret() -> None:
    body = json.dumps(update(7, 1)).encode()
    page = NETWORK.unpack(access(), Hook({HOOK_HEADER: hook_secret(TOKEN)}, body))
    assert [item.external_id for item in page.items] == ["-1002233445566_1"]
    other = hook_secret(TOKEN.replace("AA", "BB"))
    for headers in ({}, {HOOK_HEADER: ""}, {HOOK_HEADER: other}, {HOOK_HEADER: "ü"}, {"authorization": hook_secret(TOKEN)}):
        with pytest.raises(Forged):
            NETWORK.unpack(access(), Hook(headers, body))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"update_id": "7"}', b"\xff", b"[" * 100_000])
def test_a_call_that_holds_no_update_is_set_aside(body: bytes) -> None:
    with pytest.raises(Malformed):
        NETWORK.unpack(access(), Hook({HOOK_HEADER: hook_secret(TOKEN)}, body))


def test_the_secret_tells_nothing_of_the_token() -> None:
    assert len(hook_secret(TOKEN)) == 64
    assert TOKEN.partition(":")[2] not in hook_secret(TOKEN)


# --- the token ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("token", ["", "7000000001", "7000000001:short", f"{TOKEN}/../x", f"{TOKEN}?x", f"bot{TOKEN}", "7:ü" * 20])
def test_what_is_no_token_is_never_put_into_an_address(scripted: Scripted, token: str) -> None:
    scripted.says(Says(500))
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access("", {"token": token}))
    assert (caught.value.field, caught.value.code) == ("token", "bad_token")
    with pytest.raises(Unauthorized):
        NETWORK.fetch(Access("", {"token": token}), {})
    assert scripted.asked == []


@pytest.mark.parametrize("says", [Says(drop=True), Says.html(502), Says(200, b"{"), refusal(500, "Internal Server Error"), None])
def test_no_trace_and_no_log_holds_the_token(
    scripted: Scripted, settings: Any, caplog: pytest.LogCaptureFixture, says: Says | None
) -> None:
    if says is None:
        settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    else:
        scripted.says(says)
    with caplog.at_level(logging.NOTSET), pytest.raises(TryLater) as caught:
        NETWORK.fetch(access(), {})
    traces = "".join(traceback.format_exception(caught.value))
    error: BaseException | None = caught.value
    while error is not None:
        traces += repr(error)
        error = error.__cause__ or error.__context__
    assert TOKEN not in traces
    assert TOKEN not in caplog.text


def test_nobody_is_taken_for_the_bot_who_is_none(scripted: Scripted) -> None:
    scripted.says(result({"id": 7, "is_bot": False, "first_name": "Sara"}))
    with pytest.raises(NetworkError):
        NETWORK.identify(access())


@pytest.mark.parametrize(("text", "units"), [("abc", 3), ("کہاں", 4), ("😀", 2), ("👨‍👩‍👧", 8), ("🇵🇰", 4), ("", 0), ("\ud83d", 1)])
def test_length_is_counted_in_utf_16(text: str, units: int) -> None:
    assert length(text) == units


# --- signs below messages ---------------------------------------------------------------------------------------------
CHAT = {"id": -1001000000001, "type": "supergroup", "title": "Chowk"}
HEART, STAR, OWN = {"type": "emoji", "emoji": "❤"}, {"type": "paid"}, {"type": "custom_emoji", "custom_emoji_id": "5"}
REACTED = {"chat": CHAT, "message_id": 7, "user": {"id": 9, "first_name": "Ali"}, "date": 1795685401, "old_reaction": []}


def test_an_album_keeps_together(scripted: Scripted) -> None:
    """Its pictures come as messages of their own, the words with the first (core.telegram.org/bots/api#message, media_group_id)."""

    def shown(number: int, **more: Any) -> dict[str, Any]:
        photo = [{"file_id": f"file-{number}", "file_unique_id": f"u{number}", "width": 90, "height": 90}]
        made = update(100 + number, number, media_group_id="13579", photo=photo, **more)
        del made["message"]["text"]
        return made

    rows = [shown(1, caption="Three of five cups are broken"), shown(2), shown(3)]
    scripted.says(by_method(getUpdates=result(rows)))
    page = NETWORK.fetch(access(), {})
    items = [NETWORK.read(envelope.payload, account_id="7000000001") for envelope in page.items]
    assert len({(item.thread_key, item.occurred_at, item.author and item.author.external_id) for item in items}) == 1
    assert [(item.text, len(item.media)) for item in items] == [("Three of five cups are broken", 1), ("", 1), ("", 1)]
    assert [item.external_id.rpartition("_")[2] for item in items] == ["1", "2", "3"]


def signs_in(*updates: Any) -> list[tuple[str, dict[str, int], str, str]]:
    page, _newest = sort_out([{"update_id": number, **entry} for number, entry in enumerate(updates)])
    assert page.items == ()
    return [(told.message_id, dict(told.signs), told.by, told.at) for told in page.reactions]


def test_signs_are_told_by_person_or_by_number() -> None:
    """core.telegram.org/bots/api (10.1): MessageReactionUpdated and MessageReactionCountUpdated, read 2026-11."""
    at = "2026-11-26T09:30:01+00:00"
    name = "-1001000000001_7"
    both = {**REACTED, "new_reaction": [HEART, OWN]}
    assert signs_in({"message_reaction": both}) == [(name, {"❤": 1, "✨": 1}, "9", at)]
    assert signs_in({"message_reaction": {**REACTED, "new_reaction": []}}) == [(name, {}, "9", at)]
    anonymous = {"actor_chat": {"id": -100222, "type": "channel"}, "user": None, "new_reaction": [HEART]}
    assert signs_in({"message_reaction": {**REACTED, **anonymous}}) == [(name, {"❤": 1}, "-100222", at)]
    counts = [{"type": HEART, "total_count": 12}, {"type": STAR, "total_count": 3}, {"type": {"type": "new"}, "total_count": 1}]
    told = {"message_reaction_count": {"chat": CHAT, "message_id": 7, "date": 1795685401, "reactions": counts}}
    assert signs_in(told) == [(name, {"❤": 12, "⭐": 3}, "", at)]


def test_a_webhook_from_before_signs_were_asked_for_is_set_anew(scripted: Scripted) -> None:
    standing = {"url": HOOK, "pending_update_count": 0, "allowed_updates": ["message", "edited_message", "my_chat_member"]}
    scripted.says(result(standing), result(True))
    NETWORK.fetch(with_hook(arrival="webhook"), {})
    assert [asked.path.rpartition("/")[2] for asked in scripted.asked] == ["getWebhookInfo", "setWebhook"]
    asked = json.loads(fields(scripted.asked[1])["allowed_updates"])
    assert {"message_reaction", "message_reaction_count"} <= set(asked)
    scripted.says(result({**standing, "allowed_updates": asked}))
    scripted.asked.clear()
    NETWORK.fetch(with_hook(arrival="webhook"), {})
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"message_reaction": {**REACTED, "user": None, "new_reaction": [HEART]}}, {"message_reaction": {**REACTED, "date": "soon"}},
        {"message_reaction": {**REACTED, "chat": None}}, {"message_reaction_count": {"chat": CHAT, "message_id": None}},
    ],
)  # fmt: skip
def test_signs_of_nobody_are_set_aside(odd: dict[str, Any]) -> None:
    page, newest = sort_out([{"update_id": 7, **odd}])
    assert (page.items, page.reactions, len(page.broken), newest) == ((), (), 1, 7)
