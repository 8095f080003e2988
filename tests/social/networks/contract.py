"""What every network must do, whatever it is called. A network's own class inherits this and says how its answers look.

Everything goes over real sockets to a server that says exactly what a test scripted; nothing of ours is replaced.
"""

import dataclasses
import json
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.values import Access, Cursor, Envelope, Outgoing, Page
from tests.social.networks.payloads import PayloadContract
from tests.social.networks.servers import Asked, Says, Script, Scripted

MAX_PAGES = 60
#: The networks under test wait no longer than this; a call that takes ten times as long hangs.
PATIENCE_SECONDS = 0.6


class ReadingContract(PayloadContract, ABC):
    """What every network must do when it is read. Not inherited directly: a network keeps one of the two contracts below."""

    slug: str
    #: Whether it can be spoken through; the network's capabilities must say the same.
    sends: bool

    # --- how this network speaks ------------------------------------------------------------------------------------
    @abstractmethod
    def lead_to(self, url: str, settings: Any) -> None:
        """Lead the network's calls to `url`."""

    @abstractmethod
    def access(self) -> Access:
        """An account."""

    @abstractmethod
    def feed(self, *answers: Says | Callable[[Any], Says]) -> Callable[[Any], Says]:
        """A script that gives these answers to readers of the main feed, the last one for ever, and nothing of other feeds."""

    @abstractmethod
    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        """A page with the items of these numbers (older ones have smaller numbers), newest first or as the network does."""

    @abstractmethod
    def id_of(self, number: int) -> str:
        """The id such an item gets."""

    @abstractmethod
    def limited(self, *, reset: datetime | None) -> Says:
        """The network's 429."""

    @abstractmethod
    def problem(self, status: int) -> Says:
        """The network's own body for this status."""

    def asking(self, network: Network) -> list[Callable[[], Any]]:
        """Every question that only reads."""
        asked: list[Callable[[], Any]] = [lambda: network.fetch(self.access(), {})]
        if network.reads_back:
            asked.append(lambda: network.fetch_back(self.access(), {}, since=now() - timedelta(days=7)))
        return asked

    def reading(self, cursor: Cursor) -> Page:
        """The next page. A network without lists hands over the scripted page as its webhook would."""
        return self.network.fetch(self.access(), cursor)

    def calling(self, network: Network) -> list[Callable[[], Any]]:
        """Every call there is."""
        return [*self.asking(network), lambda: network.identify(self.access())]

    def hidden(self) -> list[str]:
        """What of the access no error may show: all but the fields that are shown openly. A network may hide more."""
        shown_openly = {field.name for field in self.network.credential_fields if not field.secret}
        return [secret for name, secret in self.access().secrets.items() if len(secret) > 8 and name not in shown_openly]

    def test_capabilities_and_contract_agree(self) -> None:
        assert self.sends != self.network.read_only
        for visibility, capability in (("public", Capability.REPLY), ("private", Capability.DIRECT_MESSAGES)):
            assert self.network.answers(visibility) == (capability in self.network.capabilities)

    # --- fetching ---------------------------------------------------------------------------------------------------
    def read_all(self, cursor: Cursor) -> tuple[list[Envelope], Cursor]:
        """Everything there is after `cursor`, each page's cursor stored as JSON in between."""
        items: list[Envelope] = []
        for _turn in range(MAX_PAGES):
            page = self.reading(cursor)
            items += page.items
            cursor = json.loads(json.dumps(page.cursor))
            if not page.more:
                return items, cursor
        raise AssertionError("The network never came to an end.")

    def _three_pages(self) -> list[Says]:
        return [
            self.page([9, 8, 7], following="two"),
            self.page([6, 5, 4], following="three"),
            self.page([3, 2, 1]),
        ]

    def test_it_reads_page_after_page_and_loses_nothing(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.feed(*self._three_pages(), self.page([])))
        items, cursor = self.read_all({})
        assert {item.external_id for item in items} == {self.id_of(number) for number in range(1, 10)}
        again, later = self.read_all(cursor)
        assert again == []
        scripted.says(self.feed(self.page([11, 10]), self.page([])))
        new, _cursor = self.read_all(later)
        assert {self.id_of(10), self.id_of(11)} <= {item.external_id for item in new}

    def test_every_item_can_be_read(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.feed(self.page([3, 2, 1])))
        items, _cursor = self.read_all({})
        for envelope in items:
            stored = json.loads(json.dumps(envelope.payload))
            item = self.network.read(stored, account_id=self.access().external_id)
            assert item.external_id == envelope.external_id

    def test_a_reader_that_dies_between_pages_goes_on_where_it_stopped(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.feed(self.page([9, 8, 7], following="two")))
        page = self.reading({})
        assert page.more
        kept = json.loads(json.dumps(page.cursor))
        scripted.says(self.feed(self.page([6, 5, 4]), self.page([])))
        items, _cursor = self.read_all(kept)
        assert {item.external_id for item in items} >= {self.id_of(number) for number in (6, 5, 4)}

    def test_the_same_question_gives_the_same_page(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.feed(self.page([9, 8, 7], following="two")))
        first, second = (self.reading({}) for _time in range(2))
        assert [item.external_id for item in first.items] == [item.external_id for item in second.items]
        assert first.cursor == second.cursor

    def test_an_item_without_an_id_is_set_aside_and_its_neighbours_go_on(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        odd = [None, 7, "text", [], {}, {"id": None}, {"id": {"a": 1}}, {"id": "not a number"}]
        scripted.says(self.feed(self.page([2, 1], broken=odd)))
        page = self.reading({})
        assert {item.external_id for item in page.items} == {self.id_of(1), self.id_of(2)}
        assert len(page.broken) == len(odd)
        assert all(reason for reason, _payload in page.broken)

    def test_an_item_given_twice_on_a_page_comes_once(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.feed(self.page([3, 2, 2, 1, 3])))
        page = self.reading({})
        assert sorted(item.external_id for item in page.items) == sorted(self.id_of(number) for number in (1, 2, 3))

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_a_refused_question_is_told_in_words(self, scripted: Scripted, settings: Any, status: int) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.problem(status))
        with pytest.raises(Rejected) as caught:
            self.network.fetch(self.access(), {})
        assert len(str(caught.value.reason)) > 10

    def test_refused_tokens_are_named_so(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.problem(401))
        for question in self.calling(self.network):
            with pytest.raises(Unauthorized):
                question()

    def test_a_limit_with_a_reset_waits_for_it(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.limited(reset=now() + timedelta(seconds=300)))
        with pytest.raises(TryLater) as caught:
            self.network.fetch(self.access(), {})
        assert 290 < caught.value.seconds <= 301
        assert len(scripted.asked) == 1

    @pytest.mark.parametrize("reset", [None, -3600])
    def test_a_limit_without_a_usable_reset_waits_all_the_same(self, scripted: Scripted, settings: Any, reset: int | None) -> None:
        self.lead_to(scripted.url, settings)
        moment = None if reset is None else now() + timedelta(seconds=reset)
        scripted.says(self.limited(reset=moment))
        with pytest.raises(TryLater) as caught:
            self.network.fetch(self.access(), {})
        assert 1 <= caught.value.seconds <= 900
        assert len(scripted.asked) == 1

    #: Endings in which nothing usable was said.
    NOTHING_SAID = {
        "500": Says(500, b"{}"),
        "503 with a page": Says.html(503),
        "200 with a page": Says.html(200),
        "null": Says(200, b"null", {"content-type": "application/json"}),
        "a list": Says(200, b"[]"),
        "a number": Says(200, b"1"),
        "nothing": Says(200, b""),
        "half a document": Says(200, b'{"data": [{"id": "1'),
        "not text": Says(200, b"\xff\xfe\x00garbage"),
        "deep nonsense": Says(200, b"[" * 200_000),
        "errors null": Says(200, b'{"errors": null}'),
        "500 errors null": Says(500, b'{"errors": null}'),
        "429 null": Says(429, b"null"),
        "cut": Says(200, b'{"data": [', cut=5000),
        "dropped": Says(drop=True),
        "hang": Says(hang=True),
        "a redirect": Says(302, b"", {"location": "https://example.com/"}),
        "unpacks wrongly": Says(200, b"not gzip", {"content-encoding": "gzip"}),
    }

    @pytest.mark.parametrize("ending", sorted(NOTHING_SAID))
    def test_readers_try_later_when_nothing_usable_was_said(self, scripted: Scripted, settings: Any, ending: str) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.NOTHING_SAID[ending])
        for question in self.asking(self.network):
            began = time.monotonic()
            with pytest.raises(TryLater) as caught:
                question()
            assert caught.value.seconds >= 1
            assert time.monotonic() - began < PATIENCE_SECONDS * 10

    def test_a_dripping_answer_does_not_hold_a_worker(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        whole = self.page([3, 2, 1])
        scripted.says(dataclasses.replace(whole, drip_seconds=PATIENCE_SECONDS / 10))
        began = time.monotonic()
        with pytest.raises(TryLater):
            self.network.fetch(self.access(), {})
        assert time.monotonic() - began < PATIENCE_SECONDS * 10

    def test_no_call_outlasts_what_the_installation_allows(self, scripted: Scripted, settings: Any) -> None:
        """Claims last as long as the installation's longest call: one that takes longer would be made twice."""
        self.lead_to(scripted.url, settings)
        settings.CALL_SECONDS = 0.8
        patient = type(self.network)()
        drip = Says(200, b" " * 500, drip_seconds=0.1)
        for says in (Says(hang=True), drip):
            scripted.says(says)
            for question in self.calling(patient):
                began = time.monotonic()
                with pytest.raises((TryLater, OutcomeUnknown)):
                    question()
                assert time.monotonic() - began < 6

    def test_nobody_listening_is_try_later(self, settings: Any) -> None:
        self.lead_to(closed_address(), settings)
        for question in self.calling(self.network):
            with pytest.raises(TryLater):
                question()

    # --- secrets ----------------------------------------------------------------------------------------------------
    def test_errors_and_descriptions_hold_no_secret(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        access = self.access()
        secrets = self.hidden()
        assert secrets
        shown = [repr(access)]
        for says in self.NOTHING_SAID.values():
            if says.hang:
                continue
            scripted.says(says)
            with pytest.raises(NetworkError) as caught:
                self.network.fetch(access, {})
            shown += [repr(caught.value), str(caught.value.reason), repr(caught.value.__cause__)]
        for secret in secrets:
            assert not [text for text in shown if secret in text]


class SendingContract(ReadingContract, ABC):
    """What every network must do that we speak through. Not inherited directly: one whose sends can be read back keeps the next
    contract, another one that of `unread`.
    """

    sends = True

    # --- how this network takes what we say -------------------------------------------------------------------------
    @abstractmethod
    def outgoing(self) -> Outgoing:
        """An answer to something public; to something private where nothing is public."""

    @abstractmethod
    def accepted(self) -> tuple[Says, str]:
        """The network takes it; and the id it gives."""

    @abstractmethod
    def refused(self) -> Says:
        """A documented refusal of `outgoing`."""

    def calling(self, network: Network) -> list[Callable[[], Any]]:
        return [*super().calling(network), lambda: network.send(self.access(), self.outgoing())]

    def while_sending(self, says: Says) -> Script:
        """A script in which `says` answers the sending itself. Networks that ask something before they send answer that well."""
        return says

    def sent(self, asked: list[Asked]) -> list[Asked]:
        """Those of the requests that send; what a network asks before sending changes nothing there."""
        return asked

    # --- sending ----------------------------------------------------------------------------------------------------
    def test_an_accepted_post_gives_its_id(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        says, identifier = self.accepted()
        scripted.says(self.while_sending(says))
        receipt = self.network.send(self.access(), self.outgoing())
        assert receipt.external_id == identifier
        assert len(self.sent(scripted.asked)) == 1

    def test_a_documented_refusal_is_proof(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.while_sending(self.refused()))
        with pytest.raises(Rejected) as caught:
            self.network.send(self.access(), self.outgoing())
        assert len(str(caught.value.reason)) > 10
        assert len(self.sent(scripted.asked)) == 1

    @pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
    def test_a_sender_never_guesses(self, scripted: Scripted, settings: Any, ending: str) -> None:
        """Time-outs, cut answers, 429 and 500, and a 200 that says nothing: it may be there, and it was sent once."""
        self.lead_to(scripted.url, settings)
        scripted.says(self.while_sending(self.NOTHING_SAID[ending]))
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            self.network.send(self.access(), self.outgoing())
        assert time.monotonic() - began < PATIENCE_SECONDS * 10
        assert len(self.sent(scripted.asked)) == 1

    def test_a_limit_while_sending_is_doubt_and_keeps_the_channel_quiet(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.while_sending(self.limited(reset=now() + timedelta(seconds=200))))
        with pytest.raises(OutcomeUnknown) as caught:
            self.network.send(self.access(), self.outgoing())
        assert 190 < caught.value.hold_seconds <= 201

    def test_a_refusal_in_unknown_words_is_doubt(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        teapot = {"title": "Teapot", "detail": "Something nobody has documented.", "error": "Teapot"}
        scripted.says(self.while_sending(Says.json(teapot, 403)))
        with pytest.raises(OutcomeUnknown):
            self.network.send(self.access(), self.outgoing())

    def test_what_cannot_be_sent_is_refused_before_it_is_queued(self) -> None:
        network, good = self.network, self.outgoing()
        assert network.refusal(good) is None
        for text in ("", "   ", "\n"):
            assert network.refusal(dataclasses.replace(good, text=text))
        limit = network.limits.private_length if good.kind == "direct" else network.limits.public_length
        assert network.refusal(dataclasses.replace(good, text="x" * limit)) is None
        assert network.refusal(dataclasses.replace(good, text="x" * (limit + 1)))
        nowhere = {"to": "", "thread_key": ""} if good.kind == "direct" else {"in_reply_to": ""}
        assert network.refusal(dataclasses.replace(good, **nowhere))


class NetworkContract(SendingContract, ABC):
    """The contract of a network that we speak through. Inherit, name the class `Test…`, say how the network's answers look."""

    @abstractmethod
    def own_items(self, rows: list[tuple[int, str, datetime]]) -> Script:
        """Our own items as read back: number, text and time; each answers what `outgoing` answers."""

    @abstractmethod
    def own_id(self, number: int) -> str:
        """The id such an item gets."""

    def asking(self, network: Network) -> list[Callable[[], Any]]:
        return [*super().asking(network), lambda: network.find_sent(self.access(), self.outgoing(), since=now())]

    # --- reading back -----------------------------------------------------------------------------------------------
    def test_what_was_sent_is_found_again(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        moment = now()
        ours = self.outgoing()
        rows = [(3, "something else", moment), (2, ours.text, moment), (1, ours.text + "!", moment)]
        scripted.says(self.own_items(rows))
        found = self.network.find_sent(self.access(), ours, since=moment - timedelta(minutes=5))
        assert [receipt.external_id for receipt in found.receipts] == [self.own_id(2)]
        assert found.complete

    def test_absent_is_only_what_a_whole_list_does_not_show(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.own_items([]))
        found = self.network.find_sent(self.access(), self.outgoing(), since=now() - timedelta(minutes=5))
        assert found.receipts == ()
        assert found.complete


def closed_address() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
