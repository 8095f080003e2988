"""Direct messages of Bluesky: a service of its own behind the account's server, named in a header (lexicons chat.bsky.convo
listConvos, getMessages, getConvoForMembers, sendMessage, and atproto.com/specs/xrpc#service-proxying, read 2026-11).

Only an app password made with access to direct messages may ask it; others hear “Bad token method”. Talks are listed newest first
and change their `rev` with whatever happens in them, so that one question tells which to look into; no log is needed, which would
begin “now” (github.com/bluesky-social/atproto/issues/2760). Talks of more than two are left out: an answer there is read by
everybody in them. The part of the cursor that is ours:

    {"seen": {"talk": ["rev", "2026-…Z"]},    how a talk stood when it was read, and the time of its newest message
     "queue": [["talk", {"did": …}, "place", "rev", "2026-…Z", 0]],   talks to be looked into
     "signs": {"chat:…": "did ❤"}, "closed": "no_permission"}
"""

import re
import time
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._bluesky_text import facets_for, is_did
from social.networks._bluesky_wire import NAME, Answer, Line, garbled, moment_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.reactions import US, Reaction
from social.networks.values import Envelope, Found, Outgoing, Page, Receipt

#: Lexicon chat.bsky.convo.defs#messageInput: graphemes, and bytes.
MAX_GRAPHEMES = 1000
MAX_BYTES = 10_000
ROWS = 100
#: Talks looked into at the first reading, and pages of messages of one talk.
FIRST_TALKS = 50
TALK_PAGES = 3
READ_BACK_PAGES = 5
OVERLAP = timedelta(minutes=5)
KEPT = 500
UNSENT_SECONDS = 5.0
NO_PERMISSION = "no_permission"
#: Items, signs, the cursor's part, and whether there is more to ask.
Looked = tuple[tuple[Envelope, ...], tuple[Reaction, ...], dict[str, Any], bool]
_NAME = re.compile(r"^chat:([A-Za-z0-9._-]{1,90})(?::([A-Za-z0-9._-]{1,60}))?$")


def talk_of(name: str) -> str:
    """The talk behind a thread's key or a message's id; empty when it is none."""
    found = _NAME.match(name)
    return found[1] if found else ""


def message_name(talk: str, identifier: Any) -> str:
    """The id of a message here, whose own counts within its talk; empty when it has none."""
    name = f"chat:{talk}:{string(identifier)}"
    return name if string(identifier) and _NAME.match(name) else ""


def lacks_permission(answer: Answer) -> bool:
    """Whether the app password may not ask this. Its error has the name that worn-out tokens have; only its words tell."""
    return answer.status == 400 and answer.error == "InvalidToken" and "token method" in answer.words.lower()


def no_permission() -> Rejected:
    words = _("This app password does not cover direct messages. Make one that does, and connect again.")
    return Rejected(words, code=NO_PERMISSION)


def _ask(line: Line, nsid: str, asked: dict[str, Any], name: str) -> Answer:
    """Put a question about talks. Raises Unauthorized, TryLater, Rejected."""
    try:
        answer = line.ask_chat(nsid, asked)
    except Unanswered as error:
        raise error.as_trouble(NAME) from error
    if lacks_permission(answer):
        raise no_permission()
    if not answer.good:
        raise _understood(unreadable(answer), answer)
    if not isinstance(mapping(answer.body).get(name), list | dict):
        raise garbled()
    return answer


def _understood(trouble: NetworkError, answer: Answer) -> NetworkError:
    """That a session has ended only the account's own server says; that this service takes none of its tokens is its own
    trouble.
    """
    if isinstance(trouble, Unauthorized) and answer.error not in ("ExpiredToken", "InvalidToken"):
        return TryLater(_("Bluesky is in trouble (status {status}).").format(status=answer.status), seconds=60.0, code="no_token")
    return trouble


# --- reading ----------------------------------------------------------------------------------------------------------
def fetch_page(line: Line, did: str, state: Mapping[str, Any]) -> Looked:
    """One question about talks: items, signs, the cursor's part, and whether there is more to ask. Trouble of this service, which
    is another one, does not hold up the reading of mentions: the next poll asks again. Raises Unauthorized.
    """
    kept = {name: state[name] for name in ("seen", "queue", "signs", "closed") if name in state}
    if kept.get("closed"):
        return (), (), kept, False
    try:
        return _look(line, did, kept) if _queue(kept) else _list(line, did, kept)
    except Rejected as error:
        if error.code == NO_PERMISSION:
            return (), (), {**kept, "closed": error.code}, False
        return (), (), {**kept, "queue": _queue(kept)[1:]}, False
    except TryLater:
        return (), (), kept, False


def _queue(state: Mapping[str, Any]) -> list[list[Any]]:
    rows = state.get("queue")
    return [row for row in rows if isinstance(row, list) and len(row) == 6] if isinstance(rows, list) else []


def _list(line: Line, did: str, state: dict[str, Any]) -> Looked:
    seen, first = mapping(state.get("seen")), "seen" not in state
    answer = _ask(line, "chat.bsky.convo.listConvos", {"limit": ROWS}, "convos")
    queue = []
    for row in mappings(answer.body["convos"]):
        talk, rev = string(row.get("id")), string(row.get("rev"))
        others = [member for member in mappings(row.get("members")) if member.get("did") != did and is_did(member.get("did"))]
        is_group = "group" in string(mapping(row.get("kind")).get("$type")).lower()
        known = seen.get(talk)
        before = known if isinstance(known, list) and len(known) == 2 else ["", ""]
        if talk_of(f"chat:{talk}") and len(others) == 1 and not is_group and before[0] != rev:
            queue.append([talk, dict(others[0]), "", rev, string(before[1]), 0])
    queue = queue[:FIRST_TALKS] if first else queue
    return (), (), {**state, "seen": dict(seen), "queue": queue}, bool(queue)


def _look(line: Line, did: str, state: dict[str, Any]) -> Looked:
    queue = _queue(state)
    talk, other, place, rev, until, pages = queue[0]
    asked = {"convoId": talk, "limit": ROWS, **({"cursor": place} if place else {})}
    answer = _ask(line, "chat.bsky.convo.getMessages", asked, "messages")
    rows = mappings(answer.body["messages"])
    times = [moment for row in rows if (moment := moment_of(row.get("sentAt")))]
    floor = moment_of(until)
    seen_at = now().isoformat(timespec="seconds")
    items = []
    for row in reversed(rows):
        name, sent = message_name(talk, row.get("id")), moment_of(row.get("sentAt"))
        if not name or not isinstance(row.get("text"), str) or (floor and sent and sent < floor - OVERLAP):
            continue
        items.append(Envelope(name, {"message": dict(row), "convo": talk, "other": other, "seen_at": seen_at}))
    signs, known = _signs(rows, talk, did, mapping(other).get("did"), mapping(state.get("signs")))
    newest = max([*times, *([floor] if floor else [])], default=None)
    kept = {**mapping(state.get("seen")), talk: [rev, newest.isoformat() if newest else ""]}
    down = string(answer.body.get("cursor"))
    deep = floor is not None and bool(times) and min(times) < floor
    rest = queue[1:]
    if down and down != place and rows and not deep and pages + 1 < TALK_PAGES:
        rest = [[talk, other, down, rev, until, pages + 1], *rest]
    following = {**state, "seen": dict(list(kept.items())[-KEPT:]), "queue": rest, "signs": dict(list(known.items())[-KEPT:])}
    return tuple(items), signs, following, bool(rest)


def _signs(
    rows: Iterable[Mapping[str, Any]], talk: str, did: str, other: Any, known: Mapping[str, Any]
) -> tuple[tuple[Reaction, ...], dict[str, str]]:
    """Signs below messages that are other than last time, and how they stand now."""
    told: list[Reaction] = []
    standing = {name: string(mark) for name, mark in known.items()}
    at = now().isoformat()
    for row in rows:
        name = message_name(talk, row.get("id"))
        given = mappings(row.get("reactions"))
        pairs = [(string(mapping(one.get("sender")).get("did")), string(one.get("value"))) for one in given]
        mark = " ".join(sorted(f"{who} {value}" for who, value in pairs))[:1000]
        if not name or mark == standing.get(name, ""):
            continue
        standing[name] = mark
        for who, by in ((did, US), (string(other), string(other))):
            told.append(Reaction(name, {value: 1 for whose, value in pairs if whose == who and value}, by, at))
    return tuple(told), {name: mark for name, mark in standing.items() if mark}


def page_with(page: Page, line: Line, did: str, state: Mapping[str, Any]) -> Page:
    """A page of talks, after the mentions have been read to their end."""
    items, signs, following, more = fetch_page(line, did, state)
    cursor = {**page.cursor, "chat": {**following, **({"turn": True} if more else {})}}
    return Page(items, cursor, more=more, reactions=signs)


# --- sending ----------------------------------------------------------------------------------------------------------
def send_once(line: Line, outgoing: Outgoing) -> Receipt:
    """Write into the talk. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    talk = _talk(line, outgoing)
    message: dict[str, Any] = {"text": outgoing.text}
    facets = facets_for(outgoing.text, {})
    if facets:
        message["facets"] = facets
    try:
        answer = line.tell_chat("chat.bsky.convo.sendMessage", {"convoId": talk, "message": message})
    except Unanswered as error:
        trouble = error.as_trouble(NAME)
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    name = message_name(talk, mapping(answer.body).get("id")) if answer.good else ""
    if not name:
        raise _unsent(answer)
    quota = answer.quota()
    return Receipt(name, occurred_at=moment_of(mapping(answer.body).get("sentAt")), quota={"direct": quota} if quota else {})


def _talk(line: Line, outgoing: Outgoing) -> str:
    """The talk that is meant; one that is only named by its other side is asked for. Asking is not sending."""
    talk = talk_of(outgoing.thread_key)
    if talk:
        return talk
    try:
        answer = _ask(line, "chat.bsky.convo.getConvoForMembers", {"members": [outgoing.to]}, "convo")
    except TryLater as error:
        raise TryLater(error.reason, seconds=max(error.seconds, UNSENT_SECONDS), code=error.code) from error
    talk = string(mapping(answer.body["convo"]).get("id"))
    if not talk_of(f"chat:{talk}"):
        raise garbled()
    return talk


def _unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. Certain are a refused token and InvalidRequest; anything else may have been taken."""
    if lacks_permission(answer):
        return no_permission()
    if answer.status == 400 and answer.error == "InvalidRequest" and answer.words:
        return Rejected(_("Bluesky refused it: {words}").format(words=answer.words), code="invalid_request")
    trouble = _understood(unreadable(answer), answer)
    if isinstance(trouble, Unauthorized) or trouble.code == "no_token":
        return trouble
    if answer.status == 429:
        return OutcomeUnknown(trouble.reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    reason = _("Bluesky gave no clear answer (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def find(line: Line, did: str, outgoing: Outgoing, since: datetime, *, until: float) -> Found:
    """Our own messages in the talk that say the same since `since`, oldest first. Raises Unauthorized, TryLater, Rejected."""
    talk = _talk(line, outgoing)
    receipts: dict[str, Receipt] = {}
    whole, place = True, ""
    for _page in range(READ_BACK_PAGES):
        asked = {"convoId": talk, "limit": ROWS, **({"cursor": place} if place else {})}
        answer = _ask(line, "chat.bsky.convo.getMessages", asked, "messages")
        reached = False
        for row in mappings(answer.body["messages"]):
            sent, name = moment_of(row.get("sentAt")), message_name(talk, row.get("id"))
            ours = mapping(row.get("sender")).get("did") == did
            if sent is None or not name:
                whole = False
            elif sent < since:
                reached = True
            elif ours and _flat(string(row.get("text"))) == _flat(outgoing.text):
                receipts[name] = Receipt(name, occurred_at=sent)
        whole = whole and len(mappings(answer.body["messages"])) == len(answer.body["messages"])
        down = string(answer.body.get("cursor"))
        if reached or not down or not answer.body["messages"]:
            return Found(_in_order(receipts), complete=whole)
        if down == place or time.monotonic() > until:
            break
        place = down
    return Found(_in_order(receipts), complete=False)


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def _in_order(receipts: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    return tuple(sorted(receipts.values(), key=lambda receipt: (receipt.occurred_at or now(), receipt.external_id)))
