"""Reading deeds on many conversations: which are chosen, what is known of them beforehand, how far a run is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import Invalid, NotFound
from inbox.models import BulkItem, BulkRun, BulkState, Conversation, ItemState
from inbox.selectors.queries import ListQuery

#: More conversations than this are not changed by one deed.
MOST = 10_000
#: So many are named one by one; beyond that, by their list.
MOST_NAMED = 400
#: So many of those left alone are told of.
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """Which conversations: named by their ids, or all of a list."""

    ids: tuple[int, ...] = ()
    query: ListQuery | None = None

    @classmethod
    def of(cls, ids: Sequence[int] = (), query: ListQuery | None = None) -> "Choice":
        """Raises Invalid unless it is one of the two, and few enough."""
        if bool(ids) == (query is not None):
            raise Invalid(_("Choose conversations, or a list of them."), field="conversations", code="required")
        if len(ids) > MOST_NAMED:
            raise Invalid(_("Name at most {limit} one by one.").format(limit=MOST_NAMED), field="conversations", code="too_many")
        return cls(tuple(sorted(set(ids))), query)

    def rows(self, member: Membership) -> QuerySet[Conversation]:
        """They themselves, in no order; more than the most only by one."""
        condition = self.query.condition(member) if self.query else Q(id__in=self.ids)
        return Conversation.objects.filter(condition).order_by()[: MOST + 1]


@dataclass(frozen=True, slots=True)
class Preview:
    """How many are chosen, how many of them somebody else has, and how many are done with."""

    total: int
    theirs: int
    resolved: int

    @property
    def too_many(self) -> bool:
        return self.total > MOST


def preview(choice: Choice, member: Membership) -> Preview:
    """What is known before anything is done. One query at any size."""
    chosen = Conversation.objects.filter(id__in=choice.rows(member).values("id"))
    theirs = Q(assignee_id__isnull=False) & ~Q(assignee_id=member.id)
    found = chosen.aggregate(
        total=Count("id"), theirs=Count("id", filter=theirs), resolved=Count("id", filter=Q(status="resolved"))
    )
    return Preview(found["total"], found["theirs"], found["resolved"])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `told` are conversations left alone or kept, with their reasons."""

    run: BulkRun
    counts: dict[str, int]
    told: list[BulkItem]

    @property
    def waiting(self) -> int:
        """What is still to be done or undone."""
        key = ItemState.DONE if self.run.state == BulkState.UNDOING else ItemState.WAITING
        return self.counts.get(key, 0)

    @property
    def passed(self) -> int:
        return self.run.total - self.waiting

    @property
    def is_open(self) -> bool:
        return self.run.state in (BulkState.RUNNING, BulkState.UNDOING)

    @property
    def may_be_undone(self) -> bool:
        return self.run.state in (BulkState.DONE, BulkState.STOPPED) and bool(self.counts.get(ItemState.DONE))


def get_run(run_id: int, *, lock: bool = False) -> BulkRun:
    """One run of this workspace. Raises NotFound. `lock` holds it until commit."""
    rows = BulkRun.objects.select_for_update() if lock else BulkRun.objects.all()
    row = rows.filter(id=run_id).first()
    if row is None:
        raise NotFound(_("There is no such deed."))
    return row


def progress(run: BulkRun) -> Progress:
    """Two queries at any size."""
    found = BulkItem.objects.filter(run=run)
    counts = {row["state"]: row["n"] for row in found.values("state").order_by().annotate(n=Count("id"))}
    told = found.filter(state__in=[ItemState.REFUSED, ItemState.KEPT]).select_related("conversation__contact").order_by("id")
    return Progress(run, counts, list(told[:MOST_TOLD]))
