"""What every network must do on which something new can be published. Its contract class inherits this as well."""

import dataclasses
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import OutcomeUnknown
from social.networks.features import Capability
from social.networks.values import Access, Outgoing
from tests.social.networks.contract import PATIENCE_SECONDS, ReadingContract
from tests.social.networks.servers import Asked, Says, Script, Scripted


class Publishes:
    """Inherit beside the contract; say how a post of ours looks when it is read back."""

    network: Network

    def access(self) -> Access:
        raise AssertionError("Said by the contract.")

    def lead_to(self, url: str, settings: Any) -> None:
        raise AssertionError("Said by the contract.")

    def accepted(self) -> tuple[Says, str]:
        raise AssertionError("Said by the contract.")

    def sent(self, asked: list[Asked]) -> list[Asked]:
        raise AssertionError("Said by the contract.")

    def new_post(self) -> Outgoing:
        """Something that answers nothing."""
        return Outgoing("post", "From Monday on we open at nine.", key="1-70")

    def accepted_post(self) -> tuple[Says, str]:
        """The network takes it; and the id it gives."""
        return self.accepted()

    def while_publishing(self, says: Says) -> Script:
        """A script in which `says` answers the publishing itself."""
        return says

    def published(self, asked: list[Asked]) -> list[Asked]:
        """Those of the requests that publish."""
        return self.sent(asked)

    def own_posts(self, rows: list[tuple[int, str, datetime]]) -> Script:
        """Our own posts as read back: number, text and time; none answers anything."""
        raise AssertionError("Each network says it.")

    def own_post_id(self, number: int) -> str:
        """The id such a post gets."""
        return self.own_id(number)  # type: ignore[attr-defined,no-any-return]

    def test_something_new_is_published_and_gives_its_id(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        assert Capability.PUBLISH in self.network.capabilities
        says, identifier = self.accepted_post()
        scripted.says(self.while_publishing(says))
        assert self.network.send(self.access(), self.new_post()).external_id == identifier
        assert len(self.published(scripted.asked)) == 1

    @pytest.mark.parametrize("ending", ["hang", "dropped", "cut", "500", "200 with a page", "null", "429 null"])
    def test_a_publisher_never_guesses(self, scripted: Scripted, settings: Any, ending: str) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.while_publishing(ReadingContract.NOTHING_SAID[ending]))
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            self.network.send(self.access(), self.new_post())
        assert time.monotonic() - began < PATIENCE_SECONDS * 10
        assert len(self.published(scripted.asked)) == 1

    def test_what_was_published_is_found_again(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        moment, ours = now(), self.new_post()
        rows = [(3, "something else", moment), (2, ours.text, moment), (1, ours.text + "!", moment)]
        scripted.says(self.own_posts(rows))
        found = self.network.find_sent(self.access(), ours, since=moment - timedelta(minutes=5))
        assert [receipt.external_id for receipt in found.receipts] == [self.own_post_id(2)]
        assert found.complete

    def test_a_post_is_absent_when_a_whole_list_does_not_show_it(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.own_posts([]))
        found = self.network.find_sent(self.access(), self.new_post(), since=now() - timedelta(minutes=5))
        assert (found.receipts, found.complete) == ((), True)

    def test_a_post_that_does_not_fit_is_refused_before_it_is_queued(self) -> None:
        network, good = self.network, self.new_post()
        limit = network.limits.public_length
        assert network.refusal(good) is None
        assert network.refusal(dataclasses.replace(good, text="x" * limit)) is None
        for text in ("", "  \n", "x" * (limit + 1)):
            assert network.refusal(dataclasses.replace(good, text=text))
