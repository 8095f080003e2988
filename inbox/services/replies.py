"""Line two, first half: what an agent writes becomes a message, and for the customer a delivery, in one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, When
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.direction import script_language
from core.errors import Conflict, Invalid, NotFound
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add, snippet
from inbox.models import Because, Conversation, Direction, DraftKind, Message, Visibility
from inbox.selectors import get_conversation, get_message
from inbox.services import blanks, drafts, holding, letters, note_mentions
from inbox.services.delivery_states import mirror
from inbox.services.following import follow_by_itself
from inbox.services.threads import LIST_SNIPPET, file_names
from inbox.services.topmost import restate
from inbox.services.wording import checked_key, checked_words
from social.models import DeliveryState
from social.networks.senders import Program
from social.networks.values import Attachment, Outgoing
from social.selectors import templates_of
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
) -> Message:
    """Answer the customer where they spoke. Queued at once, sent after `undo_seconds`, once per idempotency key.

    Without `undo_seconds` the person's own choice counts, else the installation's. `media`: numbers of files that this member
    chose, each with what it shows; with them the text may be empty. `privately` answers a public comment out of others' sight,
    where the network offers that; it does so once a comment. `template` names an approved text (`Template.key`), which with its
    `parameters` takes the place of `body`, and may go when the time to answer is over. `signed`: where answers are letters.
    `seen`: the newest message the writer had before them; a colleague's answer after it holds this one (Conflict `answered`).
    Raises NotFound, Forbidden, Invalid (field `body`: empty, too long for the network; `media`: not to be sent), Conflict (also
    for a key that was used for something else).
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    chosen = list(media)
    approved = _chosen(conversation, template, parameters) if template else None
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
    files = chosen_files.choose(channel=conversation.channel, member_id=member.id, chosen=chosen)
    wait = outbox.undo_seconds_of(member) if undo_seconds is None else undo_seconds
    message = _written(conversation, Direction.OUT, visibility, member, text, key)
    answered = _answered(conversation)
    message.parent_external_id = (answered.external_id or "") if answered else ""
    message.media = [chosen_files.shown(row, attachment) for row, attachment in files]
    if alone:
        _refuse_second(conversation, message.parent_external_id)
    delivery = outbox.queue(
        channel=conversation.channel,
        outgoing=replace(
            _outgoing(
                conversation,
                message,
                answered.occurred_at if answered else None,
                tuple(attachment for _row, attachment in files),
                alone=alone,
            ),
            template=approved[1] if approved else {},
            **letters.dress(conversation, member=member, answered=answered, signed=signed),
        ),
        lane=f"conversation:{conversation.id}",
        idempotency_key=f"reply:{key or secrets.token_urlsafe(16)}",
        not_before=message.occurred_at + timedelta(seconds=wait),
        actor_id=member.id,
    )
    message.delivery_id, message.delivery_state, message.not_before = delivery.id, delivery.state, delivery.not_before
    _save_new(message)
    _count(message, member)
    _told(conversation, message, InteractionKind.MESSAGE_OUT, "messages.replied", member)
    return message


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
        drafts.give(
            member=member,
            conversation=message.conversation,
            body=message.body,
            files=message.media,
            manner=_manner_of(Outgoing.from_json(delivery.outgoing)),
        )
        mirror([delivery.id])
        with connection.cursor() as cursor:
            cursor.execute(UNANSWERED, [current_workspace_id(), message.conversation_id])
        restate([message.conversation_id])
    return get_message(message.id)


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


def _manner_of(outgoing: Outgoing) -> dict[str, Any]:
    """How a reply was to go, as a draft keeps it."""
    template = outgoing.template
    if template:
        return {"template": f"{template['name']}|{template['language']}", "parameters": list(template.get("parameters", []))}
    return {"privately": True} if outgoing.kind == "private_reply" else {}


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
    was = earlier.conversation_id, earlier.direction, earlier.visibility, earlier.body, sent
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


def _chosen(conversation: Conversation, key: str, parameters: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The words of an approved text, and what the network is told of it. Raises Invalid naming `template` or `parameters`."""
    known = {template.key: template for template in templates_of(conversation.channel)}
    template = known.get(key) if conversation.visibility == Visibility.PRIVATE else None
    if template is None:
        raise Invalid(_("This channel has no such template."), field="template")
    # WhatsApp refuses line breaks, tabs and runs of blanks in what is filled in.
    values = [" ".join(value.replace("\x00", "").split()) for value in parameters]
    if len(values) != template.variables or not all(values):
        raise Invalid(_("Fill in everything this template asks for."), field="parameters")
    form = {"form": dict(template.form)} if template.form else {}
    return template.filled(values), {"name": template.name, "language": template.language, "parameters": values, **form}


def _refuse_second(conversation: Conversation, comment: str) -> None:
    """A comment is answered in private once, also where the first answer is still on its way. Raises Conflict."""
    earlier = Message.objects.filter(
        conversation=conversation, direction=Direction.OUT, visibility=Visibility.PRIVATE, parent_external_id=comment
    )
    if earlier.exclude(delivery_state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED]).exists():
        raise Conflict(_("This comment was already answered in private, which the network allows once."), field="kind")


def _outgoing(
    conversation: Conversation,
    message: Message,
    heard_at: datetime | None,
    media: tuple[Attachment, ...],
    *,
    alone: bool = False,
) -> Outgoing:
    if conversation.visibility == Visibility.PRIVATE or alone:
        customer = conversation.contact.identities.filter(network=conversation.channel.network).values_list(
            "external_id", flat=True
        )
        return Outgoing(
            kind="private_reply" if alone else "direct",
            text=message.body,
            in_reply_to=message.parent_external_id,
            to=customer.first() or "",
            thread_key=conversation.thread_key,
            heard_at=heard_at.isoformat() if heard_at else "",
            media=media,
        )
    return Outgoing(
        kind="reply",
        text=message.body,
        in_reply_to=message.parent_external_id,
        thread_key=conversation.thread_key,
        media=media,
    )


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
