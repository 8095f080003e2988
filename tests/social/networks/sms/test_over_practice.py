"""Twilio's wire in the practice network: a process of its own that speaks it, calls us, and lies when told to."""

import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from core.clock import now
from social.networks.errors import Forged, Malformed, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.sms import PRACTICE, Sms
from social.networks.values import Access, Cursor, Hook, Item, Outgoing, Page
from tests.social.networks.servers import Asked, Practice, Says, Scripted

NETWORK = Sms(read_seconds=1.5, total_seconds=6.0)


def number_of(person: dict[str, Any]) -> str:
    return f"+1555{int(person['id']) % 10_000_000:07d}"


@pytest.fixture
def line(practice: Practice, settings: Any) -> Access:
    settings.TWILIO_API_BASE = practice.url
    brand = practice.person("anar_line", name="Anar Market", is_brand=True, network="sms")
    practice.person("ali", name="Ali Raza", network="sms", location="Lahore")
    token = practice.tokens("anar_line")["access_token"]
    secrets = {"number": number_of(brand), "account_sid": f"AC{int(brand['id']):032x}", "auth_token": token}
    return Access(number_of(brand), secrets, number_of(brand))


def write(practice: Practice, text: str, author: str = "ali") -> str:
    """A person sends a text. Its id as Twilio names it."""
    return f"SM{int(practice.call('POST', '/dms', {'from': author, 'to': 'anar_line', 'text': text})['id']):032x}"


def read_everything(access: Access, cursor: Cursor, *, patience: int = 60) -> tuple[dict[str, Item], list[Any], Cursor]:
    """What the engine would have after as many polls as it takes."""
    items: dict[str, Item] = {}
    aside: list[Any] = []
    for _turn in range(patience):
        try:
            page = NETWORK.fetch(access, cursor)
        except TryLater:
            continue
        cursor = json.loads(json.dumps(page.cursor))
        aside += page.broken
        for envelope in page.items:
            try:
                items[envelope.external_id] = NETWORK.read(envelope.payload, account_id=access.external_id)
            except Malformed as error:
                aside.append((error.code, envelope.payload))
        if not page.more:
            break
    return items, aside, cursor


def heard(server: Scripted, number: int) -> list[Hook]:
    """The calls that arrived at our door, as it hands them on."""
    until = time.monotonic() + 20
    while len(server.asked) < number and time.monotonic() < until:
        time.sleep(0.05)
    assert len(server.asked) >= number
    return [
        Hook(asked.headers, asked.body, f"{server.url}{asked.path}" + (f"?key={asked.query['key']}" if asked.query else ""))
        for asked in server.asked
    ]


def direct(item: Item, text: str = "On our way.") -> Outgoing:
    assert item.author is not None
    return Outgoing("direct", text, in_reply_to=item.external_id, to=item.author.external_id, thread_key=item.thread_key, key="5-7")


def test_the_number_says_whose_it_is(practice: Practice, line: Access) -> None:
    profile = NETWORK.identify(line)
    assert (profile.external_id, profile.name) == (line.external_id, "Anar Market")


def test_a_complaint_and_its_answer(practice: Practice, line: Access) -> None:
    complaint = write(practice, "میرا آرڈر ابھی تک نہیں آیا & I am <angry> 😀")
    items, _aside, cursor = read_everything(line, {})
    item = items[complaint]
    assert (item.visibility, item.text, item.ours) == ("private", "میرا آرڈر ابھی تک نہیں آیا & I am <angry> 😀", False)
    assert item.author is not None
    assert item.author.handle == number_of(practice.call("GET", "/people/ali"))
    receipt = NETWORK.send(line, direct(item, "Sorry! <3"))
    (told,) = [entry for entry in practice.ledger() if entry["origin"] == "api"]
    assert (told["text"], receipt.external_id) == ("Sorry! <3", f"SM{int(told['object_id']):032x}")
    found = NETWORK.find_sent(line, direct(item, "Sorry! <3"), since=now())
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    time.sleep(1.0)
    items, _aside, _cursor = read_everything(line, cursor)
    assert items[receipt.external_id].ours
    assert complaint in items


def test_many_pages_are_walked_and_an_overlap_is_read_again(practice: Practice, line: Access) -> None:
    wanted = {write(practice, f"complaint {number}") for number in range(120)}
    items, aside, cursor = read_everything(line, {})
    assert (set(items), aside) == (wanted, [])
    late = write(practice, "one more")
    items, _aside, _cursor = read_everything(line, cursor)
    assert late in items


def test_stop_is_heeded_until_start(practice: Practice, line: Access) -> None:
    write(practice, "help")
    items, _aside, _cursor = read_everything(line, {})
    (item,) = items.values()
    for word, closed in (("Stop", True), ("START", False)):
        last = write(practice, word)
        items, _aside, _cursor = read_everything(line, {})
        author = items[last].author
        assert author is not None
        assert author.profile["opted_out"] is closed
        if not closed:
            assert NETWORK.send(line, direct(item))
            continue
        with pytest.raises(Rejected) as caught:
            NETWORK.send(line, direct(item))
        assert caught.value.code == "opted_out"


def test_a_stranger_is_told_apart_from_nobody(practice: Practice, line: Access) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.send(line, Outgoing("direct", "Hello", to="+15550000001", thread_key="+15550000001"))
    assert caught.value.code == "bad_number"


def test_it_calls_us_with_a_signature_and_says_the_same_as_its_list(practice: Practice, line: Access, scripted: Scripted) -> None:
    scripted.says(Says(200, b"<Response/>", {"content-type": "text/xml"}))
    practice.call("PUT", "/phone/anar_line/hook", {"url": f"{scripted.url}/hooks/A/"})
    complaint = write(practice, "help ✓ & more")
    (hook,) = heard(scripted, 1)
    page: Page = NETWORK.unpack(line, hook)
    (envelope,) = page.items
    items, _aside, _cursor = read_everything(line, {})
    assert envelope.external_id == complaint
    item = NETWORK.read(envelope.payload, account_id=line.external_id)
    assert (item.text, item.thread_key) == (items[complaint].text, items[complaint].thread_key)
    with pytest.raises(Forged):
        NETWORK.unpack(Access(line.external_id, {**line.secrets, "auth_token": "another"}), hook)


@pytest.mark.parametrize(("off", "last"), [(False, ""), (True, "unreachable")])
def test_what_became_of_a_message_is_told(practice: Practice, line: Access, scripted: Scripted, off: bool, last: str) -> None:
    scripted.says(Says(200, b"<Response/>"))
    write(practice, "help")
    items, _aside, _cursor = read_everything(line, {})
    (item,) = items.values()
    practice.call("PATCH", "/people/ali", {"suspended": off})
    told = Access(line.external_id, line.secrets, line.handle, hook_url=f"{scripted.url}/hooks/A/")
    receipt = NETWORK.send(told, direct(item))
    fates = [fate for hook in heard(scripted, 2) for fate in NETWORK.unpack(told, hook).fates]
    assert [(fate.external_id, fate.key) for fate in fates] == [(receipt.external_id, "5-7")] * 2
    assert fates[-1].code == last
    assert urlsplit(scripted.url).hostname == "127.0.0.1"


def test_it_calls_nobody_outside(practice: Practice, line: Access) -> None:
    with pytest.raises(AssertionError, match="must lead to this machine"):
        practice.call("PUT", "/phone/anar_line/hook", {"url": "http://198.51.100.7/x"})


def test_networks_do_not_see_each_other(practice: Practice, line: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@anar_line from another network")
    assert read_everything(line, {})[0] == {}
    token = practice.tokens("xena")["access_token"]
    with pytest.raises(Unauthorized):
        NETWORK.fetch(Access(line.external_id, {**line.secrets, "auth_token": token}), {})


def test_revoked_keys_are_refused(practice: Practice, line: Access) -> None:
    practice.call("POST", "/tokens/revoke", {"account": "anar_line"})
    with pytest.raises(Unauthorized):
        NETWORK.fetch(line, {})


def test_the_ready_made_shop_is_offered(practice: Practice, line: Access) -> None:
    practice.call("POST", "/reset", {"cast": True})
    number, account, token = PRACTICE
    profile = NETWORK.identify(Access("", {"number": number, "account_sid": account, "auth_token": token}))
    assert profile.name == "Anar Market"


LIES = ("swallow", "late", "after500", "after429", "garble", "hang", "500", "html", "429")
ACCEPTED = ("swallow", "late", "after500", "after429", "garble")


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_not_a_clear_word_is_doubt_and_is_looked_for(practice: Practice, line: Access, lie: str) -> None:
    write(practice, "help")
    items, _aside, _cursor = read_everything(line, {})
    (item,) = items.values()
    began = now()
    practice.trouble(lie, group="write", count=1)
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(line, direct(item))
    practice.calm()
    until = time.monotonic() + (8 if lie in ACCEPTED else 0)
    while True:
        found = NETWORK.find_sent(line, direct(item), since=began)
        if found.receipts or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert found.complete
    assert len(found.receipts) == (1 if lie in ACCEPTED else 0)


READ_LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("twice", {"options": {"mode": "item"}}),
    ("hold", {"options": {"ms": 60_000}, "probability": 0.5}),
    ("unknown_fields", {}),
    ("reorder", {}),
    ("malformed_item", {"probability": 0.5}),
    ("null", {"probability": 0.5}),
    ("garble", {"probability": 0.5}),
    ("429", {"probability": 0.3}),
    ("500", {"probability": 0.5}),
    ("html", {"probability": 0.5}),
    ("html", {"probability": 0.5, "options": {"status": 200}}),
    ("hang", {"probability": 0.2}),
)


@pytest.mark.parametrize(("lie", "how"), READ_LIES, ids=[f"{lie}-{n}" for n, (lie, _how) in enumerate(READ_LIES)])
def test_nothing_is_lost_to_a_lying_reader(practice: Practice, line: Access, lie: str, how: dict[str, Any]) -> None:
    wanted = {write(practice, f"complaint {number}") for number in range(12)}
    practice.trouble(lie, group="read", **how)
    got, _aside, cursor = read_everything(line, {}, patience=12)
    if lie == "hold":
        assert len(got) < len(wanted)
    practice.calm()
    more, _later, _cursor = read_everything(line, cursor)
    assert set(got | more) == wanted


# --- telephone calls ------------------------------------------------------------------------------------------------
class Door:
    """Our webhook as a server: it answers what the network file says, and keeps what was told."""

    def __init__(self, line: Access, server: Scripted) -> None:
        self.line, self.server = line, server
        self.told: list[Item] = []
        server.says(self._answer)

    def _answer(self, asked: Asked) -> Says:
        query = f"?{urlencode(asked.query)}" if asked.query else ""
        page = NETWORK.unpack(self.line, Hook(asked.headers, asked.body, f"{self.server.url}{asked.path}{query}"))
        self.told += [NETWORK.read(envelope.payload, account_id=self.line.external_id) for envelope in page.items]
        assert page.answer is not None
        return Says(200, page.answer.text.encode(), {"content-type": page.answer.kind})

    def states(self) -> list[str]:
        return [item.call.state for item in self.told if item.call]

    def wait(self, *states: str) -> None:
        until = time.monotonic() + 20
        while self.states() != list(states) and time.monotonic() < until:
            time.sleep(0.05)
        assert self.states() == list(states)


FORWARD = "+15550001111"
CALLS: tuple[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, int]], ...] = (
    (FORWARD, {"taken": True, "seconds": 80}, ("ringing", "answered"), ("answered", 80)),
    (FORWARD, {"message_seconds": 12}, ("ringing", "missed", "voicemail"), ("voicemail", 12)),
    (FORWARD, {}, ("ringing", "missed"), ("missed", 0)),
    ("", {"message_seconds": 12}, ("ringing", "voicemail", "missed"), ("voicemail", 12)),
    ("", {}, ("ringing", "missed"), ("missed", 0)),
)


@pytest.mark.parametrize(("forward", "plan", "told", "last"), CALLS)
def test_a_call_is_seen_led_on_and_listed(
    practice: Practice, line: Access, scripted: Scripted, forward: str, plan: dict[str, Any], told: tuple[str, ...], last: Any
) -> None:
    led = Access(line.external_id, {**line.secrets, "forward": forward}, line.handle)
    door = Door(led, scripted)
    practice.call("PUT", "/phone/anar_line/hook", {"url": f"{scripted.url}/hooks/A/"})
    practice.call("POST", "/phone/anar_line/dial", {"from": "ali", "ring_ms": 300, **plan})
    door.wait(*told)
    until = time.monotonic() + 20
    while practice.call("GET", "/phone/anar_line/calls")["waiting"] and time.monotonic() < until:
        time.sleep(0.05)
    items, aside, _cursor = read_everything(led, {})
    (item,) = items.values()
    assert item.call is not None
    assert ((item.call.state, item.call.seconds), aside) == (last, [])
    # Whoever knows most has the last word, whatever order they came in.
    newest = max([*door.told, item], key=lambda found: found.revision)
    assert newest is item
    assert {found.root_id for found in door.told} == {item.root_id}
    assert len(item.media) == (1 if last[0] == "voicemail" else 0)


def test_calls_that_another_system_takes_are_listed(practice: Practice, line: Access) -> None:
    practice.call("POST", "/phone/anar_line/dial", {"from": "ali", "ring_ms": 0, "taken": True, "seconds": 80})
    elsewhere = Access(line.external_id, {**line.secrets, "answers": "elsewhere"}, line.handle)
    until = time.monotonic() + 20
    items: dict[str, Item] = {}
    while not items and time.monotonic() < until:
        items, _aside, _cursor = read_everything(elsewhere, {})
    (item,) = items.values()
    assert item.call is not None
    assert (item.call.state, item.call.seconds) == ("answered", 80)
