"""Customers' and our signs (likes, emoji) below one message."""

from typing import Any, NamedTuple

from django.db import models

from core.tenancy import TenantModel
from social.networks.reactions import US


class Sign(NamedTuple):
    """One emoji below a message: how many people set it, and whether we are among them."""

    emoji: str
    count: int
    ours: bool


class Reactions(TenantModel):
    """One row a message that has signs, named as the network names it: they may be told before the message is."""

    channel_id = models.BigIntegerField()
    external_id = models.CharField(max_length=160)
    #: Who → {"at", "signs": {emoji: number}}, where the network names people. What was taken back stays as none, so that no older
    #: word revives it.
    people = models.JSONField(default=dict)
    #: Emoji → number, where the network only counts; as it stood at `counted_at` (ISO time).
    counts = models.JSONField(default=dict)
    counted_at = models.CharField(max_length=40, blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        db_table = "inbox_reactions"
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "channel_id", "external_id"], name="inbox_reactions_one"),
        ]


def signs_of(people: dict[str, Any], counts: dict[str, int]) -> list[Sign]:
    """What to show, the most frequent first. Where a network both counts and names people, the greater number holds."""
    named: dict[str, int] = {}
    for person in people.values():
        for emoji, number in person["signs"].items():
            named[emoji] = named.get(emoji, 0) + number
    ours = people.get(US, {}).get("signs", {})
    numbers = {emoji: max(named.get(emoji, 0), counts.get(emoji, 0)) for emoji in {*named, *counts}}
    return [Sign(emoji, n, emoji in ours) for emoji, n in sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])) if n > 0]
