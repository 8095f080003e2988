"""Web chat keeps the contract of networks that we host ourselves."""

from pathlib import Path
from typing import ClassVar

from social.networks._webchat_read import item_id
from social.networks.base import Network
from social.networks.values import Access, Outgoing
from social.networks.webchat import WebChat
from tests.social.networks.hosted import HostedContract, _nobody_is_called  # noqa: F401 - the fixture stands guard here
from tests.social.networks.uploads import TakesFiles


class TestWebChat(TakesFiles, HostedContract):
    slug = "webchat"
    folder = Path(__file__).parent
    network: ClassVar[Network] = WebChat()

    def access(self) -> Access:
        return Access(external_id="shop desk", secrets={"name": "Shop Desk", "signing_secret": "s" * 43})

    def outgoing(self) -> Outgoing:
        return Outgoing("direct", "We are sorry.", to="visitor-1", thread_key="visitor-1", key="3-17")

    def bad_accesses(self) -> list[Access]:
        names = ("", " ", "n" * 61, "\u200b\u200d", "\u2800")
        return [Access(external_id="", secrets={"name": name}) for name in names]


def test_one_name_is_one_channel_however_it_is_spelled() -> None:
    def account(name: str) -> str:
        return WebChat().identify(Access(external_id="", secrets={"name": name})).external_id

    assert account("Shop  Desk") == account("shop desk")
    assert account("دكان") == account("دکان")
    assert account("Shop Desk") != account("Shop Desk 2")


def test_a_line_has_one_id_however_often_it_is_sent() -> None:
    assert item_id("visitor-1", "line-0001") == item_id("visitor-1", "line-0001")
    assert len({item_id(person, line) for person in ("a", "b") for line in ("1", "2")}) == 4
