"""Addresses of ours from which a network fetches one file: of nothing else, for a while, and made by nobody but us."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client

from core import clock, vault
from core.errors import Invalid
from core.tenancy import tenant
from social.models import Channel
from social.networks import network_of
from social.networks.custom import Custom
from social.networks.values import Attachment, Outgoing
from social.services import outbox, public_files
from tests.accounts.factories import Cast
from tests.pictures import HTML, picture

PNG = picture()


def attachment(workspace_id: int, content: bytes = PNG, *, mime: str = "image/png", name: str = "سرخ.png") -> Attachment:
    return Attachment(vault.keep(content, workspace_id=workspace_id), "image", mime, len(content), name=name)


def path_of(file: Attachment, *, workspace_id: int = 7, **more: Any) -> str:
    address = public_files.public_address(file, workspace_id=workspace_id, **more)
    assert address.startswith("https://crm.example.com/files/")
    assert address.isascii()
    assert len(address) < 500
    return address.removeprefix("https://crm.example.com")


@pytest.fixture(autouse=True)
def _public(settings: Any) -> None:
    settings.BASE_URL = "https://crm.example.com"


@contextmanager
def later(**time: float) -> Iterator[None]:
    clock.shift(timedelta(**time))
    try:
        yield
    finally:
        clock.shift(timedelta())


def test_whoever_has_the_address_gets_the_file_and_it_can_do_nothing() -> None:
    answer = Client().get(path_of(attachment(7)))
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "%D8%B3" in answer.headers["Content-Disposition"]


def test_what_could_act_is_a_download_of_no_type() -> None:
    answer = Client().get(path_of(attachment(7, HTML, mime="text/html", name="a.html")))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_its_time_is_over() -> None:
    path = path_of(attachment(7), seconds=60)
    with later(seconds=59):
        assert Client().get(path).status_code == 200
    with later(seconds=61):
        assert Client().get(path).status_code == 410


def nobody_makes_one_of_their_own() -> None:
    """Another file, another size, another workspace, a later end: each changed sign leads nowhere."""
    path = path_of(attachment(7))
    _nothing, _files, token, name = path.split("/")
    said, _dot, signature = token.rpartition(".")
    other = path_of(attachment(8, HTML, mime="image/png"), workspace_id=8).split("/")[2].rpartition(".")[0]
    for forged in (f"{other}.{signature}", f"{said}x.{signature}", f"{said}.{signature[:-2]}xx", said, "x", "." + signature):
        assert Client().get(f"/files/{forged}/{name}").status_code == 404, forged


def test_nobody_makes_one_of_their_own() -> None:
    nobody_makes_one_of_their_own()


def test_a_file_that_is_kept_no_longer_is_not_there() -> None:
    file = attachment(7)
    vault.forget(file.key, workspace_id=7)
    assert Client().get(path_of(file)).status_code == 404


def test_a_name_of_another_workspace_opens_nothing() -> None:
    assert Client().get(path_of(attachment(8), workspace_id=7)).status_code == 404


class Fetching(Custom):
    """A network that fetches files."""

    files_by_address: ClassVar[bool] = True

    def is_practice(self) -> bool:
        return False


@pytest.mark.parametrize(("base", "reached"), [("https://crm.example.com", True), ("http://localhost:8420", False)])
def test_where_nobody_reaches_us_it_is_said_in_words(settings: Any, base: str, reached: bool) -> None:
    settings.BASE_URL = base
    reason = public_files.unreachable(Fetching())
    assert (reason is None) == reached
    assert public_files.unreachable(network_of("mastodon")) is None


def test_nothing_is_queued_that_nobody_could_fetch(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BASE_URL = "http://localhost:8420"
    fetching = Fetching()
    monkeypatch.setattr(fetching, "media_refusal", lambda outgoing: None)
    monkeypatch.setattr(outbox, "network_of", lambda slug: fetching)
    said = Outgoing("direct", "Here.", to="c1", media=(attachment(cast.meridian.pk),))
    facts: dict[str, Any] = {"lane": "x", "idempotency_key": "k", "not_before": clock.now(), "actor_id": None}
    with tenant(cast.meridian.pk), pytest.raises(Invalid, match="public address"):
        outbox.queue(channel=Channel(network="custom"), outgoing=said, **facts)
