"""What happens in a day: customers write by day and hardly at night, agents answer, and something is always broken."""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.errors import RabtaError
from core.tenancy import tenant
from inbox.models import Message
from inbox.services import replies
from tests.practice.conftest import Network
from tests.soak.town import HEARD, House, connect

#: Each thing said bears one, so that it is known wherever it stands and however its network names it.
TOKEN = re.compile(r"\b(?:in|out)\d{6}\b")
#: Of what customers say: in private (where a network has both), edited later, deleted later; and how much is answered.
PRIVATE, EDITED, DELETED, ANSWERED = 0.2, 0.03, 0.02, 0.2
#: Networks on which people edit what stays the same post.
EDITING = ("mastodon", "telegram")
#: Every ten minutes one channel in so many meets one of these, once to three times.
TROUBLED = 12
TROUBLE_EVERY = timedelta(minutes=10)
TROUBLES: tuple[dict[str, Any], ...] = (
    {"name": "429", "options": {"seconds": 120}},
    {"name": "429", "options": {"reset": False}},
    {"name": "500"},
    {"name": "html"},
    {"name": "garble"},
    {"name": "slow", "options": {"ms": 300}},
    {"name": "twice"},
    {"name": "reorder"},
    {"name": "malformed_item"},
    {"name": "swallow", "group": "write"},
    {"name": "after500", "group": "write"},
    {"name": "after429", "group": "write"},
    {"name": "500", "group": "write"},
)
#: And every second hour somebody waits for an answer until the call's time is over, in real seconds.
HANG = {"name": "hang", "count": 1}
#: When in the day, as a share of it, the great misfortunes begin and end.
DEAD, REVOKED, POISONED, FORGOTTEN = (0.20, 0.45), (0.30, 0.42), 0.40, 0.60
#: A message that the database refuses, as it may refuse anything one day.
POISON = "unstorable"


@dataclass
class Word:
    """Something said: where, and when."""

    house: House
    at: datetime
    #: Of an answer: who asked for it, in which message it stands.
    message_id: int = 0
    edited: bool = False
    #: When its writer took it back.
    deleted_at: datetime | None = None
    poison: bool = False


@dataclass
class Day:
    """What was said so far, and hands to say more."""

    network: Network
    houses: list[House]
    began: datetime
    length: timedelta
    dice: random.Random
    now: Callable[[], datetime]
    heard: dict[str, Word] = field(default_factory=dict)
    answers: dict[str, Word] = field(default_factory=dict)
    #: Clicks that the product refused, by the reason it gave.
    refused: Counter[str] = field(default_factory=Counter)
    #: How often each trouble befell a request.
    fired: Counter[str] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _next_trouble: datetime | None = None
    _roots: int = 0

    def customers_speak(self, step: timedelta) -> None:
        """What customers say, edit and delete within a step."""
        share = rhythm(self.now()) * step / timedelta(hours=1)
        for house in self.houses:
            for _ in range(_drawn(self.dice, HEARD[house.size] * share)):
                self._say(house)

    def agents_answer(self, fresh: list[tuple[int, int]]) -> None:
        """Answer a part of the messages that came: (workspace, message)."""
        by_workspace = {house.workspace_id: house.member for house in self.houses}
        for workspace_id, message_id in fresh:
            if self.dice.random() >= ANSWERED:
                continue
            token = f"out{next(self._numbers):06}"
            try:
                with tenant(workspace_id):
                    asked = Message.objects.get(id=message_id)
                    made = replies.reply(
                        member=by_workspace[workspace_id], conversation_id=asked.conversation_id, undo_seconds=0,
                        body=f"We are looking into it ({token}).",
                    )  # fmt: skip
            except RabtaError as error:
                self.refused[error.code] += 1
                continue
            house = next(house for house in self.houses if house.channel.pk == asked.channel_id)
            self.answers[token] = Word(house, self.now(), message_id=made.pk)

    def misfortunes(self) -> list[str]:
        """Break and mend what the hour brings. Returns what the caller has to do besides, each once: `forget`."""
        part = (self.now() - self.began) / self.length
        if self._next_trouble is None or self.now() >= self._next_trouble:
            self._next_trouble = self.now() + TROUBLE_EVERY
            self._trouble()
        dead, revoked, poisoned = (self._of("middling", turn) for turn in range(3))
        if self._once("dead", part >= DEAD[0]):
            dead.marked = "dead"
        if self._once("alive", part >= DEAD[1]):
            self._trouble()
        if self._once("revoked", part >= REVOKED[0]):
            revoked.marked = "signed out"
            self.network.call("POST", "/tokens/revoke", account=revoked.brand)
        if self._once("signed in", part >= REVOKED[1]):
            self.honest()
            connect(self.network, revoked.network, revoked.brand, workspace_id=revoked.workspace_id)
            self._trouble()
        if self._once("poisoned", part >= POISONED):
            self._say(poisoned, poison=True)
        return ["forget"] if self._once("forgotten", part >= FORGOTTEN) else []

    def honest(self) -> None:
        """Turn every trouble off and count what it did."""
        for switch in self.network.call("GET", "/trouble")["on"]:
            self.fired[switch["name"]] += switch["fired"]
        self.network.call("DELETE", "/trouble")

    # --- by whom, and where ----------------------------------------------------------------------------------------------
    def _of(self, size: str, turn: int) -> House:
        """One of the channels of a size that can be signed out and in: not one whose session is made from a password."""
        fit = [house for house in self.houses if house.size == size and house.network in ("x", "mastodon", "facebook")]
        return (fit or self.houses)[turn % len(fit or self.houses)]

    def _once(self, name: str, due: bool) -> bool:
        if not due or name in self.done:
            return False
        self.done.add(name)
        return True

    def _trouble(self) -> None:
        """Other channels than before meet something; the dead one stays dead."""
        self.honest()
        for house in self.dice.sample(self.houses, max(1, len(self.houses) // TROUBLED)):
            trouble = self.dice.choice(TROUBLES)
            self.network.trouble(account=house.brand, count=self.dice.randint(1, 3), seed=self.dice.randrange(1000), **trouble)
        if self._once(f"hang {(self.now() - self.began) // timedelta(hours=2)}", True):
            self.network.trouble(account=self.dice.choice(self.houses).brand, **HANG)
        if "dead" in self.done and "alive" not in self.done:
            dead = next(house for house in self.houses if house.marked == "dead")
            self.network.trouble("html", account=dead.brand)

    def _say(self, house: House, *, poison: bool = False) -> None:
        token = f"in{next(self._numbers):06}"
        text = f"Where is my parcel? {POISON if poison else ''} {token}"
        who = self.dice.choice(house.customers)
        private = house.network == "sms" or (house.network != "bluesky" and not poison and self.dice.random() < PRIVATE)
        posted = ""
        if private and house.network != "mastodon":
            self.network.call("POST", "/dms", **{"from": who, "to": house.brand, "text": text})
        else:
            seen_by = {"visibility": "direct"} if private else {}
            posted = str(self.network.post(who, f"@{house.brand} {text}", **self._below(house), **seen_by)["id"])
        self.heard[token] = Word(house, self.now(), poison=poison)
        if posted and not poison:
            self._maybe_change(house, posted, token)

    def _below(self, house: House) -> dict[str, str]:
        """On Facebook people write below a post of the Page, which speaks itself every few hours."""
        if house.network != "facebook":
            return {}
        hours = int((self.now() - self.began) / timedelta(hours=6))
        if not house.root or self._once(f"root {house.number} {hours}", True):
            house.root = str(self.network.post(house.brand, f"News of {self.now():%H:%M}, number {house.number}")["id"])
        return {"reply_to": house.root}

    def _maybe_change(self, house: House, posted: str, token: str) -> None:
        """Sometimes an earlier word is edited, sometimes one is deleted."""
        house.said = [*house.said[-20:], (posted, token)]
        if house.network in EDITING and self.dice.random() < EDITED:
            old, of = self.dice.choice(house.said)
            self.network.call("PATCH", f"/posts/{old}", text=f"@{house.brand} Where is my parcel? Edited. {of}")
            self.heard[of].edited = True
        if self.dice.random() < DELETED:
            gone = self.dice.choice(house.said)
            house.said.remove(gone)
            self.network.call("DELETE", f"/posts/{gone[0]}")
            self.heard[gone[1]].deleted_at = self.now()


def rhythm(moment: datetime) -> float:
    """How busy the hour is, from a tenth at night to all at two in the afternoon."""
    hour = moment.hour + moment.minute / 60
    return 0.1 + 0.9 * max(0.0, math.sin(math.pi * (hour - 6) / 16))


def _drawn(dice: random.Random, mean: float) -> int:
    """How many, when so many are to be expected (Poisson, by Knuth)."""
    limit, product, number = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        number += 1
    return number
