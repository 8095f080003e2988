"""Who calls about a site that is no network: the hubs of WebSub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hub:
    """Who calls when something under the address `topic` has changed."""

    url: str
    topic: str
