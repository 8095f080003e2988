"""What every network must do that calls us. A network's own contract class inherits this beside the contract of reading.

How a call is proven differs from network to network, so each says how a genuine one looks; what follows is the same for all.
"""

import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from typing import Any

import pytest

from social.networks.errors import Forged, Malformed
from social.networks.features import Capability
from social.networks.values import Hook, Page
from tests.social.networks.contract import ReadingContract
from tests.social.networks.servers import Says, Script, Scripted

NONSENSE = (b"null", b"7", b"[", b"{}", b'"words"', b"\xff\xfe", b"[" * 100_000)


class CallingContract(ReadingContract, ABC):
    """Inherit beside the other contract, and say how this network calls."""

    @abstractmethod
    def call(self, *, body: bytes | None = None, account: str = "", genuine: bool = True) -> Hook:
        """A call about something new of our account, or of `account` where calls name one. With this body; in a stranger's hand
        where it is not genuine.
        """

    def said_of_its_keys(self) -> Script:
        """What the network says of the keys it signs with, where it publishes them."""
        return Says(500, b"")

    def heard(self, hook: Hook) -> Page:
        return self.network.unpack(self.access(), hook)

    @pytest.fixture
    def led(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.said_of_its_keys())

    def test_a_genuine_call_is_heard(self, led: None) -> None:
        assert Capability.WEBHOOKS in self.network.capabilities
        page = self.heard(self.call())
        assert page.items or page.wanted or page.rings or page.more
        for envelope in page.items:
            stored = json.loads(json.dumps(envelope.payload))
            assert self.network.read(stored, account_id=self.access().external_id).root_id

    def test_the_same_call_again_brings_the_same(self, led: None) -> None:
        first, second = (self.heard(self.call()) for _time in range(2))
        assert [item.external_id for item in first.items] == [item.external_id for item in second.items]
        assert (first.wanted, first.rings, first.more) == (second.wanted, second.rings, second.more)

    def test_a_call_in_another_hand_is_refused(self, led: None) -> None:
        bare = Hook({}, self.call().body, self.call().url)
        for hook in (self.call(genuine=False), bare):
            with pytest.raises(Forged) as caught:
                self.heard(hook)
            assert len(str(caught.value.reason)) > 10

    @pytest.mark.parametrize("body", NONSENSE)
    def test_a_signed_body_that_says_nothing_is_named_so(self, led: None, body: bytes) -> None:
        with pytest.raises(Malformed):
            self.heard(self.call(body=body))


class CallsForMany(CallingContract, ABC):
    """The same for networks that call an app about any of its accounts: what is another's is not ours to keep."""

    def test_a_call_about_another_account_brings_nothing(self, led: None) -> None:
        page = self.heard(self.call(account="another"))
        assert (page.items, page.broken, page.wanted, page.gone, page.rings, page.more) == ((), (), (), (), False, False)


def meta_call(kind: str, account: str, body: bytes | None, *, secret: str) -> Hook:
    """A call of Messenger's or Instagram's (developers.facebook.com/docs/messenger-platform/webhooks, read 2026-11), signed."""
    moment = 1_795_685_401_000
    said = {"sender": {"id": "7001"}, "recipient": {"id": account}, "timestamp": moment, "message": {"mid": "m_7", "text": "hello"}}
    document = {"object": kind, "entry": [{"id": account, "time": moment, "messaging": [said]}]}
    content = json.dumps(document).encode() if body is None else body
    made = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return Hook({"x-hub-signature-256": f"sha256={made}"}, content)
