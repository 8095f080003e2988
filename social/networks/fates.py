"""What became of something we sent, as networks tell of it. Part of what pages and items say."""

from dataclasses import dataclass
from datetime import datetime

from social.networks.errors import Text


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of something we sent, by its id and by the `Outgoing.key` it was sent with (empty where no network returns it).

    Without a `reason` the network has it; with one it will never arrive, though it may have been accepted before.
    """

    external_id: str
    key: str = ""
    reason: Text = ""
    code: str = ""
    #: How far it came at the person's: `delivered`, `read`; empty while the network only has it.
    reached: str = ""
    #: Where a network names no message: everything that was sent into this thread until then and has arrived (UTC).
    thread_key: str = ""
    until: datetime | None = None
