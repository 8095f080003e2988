"""Tags on conversations. Whoever writes a link holds its conversation's lock first: the counts by tag rest on that."""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Invalid
from core.marks import TRANSACTION_ID_SQL, TransactionId
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from crm.selectors import tags_of
from crm.services.tags import find_or_make
from inbox.models import Conversation, ConversationTag
from inbox.selectors import MAX_CHANGES, get_conversation

#: More tags on one conversation than anybody reads.
MAX_TAGS = 20
#: More changed rows than this make an open page read its list anew, so that no more need a new version.
TOUCH = """
UPDATE inbox_conversation SET version = {xid} WHERE workspace_id = %(w)s AND id IN (
    SELECT conversation_id FROM inbox_conversationtag WHERE workspace_id = %(w)s AND tag_id = %(tag)s
    ORDER BY conversation_id DESC LIMIT %(most)s)
"""
LOCK = """
SELECT count(*) FROM (
    SELECT 1 FROM inbox_conversation WHERE workspace_id = %(w)s AND id IN (
        SELECT conversation_id FROM inbox_conversationtag WHERE workspace_id = %(w)s AND tag_id = %(source)s)
    ORDER BY id FOR NO KEY UPDATE) locked
"""
MOVE = """
INSERT INTO inbox_conversationtag (workspace_id, conversation_id, tag_id, added_by_id, added_at)
SELECT workspace_id, conversation_id, %(target)s, added_by_id, added_at FROM inbox_conversationtag
WHERE workspace_id = %(w)s AND tag_id = %(source)s
ON CONFLICT (workspace_id, conversation_id, tag_id) DO NOTHING
"""
TAKE_AWAY = "DELETE FROM inbox_conversationtag WHERE workspace_id = %(w)s AND tag_id = %(source)s"


def change_tags(
    *,
    member: Membership,
    conversation_id: int,
    add: Iterable[int] = (),
    remove: Iterable[int] = (),
    names: Iterable[str] = (),
) -> Conversation:
    """Put tags on a conversation and take others away; `names` are found or made. What is so already stays so.

    Raises NotFound, Forbidden, Invalid (`add`, `name`). Returns the conversation as it stands.
    """
    require(member, Permission.CONVERSATIONS_ASSIGN)
    conversation = get_conversation(conversation_id, lock=True)
    wanted = {*add, *(find_or_make(member=member, name=name).pk for name in names)}
    unwanted = set(remove) - wanted
    there = {tag["id"] for tag in conversation.tags}
    known = {tag.pk: tag for tag in tags_of((wanted - there) | (unwanted & there))}
    new = sorted(wanted - there)
    if any(number not in known for number in new):
        raise Invalid(_("There is no such tag."), field="add")
    if len(there - unwanted) + len(new) > MAX_TAGS:
        raise Invalid(_("A conversation has at most {limit} tags.").format(limit=MAX_TAGS), field="add", code="too_many")
    gone = sorted(unwanted & there)
    if not new and not gone:
        return conversation
    moment = now()
    ConversationTag.objects.bulk_create(
        [ConversationTag(conversation_id=conversation.pk, tag_id=n, added_by_id=member.pk, added_at=moment) for n in new]
    )
    if gone:
        ConversationTag.objects.filter(conversation_id=conversation.pk, tag_id__in=gone).delete()
    Conversation.objects.filter(id=conversation.pk).update(version=TransactionId())
    data = {"added": [known[n].name for n in new], "removed": [known[n].name for n in gone if n in known]}
    record("conversations.tagged", actor_id=member.id, subject=f"inbox.Conversation:{conversation.pk}", data=data)
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.pk])
    return get_conversation(conversation.pk)


def move_tag(source_id: int, target_id: int) -> None:
    """Give every conversation that carries one tag the other instead. Three statements; holds the lock of each of them."""
    given = {"w": current_workspace_id(), "source": source_id, "target": target_id}
    with connection.cursor() as cursor:
        for statement in (LOCK, MOVE, TAKE_AWAY):
            cursor.execute(statement, given)


def touch_tag(tag_id: int) -> None:
    """Let open pages draw anew what carries a tag, and tell them."""
    workspace = current_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(TOUCH.format(xid=TRANSACTION_ID_SQL), {"w": workspace, "tag": tag_id, "most": MAX_CHANGES + 1})
    push_changed(group_name(workspace, "all"), [])
