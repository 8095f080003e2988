"""Who calls about a site that is no network: the hubs of WebSub."""

from collections.abc import Mapping
from dataclasses import dataclass

from social.networks.errors import Unsupported
from social.networks.values import Access, Cursor, Greeting


@dataclass(frozen=True, slots=True)
class Hub:
    """Who calls when something under the address `topic` has changed."""

    url: str
    topic: str


class Called:
    """The part of a network that hubs call. Most have none."""

    def farewell(self, query: Mapping[str, str]) -> Greeting:
        """What to answer when a network asks with GET whether it may stop calling a channel that is disconnected. Raises Forged."""
        raise Unsupported("This network asks for nothing before it calls.")

    def hub(self, cursor: Cursor) -> Hub | None:
        """Who calls when there is something new, as far as the last poll found out. Pure."""
        return None

    def subscribe(self, access: Access, hub: Hub) -> None:
        """Ask a hub to call, with the secret `hub_secret`; `greet` hears what comes of it. Raises TryLater, Rejected."""
        raise Unsupported("This network has no hubs.")

    def unsubscribe(self, hub: Hub, *, hook_url: str) -> None:
        """Ask a hub to call no longer; `farewell` confirms it. Raises TryLater, Rejected."""
        raise Unsupported("This network has no hubs.")

    def rung(self, cursor: Cursor) -> Cursor:
        """The cursor to go on with after the network rang: what was to wait for its time is asked for now. Pure."""
        return cursor
