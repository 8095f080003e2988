"""Telephone calls: somebody rings a brand's number, and what its webhook answers (TwiML) is done, in so far as it is known here.

twilio.com/docs/voice/api/call-resource, …/voice/twiml and …/voice/twiml/dial#action, 2026-11: `Dial` rings one number, `Record`
takes a message, `Say` and all else is passed over. Nobody really talks: a call of five minutes is over as soon as it was taken.
"""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..calling import later
from ..clock import now_ms
from ..problems import BadField
from ..wire.gate import Answer, Call
from . import hooks, render
from .gate import Refusal
from .numbers import number_in, number_of, sid
from .render import rfc2822
from .work import day_ms, listed, paging

if TYPE_CHECKING:
    from ..world import World

RING_MS, SPEAK_MS = 4000, 600
LONGEST_SECONDS = 7200
COLUMNS = "SELECT * FROM phone_calls WHERE brand_id = ?"


@dataclass(frozen=True)
class Plan:
    """What is going to happen: is it taken and for how long, how long does it ring, how long a message is left where one may be."""

    taken: bool
    seconds: int
    ring_ms: int
    message_seconds: int


def dial(
    world: World, *, person: sqlite3.Row, brand: sqlite3.Row, taken: Any = False, seconds: Any = 0, ring_ms: Any = RING_MS,
    message_seconds: Any = 0,
) -> dict[str, Any]:  # fmt: skip
    """A person rings a brand. Raises `BadField`."""
    for name, value, most in (
        ("seconds", seconds, LONGEST_SECONDS), ("ring_ms", ring_ms, 60_000), ("message_seconds", message_seconds, 600)
    ):  # fmt: skip
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise BadField(name, f"must be a whole number up to {most}")
    if not isinstance(taken, bool):
        raise BadField("taken", "must be true or false")
    plan = Plan(taken, seconds, ring_ms, message_seconds)
    own, leg = world.ids.next(), world.ids.next()
    with world.store.write() as db:
        db.execute(
            "INSERT INTO phone_calls (id, leg_id, person_id, brand_id, status, created_ms) VALUES (?, ?, ?, ?, 'ringing', ?)",
            (own, leg, person["id"], brand["id"], now_ms()),
        )
    hook = hooks.hook_of(world, brand)
    if hook:
        hooks.tell(world, brand, hook, form_of(world, own), then=lambda text: heard(world, own, plan, text))
    else:
        # Another system takes the calls, or nobody does.
        later(world, brand, plan.ring_ms, lambda _text: end(world, own, plan.seconds if plan.taken else 0, taken=plan.taken))
    return {"sid": sid("CA", own)}


def get(world: World, own: int) -> sqlite3.Row:
    row: sqlite3.Row = world.store.one("SELECT * FROM phone_calls WHERE id = ?", (own,))
    return row


def change(world: World, own: int, **fields: Any) -> None:
    with world.store.write() as db:
        db.execute(f"UPDATE phone_calls SET {', '.join(f'{name} = ?' for name in fields)} WHERE id = ?", [*fields.values(), own])


def both(world: World, row: sqlite3.Row) -> tuple[sqlite3.Row, sqlite3.Row]:
    """Who rings, and whom."""
    find = "SELECT * FROM people WHERE id = ?"
    return world.store.one(find, (row["person_id"],)), world.store.one(find, (row["brand_id"],))


def form_of(world: World, own: int, **more: str) -> dict[str, str]:
    """What a webhook says of a call (…/voice/twiml#twilios-request-to-your-application)."""
    row = get(world, own)
    person, brand = both(world, row)
    return {
        "CallSid": sid("CA", own), "AccountSid": sid("AC", brand["id"]), "From": number_of(person), "Caller": number_of(person),
        "To": number_of(brand), "Called": number_of(brand), "CallStatus": row["status"], "Direction": "inbound",
        "ApiVersion": "2010-04-01", "FromCountry": "US", **more,
    }  # fmt: skip


def heard(world: World, own: int, plan: Plan, text: str) -> None:
    """Do what the document says."""
    try:
        verbs = list(ET.fromstring(text)) if text else []
    except ET.ParseError:
        verbs = []
    row = get(world, own)
    _person, brand = both(world, row)
    for verb in verbs:
        action = verb.get("action", "")
        if verb.tag == "Dial":
            number = (verb.findtext("Number") or verb.text or "").strip()
            status = "completed" if plan.taken else "no-answer"
            change(world, own, leg_to=number, leg_status=status, leg_seconds=plan.seconds if plan.taken else 0)
            more = {"DialCallStatus": status, "DialCallSid": sid("CA", row["leg_id"])}
            more |= {"DialCallDuration": str(plan.seconds)} if plan.taken else {}
            form = form_of(world, own, **more)
            hooks.tell(world, brand, action, form, in_ms=plan.ring_ms, then=lambda said: heard(world, own, plan, said))
            return
        if verb.tag == "Record":
            change(world, own, status="in-progress", answered=1)
            if not plan.message_seconds:
                later(world, brand, SPEAK_MS, lambda _text: end(world, own, 3, taken=True))
                return
            change(world, own, recording_seconds=plan.message_seconds)
            path = f"/2010-04-01/Accounts/{sid('AC', brand['id'])}/Recordings/{sid('RE', own)}"
            more = {
                "RecordingSid": sid("RE", own), "RecordingUrl": f"https://api.twilio.com{path}", "Digits": "hangup",
                "RecordingDuration": str(plan.message_seconds),
            }  # fmt: skip
            form = form_of(world, own, **more)
            hooks.tell(
                world, brand, action, form, in_ms=SPEAK_MS, then=lambda _text: end(world, own, plan.message_seconds, taken=True)
            )
            return
    end(world, own, plan.seconds, taken=row["leg_status"] == "completed" or bool(row["answered"]))


def end(world: World, own: int, lasted: int, *, taken: bool) -> None:
    """The call is over; whoever wants to know it is told."""
    change(world, own, status="completed" if taken else "no-answer", seconds=lasted if taken else 0, ended_ms=now_ms())
    row = get(world, own)
    _person, brand = both(world, row)
    hooks.tell(world, brand, hooks.hook_of(world, brand), form_of(world, own, CallDuration=str(row["seconds"])))


# --- what the API shows ---------------------------------------------------------------------------------------------
def shown(world: World, row: sqlite3.Row, *, leg: bool = False) -> dict[str, Any]:
    """A call as a list shows it, or the one it was led on to."""
    person, brand = both(world, row)
    account = sid("AC", brand["id"])
    own = sid("CA", row["leg_id"] if leg else row["id"])
    over = row["status"] not in ("ringing", "in-progress")
    return {
        "sid": own, "account_sid": account, "parent_call_sid": sid("CA", row["id"]) if leg else None, "from": number_of(person),
        "to": row["leg_to"] if leg else number_of(brand), "direction": "outbound-dial" if leg else "inbound",
        "status": row["leg_status"] if leg else row["status"],
        "duration": str(row["leg_seconds"] if leg else row["seconds"]) if over else None,
        "date_created": rfc2822(row["created_ms"]), "start_time": rfc2822(row["created_ms"]),
        "end_time": rfc2822(row["ended_ms"]) if over else None, "caller_name": None, "answered_by": None,
        "price": "-0.01300" if over and row["ended_ms"] + render.DELIVERED_MS < now_ms() else None,
        "price_unit": "USD", "api_version": "2010-04-01", "uri": f"/2010-04-01/Accounts/{account}/Calls/{own}.json",
    }  # fmt: skip


def list_calls(call: Call) -> Answer:
    """Calls: filtered by To, From, the day, and the call that led to them."""
    parent = call.query.get("ParentCallSid", "")
    rows = call.world.store.all(f"{COLUMNS} ORDER BY id DESC", (call.me["id"],))
    if parent:
        legs = [shown(call.world, row, leg=True) for row in rows if sid("CA", row["id"]) == parent and row["leg_status"]]
        return Answer({"calls": legs, **paging(call, "")})
    floor = day_ms(call.query.get("StartTime>", ""))
    both_ways = [(row["id"], row["created_ms"], shown(call.world, row)) for row in rows]
    both_ways += [(row["leg_id"], row["created_ms"], shown(call.world, row, leg=True)) for row in rows if row["leg_status"]]
    wanted = [
        (own, entry) for own, created_ms, entry in sorted(both_ways, key=lambda found: -found[0])
        if created_ms >= floor and all(call.query.get(n, entry[f]) == entry[f] for n, f in (("To", "to"), ("From", "from")))
    ]  # fmt: skip
    page, following = listed(call, wanted, lambda found: found[0])
    return Answer({"calls": [entry for _own, entry in page], **paging(call, following)})


def list_recordings(call: Call) -> Answer:
    """A call's Recordings."""
    row = call.world.store.one(f"{COLUMNS} AND id = ?", (call.me["id"], number_in(call.path["call"])))
    if row is None:
        raise Refusal(404, 20404, f"The requested resource {call.address} was not found")
    own, account = sid("RE", row["id"]), call.path["account"]
    entry = {
        "sid": own, "account_sid": account, "call_sid": sid("CA", row["id"]), "duration": str(row["recording_seconds"]),
        "source": "RecordVerb", "status": "completed", "channels": 1, "date_created": rfc2822(row["created_ms"]),
        "uri": f"/2010-04-01/Accounts/{account}/Recordings/{own}.json",
    }  # fmt: skip
    return Answer({"recordings": [entry] if row["recording_seconds"] else [], **paging(call, "")})


def lines(world: World, person: sqlite3.Row, brand: sqlite3.Row) -> list[dict[str, Any]]:
    """The calls between both, for a page."""
    rows = world.store.all(f"{COLUMNS} AND person_id = ? ORDER BY id", (brand["id"], person["id"]))
    return [
        {"at": row["created_ms"], "status": row["status"], "seconds": row["seconds"], "message": row["recording_seconds"]}
        for row in rows
    ]
