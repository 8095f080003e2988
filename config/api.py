"""API v1: its addresses, all below /api/v1/, and what its OpenAPI schema says besides the operations themselves."""

from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from crm import api as crm
from crm import api_tags
from inbox import api as inbox
from inbox import (
    api_approvals,
    api_blocking,
    api_deeds,
    api_drafts,
    api_following,
    api_history,
    api_planned,
    api_saved_views,
    api_tagging,
    api_together,
)
from inbox import api_bulk as bulk
from inbox import api_forms as forms
from inbox import api_media as media
from inbox import api_preview as preview
from inbox import api_saved_replies as saved_replies
from inbox import api_snooze as snoozes
from inbox import api_surveys as surveys
from inbox import api_tickets as tickets
from inbox import api_uploads as uploads
from notifications import api as notifications
from search import api as search
from social import api as social
from social import api_backfills as backfills
from social import api_file_room as file_room
from social import api_letters
from social import api_networks as networks
from social import api_outbox as outbox
from social import api_posts as posts
from social import api_streams as streams

CHANNEL = "w/<slug:slug>/channels/<int:channel_id>"
BACKFILL = f"{CHANNEL}/backfills/<int:run_id>"
DELIVERY = "w/<slug:slug>/outbox/<int:delivery_id>"
POST = "w/<slug:slug>/posts/<int:post_id>"
CONVERSATION = "w/<slug:slug>/conversations/<int:conversation_id>"
APPROVAL = "w/<slug:slug>/approvals/<int:request_id>"
SIDE_THREAD = "w/<slug:slug>/side-threads/<int:side_thread_id>"
PLANNED = "w/<slug:slug>/planned/<int:planned_id>"
TICKET = "w/<slug:slug>/tickets/<int:ticket_id>"
MESSAGE = "w/<slug:slug>/messages/<int:message_id>"
VIEW = "w/<slug:slug>/views/<int:view_id>"
TAG = "w/<slug:slug>/tags/<int:tag_id>"
SAVED_REPLY = "w/<slug:slug>/saved-replies/<int:reply_id>"
CONTACT = "w/<slug:slug>/contacts/<int:contact_id>"

urlpatterns = [
    # How to ask is no secret; whose data there is, the schema does not say.
    path(
        "schema",
        # The version is ours to say: taken from the address it would stand in a header of the answer.
        SpectacularAPIView.as_view(api_version="1", permission_classes=[AllowAny], authentication_classes=[]),
        name="api_schema",
    ),
    path("w/<slug:slug>/channels", social.ChannelsView.as_view(), name="api_channels"),
    path(CHANNEL, social.ChannelView.as_view(), name="api_channel"),
    path(f"{CHANNEL}/pause", social.PauseView.as_view(), name="api_channel_pause"),
    path(f"{CHANNEL}/resume", social.ResumeView.as_view(), name="api_channel_resume"),
    path(f"{CHANNEL}/disconnect", social.DisconnectView.as_view(), name="api_channel_disconnect"),
    path(f"{CHANNEL}/letters", api_letters.LettersView.as_view(), name="api_channel_letters"),
    path(f"{CHANNEL}/widget", social.WidgetView.as_view(), name="api_chat_widget"),
    path(f"{CHANNEL}/widget/secret", social.WidgetSecretView.as_view(), name="api_chat_secret"),
    path(f"{CHANNEL}/set-aside", social.SetAsideView.as_view(), name="api_set_aside"),
    path(f"{CHANNEL}/set-aside/<int:item_id>/retry", social.SetAsideRetryView.as_view(), name="api_set_aside_retry"),
    path(f"{CHANNEL}/set-aside/<int:item_id>/discard", social.SetAsideDiscardView.as_view(), name="api_set_aside_discard"),
    path(f"{CHANNEL}/rotate-webhook", social.RotateHookView.as_view(), name="api_channel_rotate_webhook"),
    path(f"{CHANNEL}/transfer", social.TransferView.as_view(), name="api_channel_transfer"),
    path(f"{CHANNEL}/backfills", backfills.BackfillsView.as_view(), name="api_backfills"),
    path(f"{CHANNEL}/streams", streams.StreamsView.as_view(), name="api_streams"),
    path(f"{CHANNEL}/streams/<int:stream_id>/remove", streams.StreamRemoveView.as_view(), name="api_stream_remove"),
    path(BACKFILL, backfills.BackfillView.as_view(), name="api_backfill"),
    path(f"{BACKFILL}/stop", backfills.BackfillStopView.as_view(), name="api_backfill_stop"),
    path(f"{BACKFILL}/go-on", backfills.BackfillGoOnView.as_view(), name="api_backfill_go_on"),
    path("w/<slug:slug>/file-room", file_room.FileRoomView.as_view(), name="api_file_room"),
    path("w/<slug:slug>/networks", networks.NetworksView.as_view(), name="api_networks"),
    path("w/<slug:slug>/outbox", outbox.OutboxView.as_view(), name="api_outbox"),
    path(f"{DELIVERY}/retry", outbox.OutboxRetryView.as_view(), name="api_outbox_retry"),
    path(f"{DELIVERY}/discard", outbox.OutboxDiscardView.as_view(), name="api_outbox_discard"),
    path(f"{DELIVERY}/decide", outbox.OutboxDecideView.as_view(), name="api_outbox_decide"),
    path("w/<slug:slug>/posts", posts.PostsView.as_view(), name="api_posts"),
    path("w/<slug:slug>/posts/files", posts.PostFilesView.as_view(), name="api_posts_files"),
    path(POST, posts.PostView.as_view(), name="api_post"),
    path(f"{POST}/take-back", posts.PostTakeBackView.as_view(), name="api_post_take_back"),
    path("w/<slug:slug>/conversations", inbox.ConversationsView.as_view(), name="api_conversations"),
    path("w/<slug:slug>/conversations/changes", inbox.ConversationChangesView.as_view(), name="api_conversation_changes"),
    path("w/<slug:slug>/bulk", bulk.BulkStartView.as_view(), name="api_bulk"),
    path("w/<slug:slug>/bulk/preview", bulk.BulkPreviewView.as_view(), name="api_bulk_preview"),
    path("w/<slug:slug>/bulk/<int:bulk_id>", bulk.BulkView.as_view(), name="api_bulk_run"),
    path("w/<slug:slug>/bulk/<int:bulk_id>/stop", bulk.BulkStopView.as_view(), name="api_bulk_stop"),
    path("w/<slug:slug>/bulk/<int:bulk_id>/undo", bulk.BulkUndoView.as_view(), name="api_bulk_undo"),
    path(CONVERSATION, inbox.ConversationView.as_view(), name="api_conversation"),
    path(f"{CONVERSATION}/read", inbox.ReadView.as_view(), name="api_conversation_read"),
    path(f"{CONVERSATION}/unread", inbox.UnreadView.as_view(), name="api_conversation_unread"),
    path(f"{CONVERSATION}/hand-over", api_together.HandOverView.as_view(), name="api_hand_over"),
    path(f"{CONVERSATION}/side-threads", api_together.SideThreadsView.as_view(), name="api_side_threads"),
    path(f"{SIDE_THREAD}/say", api_together.SideThreadSayView.as_view(), name="api_side_thread_say"),
    path(f"{SIDE_THREAD}/revoke", api_together.SideThreadRevokeView.as_view(), name="api_side_thread_revoke"),
    path(f"{CONVERSATION}/followers", api_following.FollowersView.as_view(), name="api_followers"),
    path(f"{CONVERSATION}/follow", api_following.FollowView.as_view(), name="api_follow"),
    path(f"{CONVERSATION}/unfollow", api_following.UnfollowView.as_view(), name="api_unfollow"),
    path("w/<slug:slug>/following", api_following.HabitsView.as_view(), name="api_habits"),
    path(f"{CONVERSATION}/standing", api_blocking.StandingView.as_view(), name="api_standing"),
    path(f"{CONVERSATION}/history", api_history.HistoryView.as_view(), name="api_history"),
    path(f"{CONVERSATION}/tags", api_tagging.ConversationTagsView.as_view(), name="api_conversation_tags"),
    path("w/<slug:slug>/views", api_saved_views.ViewsView.as_view(), name="api_views"),
    path(VIEW, api_saved_views.ViewView.as_view(), name="api_view"),
    path(f"{VIEW}/open-with", api_saved_views.ViewOpensView.as_view(), name="api_view_opens"),
    path("w/<slug:slug>/tags", api_tags.TagsView.as_view(), name="api_tags"),
    path(TAG, api_tags.TagView.as_view(), name="api_tag"),
    path(f"{TAG}/merge", api_tags.TagMergeView.as_view(), name="api_tag_merge"),
    path(f"{CONVERSATION}/snooze", snoozes.SnoozeView.as_view(), name="api_conversation_snooze"),
    path("w/<slug:slug>/moment", snoozes.MomentView.as_view(), name="api_moment"),
    path(f"{CONVERSATION}/tickets", tickets.ConversationTicketsView.as_view(), name="api_conversation_tickets"),
    path("w/<slug:slug>/tickets", tickets.TicketsView.as_view(), name="api_tickets"),
    path(TICKET, tickets.TicketView.as_view(), name="api_ticket"),
    path(f"{TICKET}/steps", tickets.StepsView.as_view(), name="api_ticket_steps"),
    path(f"{CONVERSATION}/form", forms.ConversationFormView.as_view(), name="api_conversation_form"),
    path("w/<slug:slug>/forms", forms.FormsView.as_view(), name="api_forms"),
    path("w/<slug:slug>/forms/<int:form_id>", forms.FormView.as_view(), name="api_form"),
    path("w/<slug:slug>/forms/<int:form_id>/remove", forms.FormRemoveView.as_view(), name="api_form_remove"),
    path(f"{CHANNEL}/survey", surveys.SurveySettingView.as_view(), name="api_survey"),
    path("w/<slug:slug>/ratings", surveys.RatingsView.as_view(), name="api_ratings"),
    path(f"{CONVERSATION}/files", media.ConversationFilesView.as_view(), name="api_files"),
    path("w/<slug:slug>/drafts", api_drafts.DraftsView.as_view(), name="api_drafts"),
    path(f"{CONVERSATION}/drafts/<str:kind>", api_drafts.DraftView.as_view(), name="api_draft"),
    path("w/<slug:slug>/approvals", api_approvals.ApprovalsView.as_view(), name="api_approvals"),
    path("w/<slug:slug>/approvals/rule", api_approvals.RuleView.as_view(), name="api_approval_rule"),
    path(APPROVAL, api_approvals.ApprovalView.as_view(), name="api_approval"),
    path(f"{APPROVAL}/approve", api_approvals.ApproveView.as_view(), name="api_approval_approve"),
    path(f"{APPROVAL}/send-back", api_approvals.SendBackView.as_view(), name="api_approval_back"),
    path(f"{APPROVAL}/withdraw", api_approvals.WithdrawView.as_view(), name="api_approval_withdraw"),
    path(f"{CONVERSATION}/planned", api_planned.PlannedListView.as_view(), name="api_planned_list"),
    path(PLANNED, api_planned.PlannedView.as_view(), name="api_planned"),
    path(f"{PLANNED}/send", api_planned.PlannedSendView.as_view(), name="api_planned_send"),
    path(f"{PLANNED}/take-back", api_planned.PlannedTakeBackView.as_view(), name="api_planned_take_back"),
    path(f"{CONVERSATION}/preview", preview.PreviewView.as_view(), name="api_preview"),
    path(f"{CONVERSATION}/uploads", uploads.UploadsView.as_view(), name="api_uploads"),
    path(f"{CONVERSATION}/uploads/<int:upload_id>", uploads.UploadView.as_view(), name="api_upload"),
    path(f"{CONVERSATION}/uploads/<int:upload_id>/drop", uploads.UploadDropView.as_view(), name="api_upload_drop"),
    path(f"{CONVERSATION}/messages", inbox.MessagesView.as_view(), name="api_messages"),
    path(f"{CONVERSATION}/messages/changes", inbox.MessageChangesView.as_view(), name="api_message_changes"),
    path(MESSAGE, inbox.MessageView.as_view(), name="api_message"),
    path(f"{MESSAGE}/media/<int:number>", media.MessageMediumView.as_view(), name="api_message_medium"),
    path(f"{MESSAGE}/take-back", inbox.TakeBackView.as_view(), name="api_message_take_back"),
    path(f"{MESSAGE}/retry", inbox.RetryView.as_view(), name="api_message_retry"),
    path(f"{MESSAGE}/deeds", api_deeds.DeedsView.as_view(), name="api_message_deeds"),
    path(f"{MESSAGE}/decide", inbox.DecideView.as_view(), name="api_message_decide"),
    path(f"{CONVERSATION}/saved-replies", saved_replies.OfferedView.as_view(), name="api_saved_replies_offered"),
    path(f"{CONVERSATION}/saved-replies/<int:reply_id>/use", saved_replies.UseView.as_view(), name="api_saved_reply_use"),
    path(
        f"{CONVERSATION}/saved-replies/<int:reply_id>/files/<int:attached_id>",
        saved_replies.LayView.as_view(),
        name="api_saved_reply_lay",
    ),
    path(f"{SAVED_REPLY}/files", saved_replies.FilesView.as_view(), name="api_saved_reply_attach"),
    path(f"{SAVED_REPLY}/files/<int:attached_id>/remove", saved_replies.DetachView.as_view(), name="api_saved_reply_detach"),
    path("w/<slug:slug>/saved-replies", saved_replies.SavedRepliesView.as_view(), name="api_saved_replies"),
    path("w/<slug:slug>/saved-replies/import", saved_replies.ImportView.as_view(), name="api_saved_replies_import"),
    path(SAVED_REPLY, saved_replies.SavedReplyView.as_view(), name="api_saved_reply"),
    path(f"{SAVED_REPLY}/remove", saved_replies.RemoveView.as_view(), name="api_saved_reply_remove"),
    path("w/<slug:slug>/search", search.SearchView.as_view(), name="api_search"),
    path("w/<slug:slug>/notifications", notifications.NotificationsView.as_view(), name="api_notifications"),
    path("w/<slug:slug>/notifications/mark", notifications.NotificationsMarkView.as_view(), name="api_notifications_mark"),
    path(
        "w/<slug:slug>/notification-preferences",
        notifications.PreferencesView.as_view(),
        name="api_notification_preferences",
    ),
    path("w/<slug:slug>/contacts", crm.ContactsView.as_view(), name="api_contacts"),
    path(CONTACT, crm.ContactView.as_view(), name="api_contact"),
    path(f"{CONTACT}/timeline", crm.TimelineView.as_view(), name="api_timeline"),
]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How programs show who they are."""

    target_class = "accounts.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token (rbt_…) of the workspace in the address."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How pages do."""

    target_class = "accounts.api_auth.MiddlewareSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A signed-in page, with its CSRF token."}


REFUSAL = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field", "detail"],
            "properties": {
                "code": {"type": "string", "description": "For machines."},
                "message": {"type": "string", "description": "For people, in the asking person's language."},
                "field": {"type": "string", "nullable": True, "description": "Which field or parameter is meant."},
                "detail": {"type": "object", "nullable": True, "additionalProperties": {}},
            },
        }
    },
}
REFUSALS = {
    "401": "Nobody signed in, or the token is not valid.",
    "403": "The member's role does not include this.",
    "404": "Not there, or not for you: the two answers are the same.",
}
WRITING_REFUSALS = {
    "400": "The body is not JSON.",
    "409": "Somebody else was first, or the state does not allow it (any more).",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
}


def name_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the one shape of refusals to every operation. Called by drf-spectacular on the finished schema."""
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = REFUSAL
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path_item in result["paths"].values():
        for method, operation in path_item.items():
            wanted = dict(REFUSALS)
            if any(p["in"] == "query" for p in operation.get("parameters", [])) or "requestBody" in operation:
                wanted["422"] = "A field or parameter is wrong; `field` names it."
            if method != "get":
                wanted |= WRITING_REFUSALS
            for status, description in wanted.items():
                operation["responses"].setdefault(status, {"description": description, "content": shape})
    return result
