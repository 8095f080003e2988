"""What a day came to: what was lost and doubled, how late what came was, and what it cost."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from social.networks import networks
from tests.soak.day import TOKEN, Day

#: So many messages a channel must have heard to be judged alone.
ENOUGH = 20
#: States in which somebody was told that an answer did not leave, or may not have.
TOLD = frozenset({"failed", "needs_decision", "cancelled"})
INBOUND = "SELECT channel_id, body, stored_at, deleted_at FROM inbox_message WHERE direction = 'in'"
OUTBOUND = "SELECT id, delivery_state FROM inbox_message WHERE delivery_id IS NOT NULL"
#: What was broken when it was read, as it came: where a network offers nothing twice (Telegram), it stands there alone.
BROKEN = "SELECT payload::text FROM social_rawitem WHERE state = 'set_aside'"
SET_ASIDE = "SELECT coalesce(nullif(error_code, ''), state), count(*) FROM social_rawitem WHERE state = 'set_aside' GROUP BY 1"
POLLS = "SELECT sum(pages_total), sum(items_total) FROM social_pull"
GAPS = "SELECT count(*) FILTER (WHERE finished_at IS NOT NULL), coalesce(sum(found_total), 0) FROM social_gapcheck"
LOOKED = """
SELECT count(*) FILTER (WHERE reconciled_at IS NOT NULL), count(*) FILTER (WHERE missing_since IS NOT NULL) FROM social_delivery
"""
LEFT = """
SELECT (SELECT count(*) FROM social_storedpage),
       (SELECT count(*) FROM social_delivery WHERE state IN ('queued', 'sending', 'unknown', 'waiting')),
       (SELECT count(*) FROM social_channel WHERE state <> 'connected')
"""
SIZES = """
SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND relkind = 'r' ORDER BY 2 DESC
"""


@dataclass
class Tally:
    """A day, counted up."""

    lost: list[str] = field(default_factory=list)
    #: Broken when it was read, and shown to a person as it came.
    aside: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: In another channel than it was said in.
    strayed: list[str] = field(default_factory=list)
    answers_lost: list[str] = field(default_factory=list)
    answers_doubled: list[str] = field(default_factory=list)
    #: Somebody was told that an answer had failed, and it stands there.
    belied: list[str] = field(default_factory=list)
    answer_states: Counter[str] = field(default_factory=Counter)
    lags: dict[int, list[float]] = field(default_factory=dict)
    edits: tuple[int, int] = (0, 0)
    #: Seconds until a deletion was seen, by network; and by network those that never were, though the message had come.
    deletions: dict[str, list[float]] = field(default_factory=dict)
    unseen: dict[str, list[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the promise held."""
        return not any((self.lost, self.doubled, self.strayed, self.answers_lost, self.answers_doubled, self.belied))


def counted(day: Day, cursor: Any) -> Tally:
    """Compare what was said with what stands where. The cursor is one that sees every workspace."""
    cursor.execute(INBOUND)
    inbound = cursor.fetchall()
    cursor.execute(OUTBOUND)
    states = dict(cursor.fetchall())
    cursor.execute(BROKEN)
    broken = [payload for (payload,) in cursor.fetchall()]
    return count(day, inbound, states, day.network.ledger(origin="api", limit="1000000"), broken)


def count(day: Day, inbound: list[Any], states: dict[int, str], ledger: list[dict[str, Any]], broken: Iterable[str] = ()) -> Tally:
    """The same, of rows of INBOUND, states by message, what the network wrote down that we did, and what was set aside."""
    tally = Tally()
    shown = {token for payload in broken for token in TOKEN.findall(payload)}
    stored: Counter[str] = Counter()
    edited = 0
    for channel_id, body, stored_at, deleted_at in inbound:
        for token in set(TOKEN.findall(body)) & day.heard.keys():
            word = day.heard[token]
            stored[token] += 1
            if word.house.channel.pk != channel_id:
                tally.strayed.append(token)
            tally.lags.setdefault(word.house.number, []).append((stored_at - word.at).total_seconds())
            edited += word.edited and "Edited." in body
            if word.deleted_at and deleted_at:
                tally.deletions.setdefault(word.house.network, []).append((deleted_at - word.deleted_at).total_seconds())
            elif word.deleted_at:
                tally.unseen.setdefault(word.house.network, []).append(token)
    for token, word in day.heard.items():
        if stored[token] > 1:
            tally.doubled.append(token)
        if not stored[token] and not word.deleted_at and not word.poison:
            (tally.aside if token in shown else tally.lost).append(token)
    tally.edits = edited, sum(word.edited and not word.deleted_at for word in day.heard.values())
    _count_answers(day, states, ledger, tally)
    return tally


def _count_answers(day: Day, states: dict[int, str], ledger: list[dict[str, Any]], tally: Tally) -> None:
    posted = Counter(token for entry in ledger if entry["kind"] in ("post", "dm") for token in set(TOKEN.findall(entry["text"])))
    for token, word in day.answers.items():
        state = states.get(word.message_id, "nowhere")
        tally.answer_states[state] += 1
        if posted[token] > 1:
            tally.answers_doubled.append(token)
        if not posted[token] and state not in TOLD:
            tally.answers_lost.append(token)
        if posted[token] and state in ("failed", "cancelled"):
            tally.belied.append(token)


def share(values: list[float], part: float) -> float:
    """The value below which so many of all lie; not a number between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def late(day: Day, tally: Tally, gate: timedelta) -> list[str]:
    """Channels that nothing great befell and whose lag is above the gate all the same.

    Of a channel that heard less than twenty messages the 95th of 100 is its single worst: those are judged together, by network.
    """
    judged: dict[str, list[float]] = {}
    for house in day.houses:
        lags = tally.lags.get(house.number, [])
        if not house.marked:
            name = f"channel {house.number} on {house.network}" if len(lags) >= ENOUGH else f"small channels on {house.network}"
            judged.setdefault(name, []).extend(lags)
    return [name for name, lags in judged.items() if lags and share(lags, 0.95) > gate.total_seconds()]


def unnoticed(tally: Tally, gate: timedelta) -> list[str]:
    """Networks that can be asked what was deleted, and where a deletion was never seen, or 5 in 100 later than the gate."""
    asked = [name for name, network in networks().items() if network.rechecks]
    slow = {name for name, lags in tally.deletions.items() if share(lags, 0.95) > gate.total_seconds()}
    return [name for name in asked if name in slow or tally.unseen.get(name)]


def lag_lines(day: Day, tally: Tally) -> list[str]:
    """Lag over all messages, over channels, by network, and the ten channels that waited longest."""
    by_house = {house.number: house for house in day.houses}
    sound = {number: lags for number, lags in tally.lags.items() if not by_house[number].marked}
    every = [lag for lags in sound.values() for lag in lags]
    if not every:
        return ["nothing was heard"]
    p95 = {number: share(lags, 0.95) for number, lags in sound.items()}
    lines = [
        (
            f"lag of {len(every)} messages of sound channels, seconds: p50 {share(every, 0.5):.0f}, p95 {share(every, 0.95):.0f}, "
            f"max {max(every):.0f}"
        ),
        f"p95 of {len(p95)} channels, seconds: least {min(p95.values()):.0f}, "
        + ", ".join(f"{part:.0%} {share(list(p95.values()), part):.0f}" for part in (0.25, 0.5, 0.75, 0.95))
        + f", most {max(p95.values()):.0f}",
        f"{'network':<10} {'channels':>8} {'messages':>8} {'p50':>6} {'p95':>6} {'max':>7}",
    ]
    for network in sorted({house.network for house in day.houses}):
        heard = [lags for number, lags in sound.items() if by_house[number].network == network]
        lags = [lag for some in heard for lag in some]
        if lags:
            figures = f"{share(lags, 0.5):>6.0f} {share(lags, 0.95):>6.0f} {max(lags):>7.0f}"
            lines.append(f"{network:<10} {len(heard):>8} {len(lags):>8} {figures}")
    lines.append("the ten that waited longest, and the marked ones:")
    worst = sorted(p95, key=lambda number: -p95[number])[:10] + [n for n in tally.lags if by_house[n].marked]
    for number in worst:
        house, lags = by_house[number], tally.lags[number]
        what = f"channel {number} on {house.network}, {house.size}{', ' + house.marked if house.marked else ''}"
        lines.append(
            f"    {what:<44} {len(lags):>5} messages, p50 {share(lags, 0.5):.0f}, p95 {share(lags, 0.95):.0f}, max {max(lags):.0f}"
        )
    return lines


def deletion_lines(tally: Tally) -> list[str]:
    """How many deletions were seen on each network, and how soon."""
    lines = ["deletions:"]
    for network in sorted(tally.deletions.keys() | tally.unseen.keys()):
        lags, unseen = tally.deletions.get(network, []), len(tally.unseen.get(network, []))
        soon = f", p50 {share(lags, 0.5):.0f} s, p95 {share(lags, 0.95):.0f} s, most {max(lags):.0f} s" if lags else ""
        lines.append(f"    {network:<10} {len(lags)} of {len(lags) + unseen} seen{soon}")
    return lines


def cost_lines(day: Day, cursor: Any, sizes: dict[str, int]) -> list[str]:
    """Polls, calls by their answers, limits met, and how tables grew since `sizes`."""
    cursor.execute(POLLS)
    pages, items = cursor.fetchone()
    cursor.execute(GAPS)
    checked, found = cursor.fetchone()
    cursor.execute(LOOKED)
    looked, missing = cursor.fetchone()
    cursor.execute(SET_ASIDE)
    aside = dict(cursor.fetchall())
    statuses: Counter[str] = Counter()
    for endpoint in day.network.call("GET", "/traffic")["endpoints"].values():
        statuses.update(endpoint["statuses"])
    named = day.fired["429"] + day.fired["after429"]
    grown = [(name, size - sizes.get(name, 0)) for name, size in table_sizes(cursor).items()]
    biggest = sorted(grown, key=lambda row: -row[1])[:8]
    return [
        (
            f"{pages} pages read with {items} new items; gap checks ended {checked}, found {found}; "
            f"answers looked for {looked}, not shown {missing}"
        ),
        f"set aside: {aside or 'nothing'}",
        "requests by answer: " + ", ".join(f"{status} {number}" for status, number in sorted(statuses.items())),
        f"refused by a true limit: {statuses['429'] - named} (429 in all {statuses['429']}, {named} of them lies)",
        "troubles that befell a request: " + ", ".join(f"{name} {number}" for name, number in day.fired.most_common()),
        f"clicks that the product refused: {dict(day.refused) or 'none'}",
        "tables grew by: " + ", ".join(f"{name} {size / 2**20:.1f} MB" for name, size in biggest),
    ]


def table_sizes(cursor: Any) -> dict[str, int]:
    """Bytes of each table with its indexes."""
    cursor.execute(SIZES)
    return dict(cursor.fetchall())
