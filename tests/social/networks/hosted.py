"""What a network must do that is our own: nothing goes over a wire, so what is said is either committed or certainly was not."""

import dataclasses
import json
import socket
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import Rejected
from social.networks.features import Capability
from social.networks.values import Access, Outgoing
from tests.social.networks.payloads import PayloadContract


@pytest.fixture(autouse=True)
def _nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails: the methods of such a network are pure."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a hosted network called somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)


class HostedContract(PayloadContract, ABC):
    """The contract of a network that we host ourselves. Without a wire there is no time-out, no 429 and no unknown outcome to test;
    what takes their place is that sending names a receipt and does nothing, and that absence is always certain.
    """

    slug: str
    network: Network

    @abstractmethod
    def access(self) -> Access:
        """A channel."""

    @abstractmethod
    def outgoing(self) -> Outgoing:
        """An answer, with the key that the engine gives it."""

    @abstractmethod
    def bad_accesses(self) -> list[Access]:
        """What cannot be connected, each blamed on the field `name`."""

    def test_it_claims_what_it_can_do(self) -> None:
        assert self.network.hosted
        assert not self.network.read_only
        assert not self.network.capabilities & {Capability.WEBHOOKS, Capability.STREAMING, Capability.BACKFILL, Capability.REPLY}
        assert self.network.answers("private")
        assert not self.network.answers("public")

    def test_there_is_nothing_to_fetch(self) -> None:
        page = self.network.fetch(self.access(), {})
        assert (page.items, page.broken, page.more, page.cursor) == ((), (), False, {})
        kept = {"anything": 1}
        assert self.network.fetch(self.access(), kept).cursor == kept

    def test_sending_names_a_receipt_and_nothing_else(self) -> None:
        network, ours = self.network, self.outgoing()
        first, second = network.send(self.access(), ours), network.send(self.access(), ours)
        assert first == second
        assert ours.key in first.external_id
        assert len(first.external_id) <= 160
        another = network.send(self.access(), dataclasses.replace(ours, key="7-9"))
        assert another.external_id != first.external_id

    def test_what_was_not_committed_was_certainly_not_sent(self) -> None:
        found = self.network.find_sent(self.access(), self.outgoing(), since=now() - timedelta(days=1))
        assert found.receipts == ()
        assert found.complete

    def test_what_cannot_be_sent_is_refused_before_it_is_queued(self) -> None:
        network, good = self.network, self.outgoing()
        assert network.refusal(good) is None
        for text in ("", "   ", "\n"):
            assert network.refusal(dataclasses.replace(good, text=text))
        limit = network.limits.private_length
        assert network.refusal(dataclasses.replace(good, text="x" * limit)) is None
        assert network.refusal(dataclasses.replace(good, text="x" * (limit + 1)))
        assert network.refusal(dataclasses.replace(good, to="", thread_key=""))
        for kind in ("reply", "post"):
            assert network.refusal(dataclasses.replace(good, kind=kind))

    def test_a_delivery_survives_its_time_as_json(self) -> None:
        again = Outgoing.from_json(json.loads(json.dumps(self.outgoing().as_json())))
        assert again == dataclasses.replace(self.outgoing(), key="")

    def test_what_cannot_be_connected_is_blamed_by_name(self) -> None:
        for access in self.bad_accesses():
            with pytest.raises(Rejected) as caught:
                self.network.identify(access)
            assert caught.value.field == "name"
            assert len(str(caught.value.reason)) > 10
        profile = self.network.identify(self.access())
        assert profile.external_id
        assert len(profile.external_id) <= 128
