"""A system of one's own against the practice network's desk: a process that speaks its wire, and lies when told to."""

from typing import ClassVar

import pytest

from social.networks.base import Network
from social.networks.custom import PRACTICE, Custom
from social.networks.errors import Rejected, Unauthorized
from social.networks.values import Access, Deed, DeedKind, Outgoing
from tests.social.networks.overpractice import OverPractice
from tests.social.networks.servers import Practice

NETWORK = Custom(read_seconds=1.5, total_seconds=6.0)


def desk(secret: str, handle: str = "brand") -> Access:
    return Access(handle, {"name": handle, "secret": secret, "address": f"https://desk.chowk.test/rabta/{handle}"}, handle)


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="custom")
    practice.person("ali", network="custom")
    return desk(practice.tokens("brand")["access_token"])


def write(practice: Practice, text: str) -> str:
    row = practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": text})
    return str(row["id"])


def test_the_desk_says_who_it_is_and_whose_secret_it_knows(practice: Practice, brand: Access) -> None:
    assert NETWORK.identify(brand).external_id == "brand"
    practice.person("anardesk", is_brand=True, network="custom")
    assert NETWORK.practice_offer() == " · ".join(PRACTICE)
    assert NETWORK.identify(desk(PRACTICE[1], "anardesk")).handle == "anardesk"
    for wrong in (desk("a secret of somebody else's"), desk(PRACTICE[1], "ali")):
        with pytest.raises(Unauthorized):
            NETWORK.fetch(wrong, {})


def test_deeds_are_done_once_however_often(practice: Practice, brand: Access) -> None:
    theirs, ali = write(practice, "help"), str(practice.call("GET", "/people/ali")["id"])
    own = NETWORK.send(brand, Outgoing("direct", "Sorry", to=ali, key="7-1")).external_id
    # The same key again is the same reply.
    assert NETWORK.send(brand, Outgoing("direct", "Sorry", to=ali, key="7-1")).external_id == own
    for kind, target, ours in ((DeedKind.LIKE, theirs, False), (DeedKind.EDIT, own, True), (DeedKind.DELETE, own, True)):
        for _time in range(2):
            NETWORK.act(brand, Deed(kind, target, "private", ours, text="Sorry!"))
    with pytest.raises(Rejected) as caught:
        NETWORK.act(brand, Deed(DeedKind.EDIT, own, "private", ours=True, text="Late"))
    assert caught.value.code == "gone"
    with pytest.raises(Rejected):
        NETWORK.act(brand, Deed(DeedKind.DELETE, theirs, "private", ours=True))


class TestOverPractice(OverPractice):
    network: ClassVar[Network] = NETWORK
    kinds: ClassVar[tuple[str, ...]] = ("direct",)
    refused_kinds: ClassVar[tuple[str, ...]] = ("direct",)

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        write(practice, "help")
        ali = str(practice.call("GET", "/people/ali")["id"])
        return Outgoing("direct", "We are sorry & help.", to=ali, thread_key=ali, key="7-1")

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        return {write(practice, f"complaint {number}") for number in range(25)}
