"""Planned replies, brought along by the query that reads a conversation."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from inbox.models import Conversation, PlannedReply
from inbox.models.planned import PlannedState

OPEN = (PlannedState.SCHEDULED, PlannedState.HELD)


def planned() -> Exists:
    """Whether a reply waits in a conversation for its time, or for a person's word."""
    return Exists(PlannedReply.objects.filter(conversation_id=OuterRef("pk"), state__in=OPEN))


def with_planned(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Each conversation with what waits in it (`waiting_replies`: dicts, the next first)."""
    parts = JSONObject(
        id="id", body="body", files="files", state="state", send_at="send_at", if_written="if_written", reason="reason",
        author=F("author__user__name"), email=F("author__user__email"), written_at="written_at",
    )  # fmt: skip
    waiting = PlannedReply.objects.filter(conversation_id=OuterRef("pk"), state__in=OPEN).order_by("send_at", "id")
    return rows.annotate(waiting_replies=ArraySubquery(waiting.values(told=parts)))


def planned_of(conversation: Conversation) -> list[dict[str, Any]]:
    """What waits in a conversation that was read with it."""
    return getattr(conversation, "waiting_replies", None) or []
