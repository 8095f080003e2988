"""What a network says when it is asked whether what we have from it still stands there."""

from datetime import timedelta
from typing import ClassVar

from social.networks.features import Capability
from social.networks.values import Access, Recheck


class LookedAt:
    """The part of a network that looks for deletions (`social/services/rechecking.py`)."""

    capabilities: ClassVar[frozenset[Capability]]
    #: Seconds between two looks, how old an item may be to be looked at, and how many older ones each look takes along beside the
    #: newest hundred.
    recheck_seconds: ClassVar[float] = 300.0
    recheck_age: ClassVar[timedelta] = timedelta(days=30)
    older_items: ClassVar[int] = 100
    #: Where looking again takes money: as which kind of `Network.read_prices` it counts.
    recheck_feed: ClassVar[str] = ""

    @property
    def rechecks(self) -> bool:
        """Whether it can be asked what became of an item; some only call when one is deleted."""
        return Capability.SEES_DELETIONS in self.capabilities and type(self).recheck is not LookedAt.recheck

    def looks_at(self, external_id: str) -> bool:
        """Whether `recheck` can find out about this item. Pure."""
        return True

    def recheck(self, access: Access, external_ids: list[str]) -> Recheck:
        """Which of up to 100 public items still exist. Networks without a cheap way say that they do not know."""
        return Recheck(present=frozenset(), gone=frozenset())
