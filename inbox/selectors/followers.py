"""Who follows what."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import Membership
from inbox.models import Conversation, Follower, FollowHabit


@dataclass(frozen=True, slots=True)
class FollowerShown:
    """A follower by name. `user_id` colours the face."""

    id: int
    name: str
    user_id: int
    because: str


def with_followers(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The conversations with who follows them, in the same query."""
    theirs = Follower.objects.filter(conversation_id=OuterRef("id"), is_on=True, member__is_active=True).order_by("id")
    parts = JSONObject(
        id="member_id", name="member__user__name", email="member__user__email", user_id="member__user_id", because="because"
    )
    return rows.annotate(followed_by=ArraySubquery(theirs.values(found=parts)))


def followers_of(conversation: Conversation) -> list[FollowerShown]:
    """Who follows a conversation that `get_conversation` read without a lock. No query."""
    told: list[dict[str, Any]] = getattr(conversation, "followed_by", None) or []
    return [FollowerShown(one["id"], one["name"] or one["email"].partition("@")[0], one["user_id"], one["because"]) for one in told]


def followed_by(member: Membership) -> QuerySet[Follower]:
    """The conversations a member follows, for a list's condition."""
    return Follower.objects.filter(member_id=member.id, is_on=True).values("conversation_id")  # type: ignore[return-value]


def habit_of(member: Membership) -> FollowHabit:
    """When a member follows by themselves. One query."""
    return FollowHabit.objects.filter(member_id=member.id).first() or FollowHabit(member_id=member.id)
