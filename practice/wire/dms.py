"""Direct messages over the wire."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .. import clock, messages, people, trouble
from ..clock import now_ms
from . import errors, fields
from .gate import Answer, Call
from .render import Renderer
from .timelines import make_token, read_token

PARAMETERS = (
    "dm_event.fields", "event_types", "expansions", "max_results", "pagination_token", "media.fields", "tweet.fields",
    "user.fields",
)  # fmt: skip
CONVERSATION = re.compile(r"\d{1,19}(-\d{1,19})?")


def page(call: Call, conversation: str | None) -> Answer:
    """One page of events, newest first."""
    fields.check_parameters(call.query, PARAMETERS, expansions=fields.DM_EXPANSIONS)
    count = fields.read_count(call.query, "max_results", low=1, high=100, default=100)
    types = sorted(fields.chosen(call.query, "event_types")) or list(fields.EVENT_TYPES)
    token = call.query.get("pagination_token")
    before, repeated = read_token(token, "pagination_token") if token is not None else (clock.MAX_ID, False)
    rows = messages.page(call.world, user_id=call.me["id"], conversation=conversation, types=types, before=before, limit=count + 1)
    hold, now = call.troubles.get("hold"), now_ms()
    shown = [
        row
        for row in rows[:count]
        if hold is None or not trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=now)
    ]
    renderer = Renderer(call.world, call.query)
    members: dict[str, list[int]] = {}
    data = []
    for row in shown:
        if row["conversation"] not in members:
            members[row["conversation"]] = messages.members(call.world, row["conversation"])
        data.append(renderer.dm(row, members[row["conversation"]]))
    meta: dict[str, Any] = {"result_count": len(data)}
    twice = call.troubles.get("twice")
    if rows and twice is not None and twice.options["mode"] == "page" and not repeated:
        meta["next_token"] = make_token(rows[0]["id"] + 1, repeat=True)
    elif len(rows) > count:
        meta["next_token"] = make_token(rows[count - 1]["id"])
    if token is not None and rows:
        meta["previous_token"] = make_token(rows[0]["id"] + 1)
    return Answer(renderer.body(data, meta=meta))


def all_events(call: Call) -> Answer:
    """GET /2/dm_events."""
    return page(call, None)


def events_with(call: Call) -> Answer:
    """GET /2/dm_conversations/with/:participant_id/dm_events."""
    return page(call, messages.pair(call.me["id"], participant(call)["id"]))


def events_in(call: Call) -> Answer:
    """GET /2/dm_conversations/:id/dm_events."""
    return page(call, conversation_id(call))


def participant(call: Call) -> sqlite3.Row:
    user_id = fields.path_id(call.path["participant_id"], "participant_id")
    person = people.on(call.world, user_id, "x")
    if person is None or person["suspended"]:
        raise errors.Refusal(
            404,
            {
                "errors": [errors.missing("user", "participant_id", user_id)],
                **errors.plain(404, "Not Found Error").body,
            },
        )
    return person


def conversation_id(call: Call) -> str:
    value = call.path["id"]
    if not CONVERSATION.fullmatch(value):
        raise errors.invalid(
            {"id": [value]},
            f"The `id` query parameter value [{value}] does not match ^([0-9]{{1,19}}-[0-9]{{1,19}}|[0-9]{{15,19}})$",
        )
    return value


def body_of(call: Call, body: Any) -> tuple[str, list[int]]:
    """Text and attachments of a message body."""
    if not isinstance(body, dict):
        raise errors.invalid({"$": [""]}, "Request body must be a JSON object")
    unknown = set(body) - {"text", "attachments"}
    if unknown:
        name = sorted(unknown)[0]
        raise errors.invalid(
            {f"$.{name}": [body[name]]},
            f"$.{name}: is not defined in the schema and the schema does not allow additional properties",
        )
    text = body.get("text") or ""
    attachments = body.get("attachments") or []
    if not isinstance(text, str) or not isinstance(attachments, list) or len(attachments) > 1:
        raise errors.invalid({"$": [""]}, "$.text: must be a string; $.attachments: at most 1 item")
    media_ids = []
    for item in attachments:
        media_id = fields.path_id(str(item.get("media_id") if isinstance(item, dict) else item), "attachments.media_id")
        if call.world.store.one("SELECT 1 FROM media WHERE id = ? AND done = 1", (media_id,)) is None:
            raise errors.invalid({"attachments.media_id": [media_id]}, "Your media IDs are invalid.")
        media_ids.append(media_id)
    if not text.strip() and not media_ids:
        raise errors.invalid({"$.text": [text]}, "$.text: is missing but it is required")
    if len(text) > messages.MAX_CHARACTERS:
        raise errors.invalid({"$.text": [len(text)]}, f"$.text: must be at most {messages.MAX_CHARACTERS} characters long")
    return text, media_ids


def sent(row: sqlite3.Row) -> Answer:
    return Answer({"data": {"dm_conversation_id": row["conversation"], "dm_event_id": str(row["id"])}}, 201)


def send_with(call: Call) -> Answer:
    """POST /2/dm_conversations/with/:participant_id/messages."""
    text, media_ids = body_of(call, call.json)
    recipient = participant(call)
    if recipient["id"] == call.me["id"] or not messages.may_write(call.world, sender=call.me, recipient=recipient):
        raise errors.forbidden("You do not have permission to DM one or more participants.")
    row = messages.send(
        call.world,
        sender=call.me,
        recipient=recipient,
        text=text,
        media_ids=media_ids,
        origin="api",
        request_id=call.request_id,
        trouble=call.trouble_names,
    )
    return sent(row)


def send_in(call: Call) -> Answer:
    """POST /2/dm_conversations/:id/messages."""
    text, media_ids = body_of(call, call.json)
    conversation = conversation_id(call)
    members = messages.members(call.world, conversation)
    if call.me["id"] not in members:
        raise errors.forbidden("You do not have permission to DM one or more participants.")
    others = [user_id for user_id in members if user_id != call.me["id"]]
    recipient = people.find(call.world, others[0]) if len(others) == 1 else None
    row = messages.send(
        call.world,
        sender=call.me,
        recipient=recipient,
        conversation=conversation,
        text=text,
        media_ids=media_ids,
        origin="api",
        request_id=call.request_id,
        trouble=call.trouble_names,
    )
    return sent(row)


def create_group(call: Call) -> Answer:
    """POST /2/dm_conversations."""
    if call.field("conversation_type") != "Group":
        raise errors.invalid({"$.conversation_type": [call.json["conversation_type"]]}, "$.conversation_type: must be 'Group'")
    ids = call.field("participant_ids")
    if not isinstance(ids, list) or not 2 <= len(ids) <= 49:
        raise errors.invalid({"$.participant_ids": [ids]}, "$.participant_ids: must have between 2 and 49 items")
    others = [people.on(call.world, fields.path_id(str(value), "participant_ids"), "x") for value in ids]
    text, _ = body_of(call, call.field("message"))
    known = [person for person in others if person is not None]
    if len(known) != len(others):
        raise errors.forbidden("You do not have permission to DM one or more participants.")
    return sent(
        messages.create_group(call.world, starter=call.me, others=known, text=text, origin="api", request_id=call.request_id)
    )
