"""The addresses of tags, kept lists, named colleagues and saved replies; `tests/tenancy/operations.py` says what a row means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.policies import Permission
from tests.pictures import picture

P = Permission


def list_operations(get: Callable[..., Any], post: Callable[..., Any]) -> tuple[Any, ...]:
    """The rows, made with the table's own two helpers."""

    def patch(name: str, right: Permission, *arguments: str, **options: Any) -> Any:
        return replace(post(name, right, *arguments, **options), method="PATCH")

    def delete(name: str, right: Permission, *arguments: str, **options: Any) -> Any:
        return replace(post(name, right, *arguments, **options), method="DELETE")

    return (
        # --- tags and kept lists ----------------------------------------------------------------------------------------------
        get("inbox_filters", P.CONVERSATIONS_VIEW),
        get("inbox_kept_counts", P.CONVERSATIONS_VIEW),
        get("inbox_tag_menu", P.CONVERSATIONS_ASSIGN, "conversation_id"),
        post("inbox_tag", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"name": "Other"}),
        post("api_conversation_tags", P.CONVERSATIONS_ASSIGN, "conversation_id", data=lambda w: {"names": ["Other"]}),
        get("tags", P.TAGS_MANAGE),
        post("tag_change", P.TAGS_MANAGE, "tag_id", data=lambda w: {"name": "Other", "tone": "bad"}),
        post("tag_merge", P.TAGS_MANAGE, "tag_id", data=lambda w: {"into": w.ids["other_tag"]}),
        post("tag_delete", P.TAGS_MANAGE, "tag_id"),
        get("api_tags", P.CONVERSATIONS_VIEW),
        post("api_tags", P.CONVERSATIONS_ASSIGN, data=lambda w: {"name": "Other"}),
        patch("api_tag", P.TAGS_MANAGE, "tag_id", data=lambda w: {"tone": "good"}),
        delete("api_tag", P.TAGS_MANAGE, "tag_id"),
        post("api_tag_merge", P.TAGS_MANAGE, "tag_id", data=lambda w: {"into": w.ids["other_tag"]}),
        get("view_form", P.CONVERSATIONS_VIEW),
        post("view_keep", P.CONVERSATIONS_VIEW, data=lambda w: {"name": "Other", "list": "view=open"}),
        post("view_default", P.CONVERSATIONS_VIEW, data=lambda w: {"view": w.ids["view_id"]}),
        post("view_change", P.VIEWS_SHARE, "view_id", data=lambda w: {"name": "Other"}),
        post("view_move", P.VIEWS_SHARE, "view_id"),
        post("view_delete", P.VIEWS_SHARE, "view_id"),
        get("api_views", P.CONVERSATIONS_VIEW),
        post("api_views", P.CONVERSATIONS_VIEW, data=lambda w: {"name": "Other", "parameters": {"view": "mine"}}),
        get("api_view", P.CONVERSATIONS_VIEW, "view_id"),
        patch("api_view", P.VIEWS_SHARE, "view_id", data=lambda w: {"name": "Other"}),
        delete("api_view", P.VIEWS_SHARE, "view_id"),
        post("api_view_opens", P.CONVERSATIONS_VIEW, "view_id"),
        # --- files on their way, and how an answer will look ------------------------------------------------------------------
        post("inbox_preview", P.CONVERSATIONS_REPLY, "conversation_id", writes=False, data=lambda w: {"body": "Hello"}),
        post("api_preview", P.CONVERSATIONS_REPLY, "conversation_id", writes=False, data=lambda w: {"body": "Hello"}),
        post("inbox_uploads", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"name": "a.png", "size": "500"}),
        get("inbox_upload", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id"),
        post("inbox_upload", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id", writes=False, raw=b"x", query="offset=0"),
        post("inbox_upload_drop", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id"),
        post("api_uploads", P.CONVERSATIONS_REPLY, "conversation_id", data=lambda w: {"name": "a.png", "size": 500}),
        get("api_upload", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id"),
        post("api_upload", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id", writes=False, raw=b"x", query="offset=0"),
        post("api_upload_drop", P.CONVERSATIONS_REPLY, "conversation_id", "upload_id"),
        get("inbox_mentionables", P.CONVERSATIONS_REPLY),
        # --- saved replies ----------------------------------------------------------------------------------------------------
        get("saved_replies_offered", P.CONVERSATIONS_REPLY, "conversation_id"),
        post("saved_reply_use", P.CONVERSATIONS_REPLY, "conversation_id", "reply_id"),
        get("saved_replies", P.CONVERSATIONS_REPLY),
        post("saved_replies", P.CONVERSATIONS_REPLY, data=lambda w: {"title": "Hours", "body": "9 to 5", "scope": "private"}),
        get("saved_replies_export", P.CONVERSATIONS_REPLY),
        post("saved_replies_import", P.CONVERSATIONS_REPLY, data=lambda w: {"csv": "title,body\nHours,9 to 5\n"}),
        get("saved_reply", P.CONVERSATIONS_REPLY, "reply_id"),
        post("saved_reply", P.SAVED_REPLIES_MANAGE, "reply_id", data=lambda w: {"title": "x", "body": "y", "scope": "workspace"}),
        post("saved_reply_remove", P.SAVED_REPLIES_MANAGE, "reply_id"),
        # Files leave the vault for good: what is taken away stands behind what is used.
        post("saved_reply_lay", P.CONVERSATIONS_REPLY, "conversation_id", "reply_id", "attached_id"),
        post("api_saved_reply_lay", P.CONVERSATIONS_REPLY, "conversation_id", "reply_id", "attached_id"),
        post("saved_reply_attach", P.SAVED_REPLIES_MANAGE, "reply_id", raw=picture()),
        post("saved_reply_detach", P.SAVED_REPLIES_MANAGE, "reply_id", "attached_id"),
        post("api_saved_reply_attach", P.SAVED_REPLIES_MANAGE, "reply_id", raw=picture()),
        post("api_saved_reply_detach", P.SAVED_REPLIES_MANAGE, "reply_id", "attached_id"),
        get("api_saved_replies_offered", P.CONVERSATIONS_REPLY, "conversation_id"),
        post("api_saved_reply_use", P.CONVERSATIONS_REPLY, "conversation_id", "reply_id"),
        get("api_saved_replies", P.CONVERSATIONS_REPLY),
        post("api_saved_replies", P.CONVERSATIONS_REPLY, data=lambda w: {"title": "Hours", "body": "9 to 5"}),
        post("api_saved_replies_import", P.CONVERSATIONS_REPLY, data=lambda w: {"csv": "title,body\nHours,9 to 5\n"}),
        get("api_saved_reply", P.CONVERSATIONS_REPLY, "reply_id"),
        patch("api_saved_reply", P.SAVED_REPLIES_MANAGE, "reply_id", data=lambda w: {"title": "Other"}),
        post("api_saved_reply_remove", P.SAVED_REPLIES_MANAGE, "reply_id"),
    )
