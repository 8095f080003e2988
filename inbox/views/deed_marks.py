"""What a message shows of deeds: what was done to it on its network, what is under way, and what this reader may do."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from inbox.models import Direction, Message
from inbox.services.deeds import deed_of, on_network, right_for
from social.models import DeedState
from social.networks.base import Network
from social.networks.values import DeedKind

#: Kind → its icon, what the menu calls it, what it is called while it is done, and when it could not be.
WORDS: dict[DeedKind, tuple[str, str | Promise, str | Promise, str | Promise]] = {
    DeedKind.LIKE: ("heart", gettext_lazy("Like"), gettext_lazy("Liking…"), gettext_lazy("Could not be liked:")),
    DeedKind.UNLIKE: (
        "heart", gettext_lazy("Take the like back"), gettext_lazy("Taking the like back…"),
        gettext_lazy("The like could not be taken back:"),
    ),
    DeedKind.HIDE: (
        "eye-off", gettext_lazy("Hide from others"), gettext_lazy("Hiding…"), gettext_lazy("Could not be hidden:"),
    ),
    DeedKind.UNHIDE: (
        "eye", gettext_lazy("Show to others again"), gettext_lazy("Showing again…"), gettext_lazy("Could not be shown again:"),
    ),
    DeedKind.EDIT: ("pencil", gettext_lazy("Edit"), gettext_lazy("Changing…"), gettext_lazy("Could not be changed:")),
    DeedKind.DELETE: ("trash", gettext_lazy("Delete"), gettext_lazy("Deleting…"), gettext_lazy("Could not be deleted:")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing this reader may do now."""

    kind: str
    icon: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was done, is being done, or could not be. `retry` is the kind to ask for again; `text` its words."""

    icon: str
    words: str
    tone: str = ""
    reason: str = ""
    retry: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DeedsShown:
    """All of it for one message. `may_edit` and `may_delete` ask something first, so that their offers stand apart."""

    marks: tuple[Mark, ...] = ()
    offers: tuple[Offer, ...] = ()
    may_edit: bool = False
    may_delete: bool = False
    earlier: tuple[dict[str, Any], ...] = ()

    @property
    def any_offer(self) -> bool:
        return bool(self.offers or self.may_edit or self.may_delete)


def deeds_shown(network: Network, message: Message, member: Membership) -> DeedsShown:
    """What to draw. No query."""
    if message.direction == Direction.NOTE:
        return DeedsShown()
    kinds = _offered(network, message, member)
    earlier = tuple(message.deeds.get("edit", {}).get("earlier", [])) if message.deleted_at is None else ()
    return DeedsShown(
        marks=tuple(_marks(message, kinds)),
        offers=tuple(
            Offer(kind.value, WORDS[kind][0], str(network.deed_labels.get(kind, WORDS[kind][1])))
            for kind in kinds
            if kind not in (DeedKind.EDIT, DeedKind.DELETE)
        ),
        may_edit=DeedKind.EDIT in kinds,
        may_delete=DeedKind.DELETE in kinds,
        earlier=earlier,
    )


def _offered(network: Network, message: Message, member: Membership) -> list[DeedKind]:
    """What the network offers for such a message, this reader may do, and makes sense as the message stands."""
    if not network.deeds or not on_network(message):
        return []
    idle = {DeedKind.UNLIKE: not message.liked, DeedKind.LIKE: message.liked}
    idle |= {DeedKind.UNHIDE: not message.hidden, DeedKind.HIDE: message.hidden}
    under_way = {row["kind"] for row in message.deeds.values() if row.get("state") in (DeedState.QUEUED, DeedState.DOING)}
    if DeedKind.DELETE in under_way:
        return []
    ours = message.direction == Direction.OUT
    return [
        kind
        for kind in WORDS
        if kind in network.deeds
        and kind not in under_way
        and not idle.get(kind, False)
        and member.may(right_for(kind, ours=ours))
        and network.deed_refusal(deed_of(message, kind, text=".")) is None
    ]


def _marks(message: Message, kinds: list[DeedKind]) -> list[Mark]:
    found: list[Mark] = []
    if message.deleted_at is not None:
        return found
    if message.reached:
        found.append(Mark("checks", _("Delivered")) if message.reached == "delivered" else Mark("eye", _("Read")))
    if message.liked:
        found.append(Mark("heart-filled", _("Liked"), tone="bad"))
    if message.hidden:
        found.append(Mark("eye-off", _("Hidden from others")))
    for row in message.deeds.values():
        if row.get("kind") not in DeedKind.__members__.values():
            continue
        kind = DeedKind(row["kind"])
        icon, _label, under_way, could_not = WORDS[kind]
        if row["state"] in (DeedState.QUEUED, DeedState.DOING):
            found.append(Mark("loader-2", str(under_way), tone="warn" if row["error"] else "", reason=row["error"]))
        elif row["state"] == DeedState.FAILED:
            retry = kind.value if kind in kinds else ""
            found.append(Mark(icon, str(could_not), tone="bad", reason=row["error"], retry=retry, text=row.get("text", "")))
    return found
