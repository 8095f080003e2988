"""What every network must do through which something can be done to messages that exist. Inherited beside the contract of sending.

Doing it twice is doing it once, so there is no doubt: whatever is not a clear answer is tried again.
"""

import dataclasses
import time
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.features import Capability
from social.networks.values import OUR_PRIVATE, OUR_PUBLIC, THEIR_PRIVATE, THEIR_PUBLIC, Access, Deed, DeedKind
from tests.social.networks.contract import PATIENCE_SECONDS, ReadingContract, closed_address
from tests.social.networks.servers import Says, Script, Scripted

PLACES = {
    THEIR_PUBLIC: {"visibility": "public", "ours": False},
    OUR_PUBLIC: {"visibility": "public", "ours": True},
    THEIR_PRIVATE: {"visibility": "private", "ours": False},
    OUR_PRIVATE: {"visibility": "private", "ours": True},
}
NEEDS = {
    Capability.REACTIONS: DeedKind.LIKE,
    Capability.HIDE: DeedKind.HIDE,
    Capability.DELETE: DeedKind.DELETE,
    Capability.EDIT: DeedKind.EDIT,
}


class ActingContract(ReadingContract, ABC):
    """Inherit beside the other contract, and say how the network's answers look."""

    @abstractmethod
    def deed_id(self, place: str) -> str:
        """The id of a message of ours or theirs, public or private."""

    @abstractmethod
    def done(self, deed: Deed) -> Says:
        """The network says that it is so."""

    @abstractmethod
    def gone(self, deed: Deed) -> Says:
        """The network says that it has no such message (any more)."""

    def thread(self) -> str:
        """The conversation such a message stands in, where the network must be told whose it is."""
        return ""

    def while_doing(self, deed: Deed, says: Says) -> Script:
        """A script in which `says` answers the doing itself. Networks that ask something before answer that well."""
        return says

    # ------------------------------------------------------------------------------------------------------------------
    def every_deed(self) -> list[Deed]:
        """One of each kind in each place where it is offered."""
        return [
            self._deed(kind, place, text="Better words." if kind == DeedKind.EDIT else "")
            for kind, places in sorted(self.network.deeds.items())
            for place in sorted(places)
        ]

    def _deed(self, kind: DeedKind, place: str, *, text: str) -> Deed:
        return Deed(kind, self.deed_id(place), text=text, thread_key=self.thread(), **PLACES[place])  # type: ignore[arg-type]

    def test_capabilities_and_deeds_agree(self) -> None:
        for capability, kind in NEEDS.items():
            assert (capability in self.network.capabilities) == (kind in self.network.deeds), capability
        for kind, opposite in ((DeedKind.LIKE, DeedKind.UNLIKE), (DeedKind.HIDE, DeedKind.UNHIDE)):
            assert self.network.deeds.get(kind) == self.network.deeds.get(opposite)
        assert self.every_deed()

    def test_every_deed_is_done_and_done_again(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        for deed in self.every_deed():
            assert self.network.deed_refusal(deed) is None
            scripted.says(self.while_doing(deed, self.done(deed)))
            for _time in range(2):
                self.network.act(self.access(), deed)
            assert scripted.asked

    @pytest.mark.parametrize("ending", sorted(ReadingContract.NOTHING_SAID))
    def test_what_is_not_clear_is_tried_again(self, scripted: Scripted, settings: Any, ending: str) -> None:
        self.lead_to(scripted.url, settings)
        for deed in {deed.kind: deed for deed in self.every_deed()}.values():
            scripted.says(self.while_doing(deed, self.NOTHING_SAID[ending]))
            began = time.monotonic()
            with pytest.raises(TryLater) as caught:
                self.network.act(self.access(), deed)
            assert caught.value.seconds >= 1, deed
            assert time.monotonic() - began < PATIENCE_SECONDS * 10
            for secret in self.hidden():
                assert secret not in repr(caught.value) + str(caught.value.reason) + repr(caught.value.__cause__)

    def test_a_limit_is_waited_for(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        for deed in self.every_deed():
            scripted.says(self.while_doing(deed, self.limited(reset=now() + timedelta(seconds=200))))
            with pytest.raises(TryLater) as caught:
                self.network.act(self.access(), deed)
            assert 190 < caught.value.seconds <= 201

    def test_refused_tokens_are_named_so_while_doing(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.problem(401))
        for deed in self.every_deed():
            with pytest.raises(Unauthorized):
                self.network.act(self.access(), deed)

    def test_a_refusal_is_told_in_words(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        for deed in self.every_deed():
            scripted.says(self.while_doing(deed, self.problem(403)))
            with pytest.raises(Rejected) as caught:
                self.network.act(self.access(), deed)
            assert len(str(caught.value.reason)) > 10

    def test_what_is_gone_is_gone(self, scripted: Scripted, settings: Any) -> None:
        """Certainly gone is deleted; where a network may mean that we may not look, the deed tells so, and the engine decides."""
        self.lead_to(scripted.url, settings)
        for deed in self.every_deed():
            scripted.says(self.while_doing(deed, self.gone(deed)))
            assert self._ending(deed) in ({"gone", "done"} if deed.kind in (DeedKind.DELETE, DeedKind.UNLIKE) else {"gone"}), deed

    def _ending(self, deed: Deed) -> str:
        try:
            self.network.act(self.access(), deed)
        except Rejected as error:
            return error.code
        return "done"

    def test_nobody_listening_is_tried_again(self, settings: Any) -> None:
        self.lead_to(closed_address(), settings)
        for deed in self.every_deed():
            with pytest.raises(TryLater):
                self.network.act(self.access(), deed)

    def test_what_is_not_offered_is_refused_before_it_is_queued(self) -> None:
        for kind in DeedKind:
            for place in PLACES:
                deed = self._deed(kind, place, text="Better words." if kind == DeedKind.EDIT else "")
                offered = place in self.network.deeds.get(kind, frozenset())
                assert (self.network.deed_refusal(deed) is None) == offered, (kind, place)
        for deed in self.every_deed():
            if deed.kind == DeedKind.LIKE:
                signs = self.network.reactions if deed.visibility == "private" else ()
                for text in ("❤️", "🦊", "words"):
                    refused = self.network.deed_refusal(dataclasses.replace(deed, text=text))
                    assert (refused is None) == (text in signs), text
            if deed.kind != DeedKind.EDIT:
                continue
            limits = self.network.limits
            limit = limits.public_length if deed.visibility == "public" else limits.private_length
            for text in ("", "  ", "x" * (limit + 1)):
                assert self.network.deed_refusal(dataclasses.replace(deed, text=text)), text
            assert self.network.deed_refusal(dataclasses.replace(deed, text="x" * limit)) is None

    def test_a_deed_is_told_as_json(self) -> None:
        for deed in self.every_deed():
            assert Deed.from_json(deed.as_json()) == deed


def act_on(network: Network, access: Access, kind: DeedKind, external_id: str, *, ours: bool = False, **fields: Any) -> None:
    """Do one thing to one message."""
    network.act(access, Deed(kind, external_id, fields.pop("visibility", "public"), ours, **fields))
