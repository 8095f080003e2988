"""What a subscriber is. The one table of them stands in config/subscribers.py."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A service that reads the log: `handler(events)` runs inside one tenant transaction together with the cursor's step.

    It must bear the same event twice. `handler` is a dotted path, so that this room imports no room above. Without `bell` it reads
    when the sweep comes by, some seconds later, many events at once.
    """

    name: str
    kinds: frozenset[str]
    handler: str
    bell: bool = True


@lru_cache(maxsize=1)
def subscribers() -> dict[str, Subscriber]:
    """All subscribers by name."""
    table: tuple[Subscriber, ...] = import_string(settings.EVENT_SUBSCRIBERS)
    return {subscriber.name: subscriber for subscriber in table}


@lru_cache(maxsize=256)
def listening_to(kind: str) -> tuple[str, ...]:
    """Names of the subscribers whom one kind of event rings for."""
    return tuple(name for name, subscriber in subscribers().items() if subscriber.bell and kind in subscriber.kinds)
