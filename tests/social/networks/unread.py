"""What a network must do that shows nobody what was sent: say so, and guess nothing."""

from abc import ABC
from datetime import timedelta
from typing import Any

from core.clock import now
from tests.social.networks.contract import SendingContract
from tests.social.networks.servers import Says, Scripted


class UnreadContract(SendingContract, ABC):
    """The contract of a network that we speak through, and that cannot be asked what we said."""

    def test_what_was_sent_is_never_taken_for_absent(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(Says(200))
        assert not self.network.shows_sent
        found = self.network.find_sent(self.access(), self.outgoing(), since=now() - timedelta(minutes=5))
        assert found.receipts == ()
        assert not found.complete
        assert scripted.asked == []
