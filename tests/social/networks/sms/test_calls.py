"""Telephone calls: read from the list and told by webhooks, what a caller hears, and who has the last word."""

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from core.reasons import CALL
from social.networks._sms_hook import ELSEWHERE
from social.networks.errors import Forged, Rejected
from social.networks.sms import Sms
from social.networks.values import Access, Cursor, Hook, Item, Page
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.sms.shapes import (
    ALI,
    HOOK,
    LISTS,
    NUMBER,
    access,
    call,
    leg,
    listed,
    recording,
    sid,
    signed,
    voice,
)

NETWORK = Sms(read_seconds=1.0, total_seconds=6.0)
FORWARD = "+15550001111"


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TWILIO_API_BASE = scripted.url


def account(rows: list[Any], *, legs: list[Any] | None = None, recordings: list[Any] | None = None) -> Any:
    """An account with these calls to us, and what hangs on each."""

    def answer(asked: Asked) -> Says:
        name = asked.path.removeprefix(f"{LISTS}/").removesuffix(".json").lower()
        if name.endswith("/recordings"):
            return listed("recordings", [row for row in recordings or [] if row["call_sid"].lower() in name])
        if name == "calls" and "ParentCallSid" in asked.query:
            return listed("calls", [row for row in legs or [] if row["parent_call_sid"] == asked.query["ParentCallSid"]])
        ours = asked.query.get("From") == NUMBER
        shown = [row for row in rows if not isinstance(row, dict) or (row["from"] == NUMBER) == ours]
        return listed(name, shown if name == "calls" else [])

    return answer


def read_all(cursor: Cursor, who: Access | None = None) -> tuple[dict[str, Item], list[Any], Cursor]:
    found: dict[str, Item] = {}
    broken: list[Any] = []
    for _turn in range(30):
        page = NETWORK.fetch(who or access(), cursor)
        found |= {e.external_id: NETWORK.read(json.loads(json.dumps(e.payload)), account_id=NUMBER) for e in page.items}
        broken += page.broken
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return found, broken, cursor
    raise AssertionError("never came to an end")


@pytest.mark.parametrize(
    ("row", "legs", "recordings", "state", "words"),
    [
        (call(7), [leg(8, 7, "completed", "80")], [], ("answered", 80), "Answered call, 1:20"),
        (call(7), [leg(8, 7, "no-answer", "0")], [], ("missed", 0), "Missed call"),
        (call(7), [leg(8, 7, "no-answer", "0")], [recording(9, 7, "12")], ("voicemail", 12), "Missed call with a message, 0:12"),
        (call(7), [], [recording(9, 7, "12")], ("voicemail", 12), "Missed call with a message, 0:12"),
        (call(7), [leg(8, 7, "completed", "80")], [recording(9, 7, "80", "DialVerb")], ("answered", 80), "Answered call, 1:20"),
        (call(7, duration="3"), [], [], ("missed", 0), "Missed call"),
        (call(7, status="no-answer", duration="0"), [], [], ("missed", 0), "Missed call"),
        (call(7, status="busy", duration=None), [], [], ("missed", 0), "Missed call"),
        (call(7, status="canceled", duration="x"), [], [], ("missed", 0), "Missed call"),
    ],
)
def test_what_became_of_a_call_is_told_by_legs_and_recordings(
    scripted: Scripted, row: Any, legs: list[Any], recordings: list[Any], state: tuple[str, int], words: str
) -> None:
    scripted.says(account([row], legs=legs, recordings=recordings))
    items, _broken, _cursor = read_all({})
    (item,) = items.values()
    assert item.call is not None
    assert (item.call.state, item.call.seconds) == state
    assert (item.text, item.root_id, item.thread_key, item.ours) == (CALL + words, sid("CA", 7), ALI, False)
    assert [m.reference for m in item.media] == [r["uri"].removesuffix(".json") for r in recordings]
    assert all(m.url == "" for m in item.media)


def test_where_another_system_takes_calls_a_call_without_legs_was_taken(scripted: Scripted) -> None:
    scripted.says(account([call(7)]))
    items, _broken, _cursor = read_all({}, access(answers=ELSEWHERE))
    (item,) = items.values()
    assert item.call is not None
    assert (item.call.state, item.call.seconds) == ("answered", 95)


def test_our_own_calls_are_ours_and_a_call_led_on_is_none(scripted: Scripted) -> None:
    out = {"from": NUMBER, "to": ALI, "direction": "outbound-api"}
    led = {"from": NUMBER, "to": FORWARD, "direction": "outbound-dial", "parent_call_sid": sid("CA", 1)}
    scripted.says(account([call(9, **out), call(8, **out, status="no-answer"), call(7, **led)]))
    items, _broken, _cursor = read_all({}, access(forward=FORWARD))
    said = {item.root_id: (item.ours, item.counterpart_id, item.author, item.text) for item in items.values()}
    assert said == {
        sid("CA", 9): (True, ALI, None, f"{CALL}We called, 1:35"),
        sid("CA", 8): (True, ALI, None, f"{CALL}We called, nobody answered"),
    }


def test_a_call_under_way_is_waited_for_however_long_it_lasts(scripted: Scripted) -> None:
    began = (now() - timedelta(hours=2)).replace(microsecond=0)
    scripted.says(account([call(9), call(8, status="in-progress", moment=began)], legs=[leg(1, 9, "completed", "5")]))
    items, _broken, cursor = read_all({})
    assert [item.root_id for item in items.values()] == [sid("CA", 9)]
    assert cursor["calls_in"] == {"since": began.isoformat()}


def test_a_few_calls_a_page_are_asked_about(scripted: Scripted) -> None:
    rows = [call(number) for number in range(9, 4, -1)]
    scripted.says(account(rows))
    page = NETWORK.fetch(access(), {"turn": "calls_in"})
    assert (len(page.items), page.more, page.cursor["calls_in"]["skip"]) == (2, True, 2)
    assert len(scripted.asked) == 5
    items, _broken, _cursor = read_all(page.cursor)
    assert {item.root_id for item in items.values()} == {sid("CA", number) for number in range(7, 4, -1)}


def test_a_recording_that_comes_later_is_another_version(scripted: Scripted) -> None:
    scripted.says(account([call(7)]))
    first, _broken, cursor = read_all({})
    scripted.says(account([call(7)], recordings=[recording(9, 7, "12")]))
    later, _broken, _cursor = read_all(cursor)
    (before,), (after,) = first.values(), later.values()
    assert before.external_id != after.external_id
    assert (before.root_id, before.revision < after.revision) == (after.root_id, True)


def test_what_cannot_be_told_apart_is_set_aside(scripted: Scripted) -> None:
    scripted.says(account([None, 7, {"sid": "x", "from": ALI}, call(7, status="busy")]))
    items, broken, _cursor = read_all({})
    assert (len(items), len(broken) >= 3) == (1, True)


@pytest.mark.parametrize("hidden", ["+266696687", "anonymous", "", "Restricted"])
def test_who_hides_is_somebody_else_each_time(hidden: str) -> None:
    first, second = (told(voice(number, From=hidden)) for number in (7, 8))
    assert (first.author, second.author) == (None, None)
    assert first.thread_key != second.thread_key


def test_a_service_has_no_calls(scripted: Scripted) -> None:
    scripted.says(account([call(7)]))
    assert read_all({}, access(f"MG{5:032x}"))[0] == {}


# --- told by webhooks -----------------------------------------------------------------------------------------------
def unpack(fields: dict[str, str], who: Access | None = None, *, step: str = "") -> Page:
    return NETWORK.unpack(who or access(), signed(fields, url=f"{HOOK}?step={step}" if step else HOOK))


def told(fields: dict[str, str], who: Access | None = None, *, step: str = "") -> Item:
    (envelope,) = unpack(fields, who, step=step).items
    return NETWORK.read(envelope.payload, account_id=NUMBER)


def document(page: Page) -> ET.Element:
    assert page.answer is not None
    assert page.answer.kind.startswith("text/xml")
    return ET.fromstring(page.answer.text)


def test_a_caller_is_led_on_and_seen_at_once() -> None:
    led_on = access(forward="+1 555 000 1111")
    item = told(voice(7, CallerName="ALI RAZA"), led_on)
    assert item.call is not None
    assert (item.external_id, item.revision, item.call.state, item.call.asks) == (sid("CA", 7), 0, "ringing", False)
    assert item.author is not None
    assert (item.author.external_id, item.author.name) == (ALI, "ALI RAZA")
    dial = document(unpack(voice(7), led_on)).find("Dial")
    assert dial is not None
    assert (dial.findtext("Number"), dial.get("answerOnBridge"), dial.get("action")) == (FORWARD, "true", f"{HOOK}?step=dialled")


def test_without_a_number_every_caller_may_leave_a_message() -> None:
    asked = document(unpack(voice(7)))
    assert [verb.tag for verb in asked] == ["Say", "Record"]
    assert (asked[0].get("language"), "Leave a message" in (asked[0].text or "")) == ("en-GB", True)
    assert asked[1].get("action") == f"{HOOK}?step=recorded"
    arabic = document(unpack(voice(7), access(voice="ar-AE")))
    assert arabic[0].get("language") == "ar-AE"
    assert "رسالة" in (arabic[0].text or "")
    own = document(unpack(voice(7), access(announcement="Back at <nine> & sharp")))
    assert own[0].text == "Back at <nine> & sharp"


def test_nobody_who_answers_is_a_missed_call_and_the_caller_may_speak() -> None:
    for word in ("no-answer", "busy", "failed", "canceled"):
        fields = voice(7, "in-progress", DialCallStatus=word)
        item = told(fields, step="dialled")
        assert item.call is not None
        assert (item.call.state, item.call.asks, item.revision) == ("missed", True, 2)
        assert document(unpack(fields, step="dialled")).find("Record") is not None


def test_somebody_who_answers_makes_it_an_answered_call() -> None:
    fields = voice(7, "in-progress", DialCallStatus="completed", DialCallDuration="80")
    item = told(fields, step="dialled")
    assert item.call is not None
    assert (item.call.state, item.call.seconds, item.call.asks) == ("answered", 80, False)
    assert [verb.tag for verb in document(unpack(fields, step="dialled"))] == ["Hangup"]


def test_a_message_left_is_heard_of_with_its_recording() -> None:
    path = f"{LISTS}/Recordings/{sid('RE', 9)}"
    fields = voice(7, "completed", RecordingUrl=f"https://api.twilio.com{path}", RecordingDuration="12", RecordingSid=sid("RE", 9))
    item = told(fields, step="recorded")
    assert item.call is not None
    assert (item.call.state, item.call.seconds, item.revision) == ("voicemail", 12, 3)
    assert [(m.kind, m.reference, m.url) for m in item.media] == [("audio", path, "")]
    elsewhere = voice(7, "completed", RecordingUrl="https://evil.example/x", RecordingDuration="12")
    assert told(elsewhere, step="recorded").media == ()


@pytest.mark.parametrize("word", ["no-answer", "busy", "canceled", "failed"])
def test_who_hangs_up_before_anybody_answers_was_missed(word: str) -> None:
    item = told(voice(7, word, CallDuration="0"), access(forward=FORWARD))
    assert item.call is not None
    assert item.call.state == "missed"


def test_the_end_of_a_call_says_nothing_where_somebody_else_knows_better() -> None:
    for who in (access(forward=FORWARD), access(answers=ELSEWHERE)):
        assert unpack(voice(7, "completed", CallDuration="95"), who).items == ()
    item = told(voice(7, "completed", CallDuration="3"))
    assert item.call is not None
    assert item.call.state == "missed"


def test_the_list_has_the_last_word(scripted: Scripted) -> None:
    scripted.says(account([call(7)], legs=[leg(8, 7, "completed", "80")]))
    items, _broken, _cursor = read_all({})
    (listed_item,) = items.values()
    path = f"https://api.twilio.com{LISTS}/Recordings/{sid('RE', 9)}"
    hooked = [told(voice(7)), told(voice(7, "in-progress", DialCallStatus="busy"), step="dialled")]
    hooked.append(told(voice(7, "completed", RecordingUrl=path), step="recorded"))
    assert [item.revision for item in hooked] == [0, 2, 3]
    assert {item.root_id for item in hooked} == {listed_item.root_id}
    assert listed_item.revision > 3


def test_the_same_call_told_twice_is_one_item() -> None:
    first, second = (unpack(voice(7)).items[0].external_id for _time in range(2))
    assert first == second


OTHERS = (voice(7, To="+15550009999", Called="x"), voice(7, Direction="outbound-api", To=ALI, From=NUMBER))


@pytest.mark.parametrize("fields", OTHERS)
def test_other_calls_are_nothing_to_us(fields: dict[str, str]) -> None:
    page = unpack(fields)
    assert (page.items, page.broken) == ((), ())


def test_a_step_that_was_not_signed_is_refused() -> None:
    good = signed(voice(7))
    with pytest.raises(Forged):
        NETWORK.unpack(access(), Hook(good.headers, good.body, f"{HOOK}?step=recorded"))


def test_a_call_without_a_number_is_set_aside_and_answered() -> None:
    page = unpack(voice(7, CallSid="x"))
    assert (page.items, len(page.broken)) == ((), 1)
    assert document(page).find("Record") is not None


@pytest.mark.parametrize("number", ["0300", "+0", "sip:a@example.com"])
def test_a_number_that_cannot_be_rung_is_refused(number: str) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(access(forward=number))
    assert caught.value.field == "forward"
