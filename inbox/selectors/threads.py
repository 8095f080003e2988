"""One conversation and its messages: pages of a thread, what changed in it, what stands above it."""

from dataclasses import dataclass

from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject, Left
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import NotFound
from core.keyset import Position
from core.marks import current_mark
from core.tenancy import current_workspace_id
from inbox.models import Conversation, Direction, Message, Reactions, Visibility
from inbox.selectors.approvals import with_approvals
from inbox.selectors.drafts import with_drafts
from inbox.selectors.followers import with_followers
from inbox.selectors.lists import MAX_CHANGES, with_tags
from inbox.selectors.planned import with_planned
from social.models import Delivery

THREAD_PAGE = 60
#: So many letters of what a message answers are read along with it.
ANSWERED = 200
#: Past so many nobody counts on who else stands below the same post.
MANY_SIBLINGS = 100
SIBLINGS = """
(SELECT count(*) FROM (SELECT 1 FROM inbox_conversation s WHERE s.workspace_id = %s AND s.channel_id = %s AND s.thread_key = %s
 AND s.id <> %s LIMIT %s) others)
"""


def get_conversation(conversation_id: int, *, lock: bool = False, reader: Membership | None = None) -> Conversation:
    """One conversation of this workspace with what its page needs. Raises NotFound. `lock` holds it until commit; with `reader`
    their drafts and what is planned come along.
    """
    rows = with_tags(Conversation.objects.select_related("contact", "channel", "assignee__user", "team"))
    if reader is not None:
        rows = with_approvals(with_planned(with_drafts(rows, reader)))
    rows = rows.select_for_update(of=("self",)) if lock else with_followers(rows)
    row = rows.filter(id=conversation_id).first()
    if row is None:
        raise NotFound(_("There is no such conversation."))
    return row


def with_reactions(rows: QuerySet[Message]) -> QuerySet[Message]:
    """The messages with the signs below them, in the same query."""
    theirs = Reactions.objects.filter(channel_id=OuterRef("channel_id"), external_id=OuterRef("external_id"))
    return rows.annotate(reacted=Subquery(theirs.values(told=JSONObject(people="people", counts="counts"))[:1]))


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Messages, oldest first. `before` leads to older ones, `after` to newer ones; `mark` asks for what changed later."""

    messages: list[Message]
    before: str
    mark: int
    after: str = ""


def with_answered(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Each with what it answers, where that stands in the same conversation. No query of its own."""
    answered = Message.objects.filter(
        workspace_id=OuterRef("workspace_id"),
        channel_id=OuterRef("channel_id"),
        external_id=OuterRef("parent_external_id"),
        conversation_id=OuterRef("conversation_id"),
    ).exclude(external_id="")
    parts = JSONObject(
        id="id", body=Left("body", ANSWERED), media=Case(When(media=[], then=False), default=True),
        gone=Case(When(deleted_at=None, then=False), default=True),
    )  # fmt: skip
    return rows.annotate(answered=Subquery(answered.values(found=parts)[:1]))


def thread_page(conversation: Conversation, *, before: str = "", size: int = THREAD_PAGE) -> ThreadPage:
    """The newest messages of a thread, or those before a place. Two queries at any length."""
    mark = current_mark()
    rows = with_answered(with_reactions(Message.objects.select_related("identity", "author__user")))
    rows = rows.filter(conversation_id=conversation.id)
    position = Position.decode(before, field="before")
    if position:
        rows = rows.extra(
            where=["(inbox_message.occurred_at, inbox_message.id) < (%s, %s)"], params=[position.at, position.id]
        )
    found = list(rows.order_by("-occurred_at", "-id")[: size + 1])
    shown = found[:size][::-1]
    more = len(found) > size
    return ThreadPage(shown, Position(shown[0].occurred_at, shown[0].id).encode() if more else "", mark)


def changed_messages(conversation: Conversation, *, since: int) -> ThreadPage:
    """Messages of a thread that are new or changed since a mark. Two queries."""
    mark = current_mark()
    rows = with_answered(
        with_reactions(Message.objects.select_related("identity", "author__user"))
        .filter(conversation_id=conversation.id, version__gte=since)
        .order_by("occurred_at", "id")
    )
    return ThreadPage(list(rows[:MAX_CHANGES]), "", mark)


def first_post(conversation: Conversation) -> Message | None:
    """The customer's post that began a thread, to stand on top of it, with what stands around it on the network. One query."""
    posts = Message.objects.select_related("identity").filter(conversation_id=conversation.id, direction=Direction.IN)
    return with_surroundings(with_reactions(posts), conversation).order_by("occurred_at", "id").first()


def with_surroundings(rows: QuerySet[Message], conversation: Conversation) -> QuerySet[Message]:
    """A post with what it answers in another conversation of its channel (`parent`), and how many others stand below the same post
    (`siblings`, up to MANY_SIBLINGS). No query of its own.
    """
    above = Message.objects.filter(
        workspace_id=OuterRef("workspace_id"), channel_id=OuterRef("channel_id"), external_id=OuterRef("parent_external_id"),
        deleted_at=None,
    ).exclude(external_id="")  # fmt: skip
    parts = JSONObject(id="id", conversation="conversation_id", body=Left("body", ANSWERED))
    here = [current_workspace_id(), conversation.channel_id, conversation.thread_key, conversation.id, MANY_SIBLINGS]
    return rows.annotate(parent=Subquery(above.values(found=parts)[:1]), siblings=RawSQL(SIBLINGS, here))  # noqa: S611 - ours


def published_above(conversation: Conversation, first: Message | None) -> Delivery | None:
    """The post of ours below which a public thread stands, where we published it from here. One query, none for a thread of the
    customer's own beginning.
    """
    if first is None or conversation.visibility != Visibility.PUBLIC:
        return None
    ids = {conversation.thread_key, first.parent_external_id} - {first.external_id, ""}
    if not ids:
        return None
    ours = Delivery.objects.select_related("post__author__user")
    return ours.filter(channel_id=conversation.channel_id, external_id__in=ids, post__isnull=False).first()


def get_message(message_id: int) -> Message:
    """One message of this workspace. Raises NotFound."""
    row = with_reactions(Message.objects.select_related("conversation", "author__user", "identity").filter(id=message_id)).first()
    if row is None:
        raise NotFound(_("There is no such message."))
    return row


def message_of_delivery(delivery_id: int) -> Message:
    """The message that a delivery carries. Raises NotFound."""
    row = Message.objects.filter(delivery_id=delivery_id).first()
    if row is None:
        raise NotFound(_("There is no such message."))
    return row


def last_words(conversation_id: int, *, limit: int = 5) -> list[Message]:
    """The last words said with the customer, oldest first. One query."""
    rows = Message.objects.select_related("identity", "author__user").filter(
        conversation_id=conversation_id, direction__in=[Direction.IN, Direction.OUT], deleted_at=None
    )
    return list(rows.order_by("-occurred_at", "-id")[:limit])[::-1]


def writers_of(conversation_id: int, *, limit: int = 10) -> list[tuple[str, int]]:
    """Who of us answered in a conversation, and how often; the busiest first. One query."""
    rows = (
        Message.objects.filter(conversation_id=conversation_id, direction=Direction.OUT, author__isnull=False)
        .values("author__user__name", "author__user__email")
        .annotate(n=Count("id"))
        .order_by("-n", "author__user__email")
    )
    return [(row["author__user__name"] or row["author__user__email"].partition("@")[0], row["n"]) for row in rows[:limit]]
