"""Files of WhatsApp: an id, an address with the token in a header, the bytes."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from social.networks import _graph_files, _whatsapp_files, whatsapp
from social.networks.errors import Rejected, TryLater
from social.networks.values import Media, Outgoing
from tests.pictures import picture
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.servers import Says, Scripted
from tests.social.networks.uploads import attachment
from tests.social.networks.whatsapp.shapes import ALI
from tests.social.networks.whatsapp.test_contract import TestWhatsApp as Contract

NETWORK = whatsapp.WhatsApp(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 4)
#: developers.facebook.com/docs/whatsapp/cloud-api/reference/media, read 2026-11.
FOUND = {
    "messaging_product": "whatsapp", "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=133&ext=1&hash=x",
    "mime_type": "image/jpeg", "sha256": "x", "file_size": "300", "id": "1339522734",
}  # fmt: skip
WANTED = Media("image", reference="1339522734")


@pytest.fixture(autouse=True)
def _led(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url


def test_a_file_is_fetched_with_the_token_in_a_header(scripted: Scripted) -> None:
    file = Says(200, picture(), {"content-type": "image/jpeg"})
    scripted.says(lambda asked: file if "attachments" in asked.path else Says.json(FOUND))
    access = Contract().access()
    assert NETWORK.open_media(access, WANTED).content == picture()
    asked = scripted.asked[-1]
    assert asked.headers["authorization"] == f"Bearer {access.secrets['access_token']}"
    assert "access_token" not in asked.query


@pytest.mark.parametrize("url", ["https://evil.example/a", "https://lookaside.fbsbx.com.evil.example/a", "http://10.0.0.1/a", ""])
def test_the_token_goes_to_meta_only(url: str) -> None:
    assert not _whatsapp_files.is_metas(url)
    assert _whatsapp_files.is_metas(FOUND["url"])


def test_what_has_no_id_or_is_gone_is_said_so(scripted: Scripted) -> None:
    access = Contract().access()
    with pytest.raises(Rejected):
        NETWORK.open_media(access, Media("image"))
    scripted.says(lambda asked: Says(404, b"") if "attachments" in asked.path else Says.json(FOUND))
    with pytest.raises(Rejected):
        NETWORK.open_media(access, WANTED)
    scripted.says(lambda asked: Says(500, b"") if "attachments" in asked.path else Says.json(FOUND))
    with pytest.raises(TryLater):
        NETWORK.open_media(access, WANTED)


def test_what_a_file_may_be_and_say() -> None:
    """Pictures are smaller than other files, sounds have no words, and a caption is shorter than a text."""
    direct = Outgoing("direct", "Here.", thread_key=f"direct-{ALI}")

    def refused(text: str = "Here.", **facts: Any) -> bool:
        return NETWORK.media_refusal(replace(direct, text=text, media=(attachment(content=b"", **facts),))) is not None

    large = _graph_files.WHATSAPP_IMAGE_BYTES + 1
    assert not refused()
    assert refused(size=large)
    assert not refused(kind="video", mime="video/mp4", size=large)
    assert refused(kind="audio", mime="audio/mpeg")
    assert not refused("", kind="audio", mime="audio/mpeg")
    assert refused("x" * 1025)
    assert refused(mime="image/webp")


def test_a_document_goes_with_its_name_and_words(scripted: Scripted) -> None:
    scripted.says(Says.json({"messages": [{"id": "wamid.70"}]}))
    file = attachment(kind="file", mime="application/pdf", name="bill.pdf", handle="1037543291543636")
    outgoing = Outgoing("direct", "Your bill", thread_key=f"direct-{ALI}", media=(file,))
    assert NETWORK.send(Contract().access(), outgoing).external_id == "wamid.70"
    form = dict(parse_qsl(scripted.asked[0].body.decode()))
    assert form["type"] == "document"
    assert json.loads(form["document"]) == {"id": "1037543291543636", "caption": "Your bill", "filename": "bill.pdf"}
