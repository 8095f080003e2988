"""How Twilio's lists are walked, and who an account is."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import NetworkError, Rejected, TryLater, Unauthorized
from social.networks.sms import Sms
from social.networks.values import Access, Cursor
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.sms.shapes import ACCOUNT, ALI, LISTS, NUMBER, TOKEN, access, listed, message, ours, refusal, sid

NETWORK = Sms(read_seconds=1.0, total_seconds=4.0)
SERVICE = f"MG{5:032x}"


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TWILIO_API_BASE = scripted.url


def name_of(asked: Asked) -> str:
    return asked.path.removeprefix(f"{LISTS}/").removesuffix(".json").lower()


def only(name: str, *answers: Says, sender: str = "") -> Any:
    """Answers for one list; the others are empty."""
    left = list(answers)

    def answer(asked: Asked) -> Says:
        if name_of(asked) != name or asked.query.get("From", "") != sender:
            return listed(name_of(asked), [])
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def read_all(cursor: Cursor, who: Access | None = None) -> tuple[list[str], Cursor]:
    found: list[str] = []
    for _turn in range(30):
        page = NETWORK.fetch(who or access(), cursor)
        found += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return found, cursor
    raise AssertionError("never came to an end")


def test_a_poll_asks_for_both_directions_since_yesterday_or_so(scripted: Scripted) -> None:
    scripted.says(only("messages", listed("messages", [])))
    read_all({})
    first, second, *_others = scripted.asked
    day = (now() - timedelta(days=2)).date()
    assert first.query == {"To": NUMBER, "DateSent>": str(day - timedelta(days=1)), "PageSize": "50"}
    assert second.query["From"] == NUMBER
    assert "authorization" in first.headers


def test_a_walk_ends_where_everything_was_read_before(scripted: Scripted) -> None:
    """A list goes back to the beginning of a day: what was read is not read again page for page, only a little of it."""
    known = now() - timedelta(hours=1)
    old = [message(n, moment=known - timedelta(hours=2)) for n in (3, 2)]
    scripted.says(only("messages", listed("messages", old, following="PAx")))
    page = NETWORK.fetch(access(), {"in": {"since": known.isoformat()}})
    assert page.cursor["turn"] == "out"
    near = [message(5, moment=known - timedelta(minutes=5)), message(4, moment=known - timedelta(hours=2))]
    scripted.says(only("messages", listed("messages", near, following="PAx")))
    assert NETWORK.fetch(access(), {"in": {"since": known.isoformat()}}).cursor["turn"] == "in"


def test_the_next_poll_begins_at_the_newest_and_a_little_before(scripted: Scripted) -> None:
    newest = now() - timedelta(minutes=3)
    scripted.says(only("messages", listed("messages", [message(9, moment=newest)])))
    _found, cursor = read_all({})
    assert cursor["in"] == {"since": newest.replace(microsecond=0).isoformat()}
    assert "turn" not in cursor


def test_a_page_elsewhere_is_never_followed(scripted: Scripted) -> None:
    for address in ("https://evil.example/x", "/2010-04-01/Accounts/ACother/Messages.json", f"{LISTS}/../x", 7):
        page = listed("messages", [message(1)])
        document = json.loads(page.body) | {"next_page_uri": address}
        scripted.says(only("messages", Says.json(document)))
        assert NETWORK.fetch(access(), {}).cursor["turn"] == "out"


def test_what_was_said_in_our_name_elsewhere_is_read(scripted: Scripted) -> None:
    rows = [ours(9, "from the console"), ours(8, "planned", status="scheduled"), ours(7, "lost", status="undelivered")]
    scripted.says(only("messages", listed("messages", rows), sender=NUMBER))
    found, _cursor = read_all({})
    assert found == [sid("SM", 9)]
    item = NETWORK.read({"kind": "message", "item": rows[0], "seen_at": now().isoformat()}, account_id=NUMBER)
    assert (item.ours, item.counterpart_id, item.thread_key, item.author) == (True, ALI, ALI, None)


def test_a_message_that_still_arrives_is_waited_for(scripted: Scripted) -> None:
    scripted.says(only("messages", listed("messages", [message(9, status="receiving"), message(8)])))
    assert read_all({})[0] == [sid("SM", 8)]


def with_picture(number: int, kind: str = "MM") -> dict[str, Any]:
    return message(number, sid=sid(kind, number), num_media="1")


def test_pictures_are_asked_for_a_few_at_a_time(scripted: Scripted) -> None:
    rows = [with_picture(number) for number in range(9, 4, -1)]

    def answer(asked: Asked) -> Says:
        name = name_of(asked)
        if name.startswith("messages/"):
            picture = {"uri": f"{LISTS}/Messages/x/Media/ME1.json", "content_type": "image/jpeg"}
            return Says.json({"media_list": [picture], "next_page_uri": None})
        return listed(name, rows if asked.query.get("To") == NUMBER else [])

    scripted.says(answer)
    page = NETWORK.fetch(access(), {})
    assert (len(page.items), page.more, page.cursor["in"]["skip"]) == (3, True, 3)
    rest = NETWORK.fetch(access(), page.cursor)
    assert (len(rest.items), rest.cursor["turn"]) == (2, "out")
    item = NETWORK.read(page.items[0].payload, account_id=NUMBER)
    assert [(m.kind, m.url) for m in item.media] == [("image", f"https://api.twilio.com{LISTS}/Messages/x/Media/ME1")]


def test_a_service_keeps_what_is_its_own(scripted: Scripted) -> None:
    rows = [message(9, messaging_service_sid=SERVICE), message(8)]
    scripted.says(only("messages", listed("messages", rows)))
    assert read_all({}, access(SERVICE))[0] == [sid("SM", 9)]
    assert "To" not in scripted.asked[0].query


def test_reading_back_goes_down_to_the_day_asked_for(scripted: Scripted) -> None:
    since = now() - timedelta(days=40)
    scripted.says(only("messages", listed("messages", [message(3)], following="PAx"), listed("messages", [message(1)])))
    cursor: Cursor = {}
    found: list[str] = []
    for _turn in range(9):
        page = NETWORK.fetch_back(access(), cursor, since=since)
        found += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            break
    assert found == [sid("SM", 3), sid("SM", 1)]
    assert scripted.asked[0].query["DateSent>"] == str(since.date())


# --- the account ----------------------------------------------------------------------------------------------------
def test_a_key_asks_and_the_token_proves(scripted: Scripted) -> None:
    import base64

    scripted.says(only("messages", listed("messages", [])))
    NETWORK.fetch(access(api_key=f"SK{1:032x}", api_secret="the-keys-secret"), {})
    given = base64.b64decode(scripted.asked[0].headers["authorization"].removeprefix("Basic ")).decode()
    assert given == f"SK{1:032x}:the-keys-secret"
    assert scripted.asked[0].path.startswith(LISTS)


@pytest.mark.parametrize(
    ("secrets", "field"),
    [
        ({"account_sid": "AC7"}, "account_sid"),
        ({"account_sid": f"{ACCOUNT}/../x"}, "account_sid"),
        ({"auth_token": ""}, "auth_token"),
        ({"api_key": "SK7", "api_secret": "x"}, "api_key"),
        ({"api_key": f"SK{1:032x}"}, "api_secret"),
        ({"number": "0300 1234567"}, "number"),
        ({"number": "+0300"}, "number"),
    ],
)
def test_a_form_is_told_what_is_wrong(scripted: Scripted, secrets: dict[str, str], field: str) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(access(**secrets))
    assert caught.value.field == field
    assert scripted.asked == []
    if field != "number":
        with pytest.raises(Unauthorized):
            NETWORK.fetch(access(**secrets), {})


def test_a_number_of_somebody_else_is_refused(scripted: Scripted) -> None:
    scripted.says(listed("incoming_phone_numbers", []))
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(access())
    assert (caught.value.field, caught.value.code) == ("number", "not_ours")


def test_a_service_is_named_by_itself(scripted: Scripted) -> None:
    scripted.says(Says.json({"sid": SERVICE, "friendly_name": "Shop"}))
    profile = NETWORK.identify(access(SERVICE))
    assert (profile.external_id, profile.name, profile.handle) == (SERVICE, "Shop", "")
    assert scripted.asked[0].path == f"/v1/Services/{SERVICE}"


def test_the_environment_of_the_process_leads_nobody_astray(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "elsewhere")
    scripted.says(only("messages", listed("messages", [])))
    NETWORK.fetch(access(), {})
    assert scripted.asked[0].path == f"{LISTS}/Messages.json"


def test_no_log_holds_what_was_asked(scripted: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    scripted.says(refusal(500, 20500, "Internal Server Error"))
    with caplog.at_level(logging.NOTSET), pytest.raises(TryLater):
        NETWORK.fetch(access(), {})
    assert TOKEN not in caplog.text
    assert "BEGIN Twilio" not in caplog.text
    error: BaseException | None = None
    try:
        NETWORK.fetch(access(), {})
    except NetworkError as caught:
        error = caught
    assert TOKEN not in repr(error)
