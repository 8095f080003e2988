"""Addresses of the inbox."""

from django.urls import path

from inbox.views import approvals, changes, conversation, deeds, drafts, listing, media, original, planned, ringing

urlpatterns = [
    path("w/<slug:slug>/inbox/", listing.inbox, name="inbox"),
    path("w/<slug:slug>/inbox/rows/", listing.rows, name="inbox_rows"),
    path("w/<slug:slug>/inbox/changes/", changes.changes, name="inbox_changes"),
    path("w/<slug:slug>/inbox/ringing/", ringing.ringing, name="inbox_ringing"),
    path("w/<slug:slug>/inbox/assignees/", conversation.assignees, name="inbox_assignees"),
    path("w/<slug:slug>/inbox/deliveries/<int:delivery_id>/", conversation.of_delivery, name="inbox_delivery"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/", conversation.conversation, name="inbox_conversation"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/earlier/", conversation.earlier, name="inbox_earlier"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/write/", deeds.write, name="inbox_write"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/parts/", drafts.parts, name="inbox_parts"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/drafts/<str:kind>/", drafts.draft, name="inbox_draft"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/files/", media.attach, name="inbox_attach"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/files/<int:file_id>/", media.chosen, name="inbox_chosen"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/status/", deeds.status, name="inbox_status"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/assign/", deeds.assign, name="inbox_assign"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/team/", deeds.team, name="inbox_team"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/priority/", deeds.priority, name="inbox_priority"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/read/", deeds.read, name="inbox_read"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/unread/", deeds.unread, name="inbox_unread"),
    path("w/<slug:slug>/approvals/", approvals.queue, name="approvals"),
    path("w/<slug:slug>/approvals/rule/", approvals.rule, name="approval_rule"),
    path("w/<slug:slug>/approvals/<int:request_id>/approve/", approvals.approve, name="approval_approve"),
    path("w/<slug:slug>/approvals/<int:request_id>/back/", approvals.send_back, name="approval_back"),
    path("w/<slug:slug>/approvals/<int:request_id>/withdraw/", approvals.withdraw, name="approval_withdraw"),
    path("w/<slug:slug>/inbox/planned/<int:planned_id>/", planned.change, name="planned_change"),
    path("w/<slug:slug>/inbox/planned/<int:planned_id>/send/", planned.send_now, name="planned_send"),
    path("w/<slug:slug>/inbox/planned/<int:planned_id>/take-back/", planned.take_back, name="planned_take_back"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/take-back/", deeds.take_back, name="message_take_back"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/retry/", deeds.retry, name="message_retry"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/deed/", deeds.deed, name="message_deed"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/decide/", deeds.decide, name="message_decide"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/original/", original.original, name="message_original"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/media/<int:number>/", media.medium, name="message_medium"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/media/<int:number>/state/", media.medium_state, name="medium_state"),
]
