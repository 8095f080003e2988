"""Files through a bot: fetched by their id, with no token in any error, and sent along with the words once."""

import dataclasses
from typing import Any

import pytest

from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater
from social.networks.telegram import Telegram
from social.networks.values import Media, Outgoing
from tests.pictures import PDF, picture
from tests.social.networks.contract import PATIENCE_SECONDS, ReadingContract
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.telegram.shapes import SQUARE, TOKEN, access, refusal, result, sent
from tests.social.networks.uploads import attachment

NETWORK = Telegram(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)
#: core.telegram.org/bots/api#file, read 2026-11.
FILE = {"file_id": "AgADBAAD", "file_unique_id": "AQAD", "file_size": 300, "file_path": "photos/file_3.jpg"}
WANTED = Media("image", reference="AgADBAAD")
ANSWER = Outgoing("reply", "Here it is.", in_reply_to=f"{SQUARE['id']}_1", thread_key=str(SQUARE["id"]))


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.TELEGRAM_API_BASE = scripted.url


def test_a_file_is_fetched_by_its_id(scripted: Scripted) -> None:
    scripted.says(lambda asked: Says(200, picture(), {"content-type": "image/jpeg"}) if "/file/" in asked.path else result(FILE))
    opened = NETWORK.open_media(access(), WANTED)
    assert (opened.content, opened.name) == (picture(), "file_3.jpg")
    assert [asked.path for asked in scripted.asked] == [f"/bot{TOKEN}/getFile", f"/file/bot{TOKEN}/photos/file_3.jpg"]


@pytest.mark.parametrize("path", ["", "../../getMe", "photos/a.jpg?x=1", "//evil.example/a"])
def test_a_path_that_leads_elsewhere_is_not_followed(scripted: Scripted, path: str) -> None:
    scripted.says(result({**FILE, "file_path": path}))
    if path.startswith("//"):
        scripted.says(result({**FILE, "file_path": path}), Says(404, b""))
    with pytest.raises(Rejected):
        NETWORK.open_media(access(), WANTED)


def test_too_large_is_said_in_telegrams_words(scripted: Scripted) -> None:
    scripted.says(refusal(400, "Bad Request: file is too big"))
    with pytest.raises(Rejected, match="too big"):
        NETWORK.open_media(access(), WANTED)


@pytest.mark.parametrize("ending", sorted(set(ReadingContract.NOTHING_SAID) - {"nothing", "null", "a list", "a number"}))
def test_a_fetch_that_fails_shows_no_token(scripted: Scripted, ending: str) -> None:
    says = ReadingContract.NOTHING_SAID[ending]
    scripted.says(lambda asked: says if "/file/" in asked.path else result(FILE))
    try:
        NETWORK.open_media(access(), WANTED)
    except NetworkError as error:
        for shown in (repr(error), str(error.reason), repr(error.__cause__), repr(error.__context__)):
            assert TOKEN not in shown


@pytest.mark.parametrize(
    ("file", "method"),
    [
        (attachment(), "sendPhoto"),
        (attachment(kind="image", mime="image/gif"), "sendDocument"),
        (attachment(kind="video", mime="video/mp4"), "sendVideo"),
        (attachment(kind="audio", mime="audio/mpeg"), "sendAudio"),
        (attachment(kind="file", mime="application/pdf", content=PDF, name="رسید.pdf"), "sendDocument"),
        (attachment(size=11 * 1024 * 1024), "sendDocument"),
    ],
)
def test_a_file_goes_with_its_words_as_what_telegram_calls_it(scripted: Scripted, file: Any, method: str) -> None:
    scripted.says(sent(70))
    receipt = NETWORK.send(access(), dataclasses.replace(ANSWER, media=(file,)))
    assert receipt.external_id == f"{SQUARE['id']}_70"
    (asked,) = scripted.asked
    assert asked.path == f"/bot{TOKEN}/{method}"
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert file.content in asked.body
    assert b"Here it is." in asked.body


@pytest.mark.parametrize("ending", ["500", "cut", "dropped", "hang", "200 with a page"])
def test_a_file_that_may_have_arrived_is_doubt(scripted: Scripted, ending: str) -> None:
    scripted.says(ReadingContract.NOTHING_SAID[ending])
    with pytest.raises(OutcomeUnknown):
        NETWORK.send(access(), dataclasses.replace(ANSWER, media=(attachment(),)))
    assert len(scripted.asked) == 1


def test_nothing_left_is_try_later(settings: Any) -> None:
    settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(TryLater):
        NETWORK.send(access(), dataclasses.replace(ANSWER, media=(attachment(),)))


def test_words_below_a_file_are_shorter() -> None:
    long = dataclasses.replace(ANSWER, text="x" * 1025)
    assert NETWORK.refusal(long) is None
    assert NETWORK.refusal(dataclasses.replace(long, media=(attachment(),)))

