"""One deed on many conversations: a page's worth at once, more as a job that can be watched, stopped, and undone."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import require
from activity.services.log import record_many
from core.batches import execute_rows
from core.clock import now
from core.errors import Conflict, Invalid
from core.jobs import ring
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id, tenant
from crm.selectors import tags_of
from inbox.models import Because, BulkAction, BulkItem, BulkRun, BulkState, Conversation, ConversationTag, ItemState, Status
from inbox.selectors.bulk import MOST, Choice, get_run
from inbox.services import surveys
from inbox.services.bulk_deeds import COLUMNS, EVENTS, RIGHTS, checked, plain, standing, values_for
from inbox.services.filling import unfilled_among
from inbox.services.following import follow_all, unfollow_all
from inbox.services.tagging import MAX_TAGS

#: So many are done in the request itself; a page of the list.
AT_ONCE = 40
#: So many conversations in one transaction of the job.
BATCH = 200
FREEZE = """
INSERT INTO inbox_bulkitem (workspace_id, run_id, conversation_id, held_by_id, state, reason)
SELECT chosen.workspace_id, %s, chosen.id, chosen.assignee_id, 'waiting', '' FROM ({rows}) chosen
"""
#: Rows that are locked get what was decided of them, all columns at once.
WRITE = (
    "UPDATE inbox_conversation c SET {columns}, version = {xid} FROM {{rows}} WHERE c.workspace_id = {workspace:d} AND c.id = v.id"
)
SETTLE = """
UPDATE inbox_bulkitem i SET state = v.state, reason = v.reason, before = coalesce(v.before::jsonb, i.before),
       after = coalesce(v.after::jsonb, i.after)
FROM {{rows}} WHERE i.workspace_id = {workspace:d} AND i.id = v.id
"""


def start(*, member: Membership, action: str, given: Mapping[str, Any], choice: Choice) -> BulkRun:
    """Do something to the chosen conversations: now where they are few, else as a job whose run is returned.

    They are frozen here. Raises Forbidden, Invalid (`action`, `conversations`, the action's own fields).
    """
    if action in BulkAction.values:
        require(member, RIGHTS[BulkAction(action)])
    kept = checked(action, given)
    listed = "&".join(f"{key}={value}" for key, value in choice.query.parameters().items()) if choice.query else ""
    run = BulkRun(author=member, action=action, given=kept, asked_list=listed, created_at=now())
    run.save()
    rows, parameters = choice.rows(member).values("workspace_id", "id", "assignee_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(FREEZE.replace("{rows}", rows), [run.id, *parameters])
        run.total = cursor.rowcount
    if not run.total:
        raise Invalid(_("There is nothing to do: no conversation is chosen."), field="conversations", code="empty")
    if run.total > MOST:
        sentence = _("That is more than {limit} at once. Narrow the list down.").format(limit=MOST)
        raise Invalid(sentence, field="conversations", code="too_many")
    if run.total <= AT_ONCE:
        _do(run, member, AT_ONCE)
    run.save()
    if run.state == BulkState.RUNNING:
        ring("inbox.tasks.bulk", current_workspace_id(), run.id)
    return run


def stop(*, member: Membership, run_id: int) -> BulkRun:
    """Let what is not done yet be. What is done already stays, and can be undone. Raises NotFound, Forbidden."""
    run = get_run(run_id, lock=True)
    require(member, RIGHTS[BulkAction(run.action)])
    if run.state == BulkState.RUNNING:
        run.state, run.finished_at = BulkState.STOPPED, now()
        run.save()
    return run


def undo(*, member: Membership, run_id: int) -> BulkRun:
    """Give back what was there, except where somebody changed it meanwhile. Raises NotFound, Forbidden, Conflict while it runs or
    when it was undone.
    """
    run = get_run(run_id, lock=True)
    require(member, RIGHTS[BulkAction(run.action)])
    if run.state not in (BulkState.DONE, BulkState.STOPPED):
        raise Conflict(_("This runs still, or was undone already."), code="not_now")
    run.state, run.undone_by_id, run.finished_at = BulkState.UNDOING, member.id, None
    if BulkItem.objects.filter(run=run, state=ItemState.DONE).count() <= AT_ONCE:
        _give_back(run, member, AT_ONCE)
    run.save()
    if run.state == BulkState.UNDOING:
        ring("inbox.tasks.bulk", current_workspace_id(), run.id)
    return run


def work(*, workspace_id: int, run_id: int) -> None:
    """Go on with a run until it is finished or stopped. Whoever dies leaves whole batches, and the next goes on there."""
    while True:
        with tenant(workspace_id, step="bulk.batch"):
            # Somebody else at it: they go on.
            run = BulkRun.objects.select_for_update(skip_locked=True).filter(id=run_id).first()
            if run is None or run.state not in (BulkState.RUNNING, BulkState.UNDOING):
                return
            member = Membership.objects.filter(id=run.undone_by_id if run.state == BulkState.UNDOING else run.author_id).first()
            undoing = run.state == BulkState.UNDOING
            if member is None or not member.is_active or not member.may(RIGHTS[BulkAction(run.action)]):
                _refuse_rest(run)
            elif undoing:
                _give_back(run, member, BATCH)
            else:
                _do(run, member, BATCH)
            run.save()


def unfinished(*, limit: int = 200) -> list[tuple[int, int]]:
    """Workspace and run of what a lost bell or a dead worker left. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, run_id FROM inbox_unfinished_bulk(%s)", [limit])
        return list(cursor.fetchall())


def _refuse_rest(run: BulkRun) -> None:
    """Whoever asked is gone or lost the right: what is not done stays undone."""
    undoing = run.state == BulkState.UNDOING
    rest = BulkItem.objects.filter(run=run, state=ItemState.DONE if undoing else ItemState.WAITING)
    rest.update(state=ItemState.KEPT if undoing else ItemState.REFUSED, reason="right")
    run.state, run.finished_at = (BulkState.UNDONE if undoing else BulkState.DONE), now()


def _batch(run: BulkRun, state: ItemState, size: int) -> tuple[list[BulkItem], dict[int, Conversation]]:
    """The next items, and their conversations, locked in the order of their ids so that two deeds cannot wait for each other."""
    items = list(BulkItem.objects.filter(run=run, state=state).order_by("conversation_id")[:size])
    ids = [item.conversation_id for item in items]
    locked = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("channel")
    rows = locked.filter(id__in=ids).order_by("id")
    return items, {row.id: row for row in rows}


def _do(run: BulkRun, member: Membership, size: int) -> None:
    """Do the next ones. So many statements at any size; one transaction, the caller's."""
    items, rows = _batch(run, ItemState.WAITING, size)
    tags = _tags_of(rows) if run.action == BulkAction.TAG else {}
    resolves = run.given.get("status") == Status.RESOLVED
    unfilled = unfilled_among(rows.values()) if resolves else set()
    open_before = {row.id for row in rows.values() if row.status != Status.RESOLVED}
    changed: list[BulkItem] = []
    for item in items:
        if item.conversation_id in unfilled & open_before:
            item.state, item.reason = ItemState.REFUSED, "unfilled"
            continue
        _decide(run, member, item, rows[item.conversation_id], tags.get(item.conversation_id, {}))
        if item.state == ItemState.DONE:
            changed.append(item)
    if resolves:
        anew = [rows[item.conversation_id] for item in changed if item.conversation_id in open_before]
        surveys.resolved_many(conversations=anew, member=member)
    if run.action == BulkAction.TAG:
        _write_tags(run.given, changed, member)
    elif run.action == BulkAction.ASSIGN and run.given["assignee"] is not None and changed:
        numbers = [item.conversation_id for item in changed]
        fresh = follow_all(numbers, run.given["assignee"], Because.ASSIGNED, actor_id=member.id)
        for item in changed:
            item.before = {**(item.before or {}), "_followed": item.conversation_id in fresh}
    _write(rows, changed)
    told = [(item, _told(run, item.before or {}, item.after or {})) for item in changed]
    _tell(run, member, rows, told)
    _settle(items)
    if len(items) < size or not BulkItem.objects.filter(run=run, state=ItemState.WAITING).exists():
        run.state, run.finished_at = BulkState.DONE, now()


def _decide(run: BulkRun, member: Membership, item: BulkItem, row: Conversation, tags: dict[int, Any]) -> None:
    """What becomes of one: what it had before and gets, or why it is left alone."""
    given = run.given
    item.state, item.reason = ItemState.REFUSED, ""
    if given["spare"] and row.assignee_id not in (None, member.id):
        item.reason = "theirs"
        return
    if run.action == BulkAction.TAG:
        added = [number for number in given["add"] if number not in tags]
        removed = [tags[number] for number in given["remove"] if number in tags]
        if added and len(tags) + len(added) - len(removed) > MAX_TAGS:
            item.reason = "too_many"
        elif not added and not removed:
            item.state = ItemState.SAME
        else:
            item.state, item.before, item.after = ItemState.DONE, {"removed": removed}, {"added": added}
        return
    values = values_for(run.action, given, row)
    before, after = standing(row, values), {name: plain(value) for name, value in values.items()}
    if before == after:
        item.state = ItemState.SAME
    elif run.action == BulkAction.ASSIGN and row.assignee_id != item.held_by_id:
        item.reason = "meanwhile"
    else:
        item.state, item.before, item.after = ItemState.DONE, before, after
        for name, value in values.items():
            setattr(row, name, value)


def _give_back(run: BulkRun, member: Membership, size: int) -> None:
    """Undo the next ones. So many statements at any size; one transaction, the caller's."""
    items, rows = _batch(run, ItemState.DONE, size)
    given_back: list[BulkItem] = []
    here = _active(item.before for item in items) if run.action == BulkAction.ASSIGN else set()
    for item in items:
        row, before, after = rows[item.conversation_id], dict(item.before or {}), item.after or {}
        before.pop("_followed", None)
        item.state = ItemState.UNDONE
        if run.action == BulkAction.TAG:
            given_back.append(item)
        elif standing(row, after) != after:
            item.state, item.reason = ItemState.KEPT, "changed"
        elif before.get("assignee_id") is not None and before["assignee_id"] not in here:
            item.state, item.reason = ItemState.KEPT, "no_member"
        else:
            given_back.append(item)
            for name, value in before.items():
                setattr(row, name, _read(name, value))
    if run.action == BulkAction.TAG:
        _give_tags_back(given_back)
    followed = [item.conversation_id for item in given_back if (item.before or {}).get("_followed")]
    if followed:
        unfollow_all(followed, run.given["assignee"], Because.ASSIGNED, actor_id=member.id)
    _write(rows, given_back)
    _tell(run, member, rows, [(item, {**_told(run, item.after or {}, item.before or {}), "undo": True}) for item in given_back])
    _settle(items)
    if len(items) < size or not BulkItem.objects.filter(run=run, state=ItemState.DONE).exists():
        run.state, run.finished_at = BulkState.UNDONE, now()


def _active(befores: Iterable[dict[str, Any] | None]) -> set[int]:
    wanted = {before["assignee_id"] for before in befores if before and before.get("assignee_id")}
    return set(Membership.objects.filter(id__in=wanted, is_active=True).values_list("id", flat=True))


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value is not None and COLUMNS[name] == "timestamptz" else value


def _write(rows: dict[int, Conversation], changed: list[BulkItem]) -> None:
    """Write what was decided of the locked rows. One statement; none for none."""
    if not changed:
        return
    columns = ", ".join(f"{name} = v.{name}" for name in COLUMNS)
    statement = WRITE.format(columns=columns, xid=TRANSACTION_ID_SQL, workspace=current_workspace_id())
    shape = ", ".join(["id bigint", *(f"{name} {kind}" for name, kind in COLUMNS.items())])
    values = [[item.conversation_id, *(getattr(rows[item.conversation_id], name) for name in COLUMNS)] for item in changed]
    with connection.cursor() as cursor:
        execute_rows(cursor, statement, shape, values)


def _settle(items: list[BulkItem]) -> None:
    if not items:
        return
    shape = "id bigint, state text, reason text, before jsonb, after jsonb"
    values = [[item.id, str(item.state), item.reason, item.before, item.after] for item in items]
    with connection.cursor() as cursor:
        execute_rows(cursor, SETTLE.format(workspace=current_workspace_id()), shape, values)


def _told(run: BulkRun, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps of one change, in the words it has for a single one, and which run it belongs to."""
    if run.action == BulkAction.TAG:
        names = run.given["names"]
        pair = {
            "added": [names[str(number)] for number in _numbers(after)],
            "removed": [names[str(number)] for number in _numbers(before)],
        }
        return {**pair, "bulk": run.id}
    return {**{name: [before.get(name), value] for name, value in after.items() if name != "_followed"}, "bulk": run.id}


def _numbers(part: Mapping[str, Any]) -> list[int]:
    """Tags of one side of a change: what it added, or the links it removed."""
    return [*part.get("added", ()), *(link["tag"] for link in part.get("removed", ()))]


def _tell(run: BulkRun, member: Membership, rows: dict[int, Conversation], told: list[tuple[BulkItem, dict[str, Any]]]) -> None:
    """One event a conversation, in one statement, and a word to open pages, one a channel."""
    entries = [(f"inbox.Conversation:{item.conversation_id}", data) for item, data in told]
    record_many(EVENTS[BulkAction(run.action)], actor_id=member.id, entries=entries)
    channels: dict[int, list[int]] = {}
    for item, _data in told:
        channels.setdefault(rows[item.conversation_id].channel_id, []).append(item.conversation_id)
    for channel_id, ids in channels.items():
        push_changed(group_name(current_workspace_id(), "channel", channel_id), ids)


def _tags_of(rows: Mapping[int, Conversation]) -> dict[int, dict[int, Any]]:
    """Conversation → tag → its link as it can be made again."""
    found: dict[int, dict[int, Any]] = {}
    for link in ConversationTag.objects.filter(conversation_id__in=rows):
        kept = {"tag": link.tag_id, "by": link.added_by_id, "at": link.added_at.isoformat()}
        found.setdefault(link.conversation_id, {})[link.tag_id] = kept
    return found


def _write_tags(given: Mapping[str, Any], changed: list[BulkItem], member: Membership) -> None:
    moment = now()
    ConversationTag.objects.bulk_create(
        ConversationTag(conversation_id=item.conversation_id, tag_id=number, added_by_id=member.id, added_at=moment)
        for item in changed
        for number in (item.after or {})["added"]
    )
    if given["remove"] and changed:
        numbers = [item.conversation_id for item in changed]
        ConversationTag.objects.filter(conversation_id__in=numbers, tag_id__in=given["remove"]).delete()


def _give_tags_back(items: list[BulkItem]) -> None:
    """Take away what was added and is there still; put back what was taken, as long as the tag exists."""
    numbers = [item.conversation_id for item in items]
    added = {(item.conversation_id, number) for item in items for number in (item.after or {})["added"]}
    wanted = {number for _conversation, number in added}
    links = ConversationTag.objects.filter(conversation_id__in=numbers, tag_id__in=wanted)
    found = links.values_list("id", "conversation_id", "tag_id")
    gone = [link_id for link_id, conversation_id, tag_id in found if (conversation_id, tag_id) in added]
    ConversationTag.objects.filter(id__in=gone).delete()
    lost = [(item.conversation_id, link) for item in items for link in (item.before or {})["removed"]]
    there = {tag.pk for tag in tags_of({link["tag"] for _number, link in lost})}
    ConversationTag.objects.bulk_create(
        (
            ConversationTag(
                conversation_id=number, tag_id=link["tag"], added_by_id=link["by"], added_at=datetime.fromisoformat(link["at"])
            )
            for number, link in lost
            if link["tag"] in there
        ),
        ignore_conflicts=True,
    )
