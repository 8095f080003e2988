"""What every network has to show against the practice network, which speaks its wire and lies when told to.

A file `test_over_practice.py` inherits `OverPractice`, says what is sent and what is read, and adds what its network alone does.
Module fixtures `practice` and `brand` (an Access) belong to it.
"""

import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from core.clock import now
from social.networks.base import Network
from social.networks.errors import Malformed, NetworkError, OutcomeUnknown, TryLater
from social.networks.values import Access, Cursor, Found, Item, Outgoing
from tests.social.networks.servers import Practice

#: Reading back looks from here.
SINCE = timedelta(minutes=5)
Lie = tuple[str, dict[str, Any]]
ACCEPTED: tuple[Lie, ...] = (
    ("swallow", {}),
    ("late", {"options": {"ms": 200}}),
    ("after500", {}),
    ("after429", {}),
    ("garble", {}),
)
REFUSED = ("hang", "500", "html", "429")
READING: tuple[Lie, ...] = (
    ("twice", {"options": {"mode": "item"}}),
    ("unknown_fields", {}),
    ("missing_author", {}),
    ("reorder", {}),
    ("malformed_item", {"probability": 0.5}),
    ("null", {"probability": 0.5}),
    ("garble", {"probability": 0.5}),
    ("429", {"probability": 0.3}),
    ("500", {"probability": 0.5}),
    ("html", {"probability": 0.5}),
    ("html", {"probability": 0.5, "options": {"status": 200}}),
)


def read_everything(
    network: Network, access: Access, cursor: Cursor, *, patience: int = 60, by_root: bool = False, polls: int = 1
) -> tuple[dict[str, Item], list[Any], Cursor]:
    """What the engine would have after as many tries as it takes: items by id, what was set aside, the cursor.

    With `by_root` only the newest version of everything, by the id of its first. So many `polls` are read to their ends: some
    networks look elsewhere at each.
    """
    items: dict[str, Item] = {}
    aside: list[Any] = []
    for _turn in range(patience):
        try:
            page = network.fetch(access, cursor)
        except TryLater:
            continue
        cursor = json.loads(json.dumps(page.cursor))
        aside += page.broken
        for envelope in page.items:
            try:
                item = network.read(envelope.payload, account_id=access.external_id)
                items[item.root_id if by_root else envelope.external_id] = item
            except Malformed as error:
                aside.append((error.code, envelope.payload))
        polls -= 0 if page.more else 1
        if not polls:
            break
    return items, aside, cursor


def found_in_the_end(network: Network, access: Access, outgoing: Outgoing, *, seconds: float = 10.0) -> Found:
    """What reading back shows once the network has settled; what is still under way may make it answer badly."""
    until = now() + timedelta(seconds=seconds)
    found = Found((), complete=False)
    while now() < until and not (found.receipts and found.complete):
        try:
            found = network.find_sent(access, outgoing, since=now() - SINCE)
        except NetworkError:
            continue
    return found


def accepted_by_api(practice: Practice) -> list[dict[str, Any]]:
    """What the practice network took from programs, oldest first."""
    return [entry for entry in practice.ledger() if entry["origin"] == "api" and entry["text"]]


class OverPractice:
    """Inherit, fill in what is bare, and name the class `Test…`."""

    network: ClassVar[Network]
    #: Kinds of messages that are tried while the network lies.
    kinds: ClassVar[tuple[str, ...]] = ("reply", "direct")
    #: The kinds of them for which a refusal is tried too.
    refused_kinds: ClassVar[tuple[str, ...]] = ("reply",)
    accepted: ClassVar[tuple[Lie, ...]] = ACCEPTED
    reading: ClassVar[tuple[Lie, ...]] = READING
    #: Which requests the lies are told to.
    write_group: ClassVar[dict[str, str]] = {"reply": "write", "direct": "write", "post": "write"}
    read_group: ClassVar[str | None] = "read"
    patience: ClassVar[int] = 60
    by_root: ClassVar[bool] = False
    polls: ClassVar[int] = 1

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """The rows that this network is tried with."""
        for names, values, ids in (
            ("accepted_lie", self.accepted, [name for name, _how in self.accepted]),
            ("reading_lie", self.reading, [f"{name}-{n}" for n, (name, _how) in enumerate(self.reading)]),
            ("refused_lie", REFUSED, list(REFUSED)),
        ):
            if names in metafunc.fixturenames:
                metafunc.parametrize(names, values, ids=ids)
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", self.refused_kinds if "refused_lie" in metafunc.fixturenames else self.kinds)

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        """Let a customer speak, and answer."""
        raise NotImplementedError

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        """Let customers speak for more than one page; the ids under which `read_everything` must show it."""
        return practice.posts("ali", [f"@brand complaint {number}" for number in range(90)])

    def test_accepted_without_a_word_is_doubt_and_then_found(
        self, practice: Practice, brand: Access, accepted_lie: Lie, kind: str
    ) -> None:
        outgoing = self.outgoing(practice, brand, kind)
        name, how = accepted_lie
        practice.trouble(name, group=self.write_group[kind], count=1, **how)
        with pytest.raises(OutcomeUnknown):
            self.network.send(brand, outgoing)
        practice.calm()
        found = found_in_the_end(self.network, brand, outgoing)
        assert (len(found.receipts), found.complete) == (1, True)
        assert len(accepted_by_api(practice)) == 1

    def test_not_accepted_is_doubt_too_and_then_absent(
        self, practice: Practice, brand: Access, refused_lie: str, kind: str
    ) -> None:
        outgoing = self.outgoing(practice, brand, kind)
        practice.trouble(refused_lie, group=self.write_group[kind], count=1)
        with pytest.raises(OutcomeUnknown):
            self.network.send(brand, outgoing)
        practice.calm()
        found = self.network.find_sent(brand, outgoing, since=now() - SINCE)
        assert (found.receipts, found.complete) == ((), True)

    def test_readers_lose_nothing_to_a_lying_network(self, practice: Practice, brand: Access, reading_lie: Lie) -> None:
        made = self.speak(practice, brand)
        name, how = reading_lie
        practice.trouble(name, **({"group": self.read_group} if self.read_group else {}), **how)
        how_to_read: dict[str, Any] = {"patience": self.patience, "by_root": self.by_root, "polls": self.polls}
        items, aside, cursor = read_everything(self.network, brand, {}, **how_to_read)
        practice.calm()
        # One more round, now that the network is honest: what came under the lies need not come again.
        more, _aside, _cursor = read_everything(self.network, brand, cursor, **how_to_read)
        self.nothing_is_lost(made, {**items, **more}, aside)

    def nothing_is_lost(self, made: set[str], items: dict[str, Item], aside: list[Any]) -> None:
        """Each was read, or stands aside with its reason."""
        missing = made - set(items)
        assert len(missing) <= len(aside), f"{len(missing)} of {len(made)} were lost, {len(aside)} set aside"


class MeetsLate:
    """Beside `OverPractice`, for networks that are read again a little behind the last poll."""

    network: ClassVar[Network]

    def test_what_is_held_back_is_met_later(self, practice: Practice, brand: Access) -> None:
        practice.trouble("hold", group="read", probability=0.5, options={"ms": 1500})
        practice.posts("ali", [f"@brand complaint {number}" for number in range(40)])
        items, _aside, cursor = read_everything(self.network, brand, {})
        assert 0 < len(items) < 40
        until = now() + timedelta(seconds=10)
        while len(items) < 40 and now() < until:
            more, _aside, cursor = read_everything(self.network, brand, cursor)
            items |= more
        assert len(items) == 40
