"""The addresses of snoozing, tickets, forms and surveys; `tests/tenancy/operations.py` says what a row means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.policies import Permission

P = Permission
ASKS = [{"label": "About", "kind": "text"}]
LATER = "2030-01-01T09:00:00Z"


def work_operations(get: Callable[..., Any], post: Callable[..., Any]) -> tuple[Any, ...]:
    """The rows, made with the table's own two helpers."""

    def patch(name: str, right: Permission, *arguments: str, **options: Any) -> Any:
        return replace(post(name, right, *arguments, **options), method="PATCH")

    return (
        get("inbox_snooze", P.CONVERSATIONS_RESOLVE, "conversation_id"),
        post("inbox_snooze", P.CONVERSATIONS_RESOLVE, "conversation_id", data=lambda w: {"text": "tomorrow 9"}),
        get("inbox_understood", P.CONVERSATIONS_RESOLVE, data=lambda w: {"text": "tomorrow 9"}),
        get("inbox_month", P.CONVERSATIONS_RESOLVE),
        post("api_conversation_snooze", P.CONVERSATIONS_RESOLVE, "conversation_id", data=lambda w: {"until": LATER}),
        get("api_moment", P.CONVERSATIONS_RESOLVE, data=lambda w: {"text": "tomorrow 9"}),
        get("inbox_resolving", P.CONVERSATIONS_RESOLVE, "conversation_id"),
        post("inbox_resolving", P.CONVERSATIONS_RESOLVE, "conversation_id", data=lambda w: {"f-about": "A tent"}),
        get("forms", P.WORKSPACE_MANAGE),
        post("forms", P.WORKSPACE_MANAGE, data=lambda w: {"name": "Question", "label": ["About"], "kind": ["text"]}),
        get("form", P.WORKSPACE_MANAGE, "form_id"),
        post("form", P.WORKSPACE_MANAGE, "form_id", data=lambda w: {"name": "Other", "label": ["About"], "kind": ["text"]}),
        post("form_remove", P.WORKSPACE_MANAGE, "form_id"),
        get("api_forms", P.WORKSPACE_MANAGE),
        post("api_forms", P.WORKSPACE_MANAGE, data=lambda w: {"name": "Q", "subject": "ticket", "asks": ASKS}),
        get("api_form", P.WORKSPACE_MANAGE, "form_id"),
        patch("api_form", P.WORKSPACE_MANAGE, "form_id", data=lambda w: {"name": "Other"}),
        post("api_form_remove", P.WORKSPACE_MANAGE, "form_id"),
        get("api_conversation_form", P.CONVERSATIONS_VIEW, "conversation_id"),
        get("surveys", P.WORKSPACE_MANAGE),
        post("survey_set_up", P.WORKSPACE_MANAGE, "channel_id", data=lambda w: {"is_on": "yes", "delay_minutes": "5"}),
        get("api_survey", P.WORKSPACE_MANAGE, "channel_id"),
        patch("api_survey", P.WORKSPACE_MANAGE, "channel_id", data=lambda w: {"is_on": False}),
        get("api_ratings", P.CONVERSATIONS_VIEW),
        get("tickets", P.TICKETS_VIEW, data=lambda w: {"view": "all"}),
        post("tickets", P.TICKETS_WORK, data=lambda w: {"title": "Look for it"}),
        get("ticket_new", P.TICKETS_WORK),
        get("ticket", P.TICKETS_VIEW, "ticket_id"),
        post("ticket", P.TICKETS_WORK, "ticket_id", data=lambda w: {"title": "Other", "team": w.ids["team_id"]}),
        post("ticket_step", P.TICKETS_WORK, "ticket_id", data=lambda w: {"deed": "add", "text": "Ask the courier"}),
        get("inbox_tickets", P.TICKETS_VIEW, "conversation_id"),
        post("inbox_tickets", P.TICKETS_WORK, "conversation_id", data=lambda w: {"title": "Look", "teams": [w.ids["team_id"]]}),
        get("api_tickets", P.TICKETS_VIEW, data=lambda w: {"view": "all"}),
        post("api_tickets", P.TICKETS_WORK, data=lambda w: {"title": "Look", "owner": w.ids["seated"]}),
        get("api_ticket", P.TICKETS_VIEW, "ticket_id"),
        patch("api_ticket", P.TICKETS_WORK, "ticket_id", data=lambda w: {"status": "done"}),
        post("api_ticket_steps", P.TICKETS_WORK, "ticket_id", data=lambda w: {"text": "Ask the courier"}),
        patch("api_ticket_steps", P.TICKETS_WORK, "ticket_id", data=lambda w: {"step": "first", "done": True}),
        get("api_conversation_tickets", P.TICKETS_VIEW, "conversation_id"),
        get("inbox_history", P.CONVERSATIONS_VIEW, "conversation_id"),
        get("inbox_print", P.CONVERSATIONS_VIEW, "conversation_id"),
        get("api_history", P.CONVERSATIONS_VIEW, "conversation_id"),
        get("inbox_standing", P.CONVERSATIONS_MODERATE, "conversation_id"),
        post("inbox_standing", P.CONVERSATIONS_MODERATE, "conversation_id", data=lambda w: {"standing": "spam"}),
        post("api_standing", P.CONVERSATIONS_MODERATE, "conversation_id", data=lambda w: {"standing": "blocked"}),
        # --- many at once -----------------------------------------------------------------------------------------------------
        get("inbox_bulk", P.CONVERSATIONS_REPLY, data=lambda w: {"action": "priority", "list": "view=all"}),
        post("inbox_bulk", P.CONVERSATIONS_REPLY, data=lambda w: {"action": "read", "ids": str(w.ids["conversation_id"])}),
        get("inbox_bulk_run", P.CONVERSATIONS_REPLY, "bulk_id"),
        post("inbox_bulk_stop", P.CONVERSATIONS_REPLY, "bulk_id", writes=None),
        post("inbox_bulk_undo", P.CONVERSATIONS_REPLY, "bulk_id"),
        post("api_bulk_preview", P.CONVERSATIONS_REPLY, data=lambda w: {"list": {"view": "all"}}, writes=False),
        post("api_bulk", P.CONVERSATIONS_REPLY, data=lambda w: {"action": "read", "conversations": [w.ids["conversation_id"]]}),
        get("api_bulk_run", P.CONVERSATIONS_REPLY, "bulk_id"),
        post("api_bulk_stop", P.CONVERSATIONS_REPLY, "bulk_id", writes=None),
        post("api_bulk_undo", P.CONVERSATIONS_REPLY, "bulk_id"),
    )
