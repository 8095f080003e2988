"""A public reply that needs approval: asked for, approved and sent, sent back, withdrawn. Each request is decided once.

What is approved becomes an ordinary reply of its author, in the transaction that notes the approval.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.marks import TRANSACTION_ID_SQL
from core.push import group_name, push_changed
from core.tenancy import current_workspace_id
from inbox.models import ApprovalRequest, ApprovalState, IfWritten
from inbox.selectors import get_conversation
from inbox.services import drafts, planned, replies, wording
from social.services import chosen_files

MAX_REMARK = 1000


def ask(
    *,
    member: Membership,
    conversation_id: int,
    body: str,
    media: Iterable[tuple[int, str]] = (),
    manner: dict[str, Any] | None = None,
    send_at: datetime | None = None,
    if_written: str = IfWritten.ASK,
    idempotency_key: str = "",
) -> ApprovalRequest:
    """Ask for approval of a reply, once per idempotency key. It is checked as if it went now. Raises what `replies.reply` raises,
    and what `planned.plan` raises about `send_at`.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id, lock=True)
    chosen, how = list(media), {name: value for name, value in (manner or {}).items() if value}
    due = planned.checked_time(send_at) if send_at is not None else None
    key = wording.checked_key(idempotency_key)
    earlier = ApprovalRequest.objects.filter(idempotency_key=key).first() if key else None
    if earlier is not None:
        if (earlier.conversation_id, earlier.versions[0]["body"]) != (conversation.id, body.strip()):
            raise replies.used_key()
        return earlier
    planned.rehearse(member, conversation, body, chosen, how, approved_by_id=member.id)
    files = chosen_files.hold(channel=conversation.channel, member_id=member.id, chosen=chosen)
    row = ApprovalRequest(
        conversation=conversation, author=member, versions=[_version(member, body)], files=files, manner=how, send_at=due,
        if_written=if_written, asked_at=now(), idempotency_key=key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise replies.used_key() from error
    _told(row, "approvals.asked", member)
    return row


def approve(*, member: Membership, request_id: int, version: int, body: str | None = None) -> ApprovalRequest:
    """Let it go, as it stands (`version`: how many wordings the approver has seen) or in other words.

    It is sent at once, or planned where it was to go later. Raises NotFound, Forbidden (also to its author), Conflict for what was
    decided or changed meanwhile, and what `replies.reply` raises.
    """
    row = _asked(member, request_id)
    if version != len(row.versions):
        raise Conflict(_("Somebody changed this meanwhile. Look once more."), field="version", code="changed")
    if body is not None and body.strip() != row.body:
        row.versions.append(_version(member, body))
    later = row.send_at is not None and row.send_at > now()
    common: dict[str, Any] = {
        "member": row.author,
        "conversation_id": row.conversation_id,
        "body": row.body,
        "media": [(entry["file"], entry.get("alt", "")) for entry in row.files],
        "idempotency_key": f"approved:{row.id}",
        "approved_by_id": member.id,
    }
    if later and row.send_at is not None:
        planned.plan(**common, send_at=row.send_at, manner=row.manner, if_written=row.if_written)
    else:
        row.message_id = replies.reply(**common, undo_seconds=0, **planned.manner_of(row.manner)).id
    _decide(row, ApprovalState.APPROVED, member)
    _told(row, "approvals.approved", member, versions=len(row.versions))
    return row


def send_back(*, member: Membership, request_id: int, remark: str) -> ApprovalRequest:
    """Give it back with a word: it is its author's draft again. Raises NotFound, Forbidden, Conflict, Invalid (field `remark`)."""
    row = _asked(member, request_id)
    words = remark.replace("\x00", "").strip()
    if not words:
        raise Invalid(_("Say what should be changed."), field="remark", code="required")
    if len(words) > MAX_REMARK:
        raise Invalid(_("A remark has at most {limit} characters.").format(limit=MAX_REMARK), field="remark", code="too_long")
    row.remark = words
    _decide(row, ApprovalState.RETURNED, member)
    said = _("{name} sent this back: {words}").format(name=member.user.display_name, words=words)
    _give(row, remark=said)
    _told(row, "approvals.returned", member)
    return row


def withdraw(*, member: Membership, request_id: int) -> ApprovalRequest:
    """It is not to go: it is its author's draft again. Raises NotFound, Forbidden, Conflict once it was decided."""
    require(member, Permission.CONVERSATIONS_REPLY)
    row = _locked(request_id)
    _decide(row, ApprovalState.WITHDRAWN, member)
    _give(row)
    _told(row, "approvals.withdrawn", member)
    return row


def get(request_id: int) -> ApprovalRequest:
    """One request of this workspace. Raises NotFound."""
    found = ApprovalRequest.objects.select_related("author__user", "conversation__channel").filter(id=request_id).first()
    if found is None:
        raise _missing()
    return found


def _asked(member: Membership, request_id: int) -> ApprovalRequest:
    """A request that waits, locked, for somebody who may decide about it."""
    require(member, Permission.REPLIES_APPROVE)
    row = _locked(request_id)
    refuse_own(row, member)
    return row


def refuse_own(row: ApprovalRequest, member: Membership) -> None:
    """Nobody approves what he wrote. Raises Forbidden."""
    if row.author_id == member.id:
        raise Forbidden(_("Somebody else has to approve what you wrote."))


def _locked(request_id: int) -> ApprovalRequest:
    rows = ApprovalRequest.objects.select_for_update(of=("self",)).select_related("author__user", "conversation__channel")
    row = rows.filter(id=request_id).first()
    if row is None:
        raise _missing()
    if row.state != ApprovalState.ASKED:
        raise Conflict(_("This was decided already."), field="state", code="decided")
    return row


def _missing() -> NotFound:
    return NotFound(_("There is no such request."))


def _decide(row: ApprovalRequest, state: ApprovalState, member: Membership) -> None:
    row.state, row.decided_by, row.decided_at = state, member, now()
    row.save()


def _give(row: ApprovalRequest, *, remark: str = "") -> None:
    """To its author, below what they may be writing by now."""
    drafts.give(
        member=row.author,
        conversation=row.conversation,
        body=row.body,
        files=row.files,
        manner=row.manner,
        remark=remark,
        below=True,
    )


def _version(member: Membership, body: str) -> dict[str, Any]:
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    return {"body": text, "by": member.id, "name": member.user.display_name, "at": now().isoformat()}


def _told(row: ApprovalRequest, event: str, member: Membership, **data: Any) -> None:
    workspace, conversation = current_workspace_id(), row.conversation
    with connection.cursor() as cursor:
        cursor.execute(planned.TOUCH.format(xid=TRANSACTION_ID_SQL), [workspace, conversation.id])
    subject = f"inbox.Conversation:{conversation.id}"
    record(event, actor_id=member.id, subject=subject, data={"request": row.id, "author": row.author_id, **data})
    push_changed(group_name(workspace, "channel", conversation.channel_id), [conversation.id])
