"""The list of conversations: a page of it, and what changed since a mark."""

from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject

from accounts.models import Membership
from core.marks import current_mark
from inbox.models import Conversation, ConversationTag
from inbox.selectors.drafts import with_draft_mark
from inbox.selectors.queries import ListQuery, sorts

PAGE_SIZE = 40
#: Past so many changes a page loads anew instead of mending itself.
MAX_CHANGES = 150


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of conversations. `after` continues it, `mark` asks for what changed later."""

    rows: list[Conversation]
    after: str
    mark: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a mark: rows that belong to the list, ids that no longer do, or too much to mend."""

    rows: list[Conversation] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    reload: bool = False
    mark: int = 0


def with_tags(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The conversations with their tags, in the same query."""
    links = ConversationTag.objects.filter(conversation_id=OuterRef("id")).order_by()
    each = JSONObject(id="tag_id", name="tag__name", tone="tag__tone")
    told = links.values("conversation_id").annotate(found=JSONBAgg(each, order_by="tag__folded")).values("found")
    return rows.annotate(tagged=Subquery(told))


def _rows(query: ListQuery, member: Membership) -> QuerySet[Conversation]:
    rows = with_tags(Conversation.objects.select_related("contact", "channel", "assignee__user"))
    return with_draft_mark(rows, member).filter(query.condition(member))


def list_page(
    query: ListQuery, member: Membership, *, after: str = "", size: int = PAGE_SIZE, mark: int | None = None
) -> ListPage:
    """One page in the list's order. Two queries at any size; one with the `mark` of an earlier look."""
    seen = current_mark() if mark is None else mark
    sort = sorts()[query.sort]
    rows = _rows(query, member)
    if sort.any_size:
        found = list(sort.order(sort.after(rows, after))[: size + 1])
    else:
        # What is sorted is sorted bare; only the page's own rows are dressed with their person, channel and tags.
        bare = sort.order(sort.after(Conversation.objects.filter(query.condition(member)), after)).values("id")
        sql, given = bare[: size + 1].query.sql_with_params()
        # As SQL, whose table is its own: nested by the ORM, a page's place would be asked of the rows outside.
        found = list(sort.order(rows.filter(id__in=RawSQL(sql, given))))  # noqa: S611 - ours, with its parameters
    more = len(found) > size
    shown = found[:size]
    return ListPage(shown, sort.place(shown[-1]) if more else "", seen)


def changes(query: ListQuery, member: Membership, *, since: int) -> Changes:
    """What changed in a list since `since` (a mark). Three queries at any size."""
    mark = current_mark()
    ids = list(
        Conversation.objects.filter(version__gte=since).order_by("version").values_list("id", flat=True)[: MAX_CHANGES + 1]
    )
    if len(ids) > MAX_CHANGES:
        return Changes(reload=True, mark=mark)
    rows = list(sorts()[query.sort].order(_rows(query, member).filter(id__in=ids))) if ids else []
    here = {row.id for row in rows}
    return Changes(rows, [number for number in ids if number not in here], False, mark)
