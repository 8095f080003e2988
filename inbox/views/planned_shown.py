"""Planned replies as a thread draws them."""

from datetime import datetime
from typing import Any

from core.clock import now
from inbox import selectors
from inbox.models import Conversation


def planned_shown(conversation: Conversation) -> list[dict[str, Any]]:
    """What waits in a conversation, for its thread. No query."""
    return [
        {
            **row,
            "send_at": datetime.fromisoformat(row["send_at"]),
            "author": row["author"] or row["email"].partition("@")[0],
            "due": datetime.fromisoformat(row["send_at"]) <= now(),
        }
        for row in selectors.planned_of(conversation)
    ]


def asked_shown(conversation: Conversation) -> list[dict[str, Any]]:
    """What waits in a conversation for approval. No query."""
    return [
        {
            **row,
            "body": row["versions"][-1]["body"],
            "asked_at": datetime.fromisoformat(row["asked_at"]),
            "send_at": datetime.fromisoformat(row["send_at"]) if row["send_at"] else None,
            "author": row["author"] or row["email"].partition("@")[0],
        }
        for row in selectors.asked_in(conversation)
    ]
