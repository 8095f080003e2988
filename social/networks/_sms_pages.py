"""Reading Twilio's lists: messages to us, messages from us, calls to us and from us, newest first, page after page.

Lists are filtered by whole days and begin with the newest (twilio.com/docs/messaging/api/message-resource, “Read multiple Message
resources”, read 2026-11), so a walk goes down until everything on a page is older than what was read before, less an overlap. The
cursor, all JSON:

    {"in": {"since": "2026-11-27T10:00:00+00:00"},                     all before it is stored
     "out": {"since": "…", "page": "/2010-04-01/…", "top": "…"},       a walk on its way, and the newest it met
     "turn": "out"}                                                    the list to go on with
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.rest import Client

from core.clock import now
from social.networks._shapes import mapping, string
from social.networks._sms_calls import OVER, version_id
from social.networks._sms_money import costs_of
from social.networks._sms_read import MESSAGES, is_ours, moment_of
from social.networks._sms_wire import SITE, Answer, Line, ask, next_page, rows_of, sid
from social.networks.values import Cursor, Envelope, Page

PAGE_ROWS = 50
#: So far back a new channel begins; what is older is an admin's errand.
BEGIN = timedelta(days=2)
#: Of so many messages with pictures on a page the list of them is asked for at once; the page is then asked for again.
MEDIA_ASKED = 3
#: Of so many answered calls on a page the legs and the recordings are asked for at once.
CALLS_ASKED = 2
#: More questions than this no call of ours takes.
CALLS = 1 + max(MEDIA_ASKED, 2 * CALLS_ASKED)
#: A call that is not over holds the mark of its list back, but no longer than a call may last.
LONGEST_CALL = timedelta(days=1)
NO_ID = "An entry without a usable id."
#: Of ours, those that are on their way for good; those that are only planned, or failed, said nothing to anybody.
SPOKEN = frozenset({"sending", "sent", "delivered", "read", "partially_delivered"})


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the reading of one list stands."""

    since: datetime
    page: str = ""
    skip: int = 0
    top: datetime | None = None

    @classmethod
    def of(cls, state: Any) -> "Walk":
        """From the cursor; a new one begins some days ago, at midnight, so that the same question gives the same answer."""
        known = mapping(state)
        skip = known.get("skip")
        return cls(
            since=_time(known.get("since")) or (now() - BEGIN).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
            page=string(known.get("page")),
            skip=skip if isinstance(skip, int) else 0,
            top=_time(known.get("top")),
        )

    def as_json(self) -> Cursor:
        parts = {"since": self.since.isoformat(), "page": self.page, "skip": self.skip}
        return {name: value for name, value in parts.items() if value} | ({"top": self.top.isoformat()} if self.top else {})


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(string(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


@dataclass(frozen=True, slots=True)
class Place:
    """Which list, as the account sees it: a number's, or a messaging service's."""

    account: str
    address: str
    overlap: timedelta
    #: Where calls are led on to: those legs are no calls of ours.
    forward: str = ""
    #: Whether another system takes the calls.
    elsewhere: bool = False

    @property
    def is_service(self) -> bool:
        return not self.address.startswith("+")

    def holds(self, row: Any) -> bool:
        """Whether a row is this channel's: of a service, Twilio's lists cannot be asked for."""
        return not self.is_service or mapping(row).get("messaging_service_sid") == self.address


#: Reads one page of one list: the place, how it stands, the day it may go back to. Returns what came and how it stands then.
Reader = Callable[[Line, Place, Walk, datetime], tuple[Page, Walk]]


def read_messages(line: Line, place: Place, walk: Walk, floor: datetime, *, ours: bool) -> tuple[Page, Walk]:
    """A page of the messages to us, or from us."""
    own = {} if place.is_service else {"from_" if ours else "to": place.address}

    def question(client: Client) -> Any:
        if walk.page:
            return client.messages.get_page(f"{SITE}{walk.page}")
        return client.messages.page(date_sent_after=floor.date().isoformat(), page_size=PAGE_ROWS, **own)

    answer = ask(line, question, "messages")
    rows = rows_of(answer, "messages")
    items, broken, done = _sort_out(line, place, rows[walk.skip :], ours=ours)
    page = Page(items, {}, broken=broken, costs=costs_of(row for row in rows if place.holds(row)))
    if done < len(rows) - walk.skip:
        return page, replace(walk, skip=walk.skip + done)
    return page, onward(walk, answer, place.account, [_when(row) for row in rows], floor)


def onward(
    walk: Walk, answer: Answer, account: str, moments: list[datetime | None], floor: datetime, *, not_past: datetime | None = None
) -> Walk:
    """How a walk stands after a whole page: further down, or over. `not_past` is where what is still under way began."""
    known = [moment for moment in moments if moment]
    top = max([*known, walk.top or walk.since])
    top = min(top, not_past) if not_past else top
    following = next_page(answer, account)
    if following and not (known and len(known) == len(moments) and max(known) < floor):
        return Walk(walk.since, following, 0, top)
    return Walk(max(top, walk.since) if not_past is None else top)


def _when(row: Any) -> datetime | None:
    return moment_of(mapping(row).get("date_sent") or mapping(row).get("date_created"))


def _sort_out(
    line: Line, place: Place, rows: list[Any], *, ours: bool
) -> tuple[tuple[Envelope, ...], tuple[tuple[str, Any], ...], int]:
    """The messages that can be told apart, the others, and how many rows were looked at."""
    found: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    asked = 0
    moment = now().isoformat(timespec="seconds")
    for done, row in enumerate(rows):
        identifier = sid(mapping(row).get("sid"), *MESSAGES)
        if not identifier:
            broken.append((NO_ID, row))
            continue
        if not place.holds(row) or is_ours(row) != ours:
            continue
        if string(row.get("status")) not in (SPOKEN if ours else ("received",)):
            continue
        payload: dict[str, Any] = {"kind": "message", "item": row, "seen_at": moment}
        if identifier not in found and string(row.get("num_media")) not in ("", "0"):
            if asked == MEDIA_ASKED:
                return tuple(found.values()), tuple(broken), done
            asked += 1
            payload["media"] = _media_of(line, identifier)
        found.setdefault(identifier, Envelope(identifier, payload))
    return tuple(found.values()), tuple(broken), len(rows)


def _media_of(line: Line, identifier: str) -> list[Any]:
    """The list of what hangs on a message."""
    return rows_of(ask(line, lambda client: client.messages(identifier).media.page(), "media_list"), "media_list")


def read_in(line: Line, place: Place, walk: Walk, floor: datetime) -> tuple[Page, Walk]:
    """What customers wrote."""
    return read_messages(line, place, walk, floor, ours=False)


def read_out(line: Line, place: Place, walk: Walk, floor: datetime) -> tuple[Page, Walk]:
    """What was written in our name, here or elsewhere."""
    return read_messages(line, place, walk, floor, ours=True)


# --- telephone calls ------------------------------------------------------------------------------------------------
def read_calls(line: Line, place: Place, walk: Walk, floor: datetime, *, ours: bool) -> tuple[Page, Walk]:
    """A page of the calls to us, or from us. A messaging service has none."""
    if place.is_service:
        return Page((), {}), Walk(walk.since)
    own = {"from_" if ours else "to": place.address}

    def question(client: Client) -> Any:
        if walk.page:
            return client.calls.get_page(f"{SITE}{walk.page}")
        return client.calls.page(start_time_after=floor.date().isoformat(), page_size=PAGE_ROWS, **own)

    answer = ask(line, question, "calls")
    rows = rows_of(answer, "calls")
    found: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    asked = 0
    for done, row in enumerate(rows[walk.skip :]):
        identifier = sid(mapping(row).get("sid"), "CA")
        if not identifier:
            broken.append((NO_ID, row))
            continue
        status, led_on = string(row.get("status")), bool(ours and place.forward and row.get("to") == place.forward)
        if is_ours(row) != ours or status not in OVER or led_on:
            continue
        payload: dict[str, Any] = {"kind": "call", "item": row, "seen_at": now().isoformat(timespec="seconds")}
        if status == "completed" and identifier not in found:
            if asked == CALLS_ASKED:
                return Page(tuple(found.values()), {}, broken=tuple(broken)), replace(walk, skip=walk.skip + done)
            asked += 1
            payload |= _details(line, identifier, legs=not ours)
        name = version_id(payload | {"elsewhere": place.elsewhere})
        found.setdefault(identifier, Envelope(name, payload | {"elsewhere": place.elsewhere}))
    moments = [_began(row) for row in rows]
    under_way = [_began(row) for row in rows if string(mapping(row).get("status")) not in OVER]
    first = min((moment for moment in under_way if moment and moment > now() - LONGEST_CALL), default=None)
    # A leg that a call was led on to is paid for as well.
    page = Page(tuple(found.values()), {}, broken=tuple(broken), costs=costs_of(rows))
    return page, onward(walk, answer, place.account, moments, floor, not_past=first)


def _began(row: Any) -> datetime | None:
    return moment_of(mapping(row).get("start_time") or mapping(row).get("date_created"))


def _details(line: Line, identifier: str, *, legs: bool) -> dict[str, Any]:
    """What a call led to, and what of it was recorded."""
    found = {"recordings": rows_of(ask(line, lambda c: c.calls(identifier).recordings.page(), "recordings"), "recordings")}
    if legs:
        found["legs"] = rows_of(ask(line, lambda c: c.calls.page(parent_call_sid=identifier), "calls"), "calls")
    return found


def read_calls_in(line: Line, place: Place, walk: Walk, floor: datetime) -> tuple[Page, Walk]:
    """Who called us."""
    return read_calls(line, place, walk, floor, ours=False)


def read_calls_out(line: Line, place: Place, walk: Walk, floor: datetime) -> tuple[Page, Walk]:
    """Whom we called."""
    return read_calls(line, place, walk, floor, ours=True)


#: In this order; the cursor knows them by these names.
LISTS: dict[str, Reader] = {"in": read_in, "out": read_out, "calls_in": read_calls_in, "calls_out": read_calls_out}


def fetch_page(line: Line, place: Place, cursor: Cursor) -> Page:
    """The next page of the list whose turn it is; after the last one the poll is over."""
    turn = _turn(cursor)
    walk = Walk.of(cursor.get(turn))
    page, walk = LISTS[turn](line, place, walk, walk.since - place.overlap)
    return _went_on(page, cursor, turn, walk)


def fetch_back(line: Line, place: Place, cursor: Cursor, since: datetime) -> Page:
    """The same lists down to `since`, whatever polls have read."""
    turn = _turn(cursor)
    state = mapping(cursor.get(turn))
    walk = Walk.of({**state, "since": since.isoformat()})
    page, walk = LISTS[turn](line, place, walk, since)
    return _went_on(page, cursor, turn, walk)


def _turn(cursor: Cursor) -> str:
    turn = string(cursor.get("turn"))
    return turn if turn in LISTS else next(iter(LISTS))


def _went_on(page: Page, cursor: Cursor, turn: str, walk: Walk) -> Page:
    names = list(LISTS)
    following = turn if walk.page or walk.skip else next(iter(names[names.index(turn) + 1 :]), "")
    kept = {name: state for name, state in cursor.items() if name in LISTS}
    state = {**kept, turn: walk.as_json()} | ({"turn": following} if following else {})
    return replace(page, cursor=state, more=bool(following))
