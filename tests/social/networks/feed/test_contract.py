"""Feeds keep the contract of networks that are read only."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from social.networks._feed_pages import account_of
from social.networks.base import Network
from social.networks.errors import NetworkError
from social.networks.feed import Feed
from social.networks.values import Access
from tests.social.networks.contract import PATIENCE_SECONDS
from tests.social.networks.feed import documents
from tests.social.networks.readonly import ReadOnlyContract
from tests.social.networks.servers import Asked, Says, Scripted


class TestFeed(ReadOnlyContract):
    slug = "feed"
    folder = Path(__file__).parent
    network: ClassVar[Network] = Feed(read_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS * 2)
    address = ""

    def lead_to(self, url: str, settings: Any) -> None:
        settings.PRACTICE_URL = url
        # So long that no table holds it as the account's id: there its hash stands.
        self.address = f"{url}/feed.xml?key=private-feed-key{'x' * 120}"

    def access(self) -> Access:
        return Access(external_id=account_of(self.address), secrets={"address": self.address})

    def hidden(self) -> list[str]:
        # A private feed's address is its key.
        return [self.address]

    def feed(self, *answers: Says | Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        left = list(answers)

        def answer(asked: Asked) -> Says:
            step = left.pop(0) if len(left) > 1 else left[0]
            return step(asked) if callable(step) else step

        return answer

    def page(self, numbers: list[int], *, following: str = "", broken: list[Any] | None = None) -> Says:
        odd = [f"<item><odd>{number}</odd></item>" if number % 2 else "<item/>" for number, _row in enumerate(broken or [])]
        items = [*map(documents.item, numbers), *odd]
        return documents.says(documents.rss(items, following=f"/feed.xml?page={following}" if following else ""))

    def id_of(self, number: int) -> str:
        return documents.id_of(number)

    def limited(self, *, reset: datetime | None) -> Says:
        headers = {} if reset is None else {"retry_after": format_datetime(reset, usegmt=True)}
        return documents.says(b"slow down", 429, kind="text/plain", **headers)

    def problem(self, status: int) -> Says:
        return documents.says(b"no", status, kind="text/plain")

    def test_the_account_is_named_by_the_feed(self, scripted: Scripted, settings: Any) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.page([1]))
        profile = self.network.identify(self.access())
        assert (profile.external_id, profile.name, profile.handle) == (account_of(self.address), "The blog", "")
        assert profile.practice

    @pytest.mark.parametrize("ending", sorted(ReadOnlyContract.NOTHING_SAID))
    def test_a_private_feeds_key_is_in_no_error(self, scripted: Scripted, settings: Any, ending: str) -> None:
        self.lead_to(scripted.url, settings)
        scripted.says(self.NOTHING_SAID[ending])
        with pytest.raises(NetworkError) as caught:
            self.network.fetch(self.access(), {})
        assert "private-feed-key" not in repr(caught.value) + repr(caught.value.__cause__)
        assert "private-feed-key" not in str(caught.value.reason)
