"""Pictures of texts by address, what lies behind the account's keys, and what it all cost."""

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection

from core.clock import now
from core.tenancy import tenant
from social import selectors
from social.models import Charge
from social.networks._sms_money import costs_of
from social.networks.brought import Cost
from social.networks.errors import Rejected
from social.networks.sms import Sms
from social.networks.values import Attachment, Media, Outgoing, Page
from social.services import pulling
from tests.accounts.factories import Cast
from tests.fileserver import file_host
from tests.inbox.factories import make_desk
from tests.pictures import picture
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.sms.shapes import ACCOUNT, ALI, LISTS, TOKEN, access, listed, message, ours, sid

NETWORK = Sms(read_seconds=1.0, total_seconds=4.0)
PICTURE = Attachment("7/ab/x", "image", "image/png", 70, name="a.png", address="https://crm.example/files/t/a.png")
DIRECT = Outgoing("direct", "Here.", to=ALI, thread_key=ALI, key="5-77", media=(PICTURE,))


@pytest.fixture(autouse=True)
def led(scripted: Scripted, settings: Any) -> None:
    settings.TWILIO_API_BASE = scripted.url


def test_pictures_are_named_by_address_and_words_may_be_missing(scripted: Scripted) -> None:
    for text in ("Here.", ""):
        scripted.says(Says.json(ours(70, text, status="queued"), 201))
        NETWORK.send(access(), replace(DIRECT, text=text, media=(PICTURE, PICTURE)))
        fields = parse_qs(scripted.asked[0].body.decode())
        assert fields["MediaUrl"] == [PICTURE.address] * 2
        assert fields.get("Body") == ([text] if text else None)


@pytest.mark.parametrize(("text", "rows", "found"), [
    ("Here.", [("Here.", "1", True), ("Here.", "0", False), ("Here.", "2", False)], 1),
    ("", [("", "1", True), ("", "0", False), ("other", "1", False)], 1),
])
def test_reading_back_compares_words_and_number_of_files(
    scripted: Scripted, text: str, rows: list[tuple[str, str, bool]], found: int
) -> None:
    scripted.says(listed("messages", [ours(70 + n, body, num_media=media) for n, (body, media, _right) in enumerate(rows)]))
    answer = NETWORK.find_sent(access(), replace(DIRECT, text=text), since=now() - timedelta(minutes=1))
    assert [receipt.external_id for receipt in answer.receipts] == [sid("SM", 70 + n) for n, row in enumerate(rows) if row[2]]
    assert len(answer.receipts) == found


def test_all_files_of_a_message_together_have_a_limit() -> None:
    large = replace(PICTURE, size=3 * 1024 * 1024)
    assert NETWORK.media_refusal(replace(DIRECT, media=(large,))) is None
    assert NETWORK.media_refusal(replace(DIRECT, media=(large, large)))


def test_recordings_and_media_are_asked_for_with_the_keys(scripted: Scripted) -> None:
    recording = Media("audio", reference=f"{LISTS}/Recordings/{sid('RE', 1)}")
    picture = Media("image", url=f"https://api.twilio.com{LISTS}/Messages/{sid('MM', 1)}/Media/{sid('ME', 1)}")
    for media, path in ((recording, f"{LISTS}/Recordings/{sid('RE', 1)}.mp3"), (picture, picture.url[22:])):
        scripted.says(Says(200, b"RIFFxxxxWAVE", {"content-type": "audio/wav"}))
        assert NETWORK.open_media(access(), media).content == b"RIFFxxxxWAVE"
        (asked,) = scripted.asked
        assert asked.path == path
        assert asked.headers["authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


def keys_stay_with_twilio() -> None:
    """An address of anybody else's, or of another account, is asked for without a word of ours."""
    with file_host() as host, pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.PRACTICE_URL", host.base)
        patch.setattr("django.conf.settings.TWILIO_API_BASE", host.base)
        for path in (f"{LISTS}/Messages/x", f"/2010-04-01/Accounts/{sid('AC', 9)}/Messages/x"):
            NETWORK.open_media(access(), Media("image", url=host.put(path, picture())))
        assert len(host.asked) == 2
        assert host.secrets == []


def test_keys_stay_with_twilio() -> None:
    keys_stay_with_twilio()


def test_what_is_no_address_is_asked_of_nobody() -> None:
    with pytest.raises(Rejected):
        NETWORK.open_media(access(), Media("image", url="file:///etc/passwd"))


def test_what_is_gone_there_is_said(scripted: Scripted) -> None:
    scripted.says(Says(404, b"", {}))
    with pytest.raises(Rejected, match="no longer hands out"):
        NETWORK.open_media(access(), Media("audio", reference=f"{LISTS}/Recordings/{sid('RE', 1)}"))


def test_prices_are_read_once_they_are_known() -> None:
    rows = [
        message(1), message(2, price="-0.00750"), message(3, price="0", price_unit="eur"), message(4, price="1e99"),
        message(5, price="-NaN"), message(6, price="-1", price_unit="$"), "x", {**message(7, price="-1"), "sid": "x"},
    ]  # fmt: skip
    assert [(cost.external_id, cost.amount, cost.currency) for cost in costs_of(rows)] == [
        (sid("SM", 2), Decimal("0.00750"), "USD"), (sid("SM", 3), Decimal(0), "EUR"),
    ]  # fmt: skip


def test_polls_bring_the_prices(scripted: Scripted) -> None:
    scripted.says(listed("messages", [message(1, price="-0.00750")]))
    assert [cost.external_id for cost in NETWORK.fetch(access(), {}).costs] == [sid("SM", 1)]


@pytest.mark.django_db
def test_each_is_counted_once_and_summed_by_the_month(cast: Cast) -> None:
    desk = make_desk(cast.meridian, cast.member("owner"))
    moment = now()
    told_first = (("SM1", "0.0075", "USD"), ("CA1", "0.013", "USD"), ("SM2", "1", "EUR"))
    costs = tuple(Cost(own, Decimal(amount), currency, moment) for own, amount, currency in told_first)
    old = Cost("SM0", Decimal(5), "USD", moment - timedelta(days=70))
    with tenant(desk.workspace.pk), connection.cursor() as cursor:
        for told in ((*costs, old), costs, (*costs, costs[0])):
            pulling.insert_items(cursor, workspace_id=desk.workspace.pk, channel_id=desk.channel.pk, page=Page((), {}, costs=told))
        assert Charge.objects.count() == 4
        (health,) = selectors.health_of([desk.channel])
    assert [(row.currency, row.amount, row.charges) for row in health.spent] == [
        ("EUR", Decimal(1), 1), ("USD", Decimal("0.0205"), 2),
    ]  # fmt: skip
