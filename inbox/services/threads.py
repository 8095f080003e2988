"""Writing a batch of messages into their threads: which conversation, new or edited, and what the list shows of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from core.batches import execute_rows
from core.marks import TRANSACTION_ID_SQL
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import retell, snippet
from inbox.services.topmost import restate

LIST_SNIPPET = 200
#: So many earlier wordings of a customer's message are kept.
MOST_VERSIONS = 20
#: A call in one of these asked nobody for anything yet.
QUIET_STATES = ("ringing", "answered")


class Incoming(NamedTuple):
    """One item for a thread. `contact_id` is empty for a public post of ours, which follows the message it answers."""

    external_id: str
    revision: int
    ours: bool
    visibility: str
    identity_id: int | None
    contact_id: int | None
    thread_key: str
    parent_id: str
    text: str
    lang: str
    url: str
    media: list[dict[str, Any]]
    occurred_at: datetime
    #: State and seconds of a telephone call; None for words.
    call: dict[str, Any] | None = None
    #: Whether the customer waits for us because of it: not for a call that we took, nor for what a program wrote.
    asks: bool = True
    #: What it quotes, and how it was found; None for most.
    context: dict[str, Any] | None = None
    #: Who wrote it is not welcome: it comes in resolved and rings nowhere.
    hushed: bool = False
    #: Nobody else sees it on the network, so far.
    withheld: bool = False
    #: Whether it opens its conversation again: because somebody waits, or because something of ours came back.
    raises: bool = True
    #: Which kind of program wrote it (social.networks.values.Program); empty for a person.
    program: str = ""
    #: What is not new in it, and stands above and below the text.
    above: str = ""
    below: str = ""
    has_original: bool = False
    #: Which of the channel's addresses it was written to.
    written_to: str = ""

    @property
    def kind(self) -> str:
        """What the timeline calls it."""
        if self.call is None:
            return InteractionKind.MESSAGE_OUT if self.ours else InteractionKind.MESSAGE_IN
        return InteractionKind.CALL_OUT if self.ours else InteractionKind.CALL_IN

    @property
    def quiet(self) -> bool:
        """Whether it opens nothing by itself."""
        return self.hushed or (self.call is not None and not self.asks)


class NewMessage(NamedTuple):
    """A message that was not there before, for the timeline."""

    message_id: int
    conversation_id: int
    contact_id: int
    kind: str
    occurred_at: datetime
    text: str
    #: A person's own words, which a program may answer.
    by_a_person: bool


@dataclass(slots=True)
class Written:
    """What a batch changed."""

    new: list[NewMessage] = field(default_factory=list)
    conversation_ids: list[int] = field(default_factory=list)
    #: Conversations in which somebody began to call, or ceased to.
    rings: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Thread:
    """What a batch adds to one conversation."""

    newest: Incoming
    count: int = 0
    inbound: int = 0
    first_inbound: datetime | None = None
    quiet: bool = True


class _Existing(NamedTuple):
    message_id: int
    conversation_id: int
    contact_id: int
    thread_key: str
    revision: int
    call_state: str | None


EXISTING = """
SELECT m.external_id, m.id, m.conversation_id, c.contact_id, c.thread_key, m.revision, m.call->>'state'
FROM inbox_message m JOIN inbox_conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
WHERE m.workspace_id = %s AND m.channel_id = %s AND m.external_id = ANY(%s)
"""
#: When anything was said last: a conversation that woke up stands later in the list than that.
SAID = "coalesce(c.said_at, c.last_activity_at)"
#: An item older than what we know (late, out of order) adds to the count and changes nothing that is shown on top.
THREAD = (
    "contact_id bigint, thread_key text, visibility text, snippet text, lang text, direction text, last_at timestamptz, "
    "waiting timestamptz, number integer, inbound integer, status text"
)
CONVERSATIONS = """
INSERT INTO inbox_conversation AS c (workspace_id, channel_id, contact_id, thread_key, visibility, status, priority, snippet,
    snippet_lang, last_direction, last_activity_at, waiting_since, message_count, unread_count, has_trouble, created_at)
SELECT {workspace:d}, {channel:d}, v.contact_id, v.thread_key, v.visibility, v.status, 1, v.snippet, v.lang, v.direction,
       v.last_at, v.waiting, v.number, v.inbound, false, clock_timestamp()
FROM {{rows}}
ON CONFLICT (workspace_id, channel_id, thread_key, contact_id) DO UPDATE SET
    snippet = CASE WHEN excluded.last_activity_at >= {said} THEN excluded.snippet ELSE c.snippet END,
    snippet_lang = CASE WHEN excluded.last_activity_at >= {said} THEN excluded.snippet_lang ELSE c.snippet_lang END,
    last_direction = CASE WHEN excluded.last_activity_at >= {said} THEN excluded.last_direction ELSE c.last_direction END,
    status = CASE WHEN excluded.unread_count > 0 AND (c.status = 'resolved' OR c.status = 'snoozed' AND NOT c.sleeps_on)
                  THEN 'open' ELSE c.status END,
    snoozed_until = CASE WHEN excluded.unread_count > 0 AND NOT c.sleeps_on THEN NULL ELSE c.snoozed_until END,
    waiting_since = CASE WHEN excluded.last_activity_at < {said} THEN c.waiting_since
                         WHEN excluded.last_direction = 'in' THEN coalesce(c.waiting_since, excluded.waiting_since) END,
    said_at = CASE WHEN excluded.last_activity_at < c.said_at THEN c.said_at END,
    last_activity_at = greatest(c.last_activity_at, excluded.last_activity_at),
    message_count = c.message_count + excluded.message_count,
    unread_count = c.unread_count + excluded.unread_count,
    version = {xid}
RETURNING id, contact_id, thread_key
"""
MESSAGE = (
    "conversation_id bigint, external_id text, revision smallint, direction text, visibility text, identity_id bigint, body text, "
    "lang text, parent_id text, url text, media jsonb, occurred_at timestamptz, edited_at timestamptz, call jsonb, "
    "context jsonb, withheld boolean, program text, above text, below text, has_original boolean, written_to text"
)
MESSAGES = """
INSERT INTO inbox_message (workspace_id, channel_id, conversation_id, external_id, revision, direction, visibility, identity_id,
    body, lang, parent_external_id, url, media, occurred_at, stored_at, delivery_state, delivery_error, edited_at, call,
    context, withheld, program, above, below, has_original, written_to)
SELECT {workspace:d}, {channel:d}, v.conversation_id, v.external_id, v.revision, v.direction, v.visibility, v.identity_id, v.body,
    v.lang, v.parent_id, v.url, v.media, v.occurred_at, clock_timestamp(), '', '', v.edited_at, v.call,
    v.context, v.withheld, v.program, v.above, v.below, v.has_original, v.written_to
FROM {{rows}}
ON CONFLICT (workspace_id, channel_id, external_id) DO NOTHING RETURNING id, external_id
"""
EDITED = "id bigint, body text, lang text, media jsonb, revision smallint, call jsonb, withheld boolean"
EDIT = """
UPDATE inbox_message m SET versions = CASE
           WHEN v.call IS NULL AND m.body <> v.body AND jsonb_array_length(m.versions) < {most:d}
           THEN m.versions || jsonb_build_object('body', m.body, 'at', coalesce(m.edited_at, m.occurred_at))
           ELSE m.versions END,
       body = v.body, lang = v.lang, media = v.media, revision = v.revision, call = v.call,
       withheld = v.withheld,
       edited_at = CASE WHEN v.call IS NULL THEN clock_timestamp() END, version = {xid}
FROM {{rows}}
WHERE m.workspace_id = {workspace:d} AND m.id = v.id AND m.revision < v.revision
"""
#: A call rang, and now it is missed: somebody waits, as if they had just written.
ASKING = "id bigint, at timestamptz"
ASK = """
UPDATE inbox_conversation c SET unread_count = c.unread_count + 1, version = {xid},
       snoozed_until = CASE WHEN c.sleeps_on THEN c.snoozed_until END,
       status = CASE WHEN c.status = 'resolved' OR c.status = 'snoozed' AND NOT c.sleeps_on THEN 'open' ELSE c.status END,
       waiting_since = CASE WHEN v.at >= {said} THEN coalesce(c.waiting_since, v.at) ELSE c.waiting_since END
FROM {{rows}}
WHERE c.workspace_id = {workspace:d} AND c.id = v.id
"""


def write(channel_id: int, incoming: Iterable[Incoming]) -> Written:
    """Write a batch of one channel. Three queries for new messages; two more when some are edits. Idempotent.

    The caller holds the channel's ingest lock.
    """
    newest: dict[str, Incoming] = {}
    for item in incoming:
        if item.external_id not in newest or item.revision >= newest[item.external_id].revision:
            newest[item.external_id] = item
    with connection.cursor() as cursor:
        existing = _existing(cursor, channel_id, newest)
        fresh = _place(newest, existing)
        written = _insert(cursor, channel_id, fresh) if fresh else Written()
        edited = _edit(cursor, newest, existing)
    written.conversation_ids = sorted({*written.conversation_ids, *edited})
    written.rings = sorted({*written.rings, *(e.conversation_id for e in existing.values() if e.call_state == "ringing")})
    return written


def _existing(cursor: Any, channel_id: int, items: dict[str, Incoming]) -> dict[str, _Existing]:
    wanted = [*items, *(item.parent_id for item in items.values() if item.parent_id and item.contact_id is None)]
    cursor.execute(EXISTING, [current_workspace_id(), channel_id, wanted])
    return {row[0]: _Existing(*row[1:]) for row in cursor.fetchall()}


def _place(items: dict[str, Incoming], existing: dict[str, _Existing]) -> list[tuple[Incoming, tuple[str, int]]]:
    """New items, oldest first, each with its thread. A public post of ours that answers nobody we know belongs to no thread."""
    placed: list[tuple[Incoming, tuple[str, int]]] = []
    threads_here: dict[str, tuple[str, int]] = {e: (x.thread_key, x.contact_id) for e, x in existing.items()}
    for item in sorted(items.values(), key=lambda i: (i.occurred_at, i.external_id)):
        key = (item.thread_key, item.contact_id) if item.contact_id is not None else threads_here.get(item.parent_id)
        if key is None or item.external_id in existing:
            continue
        threads_here[item.external_id] = key
        placed.append((item, key))
    return placed


def _insert(cursor: Any, channel_id: int, placed: list[tuple[Incoming, tuple[str, int]]]) -> Written:
    workspace = current_workspace_id()
    gathered: dict[tuple[str, int], _Thread] = {}
    for item, key in placed:
        thread = gathered.setdefault(key, _Thread(newest=item))
        thread.newest = item
        thread.count += 1
        thread.quiet = thread.quiet and item.quiet
        if item.raises and not item.ours:
            thread.inbound += 1
        if item.asks and not item.ours:
            thread.first_inbound = thread.first_inbound or item.occurred_at
    execute_rows(
        cursor,
        CONVERSATIONS.format(workspace=workspace, channel=channel_id, xid=TRANSACTION_ID_SQL, said=SAID),
        THREAD,
        [_thread_row(key, thread) for key, thread in sorted(gathered.items())],
    )
    conversations = {(row[2], row[1]): row[0] for row in cursor.fetchall()}
    execute_rows(
        cursor,
        MESSAGES.format(workspace=workspace, channel=channel_id),
        MESSAGE,
        [_message_row(item, conversations[key]) for item, key in placed],
    )
    ids = {row[1]: row[0] for row in cursor.fetchall()}
    new = [
        NewMessage(
            message_id=ids[item.external_id],
            conversation_id=conversations[key],
            contact_id=key[1],
            kind=item.kind,
            occurred_at=item.occurred_at,
            text=item.text,
            by_a_person=not item.ours and not item.program and item.call is None and not item.hushed,
        )
        for item, key in placed
        if item.external_id in ids
    ]
    rings = {conversations[key] for item, key in placed if item.call and item.call["state"] == "ringing" and not item.hushed}
    return Written(new=new, conversation_ids=sorted(conversations.values()), rings=sorted(rings))


def _thread_row(key: tuple[str, int], thread: _Thread) -> tuple[Any, ...]:
    item = thread.newest
    return (
        key[1],
        key[0],
        item.visibility,
        snippet(item.text or file_names(item.media), limit=LIST_SNIPPET),
        item.lang,
        "out" if item.ours else "in",
        item.occurred_at,
        None if item.ours else thread.first_inbound,
        thread.count,
        thread.inbound,
        "resolved" if thread.quiet else "open",
    )


def file_names(media: list[dict[str, Any]]) -> str:
    """What a list shows of a message without words."""
    return f"📎 {', '.join(entry['name'] for entry in media if entry.get('name'))}" if media else ""


def _message_row(item: Incoming, conversation_id: int) -> tuple[Any, ...]:
    return (
        conversation_id,
        item.external_id,
        item.revision,
        "out" if item.ours else "in",
        item.visibility,
        None if item.ours else item.identity_id,
        item.text,
        item.lang,
        item.parent_id,
        item.url[:300],
        item.media,
        item.occurred_at,
        item.occurred_at if item.revision > 0 and item.call is None else None,
        item.call,
        item.context,
        item.withheld,
        item.program,
        item.above,
        item.below,
        item.has_original,
        item.written_to,
    )


def _edit(cursor: Any, items: dict[str, Incoming], existing: dict[str, _Existing]) -> set[int]:
    """Texts that changed on the network. Returns the conversations touched."""
    rows = []
    touched: set[int] = set()
    asking: dict[int, datetime] = {}
    for external_id, item in items.items():
        known = existing.get(external_id)
        if known is not None and item.revision > known.revision:
            rows.append((known.message_id, item.text, item.lang, item.media, item.revision, item.call, item.withheld))
            touched.add(known.conversation_id)
            if item.call and item.asks and known.call_state in QUIET_STATES:
                asking[known.conversation_id] = item.occurred_at
    if rows:
        workspace = current_workspace_id()
        execute_rows(cursor, EDIT.format(workspace=workspace, xid=TRANSACTION_ID_SQL, most=MOST_VERSIONS), EDITED, rows)
        restate(touched)
        retell({row[0]: row[1] for row in rows})
        if asking:
            ask = ASK.format(workspace=workspace, xid=TRANSACTION_ID_SQL, said=SAID)
            execute_rows(cursor, ask, ASKING, sorted(asking.items()))
    return touched
