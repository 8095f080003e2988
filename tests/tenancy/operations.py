"""The table of everything an address below a workspace can do: how it is asked, which right it wants, whether it writes.

An address or method that is not in the table fails `test_walk.py`. Ids come from the address's own argument names; `names` says
where another row is meant.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.policies import Permission
from core.clock import now
from tests.pictures import picture
from tests.tenancy.list_operations import list_operations
from tests.tenancy.notification_operations import notification_operations
from tests.tenancy.together_operations import together_operations
from tests.tenancy.work_operations import work_operations
from tests.tenancy.world import World

P = Permission


@dataclass(frozen=True)
class Operation:
    """One method of one address. Rows must change when `writes`, must not otherwise; None: they may."""

    name: str
    right: Permission
    method: str = "GET"
    #: Arguments of the address, by name; what they stand for when it is not the row of that name.
    arguments: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    network: bool = False
    data: Callable[[World], Any] = lambda world: {}
    writes: bool | None = False
    #: The body as it is, where it is no form and no document.
    raw: bytes = b""
    #: What stands behind the address.
    query: str = ""
    #: Brings the browser to where the operation can begin; returns data to send along.
    prepare: Callable[[Client, World], dict[str, str]] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api_")

    def address(self, slug: str, ids: dict[str, int]) -> str:
        """The address with these ids."""
        values: dict[str, Any] = {name: ids[self.names.get(name, name)] for name in self.arguments if name != "kind"}
        if "kind" in self.arguments:
            values["kind"] = "reply"
        if self.network:
            values["network"] = "x"
        found = reverse(self.name, kwargs={"slug": slug, **values})
        return f"{found}?{self.query}" if self.query else found

    def ask(self, browser: Client, address: str, data: Any, **headers: str) -> Any:
        """Send it as a page's form, or as a program does."""
        if self.raw:
            return browser.generic(self.method, address, self.raw, "application/octet-stream", headers=headers)
        if self.is_api and self.method != "GET":
            return browser.generic(self.method, address, json.dumps(data), "application/json", headers=headers)
        return getattr(browser, self.method.lower())(address, data, headers=headers)


def in_a_day() -> str:
    """A moment to which something can be planned."""
    return (now() + timedelta(days=1)).isoformat()


def _sign_in_begun(browser: Client, world: World) -> dict[str, str]:
    """Go to the network, say yes there, and come back: the ticket is in this browser's session now."""
    begun = browser.post("/w/meridian/channels/connect/x/begin/")
    back = browser.get("/connect/x/callback", world.practice.consent(begun["location"], "brand"))
    return {"state": back["location"].partition("state=")[2]}


def post(name: str, right: Permission, *arguments: str, **options: Any) -> Operation:
    return Operation(name, right, "POST", arguments, writes=options.pop("writes", True), **options)


def get(name: str, right: Permission, *arguments: str, **options: Any) -> Operation:
    return Operation(name, right, "GET", arguments, **options)


OPERATIONS: tuple[Operation, ...] = (
    get("workspace", P.CONVERSATIONS_VIEW),
    # --- people -----------------------------------------------------------------------------------------------------------
    get("people", P.PEOPLE_VIEW),
    post("member_leave", P.PEOPLE_VIEW),
    post("workspace_rename", P.WORKSPACE_MANAGE, data=lambda w: {"name": "Other"}),
    post("invitation_create", P.PEOPLE_INVITE, data=lambda w: {"email": "a@b.example", "role": "viewer", "days": 3}),
    post("invitation_revoke", P.PEOPLE_INVITE, "invitation_id"),
    post("team_create", P.TEAMS_MANAGE, data=lambda w: {"name": "Another"}),
    post("team_rename", P.TEAMS_MANAGE, "team_id", data=lambda w: {"name": "Another"}),
    post("team_delete", P.TEAMS_MANAGE, "team_id"),
    post("team_add", P.TEAMS_MANAGE, "team_id", data=lambda w: {"member": w.ids["membership_id"]}),
    post("team_remove", P.TEAMS_MANAGE, "team_id", "membership_id", names={"membership_id": "seated"}),
    get("tokens", P.TOKENS_MANAGE),
    post("tokens", P.TOKENS_MANAGE, data=lambda w: {"name": "Script", "days": 30}),
    post("token_revoke", P.TOKENS_MANAGE, "token_id"),
    post("member_role", P.ROLES_GRANT, "membership_id", data=lambda w: {"role": "agent"}),
    post("member_deactivate", P.PEOPLE_MANAGE, "membership_id"),
    post("member_reactivate", P.PEOPLE_MANAGE, "membership_id", names={"membership_id": "gone"}),
    get("api_me", P.CONVERSATIONS_VIEW),
    # --- channels ---------------------------------------------------------------------------------------------------------
    get("connect", P.CHANNELS_CONNECT),
    post("connect_begin", P.CHANNELS_CONNECT, network=True, writes=False),
    get("connect_finish", P.CHANNELS_CONNECT, network=True, prepare=_sign_in_begun, writes=True),
    get("connect_choose", P.CHANNELS_CONNECT, network=True),
    post("connect_choose", P.CHANNELS_CONNECT, network=True, writes=False),
    post("connect_tokens", P.CHANNELS_CONNECT, network=True, data=lambda w: w.practice.tokens("brand")),
    get("channels", P.CHANNELS_VIEW),
    get("channel", P.CHANNELS_VIEW, "channel_id"),
    post("channel_pause", P.CHANNELS_MANAGE, "channel_id"),
    post("channel_resume", P.CHANNELS_MANAGE, "channel_id", writes=False),
    post("channel_disconnect", P.CHANNELS_MANAGE, "channel_id"),
    post("aside_retry", P.CHANNELS_MANAGE, "channel_id", "item_id"),
    post("aside_discard", P.CHANNELS_MANAGE, "channel_id", "item_id"),
    post("delivery_retry", P.CHANNELS_MANAGE, "channel_id", "delivery_id"),
    post(
        "delivery_decide",
        P.CHANNELS_MANAGE,
        "channel_id",
        "delivery_id",
        names={"delivery_id": "doubtful_delivery"},
        data=lambda w: {"arrived": "yes"},
    ),
    post(
        "chat_widget",
        P.CHANNELS_MANAGE,
        "channel_id",
        names={"channel_id": "chat"},
        data=lambda w: {
            "title": "Other", "color": "#7c3aed", "side": "start", "theme": "dark", "language": "", "ask_name": "no",
            "ask_email": "no", "origins": "https://shop.example",
        },
    ),
    get("files", P.WORKSPACE_MANAGE),
    post("files", P.WORKSPACE_MANAGE, data=lambda w: {"keep_days": "30"}),
    get("api_file_room", P.WORKSPACE_MANAGE),
    Operation("api_file_room", P.WORKSPACE_MANAGE, "PATCH", data=lambda w: {"keep_days": 30}, writes=True),
    post("chat_secret", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "chat"}),
    get("message_original", P.CONVERSATIONS_VIEW, "message_id", names={"message_id": "letter"}),
    post("channel_letters", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "mailbox"}, data=lambda w: {"signature": "Anar"}),
    get("api_channel_letters", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "mailbox"}),
    Operation(
        "api_channel_letters",
        P.CHANNELS_MANAGE,
        "PATCH",
        ("channel_id",),
        names={"channel_id": "mailbox"},
        data=lambda w: {"signature": "Other", "aliases": "sales@anar.example, help@anar.example"},
        writes=True,
    ),
    get("api_chat_widget", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "chat"}),
    Operation(
        "api_chat_widget",
        P.CHANNELS_MANAGE,
        "PATCH",
        ("channel_id",),
        names={"channel_id": "chat"},
        data=lambda w: {"title": "Other", "origins": ["https://shop.example", "https://other.example"]},
        writes=True,
    ),
    post("api_chat_secret", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "chat"}),
    get("capabilities", P.CHANNELS_VIEW),
    get("backfill", P.CHANNELS_MANAGE, "channel_id"),
    post("backfill", P.CHANNELS_MANAGE, "channel_id", data=lambda w: {"days": "7"}),
    post("backfill_stop", P.CHANNELS_MANAGE, "channel_id", "run_id", writes=False),
    post("backfill_go_on", P.CHANNELS_MANAGE, "channel_id", "run_id"),
    post("channel_transfer", P.CHANNELS_CONNECT, "channel_id", data=lambda w: {"member": w.ids["second_owner"]}),
    post("channel_rotate_webhook", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "hooked"}),
    post("stream_add", P.CHANNELS_MANAGE, "channel_id", data=lambda w: {"words": '"rabta shop" OR #rabta'}),
    post("stream_remove", P.CHANNELS_MANAGE, "channel_id", "stream_id"),
    get("api_streams", P.CHANNELS_MANAGE, "channel_id"),
    post("api_streams", P.CHANNELS_MANAGE, "channel_id", data=lambda w: {"words": "#rabta"}),
    post("api_stream_remove", P.CHANNELS_MANAGE, "channel_id", "stream_id"),
    get("outbox", P.CONVERSATIONS_VIEW),
    post("outbox_retry", P.CONVERSATIONS_REPLY, "delivery_id"),
    post("outbox_discard", P.CONVERSATIONS_REPLY, "delivery_id"),
    post(
        "outbox_decide",
        P.CONVERSATIONS_REPLY,
        "delivery_id",
        names={"delivery_id": "doubtful_delivery"},
        data=lambda w: {"arrived": "yes"},
    ),
    # --- posts ------------------------------------------------------------------------------------------------------------
    get("posts", P.CONVERSATIONS_VIEW),
    post("posts", P.POSTS_PUBLISH, data=lambda w: {"body": "Hello.", "channel": w.ids["channel_id"]}),
    post("posts_attach", P.POSTS_PUBLISH, raw=picture()),
    get("posts_chosen", P.CONVERSATIONS_VIEW, "file_id", names={"file_id": "post_file"}),
    get("post", P.CONVERSATIONS_VIEW, "post_id"),
    post("post_take_back", P.POSTS_PUBLISH, "post_id"),
    post(
        "post_settle",
        P.POSTS_PUBLISH,
        "post_id",
        "delivery_id",
        names={"post_id": "failed_post", "delivery_id": "failed_carried"},
        data=lambda w: {"deed": "retry"},
    ),
    get("api_posts", P.CONVERSATIONS_VIEW),
    post("api_posts", P.POSTS_PUBLISH, data=lambda w: {"body": "Hello.", "channels": [w.ids["channel_id"]]}),
    post("api_posts_files", P.POSTS_PUBLISH, raw=picture()),
    get("api_post", P.CONVERSATIONS_VIEW, "post_id"),
    post("api_post_take_back", P.POSTS_PUBLISH, "post_id"),
    get("api_networks", P.CHANNELS_VIEW),
    get("api_backfills", P.CHANNELS_MANAGE, "channel_id"),
    post("api_backfills", P.CHANNELS_MANAGE, "channel_id", data=lambda w: {"days": 7}),
    get("api_backfill", P.CHANNELS_MANAGE, "channel_id", "run_id"),
    post("api_backfill_stop", P.CHANNELS_MANAGE, "channel_id", "run_id", writes=False),
    post("api_backfill_go_on", P.CHANNELS_MANAGE, "channel_id", "run_id"),
    post("api_channel_transfer", P.CHANNELS_CONNECT, "channel_id", data=lambda w: {"member": w.ids["second_owner"]}),
    post("api_channel_rotate_webhook", P.CHANNELS_MANAGE, "channel_id", names={"channel_id": "hooked"}),
    get("api_outbox", P.CONVERSATIONS_VIEW),
    post("api_outbox_retry", P.CONVERSATIONS_REPLY, "delivery_id"),
    post("api_outbox_discard", P.CONVERSATIONS_REPLY, "delivery_id"),
    post(
        "api_outbox_decide",
        P.CONVERSATIONS_REPLY,
        "delivery_id",
        names={"delivery_id": "doubtful_delivery"},
        data=lambda w: {"arrived": True},
    ),
    get("api_channels", P.CHANNELS_VIEW),
    get("api_channel", P.CHANNELS_VIEW, "channel_id"),
    post("api_channel_pause", P.CHANNELS_MANAGE, "channel_id"),
    post("api_channel_resume", P.CHANNELS_MANAGE, "channel_id", writes=False),
    post("api_channel_disconnect", P.CHANNELS_MANAGE, "channel_id"),
    get("api_set_aside", P.CHANNELS_MANAGE, "channel_id"),
    post("api_set_aside_retry", P.CHANNELS_MANAGE, "channel_id", "item_id"),
    post("api_set_aside_discard", P.CHANNELS_MANAGE, "channel_id", "item_id"),
    # --- conversations ----------------------------------------------------------------------------------------------------
    get("inbox", P.CONVERSATIONS_VIEW),
    get("inbox_rows", P.CONVERSATIONS_VIEW),
    get(
        "inbox_changes",
        P.CONVERSATIONS_VIEW,
        data=lambda w: {"since": "1", "thread_since": "1", "open": str(w.ids["conversation_id"])},
    ),
    get("inbox_ringing", P.CONVERSATIONS_VIEW),
    get("inbox_assignees", P.CONVERSATIONS_ASSIGN),
    get("inbox_delivery", P.CONVERSATIONS_VIEW, "delivery_id"),
    get("inbox_conversation", P.CONVERSATIONS_VIEW, "conversation_id"),
    get("inbox_earlier", P.CONVERSATIONS_VIEW, "conversation_id"),
    get("inbox_later", P.CONVERSATIONS_VIEW, "conversation_id"),
    get("inbox_siblings", P.CONVERSATIONS_VIEW, "conversation_id"),
    post("inbox_write", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"body": "Hello."}),
    get("approvals", P.REPLIES_APPROVE),
    post("approval_rule", P.WORKSPACE_MANAGE, data=lambda w: {"roles": ["sales"]}),
    post("approval_approve", P.REPLIES_APPROVE, "request_id", data=lambda w: {"version": "1"}),
    post("approval_back", P.REPLIES_APPROVE, "request_id", data=lambda w: {"remark": "Kinder, please."}),
    post("approval_withdraw", P.CONVERSATIONS_REPLY, "request_id"),
    get("api_approvals", P.REPLIES_APPROVE),
    get("api_approval", P.CONVERSATIONS_VIEW, "request_id"),
    get("api_approval_rule", P.REPLIES_APPROVE),
    Operation("api_approval_rule", P.WORKSPACE_MANAGE, "PUT", data=lambda w: {"roles": ["sales"]}, writes=True),
    post("api_approval_approve", P.REPLIES_APPROVE, "request_id", data=lambda w: {"version": 1}),
    post("api_approval_back", P.REPLIES_APPROVE, "request_id", data=lambda w: {"remark": "Kinder, please."}),
    post("api_approval_withdraw", P.CONVERSATIONS_REPLY, "request_id"),
    post("planned_change", P.CONVERSATIONS_REPLY, "planned_id", data=lambda w: {"later": "hour"}),
    post("planned_send", P.CONVERSATIONS_REPLY, "planned_id"),
    post("planned_take_back", P.CONVERSATIONS_REPLY, "planned_id"),
    get("api_planned_list", P.CONVERSATIONS_VIEW, "conversation_id"),
    post("api_planned_list", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"body": "Later.", "send_at": in_a_day()}),
    get("api_planned", P.CONVERSATIONS_VIEW, "planned_id"),
    Operation(
        "api_planned", P.CONVERSATIONS_REPLY, "PATCH", ("planned_id",), data=lambda w: {"body": "Other words."}, writes=True
    ),
    post("api_planned_send", P.CONVERSATIONS_REPLY, "planned_id"),
    post("api_planned_take_back", P.CONVERSATIONS_REPLY, "planned_id"),
    post("inbox_parts", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"body": "Word. " * 90}, writes=False),
    get("inbox_draft", P.CONVERSATIONS_REPLY, "conversation_id", "kind"),
    post("inbox_draft", P.CONVERSATIONS_REPLY, "conversation_id", "kind", data=lambda w: {"body": "Half", "base": "1"}),
    get("api_drafts", P.CONVERSATIONS_REPLY),
    get("api_draft", P.CONVERSATIONS_REPLY, "conversation_id", "kind"),
    Operation(
        "api_draft", P.CONVERSATIONS_REPLY, "PUT", ("conversation_id", "kind"), data=lambda w: {"body": "Half"}, writes=True
    ),
    post("inbox_attach", P.CONVERSATIONS_REPLY, "conversation_id", raw=picture()),
    get("inbox_chosen", P.CONVERSATIONS_REPLY, "conversation_id", "file_id"),
    post("api_files", P.CONVERSATIONS_REPLY, "conversation_id", raw=picture()),
    post("inbox_status", P.CONVERSATIONS_RESOLVE, "conversation_id", data=lambda w: {"status": "pending"}),
    post("inbox_assign", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"assignee": w.ids["seated"]}),
    post("inbox_team", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"team": w.ids["team_id"]}),
    post("inbox_priority", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"priority": "3"}),
    # A viewer's look changes nothing, but is no offence: their page asks for it too.
    post("inbox_read", P.CONVERSATIONS_VIEW, "conversation_id", names={"conversation_id": "private"}),
    post("inbox_unread", P.CONVERSATIONS_REPLY, "conversation_id"),
    post("message_take_back", P.CONVERSATIONS_REPLY, "message_id", names={"message_id": "queued"}),
    post("message_retry", P.CONVERSATIONS_REPLY, "message_id", names={"message_id": "failed"}),
    post("message_deed", P.CONVERSATIONS_REPLY, "message_id", data=lambda w: {"kind": "like"}),
    post(
        "message_decide",
        P.CONVERSATIONS_REPLY,
        "message_id",
        names={"message_id": "doubtful"},
        data=lambda w: {"arrived": "yes"},
    ),
    get("message_medium", P.CONVERSATIONS_VIEW, "message_id", "number"),
    get("medium_state", P.CONVERSATIONS_VIEW, "message_id", "number"),
    post("medium_state", P.CONVERSATIONS_VIEW, "message_id", "number", writes=False),
    get("api_message_medium", P.CONVERSATIONS_VIEW, "message_id", "number"),
    get("api_conversations", P.CONVERSATIONS_VIEW),
    get("api_conversation_changes", P.CONVERSATIONS_VIEW, data=lambda w: {"since": "1", "view": "all"}),
    get("api_conversation", P.CONVERSATIONS_VIEW, "conversation_id"),
    Operation(
        "api_conversation",
        P.CONVERSATIONS_ASSIGN,
        "PATCH",
        ("conversation_id",),
        data=lambda w: {"status": "pending", "priority": 2, "assignee": w.ids["seated"], "team": w.ids["team_id"]},
        writes=True,
    ),
    post("api_conversation_read", P.CONVERSATIONS_REPLY, "conversation_id", names={"conversation_id": "private"}),
    post("api_conversation_unread", P.CONVERSATIONS_REPLY, "conversation_id"),
    get("api_messages", P.CONVERSATIONS_VIEW, "conversation_id"),
    post("api_messages", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"body": "Hello."}),
    get("api_message_changes", P.CONVERSATIONS_VIEW, "conversation_id", data=lambda w: {"since": "1"}),
    get("api_message", P.CONVERSATIONS_VIEW, "message_id"),
    post("api_message_take_back", P.CONVERSATIONS_REPLY, "message_id", names={"message_id": "queued"}),
    post("api_message_retry", P.CONVERSATIONS_REPLY, "message_id", names={"message_id": "failed"}),
    post("api_message_deeds", P.CONVERSATIONS_REPLY, "message_id", data=lambda w: {"kind": "like"}),
    post(
        "api_message_decide",
        P.CONVERSATIONS_REPLY,
        "message_id",
        names={"message_id": "doubtful"},
        data=lambda w: {"arrived": True},
    ),
    *list_operations(get, post),
    *together_operations(get, post),
    *work_operations(get, post),
    *notification_operations(get, post),
    # --- search ---------------------------------------------------------------------------------------------------------
    get("search", P.CONVERSATIONS_VIEW),
    get("palette", P.CONVERSATIONS_VIEW),
    get("api_search", P.CONVERSATIONS_VIEW, data=lambda w: {"q": "parcel"}),
    # --- contacts ---------------------------------------------------------------------------------------------------------
    get("contacts", P.CONTACTS_VIEW),
    get("contact", P.CONTACTS_VIEW, "contact_id"),
    post(
        "contact_edit",
        P.CONTACTS_EDIT,
        "contact_id",
        data=lambda w: {"revision": w.desk.contact.revision, "name": "Other"},
    ),
    get("contact_timeline", P.CONTACTS_VIEW, "contact_id"),
    get("api_contacts", P.CONTACTS_VIEW),
    get("api_contact", P.CONTACTS_VIEW, "contact_id"),
    Operation(
        "api_contact",
        P.CONTACTS_EDIT,
        "PATCH",
        ("contact_id",),
        data=lambda w: {"revision": w.desk.contact.revision, "name": "Other"},
        writes=True,
    ),
    get("api_timeline", P.CONTACTS_VIEW, "contact_id"),
)
