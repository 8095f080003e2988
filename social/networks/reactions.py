"""Signs below messages that exist: hearts, thumbs, emoji, and being passed on. This is how networks tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What has no emoji of its own on its network is told by these.
LIKE, REPOST, QUOTE = "❤", "🔁", "💬"
#: `Reaction.by` of the channel's own account.
US = "us"


@dataclass(frozen=True, slots=True)
class Reaction:
    """All signs of one person below one message, or, with `by` empty, how many of each there are by now from everybody.

    It says how things stand, never what was added, so that it may be told twice. What is older than what is known changes nothing.
    """

    #: The network's id of the message's first version, as its `Item.root_id` says it.
    message_id: str
    #: Emoji → how many; empty when all were taken back.
    signs: Mapping[str, int] = field(default_factory=dict)
    #: Whose, by the network's id of them; `US` for ours.
    by: str = ""
    #: When it was so (ISO time, UTC).
    at: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"message": self.message_id, "signs": dict(self.signs), "by": self.by, "at": self.at}
