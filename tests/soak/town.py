"""Who lives in a soak: workspaces with a member each, their channels on six networks, and customers who write to them."""

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from accounts.models import Membership
from core.tenancy import tenant
from social.models import Channel
from social.services.connecting import NetworkAway, connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.practice.conftest import Network

#: Which networks in turn: half of the channels where most customers are.
NETWORKS = ("x", "mastodon", "bluesky", "x", "telegram", "facebook", "mastodon", "bluesky", "x", "sms")
#: Of a hundred channels so many are large, so many middling; the rest is small. And what they hear in the busiest hour.
LARGE, MIDDLING = 5, 20
HEARD = {"large": 60.0, "middling": 10.0, "small": 1.2}
#: Tokens of these are renewed or never end; the others' are given for years.
RENEWED = ("x", "bluesky", "telegram", "sms")
YEARS = 10 * 365 * 86_400
TRIES = 5
CUSTOMERS = 12
#: So many channels are connected at once.
HANDS = 6
INSTANCE = "mastodon.example"


@dataclass
class House:
    """One channel, its brand on the practice network, and those who write to it."""

    number: int
    network: str
    size: str
    member: Membership
    brand: str
    customers: list[str]
    channel: Channel
    #: Left out of the gate on lag, and why.
    marked: str = ""
    #: Facebook: the brand's post below which people write.
    root: str = ""
    #: What was said in public and still stands, newest last: id and token.
    said: list[tuple[str, str]] = field(default_factory=list)

    @property
    def workspace_id(self) -> int:
        return self.member.workspace_id


def size_of(number: int) -> str:
    """Whether a channel is large, middling or small; the same whatever the number of channels, and on every network."""
    place = number * 37 % 100
    return "large" if place < LARGE else "middling" if place < LARGE + MIDDLING else "small"


def build(network: Network, *, channels: int, workspaces: int, dice: random.Random) -> list[House]:
    """Make everybody and connect everything."""
    members = []
    for number in range(workspaces):
        owner = make_user(f"owner{number}@soak.example", name=f"Owner {number}")
        workspace = make_workspace(f"Soak {number}", owner=owner)
        with tenant(workspace.pk):
            members.append(membership_in(workspace, owner))
    network.call("POST", "/import", people=[person for number in range(channels) for person in _people(number)])
    homes = [members[dice.randrange(workspaces)] for _ in range(channels)]
    with ThreadPoolExecutor(HANDS, initializer=connections.close_all) as hands:
        return list(hands.map(lambda number: _house(network, number, homes[number]), range(channels)))


def _people(number: int) -> list[dict[str, Any]]:
    """A brand and its customers, as the practice network takes them."""
    slug = NETWORKS[number % len(NETWORKS)]
    rows: list[dict[str, Any]] = [{"handle": f"brand{number}", "name": f"Brand {number}", "is_brand": True, "network": slug}]
    return rows + [
        {"handle": f"c{number}_{turn}", "name": f"Customer {turn} of {number}", "network": slug}
        for turn in range(CUSTOMERS if size_of(number) == "large" else 3)
    ]


def _house(network: Network, number: int, member: Membership) -> House:
    slug, size = NETWORKS[number % len(NETWORKS)], size_of(number)
    brand, *customers = (person["handle"] for person in _people(number))
    channel = connect(network, slug, brand, workspace_id=member.workspace_id)
    return House(number, slug, size, member, brand, customers, channel)


def connect(network: Network, slug: str, brand: str, *, workspace_id: int) -> Channel:
    """Connect a brand's account, or connect it again, with what an admin would type."""
    life = {} if slug in RENEWED else {"seconds": YEARS}
    pair: dict[str, Any] = {} if slug == "bluesky" else network.call("POST", "/tokens", account=brand, **life)
    number = int(network.call("GET", f"/people/{brand}")["id"])
    token = pair.get("access_token", "")
    values = {
        "x": {"access_token": token, "refresh_token": pair.get("refresh_token")},
        "mastodon": {"instance": INSTANCE, "access_token": token},
        "bluesky": {"handle": f"{brand}.chowk.test", "app_password": "prac-tice-chow-kkkk"},
        "telegram": {"token": token},
        "facebook": {
            "page_id": str(number), "access_token": token, "app_secret": network.client_secret, "verify_token": "soak",
        },
        "sms": {"number": f"+1555{number % 10_000_000:07d}", "account_sid": f"AC{number:032x}", "auth_token": token},
    }[slug]  # fmt: skip
    for turn in itertools.count(1):
        try:
            return connect_with_tokens(network=slug, values=values, workspace_id=workspace_id, actor_id=None)
        except NetworkAway:
            # On a crowded machine a client library's first loading may outlast the first call's time.
            if turn == TRIES:
                raise
    raise AssertionError("unreachable")
