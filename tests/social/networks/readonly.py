"""What a network must do through which nobody can be answered: say so."""

from abc import ABC
from typing import Any

import pytest

from core.clock import now
from social.networks.errors import Unsupported
from social.networks.values import Outgoing
from tests.social.networks.contract import ReadingContract
from tests.social.networks.servers import Says, Scripted


class ReadOnlyContract(ReadingContract, ABC):
    """The contract of a network through which nobody can be answered: it says so, in words, and sends nothing."""

    sends = False

    def test_it_refuses_to_send_in_words_and_asks_nobody(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says(200))
        for kind in ("reply", "direct", "post"):
            outgoing = Outgoing(kind, "We are sorry.", in_reply_to="1", to="2", thread_key="3")
            assert len(str(self.network.refusal(outgoing))) > 10
            for question in (
                lambda thing=outgoing: self.network.send(self.access(), thing),
                lambda thing=outgoing: self.network.find_sent(self.access(), thing, since=now()),
            ):
                with pytest.raises(Unsupported) as caught:
                    question()
                assert len(str(caught.value.reason)) > 10
        assert scripted.asked == []
