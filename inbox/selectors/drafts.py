"""A person's own drafts, brought along by the queries that read conversations. Nothing here asks by itself but `own_drafts`."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import Membership
from inbox.models import Conversation, Draft


def with_draft_mark(rows: QuerySet[Conversation], member: Membership) -> QuerySet[Conversation]:
    """Each conversation with whether this person has begun to write in it (`has_draft`)."""
    return rows.annotate(has_draft=drafted(member))


def drafted(member: Membership) -> Exists:
    """Whether this person has begun to write in a conversation."""
    return Exists(Draft.objects.filter(conversation_id=OuterRef("pk"), member_id=member.id, is_empty=False))


def with_drafts(rows: QuerySet[Conversation], member: Membership) -> QuerySet[Conversation]:
    """Each conversation with this person's drafts in it (`own_drafts`: dicts, the one written last first)."""
    parts = JSONObject(
        kind="kind", body="body", files="files", manner="manner", counter="counter", remark="remark", saved_at="saved_at",
    )  # fmt: skip
    own = Draft.objects.filter(conversation_id=OuterRef("pk"), member_id=member.id, is_empty=False).order_by("-saved_at")
    return rows.annotate(own_drafts=ArraySubquery(own.values(told=parts)))


def drafts_of(conversation: Conversation) -> dict[str, dict[str, Any]]:
    """Kind → draft, of a conversation read with them; the one written last first."""
    return {draft["kind"]: draft for draft in getattr(conversation, "own_drafts", None) or []}


def own_drafts(member: Membership, *, conversation_id: int | None = None, limit: int = 100) -> list[Draft]:
    """A person's drafts, the one written last first. One query."""
    rows = Draft.objects.filter(member=member, is_empty=False)
    if conversation_id is not None:
        rows = rows.filter(conversation_id=conversation_id)
    return list(rows.order_by("-saved_at", "-id")[:limit])
