"""How many conversations stand where: sums of maintained counters for the tree, bounded looks for lists of any kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Sum

from accounts.models import Membership
from core.marks import MARK_SQL
from core.tenancy import current_workspace_id
from inbox.models import Conversation, ConversationCount, FacetCount, Status
from inbox.selectors.queries import ListQuery
from social.selectors import COUNTED_UNSETTLED

#: More than so many are told as “99+”.
MOST = 99
#: A look at a list of any kind goes through so many rows at most.
LOOKED = 20_000
#: One statement: counters by person, channel, team and tag, and what few rows know, each in an index of its own. The mark comes
#: first: rows that are read after it may be told twice, never missed.
NUMBERS = f"""
SELECT 'mark', '', 0::bigint, {MARK_SQL}
UNION ALL
SELECT CASE WHEN GROUPING(channel_id) = 0 THEN 'channel' ELSE 'assignee' END, status, coalesce(channel_id, assignee_id), sum(number)
FROM inbox_conversationcount WHERE workspace_id = %(w)s AND status IN ('open', 'pending', 'snoozed')
GROUP BY GROUPING SETS ((status, assignee_id), (status, channel_id))
UNION ALL
SELECT dimension, status, value_id, sum(number)
FROM inbox_facetcount WHERE workspace_id = %(w)s AND dimension IN ('team', 'tag') AND status = 'open' GROUP BY 1, 2, 3
UNION ALL
SELECT 'approvals', '', 0, count(*) FROM inbox_approvalrequest WHERE workspace_id = %(w)s AND state = 'asked'
UNION ALL
SELECT 'trouble', '', 0, count(*) FROM inbox_conversation WHERE workspace_id = %(w)s AND has_trouble
UNION ALL
SELECT 'outbox', '', 0, count(*) FROM (
    SELECT 1 FROM social_delivery WHERE workspace_id = %(w)s AND state IN ('failed', 'needs_decision') LIMIT %(most)s) d
UNION ALL
SELECT 'mentions', '', 0, count(DISTINCT m.conversation_id) FROM inbox_notemention n
JOIN inbox_message m ON m.workspace_id = n.workspace_id AND m.id = n.message_id
WHERE n.workspace_id = %(w)s AND n.member_id = %(m)s AND n.read_at IS NULL
UNION ALL
SELECT 'drafts', '', 0, count(DISTINCT conversation_id) FROM inbox_draft
WHERE workspace_id = %(w)s AND member_id = %(m)s AND NOT is_empty
UNION ALL
SELECT 'scheduled', '', 0, count(DISTINCT conversation_id) FROM inbox_plannedreply
WHERE workspace_id = %(w)s AND state IN ('scheduled', 'held')
UNION ALL
SELECT 'spam', '', 0, count(*) FROM (
    SELECT 1 FROM crm_identity i JOIN inbox_conversation c ON c.workspace_id = i.workspace_id AND c.contact_id = i.contact_id
    JOIN social_channel h ON h.workspace_id = c.workspace_id AND h.id = c.channel_id AND h.network = i.network
    WHERE i.workspace_id = %(w)s AND i.standing <> '' LIMIT %(most)s) s
"""
#: Kinds above that are views of their own.
ROWS = ("mentions", "drafts", "scheduled", "trouble", "outbox", "approvals", "spam")
#: Counts a list; less than nothing (-1 - number) where there are rows behind those that were looked at.
TALLY = """
(SELECT CASE WHEN n.found <= {most} AND EXISTS (SELECT 1 FROM ({near}) AS behind) THEN -1 - n.found ELSE n.found END
 FROM (SELECT count(*) AS found FROM ({rest}) AS those) AS n)
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the tree shows. `channels`, `teams` and `tags` count open conversations."""

    views: dict[str, int]
    channels: dict[int, int] = field(default_factory=dict)
    teams: dict[int, int] = field(default_factory=dict)
    tags: dict[int, int] = field(default_factory=dict)
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many a list holds; `more`: at least."""

    number: int
    more: bool = False


def numbers(member: Membership) -> Numbers:
    """Everything the tree counts. One query; its cost follows the number of people, channels, teams and tags, not of rows."""
    views = dict.fromkeys(("mine", "unassigned", "open", "pending", "snoozed", *ROWS), 0)
    found: dict[str, dict[int, int]] = {"channel": {}, "team": {}, "tag": {}}
    mark = 0
    with connection.cursor() as cursor:
        given = {"w": current_workspace_id(), "m": member.id, "most": COUNTED_UNSETTLED}
        cursor.execute(NUMBERS, given)
        for kind, status, key, number in cursor.fetchall():
            if kind == "mark":
                mark = int(number)
            elif kind in found:
                if status == Status.OPEN:
                    found[kind][key] = max(int(number), 0)
            elif kind == "assignee":
                views[status] += int(number)
                if status == Status.OPEN and key == member.id:
                    views["mine"] += int(number)
                elif status == Status.OPEN and key == 0:
                    views["unassigned"] += int(number)
            else:
                views[kind] = int(number)
    kept = {key: max(number, 0) for key, number in views.items()}
    return Numbers(kept, found["channel"], found["team"], found["tag"], mark)


def tallies(queries: Mapping[str, ListQuery], member: Membership) -> dict[str, Tally]:
    """How many lists of any kind hold, up to `MOST`. One query for all of them, and each looks at a bounded number of rows."""
    if not queries:
        return {}
    parts: list[str] = []
    values: list[object] = []
    for query in queries.values():
        sql, given = _bounded(query, member)
        parts.append(sql)
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        found = cursor.fetchone()
    return {key: _tally(int(number)) for key, number in zip(queries, found, strict=True)}


def _tally(found: int) -> Tally:
    if found < 0:
        return Tally(-1 - found, more=True)
    return Tally(min(found, MOST), more=found > MOST)


def _bounded(query: ListQuery, member: Membership) -> tuple[str, list[object]]:
    """SQL that counts the newest rows an index leads to, as far as the rest of the list's filters let them through."""
    table = Conversation._meta.db_table
    ordered = Conversation.objects.filter(query.condition(member, leading=True)).order_by("-last_activity_at", "-id")
    rest = Conversation.objects.filter(query.condition(member, leading=False)).order_by().values("id")[: MOST + 1]
    near_sql, near_values = ordered[:LOOKED].query.sql_with_params()
    behind_sql, behind_values = ordered.values("id")[LOOKED : LOOKED + 1].query.sql_with_params()
    rest_sql, rest_values = rest.query.sql_with_params()
    counted = rest_sql.replace(f'FROM "{table}"', f'FROM ({near_sql}) AS "{table}"', 1)
    return TALLY.format(most=MOST, near=behind_sql, rest=counted), [*behind_values, *near_values, *rest_values]


def mine_count(member: Membership) -> int:
    """Open conversations of a member, for the frame around every page. One query over maintained counters."""
    rows = ConversationCount.objects.filter(status=Status.OPEN, assignee_id=member.id)
    return max(rows.aggregate(n=Sum("number"))["n"] or 0, 0)


def tag_counts() -> dict[int, int]:
    """How many conversations carry each tag, whatever their status. One query over maintained counters."""
    rows = FacetCount.objects.filter(dimension="tag").values("value_id").annotate(n=Sum("number"))
    return {row["value_id"]: max(row["n"], 0) for row in rows}
