"""Replies that wait for approval: the queue, and what a conversation's page needs of it without a query of its own."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from inbox.models import ApprovalRequest, ApprovalRule, ApprovalState, Conversation, Direction, Message

PAGE = 50


def with_approvals(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Each conversation with what waits in it for approval (`asked_replies`: dicts), and the workspace's rule (`approval_rule`)."""
    parts = JSONObject(
        id="id", versions="versions", files="files", author_id="author_id", author=F("author__user__name"),
        email=F("author__user__email"), asked_at="asked_at", send_at="send_at",
    )  # fmt: skip
    asked = ApprovalRequest.objects.filter(conversation_id=OuterRef("pk"), state=ApprovalState.ASKED).order_by("id")
    rule = ApprovalRule.objects.filter(workspace_id=OuterRef("workspace_id"))
    return rows.annotate(
        asked_replies=ArraySubquery(asked.values(told=parts)),
        approval_rule=Subquery(rule.values(told=JSONObject(roles="roles", channels="channels"))[:1]),
    )


def asked_in(conversation: Conversation) -> list[dict[str, Any]]:
    """What waits in a conversation that was read with it."""
    return getattr(conversation, "asked_replies", None) or []


def rule_of(conversation: Conversation) -> ApprovalRule:
    """The workspace's rule, from a conversation that was read with it."""
    told = getattr(conversation, "approval_rule", None) or {}
    return ApprovalRule(roles=told.get("roles", []), channels=told.get("channels", []))


def approval_queue(*, after_id: int | None = None) -> list[ApprovalRequest]:
    """What waits, the oldest first, each with how often the customer wrote since (`since`). One query."""
    newer = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"),
        direction=Direction.IN,
        deleted_at=None,
        stored_at__gt=OuterRef("asked_at"),
    )
    since = Subquery(newer.order_by().values("conversation_id").annotate(n=Count("id")).values("n"))
    rows = ApprovalRequest.objects.select_related("author__user", "conversation__contact", "conversation__channel")
    if after_id is not None:
        rows = rows.filter(id__gt=after_id)
    return list(rows.filter(state=ApprovalState.ASKED).annotate(since=Coalesce(since, 0)).order_by("id")[: PAGE + 1])
