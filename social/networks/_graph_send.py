"""Sending over the Graph, and finding out afterwards what became of it: comments and messages, whatever the network."""

import json
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._graph_files import PICTURES, comment_form, messenger_message
from social.networks._graph_shapes import DIRECT, is_id, is_person, message_key, moment_of
from social.networks._graph_wire import Graph, Line, after_of, ask_list, post, quotas_of, unsent, window_closed
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._versions import base_id
from social.networks._wire import Answer
from social.networks.errors import Text
from social.networks.values import Found, Outgoing, Receipt

READ_BACK_PAGES = 5
READ_BACK_ROWS = 100
#: developers.facebook.com/docs/messenger-platform/policy/policy-overview, read 2026-11: anything within a day of the customer's
#: last message, a person's answer with the tag HUMAN_AGENT within seven.
WINDOW = timedelta(hours=24)
LONG_WINDOW = timedelta(days=7)


def person_of(outgoing: Outgoing) -> str:
    """Whom a message goes to. The thread knows best: somebody may be one contact under several ids."""
    person = outgoing.thread_key.removeprefix(DIRECT) if outgoing.thread_key.startswith(DIRECT) else outgoing.to
    return person if is_person(person) else ""


def since_heard(outgoing: Outgoing) -> timedelta | None:
    """How long ago the customer last spoke; None when nobody knows."""
    heard = moment_of(outgoing.heard_at)
    return now() - heard if heard else None


def refusal_of_message(outgoing: Outgoing, whom: Text, window_seconds: float) -> Text | None:
    """Why a message cannot go: nobody to go to, or too late."""
    if not person_of(outgoing):
        return _("A direct message needs somebody to go to.")
    waited = since_heard(outgoing)
    return window_closed(whom).reason if waited is not None and waited.total_seconds() > window_seconds else None


def send_comment(line: Line, outgoing: Outgoing, *, edge: str) -> Receipt:
    """Answer a post or a comment below it. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    target = base_id(outgoing.in_reply_to)
    said = comment_form(outgoing)
    answer = post(line, lambda graph: graph.put_object(target, edge, **said))
    identifier = string(answer.body.get("id"))
    if not is_id(identifier):
        raise unsent(Answer(answer.status, answer.headers, None), line.whom)
    return Receipt(identifier, quota=quotas_of(answer))


def send_message(line: Line, on: str, outgoing: Outgoing) -> Receipt:
    """Write to a person. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    waited = since_heard(outgoing)
    late = waited is not None and waited > WINDOW
    kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if late else {"messaging_type": "RESPONSE"}
    if waited is not None and waited > LONG_WINDOW:
        raise window_closed(line.whom)
    form = {"recipient": json.dumps({"id": person_of(outgoing)}), "message": json.dumps(messenger_message(outgoing)), **kind}
    answer = post(line, lambda graph: graph.put_object(on, "messages", **form))
    identifier = message_key(answer.body.get("message_id"))
    if not identifier:
        raise unsent(Answer(answer.status, answer.headers, None), line.whom)
    return Receipt(identifier, quota=quotas_of(answer))


def send_private_reply(line: Line, on: str, outgoing: Outgoing) -> Receipt:
    """Answer a public comment in private, which the network takes once a comment and within seven days of it.

    developers.facebook.com/docs/messenger-platform/discovery/private-replies, read 2026-11; 10900 says that it was answered
    already, perhaps by a try of ours whose answer nobody heard. Raises as `Network.send` says.
    """
    recipient = {"comment_id": base_id(outgoing.in_reply_to)}
    form = {"recipient": json.dumps(recipient), "message": json.dumps({"text": outgoing.text}), "messaging_type": "RESPONSE"}
    answer = post(line, lambda graph: graph.put_object(on, "messages", **form))
    identifier = message_key(answer.body.get("message_id"))
    if not identifier:
        raise unsent(Answer(answer.status, answer.headers, None), line.whom)
    return Receipt(identifier, quota=quotas_of(answer))


# --- reading back ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Listed:
    """One thing of a list that is read back. `author` is empty where the network withholds it."""

    identifier: str
    author: str
    text: str
    written: datetime | None
    #: What it stands below; empty for messages.
    below: str = ""
    #: How many files it has, where somebody asked.
    files: int = 0


def find(
    line: Line,
    ask: Callable[[Graph, str], Any],
    take: Callable[[Mapping[str, Any]], Listed],
    fits: Callable[[Listed, Mapping[str, str]], bool],
    *,
    account_id: str,
    text: str,
    since: datetime,
    until: float,
    newest_first: bool = True,
) -> Found:
    """Our own things since `since` that say `text` in the place `fits` knows, oldest first.

    A list that comes newest first is read to `since`, any other to its end. `complete` only when the whole range was read and
    nothing in it was doubtful. Raises Unauthorized, TryLater, Rejected.
    """
    matches: list[Listed] = []
    places: dict[str, str] = {}
    whole, after = True, ""
    for _page in range(READ_BACK_PAGES):

        def question(graph: Graph, place: str = after) -> Any:
            return ask(graph, place)

        answer, rows = ask_list(line, question)
        reached = False
        for row in rows:
            thing = take(mapping(row))
            if not thing.identifier or thing.written is None:
                whole = False
                continue
            places[thing.identifier] = thing.below
            reached = reached or (newest_first and thing.written < since)
            if thing.written >= since and same_words(thing.text, text) and thing.author in ("", account_id):
                matches.append(thing)
        following = after_of(answer.body)
        if reached or not following:
            return _found(matches, fits, places, whole)
        if following == after or time.monotonic() > until:
            break
        after = following
    return _found(matches, fits, places, False)


def _found(
    matches: list[Listed], fits: Callable[[Listed, Mapping[str, str]], bool], places: Mapping[str, str], whole: bool
) -> Found:
    near = {thing.identifier: thing for thing in matches if fits(thing, places)}
    # The same words in the same place, and nobody says whose: they may be ours.
    whole = whole and all(thing.author for thing in near.values())
    ours = sorted((t for t in near.values() if t.author), key=lambda t: (t.written or now(), t.identifier))
    return Found(tuple(Receipt(thing.identifier, occurred_at=thing.written) for thing in ours), whole)


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same; networks trim and compose what they are given."""
    return _flat(one) == _flat(other)


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def listed_comment(row: Mapping[str, Any], *, text: str = "message", time_field: str = "created_time", below: str = "") -> Listed:
    """A comment as read back."""
    identifier = string(row.get("id"))
    return Listed(
        identifier if is_id(identifier) else "",
        string(mapping(row.get("from")).get("id")),
        string(row.get(text)),
        moment_of(row.get(time_field)),
        below,
        # A link in the words is shown as an attachment as well; a picture of ours is one of these.
        int(string(mapping(row.get("attachment")).get("type")) in PICTURES),
    )


def listed_message(row: Mapping[str, Any]) -> Listed:
    """A message as read back."""
    author = string(mapping(row.get("from")).get("id"))
    files = len(mappings(mapping(row.get("attachments")).get("data")))
    said, written = string(row.get("message")), moment_of(row.get("created_time"))
    return Listed(message_key(row.get("id")), author, said, written, files=files)


def read_back_rows(graph: Graph, on: str, edge: str, after: str, **fields: Any) -> Any:
    """A page of what is read back."""
    place = {"after": after} if after else {}
    return graph.get_connections(on, edge, limit=READ_BACK_ROWS, **fields, **place)


def talk_with(line: Line, account_id: str, person: str, platform: str) -> str:
    """The id of the conversation with a person; empty when there is none. Raises Unauthorized, TryLater, Rejected."""
    _answer, rows = ask_list(
        line,
        lambda graph: graph.get_connections(account_id, "conversations", platform=platform, user_id=person, fields="id", limit=1),
    )
    return string(mapping(rows[0]).get("id")) if rows else ""


def find_message(
    line: Line, on: str, account_id: str, outgoing: Outgoing, since: datetime, *, platform: str, until: float
) -> Found:
    """Messages of ours to that person that say the same. Raises Unauthorized, TryLater, Rejected."""
    talk = talk_with(line, on, person_of(outgoing), platform)
    if not talk:
        return Found((), complete=True)
    return find(
        line,
        lambda graph, after: read_back_rows(graph, talk, "messages", after, fields="id,created_time,from,message,attachments"),
        listed_message,
        lambda thing, _places: thing.files == len(outgoing.media),
        account_id=account_id,
        text=outgoing.text,
        since=since,
        until=until,
    )
