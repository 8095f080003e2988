"""Line two, first half: what an agent writes becomes a message, and for the customer a delivery, in one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, When
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.direction import script_language
from core.errors import Conflict, NotFound
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add, snippet
from inbox.models import Because, Conversation, Direction, DraftKind, Message, Visibility
from inbox.selectors import get_conversation, get_message
from inbox.services import approval_rule, blanks, drafts, holding, letters, note_mentions, outgoings
from inbox.services.delivery_states import mirror
from inbox.services.following import follow_by_itself
from inbox.services.threads import LIST_SNIPPET, file_names
from inbox.services.topmost import restate
from inbox.services.wording import checked_key, checked_words
from social.models import Delivery, DeliveryState
from social.networks.senders import Program
from social.networks.values import Outgoing
from social.services import chosen_files, outbox

#: Answers of people stand below people's words.
UNANSWERED_PROGRAMS = [program.value for program in Program if program != Program.RELAYED]

ANSWERED = """
UPDATE inbox_conversation SET snippet = %s, snippet_lang = %s, last_direction = 'out',
       last_activity_at = greatest(last_activity_at, %s),
       waiting_since = NULL, unread_count = 0, message_count = message_count + 1, version = {xid},
       status = CASE WHEN status = 'snoozed' THEN 'open' ELSE status END, snoozed_until = NULL, sleeps_on = false, said_at = NULL,
       assignee_id = coalesce(assignee_id, %s)
WHERE workspace_id = %s AND id = %s
"""
NOTED = """
UPDATE inbox_conversation SET message_count = message_count + 1, version = {xid} WHERE workspace_id = %s AND id = %s
"""
#: The customer waits again, since their first word after the last answer of ours that stands.
UNANSWERED = """
UPDATE inbox_conversation c SET message_count = greatest(c.message_count - 1, 0),
       waiting_since = CASE WHEN c.status <> 'resolved' THEN (
           SELECT min(m.occurred_at) FROM inbox_message m
           WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.direction = 'in' AND m.deleted_at IS NULL
             AND m.occurred_at > coalesce((
                 SELECT max(o.occurred_at) FROM inbox_message o WHERE o.workspace_id = c.workspace_id AND o.conversation_id = c.id
                   AND o.direction = 'out' AND o.delivery_state <> 'cancelled'), '-infinity')) END
WHERE c.workspace_id = %s AND c.id = %s
"""


def reply(
    *,
    member: Membership,
    conversation_id: int,
    body: str,
    media: Iterable[tuple[int, str]] = (),
    idempotency_key: str = "",
    undo_seconds: float | None = None,
    privately: bool = False,
    template: str = "",
    parameters: Sequence[str] = (),
    signed: bool = True,
    seen: int | None = None,
    approved_by_id: int | None = None,
) -> Message:
    """Answer the customer where they spoke. Queued at once, sent after `undo_seconds`, once per idempotency key.

    Without `undo_seconds` the person's own choice counts, else the installation's. `media`: numbers of files that this member
    chose, each with what it shows; with them the text may be empty. `privately` answers a public comment out of others' sight,
    where the network offers that; it does so once a comment. `template` names an approved text (`Template.key`), which with its
    `parameters` takes the place of `body`, and may go when the time to answer is over. `signed`: where answers are letters.
    `seen`: the newest message the writer had before them; a colleague's answer after it holds this one (Conflict `answered`).
    `approved_by_id`: who approved these words, where the workspace's rule wants that (else Conflict, code `needs_approval`).
    Raises NotFound, Forbidden, Invalid (field `body`: empty, too long for the network; `media`: not to be sent), Conflict (also
    for a key that was used for something else).
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    chosen = list(media)
    approved = outgoings.approved_text(conversation, template, parameters) if template else None
    text = checked_words(approved[0] if approved else body, may_be_empty=bool(chosen))
    if approved is None:
        blanks.refuse_unfilled(text)
    key = checked_key(idempotency_key)
    alone = privately and conversation.visibility == Visibility.PUBLIC
    visibility = Visibility.PRIVATE if alone else conversation.visibility
    earlier = _already(conversation, Direction.OUT, text, key, visibility, files=[number for number, _alt in chosen])
    if earlier is not None:
        return earlier
    if seen is not None:
        holding.refuse_crossing(conversation, member=member, seen=seen)
    if approved_by_id is None:
        approval_rule.refuse_unapproved(member, channel_id=conversation.channel_id, visibility=visibility)
    files = chosen_files.choose(channel=conversation.channel, member_id=member.id, chosen=chosen)
    wait = outbox.undo_seconds_of(member) if undo_seconds is None else undo_seconds
    answered = _answered(conversation)
    texts = outgoings.parts_of(conversation, text, whole=bool(approved) or alone)
    letter = letters.dress(conversation, member=member, answered=answered, signed=signed)
    plain = outgoings.Dress(answered, alone, approved[1] if approved else {}, letter)
    first: Message | None = None
    before: Delivery | None = None
    lane, name = f"conversation:{conversation.id}", f"reply:{key or secrets.token_urlsafe(16)}"
    for number, part in enumerate(texts, start=1):
        message = _written(conversation, Direction.OUT, visibility, member, part, key if first is None else None)
        message.parent_external_id = (answered.external_id or "") if answered else ""
        if first is None:
            message.media = [chosen_files.shown(row, attachment) for row, attachment in files]
            if alone:
                _refuse_second(conversation, message.parent_external_id)
        if len(texts) > 1:
            message.context = {"thread": {"part": number, "of": len(texts), **({"whole": text} if first is None else {})}}
        before = outbox.queue(
            channel=conversation.channel,
            outgoing=plain.over(conversation, message, tuple(file for _row, file in files) if first is None else ()),
            # A part that waits for the one before it keeps nothing else waiting.
            lane=lane if before is None else f"chain:{before.id}",
            idempotency_key=name if before is None else f"{name}:{number}",
            not_before=message.occurred_at + timedelta(seconds=wait),
            actor_id=member.id,
            after=before,
        )
        message.delivery_id, message.delivery_state, message.not_before = before.id, before.state, before.not_before
        _save_new(message)
        _count(message, member)
        _told(conversation, message, InteractionKind.MESSAGE_OUT, "messages.replied", member)
        first = first or message
    assert first is not None
    return first


def note(
    *, member: Membership, conversation_id: int, body: str, idempotency_key: str = "", mentions: Iterable[str] = ()
) -> Message:
    """Leave a note that only we see, once per idempotency key. `mentions` name colleagues: `member:<id>`, `team:<id>`.

    Raises NotFound, Forbidden, Invalid (field `body`, `mentions`), Conflict for a key that was used for something else.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    text = checked_words(body)
    key = checked_key(idempotency_key)
    earlier = _already(conversation, Direction.NOTE, text, key, Visibility.PRIVATE)
    if earlier is not None:
        return earlier
    message = _written(conversation, Direction.NOTE, Visibility.PRIVATE, member, text, key)
    named = note_mentions.resolve(mentions)
    message.context = named.context()
    _save_new(message)
    note_mentions.keep(message, named, member=member)
    with connection.cursor() as cursor:
        cursor.execute(NOTED.format(xid=TRANSACTION_ID_SQL), [current_workspace_id(), conversation.id])
    _told(conversation, message, InteractionKind.NOTE, "messages.noted", member)
    return message


def _count(message: Message, member: Membership) -> None:
    """Let the conversation show this answer as its newest words, and nobody as waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            ANSWERED.format(xid=TRANSACTION_ID_SQL),
            [
                snippet(message.body or file_names(message.media), limit=LIST_SNIPPET),
                message.lang,
                message.occurred_at,
                member.id,
                current_workspace_id(),
                message.conversation_id,
            ],
        )


def take_back(*, member: Membership, message_id: int) -> Message:
    """Stop a reply that has not left yet; its words and files are a draft again, unless something else is being written there.
    Raises NotFound, Forbidden, Conflict when it is on its way.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    message = _outgoing_message(message_id)
    delivery = outbox.take_back(delivery_id=message.delivery_id or 0, actor_id=member.id)
    if message.delivery_state != delivery.state:
        later = _parts_after(message)
        thread = (message.context or {}).get("thread", {})
        drafts.give(
            member=member,
            conversation=message.conversation,
            body=thread.get("whole") or " ".join([message.body, *(part.body for part in later)]),
            files=message.media,
            manner=outgoings.manner_of(Outgoing.from_json(delivery.outgoing)),
        )
        mirror([delivery.id, *(part.delivery_id or 0 for part in later)])
        with connection.cursor() as cursor:
            for _part in (message, *later):
                cursor.execute(UNANSWERED, [current_workspace_id(), message.conversation_id])
        restate([message.conversation_id])
    return get_message(message.id)


def _parts_after(message: Message) -> list[Message]:
    """The later parts of a thread of which this is one, which the outbox stopped with it; in their order."""
    found, before = [], message.delivery_id
    while before is not None:
        following = outbox.following(before)
        before = following.id if following else None
        part = Message.objects.filter(delivery_id=before).first() if before is not None else None
        if part is not None and part.delivery_state != DeliveryState.CANCELLED:
            found.append(part)
    return found


def retry(*, member: Membership, message_id: int) -> Message:
    """Send a failed reply, or one that was taken back, again. Raises NotFound, Forbidden, Conflict."""
    require(member, Permission.CONVERSATIONS_REPLY)
    message = _outgoing_message(message_id)
    was_taken_back = message.delivery_state == DeliveryState.CANCELLED
    if was_taken_back:
        _take_from_draft(message, member)
    mirror([outbox.retry(delivery_id=message.delivery_id or 0, actor_id=member.id).id])
    if was_taken_back:
        _count(message, member)
    return get_message(message.id)


def _take_from_draft(message: Message, member: Membership) -> None:
    """A reply goes after all: what taking it back had put into the draft goes with it. Raises Conflict for files that went on."""
    drafts.clear(member=member, conversation_id=message.conversation_id, kind=DraftKind.REPLY, sent=message.body)
    chosen_files.take_again(entry["file"] for entry in message.media if entry.get("file"))


def decide(*, member: Membership, message_id: int, arrived: bool) -> Message:
    """Say whether a reply in doubt arrived; if not it is sent again. Raises NotFound, Forbidden, Conflict."""
    require(member, Permission.CONVERSATIONS_REPLY)
    message = _outgoing_message(message_id)
    mirror([outbox.decide(delivery_id=message.delivery_id or 0, arrived=arrived, actor_id=member.id).id])
    return get_message(message.id)


def _already(
    conversation: Conversation,
    direction: Direction,
    text: str,
    key: str | None,
    visibility: str,
    *,
    files: list[int] | None = None,
) -> Message | None:
    """The message that this key made earlier: a repeated click or a retried request changes nothing. Raises Conflict."""
    earlier = Message.objects.select_related("author__user").filter(idempotency_key=key).first() if key else None
    if earlier is None:
        return None
    sent = [entry.get("file") for entry in earlier.media]
    said = (earlier.context or {}).get("thread", {}).get("whole", earlier.body)
    was = earlier.conversation_id, earlier.direction, earlier.visibility, said, sent
    if was != (conversation.id, direction, visibility, text, files or []):
        raise used_key()
    return earlier


def used_key() -> Conflict:
    """What is said of a key that was spent on something else."""
    return Conflict(_("This key was already used for another message."), field="idempotency_key", code="key_reused")


def _written(
    conversation: Conversation, direction: Direction, visibility: str, member: Membership, text: str, key: str | None
) -> Message:
    moment = now()
    return Message(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=direction,
        visibility=visibility,
        author=member,
        body=text,
        lang=script_language(text) or "",
        occurred_at=moment,
        stored_at=moment,
        idempotency_key=key,
    )


def _save_new(message: Message) -> None:
    """Two requests with one key for two conversations hold different locks: the unique key settles it."""
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError as error:
        if "inbox_message_key" not in str(error):
            raise
        raise used_key() from error


def _answered(conversation: Conversation) -> Message | None:
    """The customer's newest message that still exists: an answer stands below it.

    What a program wrote is answered only where nobody else did: an answer belongs below the customer's own words.
    """
    theirs = Message.objects.select_related("identity").filter(conversation=conversation, direction=Direction.IN, deleted_at=None)
    return theirs.order_by(Case(When(program__in=UNANSWERED_PROGRAMS, then=1), default=0), "-occurred_at", "-id").first()


def _refuse_second(conversation: Conversation, comment: str) -> None:
    """A comment is answered in private once, also where the first answer is still on its way. Raises Conflict."""
    earlier = Message.objects.filter(
        conversation=conversation, direction=Direction.OUT, visibility=Visibility.PRIVATE, parent_external_id=comment
    )
    if earlier.exclude(delivery_state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED]).exists():
        raise Conflict(_("This comment was already answered in private, which the network allows once."), field="kind")


def _outgoing_message(message_id: int) -> Message:
    from_us = Message.objects.select_for_update(of=("self",)).select_related("conversation")
    message = from_us.filter(id=message_id, direction=Direction.OUT, delivery_id__isnull=False).first()
    if message is None:
        raise NotFound(_("There is no such reply."))
    return message


def _told(conversation: Conversation, message: Message, kind: str, event: str, member: Membership) -> None:
    happening = Happening(
        conversation.contact_id, kind, message.id, conversation.id, conversation.channel_id, message.occurred_at, message.body
    )
    add([happening])
    record(event, actor_id=member.id, subject=f"inbox.Conversation:{conversation.id}", data={"message": message.id})
    follow_by_itself(conversation, [member.id], Because.WROTE, actor_id=member.id)
    if message.direction == Direction.NOTE:
        follow_by_itself(conversation, message.shown_context.get("mentioned", ()), Because.MENTIONED, actor_id=member.id)
    _push(message)


def _push(message: Message) -> None:
    push_changed(group_name(current_workspace_id(), "channel", message.channel_id), [message.conversation_id])
