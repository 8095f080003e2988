"""The addresses of working together: followers, guests, handing over; `tests/tenancy/operations.py` says what a row means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.policies import Permission

P = Permission


def together_operations(get: Callable[..., Any], post: Callable[..., Any]) -> tuple[Any, ...]:
    """The rows, made with the table's own two helpers."""
    return (
        get("inbox_side_threads", P.CONVERSATIONS_VIEW, "conversation_id"),
        post(
            "inbox_side_threads",
            P.CONVERSATIONS_REPLY,
            "conversation_id",
            data=lambda w: {"guest_name": "Dr. Aslam", "question": "May she take both?", "days": "7", "shows": "all"},
        ),
        post("side_thread_say", P.CONVERSATIONS_REPLY, "side_thread_id", data=lambda w: {"question": "And then?"}),
        post("side_thread_revoke", P.CONVERSATIONS_REPLY, "side_thread_id"),
        get("api_side_threads", P.CONVERSATIONS_VIEW, "conversation_id"),
        post(
            "api_side_threads",
            P.CONVERSATIONS_REPLY,
            "conversation_id",
            data=lambda w: {"guest_name": "Dr. Aslam", "question": "May she take both?", "shows": "none"},
        ),
        post("api_side_thread_say", P.CONVERSATIONS_REPLY, "side_thread_id", data=lambda w: {"question": "And then?"}),
        post("api_side_thread_revoke", P.CONVERSATIONS_REPLY, "side_thread_id"),
        get("inbox_hand_over", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"assignee": str(w.ids["seated"])}),
        post(
            "inbox_hand_over",
            P.CONVERSATIONS_ASSIGN,
            "conversation_id",
            data=lambda w: {"assignee": str(w.ids["seated"]), "note": "So far so good."},
        ),
        get("api_hand_over", P.CONVERSATIONS_ASSIGN, "conversation_id"),
        post(
            "api_hand_over",
            P.CONVERSATIONS_ASSIGN,
            "conversation_id",
            data=lambda w: {"team": w.ids["team_id"], "note": "So far so good."},
        ),
        post("inbox_follow", P.CONVERSATIONS_VIEW, "conversation_id", names={"conversation_id": "private"}),
        post("inbox_unfollow", P.CONVERSATIONS_VIEW, "conversation_id", writes=None),
        get("inbox_habits", P.CONVERSATIONS_VIEW),
        post("inbox_habits", P.CONVERSATIONS_VIEW, data=lambda w: {"wrote": "yes"}),
        get("api_followers", P.CONVERSATIONS_VIEW, "conversation_id"),
        post("api_follow", P.CONVERSATIONS_VIEW, "conversation_id", names={"conversation_id": "private"}),
        post("api_unfollow", P.CONVERSATIONS_VIEW, "conversation_id", writes=None),
        get("api_habits", P.CONVERSATIONS_VIEW),
        replace(post("api_habits", P.CONVERSATIONS_VIEW, data=lambda w: {"wrote": False}), method="PATCH"),
        get("inbox_faces", P.CONVERSATIONS_VIEW, data=lambda w: {"ids": str(w.ids["seated"])}),
    )
